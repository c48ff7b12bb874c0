"""`$string`: any value as text."""

from __future__ import annotations

import json
import math
from typing import Any

from asl.expressions.jsonata.library import NULL, LibraryError
from asl.expressions.jsonata.numbers import number_text
from asl.expressions.jsonata.values import BYTES_PER_NODE, BYTES_PER_OBJECT, MEMORY_LIMIT, TooLargeError


def text_of(value: Any, *, pretty: bool = False) -> str:
    """A value as text: a string unchanged, undefined and functions empty, anything else its JSON.

    Raises the library's D3001 for a number out of range, D1001 for one inside an object or array, and TooLargeError.
    """
    if type(value) is str:
        return value
    if type(value) is int:
        return number_text(value)
    if value is None or not _has_text(value):
        return ""
    if type(value) is float and not math.isfinite(value):
        raise LibraryError("D3001", -1)
    writer = _Writer(pretty=pretty)
    writer.write(value, 0)
    return "".join(writer.parts)


def _has_text(value: Any) -> bool:
    return value is NULL or isinstance(value, bool | int | float | str | dict | list)


class _Writer:
    def __init__(self, *, pretty: bool) -> None:
        self.pretty = pretty
        self.parts: list[str] = []
        self.left = MEMORY_LIMIT

    def write(self, value: Any, depth: int) -> None:
        self.left -= BYTES_PER_NODE
        if self.left < 0:
            raise TooLargeError
        if isinstance(value, dict):
            self.left -= BYTES_PER_OBJECT
            items = [
                (json.dumps(key, ensure_ascii=False) + (": " if self.pretty else ":"), item)
                for key, item in value.items()
            ]
            self._members("{}", items, depth)
        elif isinstance(value, list):
            self._members("[]", [("", item) for item in value], depth)
        else:
            text = _scalar(value)
            self.left -= len(text)
            self.parts.append(text)

    def _members(self, brackets: str, members: list[tuple[str, Any]], depth: int) -> None:
        self.parts.append(brackets[0])
        for number, (prefix, item) in enumerate(members):
            self.parts.append("," if number else "")
            self._line(depth + 1)
            self.left -= len(prefix)
            self.parts.append(prefix)
            self.write(item, depth + 1)
        if members:
            self._line(depth)
        self.parts.append(brackets[1])

    def _line(self, depth: int) -> None:
        if self.pretty:
            self.parts.append("\n" + "  " * depth)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise LibraryError("D1001", -1, value)
        return number_text(value)
    return "null" if value is NULL or value is None else '""'
