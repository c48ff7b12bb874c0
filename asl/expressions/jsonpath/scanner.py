"""Finding the end of bracketed text, past quotes and nested brackets."""

from __future__ import annotations

import re

MAX_NESTING = 64
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[\[\](){}'\"]", re.DOTALL)


def closing_bracket(text: str, start: int) -> int:
    """The position of the bracket that closes the one at `start`, or -1.

    Quoted text ('...' or "..." with backslash escapes) and other brackets are skipped.
    """
    expected: list[str] = []
    for token in _TOKEN.finditer(text, start):
        char = token.group()
        if char in _CLOSING:
            expected.append(_CLOSING[char])
        elif char in "])}":
            if char != expected.pop():
                return -1
            if not expected:
                return token.start()
        elif len(char) == 1:
            return -1
        if len(expected) > MAX_NESTING:
            return -1
    return -1
