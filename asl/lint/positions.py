"""Where each value of a JSON text stands: JSON pointer -> line and column."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Final

from asl.definition.outline import pointer_to
from asl.lint.finding import Position

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ATOM: Final = re.compile(r"[^\s,\]}]+")


class Positions:
    """The places of the values of one text. A member of an object stands where its name does."""

    def __init__(self, text: str) -> None:
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._offsets: dict[str, int] = {}
        try:
            json.loads(text)
            _Scanner(text, self._offsets).value(0, "")
        except (ValueError, RecursionError):
            # Not JSON, or nested deeper than a definition may be: there is one place, the beginning.
            self._offsets = {"": 0}

    def of(self, pointer: str) -> Position:
        """The place of a value; that of the nearest value around it if there is none at the pointer."""
        while pointer not in self._offsets:
            pointer = pointer.rpartition("/")[0]
        offset = self._offsets[pointer]
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)


class _Scanner:
    """Reads a text that is JSON, and notes where values begin."""

    def __init__(self, text: str, offsets: dict[str, int]) -> None:
        self._text = text
        self._offsets = offsets

    def value(self, start: int, pointer: str) -> int:
        """Read the value after `start` and return where it ends."""
        begin = self._skip(start)
        self._offsets.setdefault(pointer, begin)
        match self._text[begin]:
            case "{":
                return self._object(begin + 1, pointer)
            case "[":
                return self._array(begin + 1, pointer)
            case '"':
                return self._string(begin)
            case _:
                atom = _ATOM.match(self._text, begin)
                return atom.end() if atom else begin + 1

    def _object(self, start: int, pointer: str) -> int:
        at = self._skip(start)
        while self._text[at] != "}":
            after = self._string(at)
            member = pointer_to(pointer, json.loads(self._text[at:after]))
            self._offsets[member] = at
            colon = self._skip(after)
            at = self._next(self.value(colon + 1, member))
        return at + 1

    def _array(self, start: int, pointer: str) -> int:
        at, index = self._skip(start), 0
        while self._text[at] != "]":
            at = self._next(self.value(at, pointer_to(pointer, index)))
            index += 1
        return at + 1

    def _string(self, begin: int) -> int:
        """Where the string that begins here ends."""
        match = _STRING.match(self._text, begin)
        return match.end() if match else len(self._text)

    def _next(self, after: int) -> int:
        """Where the next element begins, or the bracket that ends them."""
        at = self._skip(after)
        return self._skip(at + 1) if self._text[at] == "," else at

    def _skip(self, start: int) -> int:
        blank = _BLANK.match(self._text, start)
        return blank.end() if blank else start
