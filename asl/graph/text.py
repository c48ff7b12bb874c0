"""How much room text takes, without a font at hand: a little more than it will need in any common sans-serif."""

from __future__ import annotations

import re
import unicodedata

_NARROW = frozenset("ijlftrI.,:;'|!()[]{}/\\ `\"-")
_WIDE = frozenset("mwMW@%&")
_BREAK_AFTER = re.compile(r"(?<=[\s_\-./:])|(?<=[a-z0-9])(?=[A-Z])")


def width_of(text: str, size: float) -> float:
    """The width of one line of text in a font of `size`, in the same unit."""
    return sum(_advance(character) for character in text) * size


def _advance(character: str) -> float:
    if character in _NARROW:
        return 0.38
    if character in _WIDE:
        return 0.95
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.7 if character.isupper() else 0.6


def shorten(text: str, length: int) -> str:
    """`text` on one line and not longer than `length` characters; what is missing is told by an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "\u2026"


def wrap(text: str, length: int) -> list[str]:
    """`text` on lines of at most `length` characters, broken between words, before capitals, else anywhere."""
    lines = [""]
    for part in _BREAK_AFTER.split(text):
        rest = part
        if lines[-1] and len(lines[-1]) + len(rest.rstrip()) > length:
            lines.append("")
        while len(rest) > length:
            lines[-1] = rest[:length]
            lines.append("")
            rest = rest[length:]
        lines[-1] += rest
    return [line.strip() for line in lines if line.strip()] or [text]
