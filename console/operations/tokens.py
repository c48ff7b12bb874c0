"""Keeping task tokens out of what people are shown.

A token reaches a history by way of a task's parameters, and from there perhaps an output, an error's cause, the input
of a child. So it is looked for by what it is and not by where it should be: a run of base64 that is at least
`SHORTEST` characters long and has capitals, small letters and digits. AWS's tokens are several hundred characters long,
those of the embedded engine 128. Other long base64 is hidden with them, which is the lesser evil.

Invariant: no text that was `shown` contains a task token.
"""

from __future__ import annotations

import re
from typing import Any, Final

SHORTEST: Final = 100
HIDDEN: Final = "[hidden: may be a task token]"

# JSON inside a text may write some of the characters as escapes, and those escaped again, inside JSON inside a text.
_CHARACTER: Final = r"(?:[A-Za-z0-9+=/]|\\{1,8}/|\\{1,8}u00(?:2[bBfF]|3[dD]))"
_RUN: Final = re.compile(rf"{_CHARACTER}{{{SHORTEST},}}+")
_KINDS: Final = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"))


def shown(value: Any) -> Any:
    """A JSON value with everything in it hidden that may be a task token, names of fields included."""
    if isinstance(value, str):
        return value if len(value) < SHORTEST else _RUN.sub(_hide, value)
    if isinstance(value, dict):
        return {shown(name): shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value


def _hide(match: re.Match[str]) -> str:
    run = match.group()
    if not all(kind.search(run) for kind in _KINDS):
        return run
    # What follows a backslash belongs to an escape (`\n`, `\u00e4`), without which JSON inside the text breaks.
    escaped = match.string.endswith("\\", 0, match.start())
    kept = (5 if run.startswith("u") else 1) if escaped else 0
    return run[:kept] + HIDDEN
