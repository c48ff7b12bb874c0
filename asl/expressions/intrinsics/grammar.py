"""The syntax of intrinsic functions.

https://states-language.net/spec.html#intrinsic-functions
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from asl.expressions.jsonpath.grammar import JsonPathSyntaxError, parse_path
from asl.expressions.jsonpath.scanner import closing_bracket

MAX_CALLS = 10


class IntrinsicSyntaxError(ValueError):
    """The text is not an intrinsic function call."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string in single quotes. `segments` is its text, cut where an unescaped `{}` stands."""

    segments: tuple[str, ...]

    @property
    def value(self) -> str:
        """The string itself."""
        return "{}".join(self.segments)


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Path:
    """A JSONPath, of the document, the context object or a variable."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`, with `text` as it stands in the definition."""

    name: str
    arguments: tuple[Argument, ...]
    text: str


Argument: TypeAlias = Text | Constant | Path | Call

_NAME = re.compile(r"States\.([A-Za-z0-9]+)\s*\(")
_BLANK = re.compile(r"\s*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,4})?")
_KEYWORD = re.compile(r"(true|false|null)\b")
_KEYWORDS = {"true": True, "false": False, "null": None}
_STRING_PART = re.compile(r"(?P<end>')|(?P<slot>\{\})|\\(?P<escaped>['{}\\])|(?P<plain>[^'\\{]+|\{)")
MAX_DIGITS = 300


def parse_intrinsic(text: str) -> Call:
    """Read an intrinsic function call with its nested calls. Raises IntrinsicSyntaxError."""
    parser = _IntrinsicParser(text.strip())
    call = parser.call()
    if parser.position != len(parser.text):
        raise IntrinsicSyntaxError(f"Unexpected '{parser.text[parser.position :]}' after the function call")
    return call


class _IntrinsicParser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.calls = 0

    def call(self) -> Call:
        start = self.position
        name = _NAME.match(self.text, start)
        if name is None:
            raise self._error("a function call such as States.Format(...)")
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise IntrinsicSyntaxError(f"More than {MAX_CALLS} intrinsic functions in one field")
        self._move(name.end())
        arguments: list[Argument] = []
        if not self._at(")"):
            arguments.append(self._argument())
            while self._at(","):
                self._move(self.position + 1)
                arguments.append(self._argument())
        if not self._at(")"):
            raise self._error("',' or ')'")
        end = self.position + 1
        self._move(end)
        return Call(name.group(1), tuple(arguments), self.text[start:end])

    def _argument(self) -> Argument:
        if self._at("'"):
            return self._string()
        if self._at("$"):
            return self._path()
        if found := _KEYWORD.match(self.text, self.position):
            self._move(found.end())
            return Constant(_KEYWORDS[found.group()])
        if found := _NUMBER.match(self.text, self.position):
            self._move(found.end())
            whole = found.group(1) is None and found.group(2) is None and len(found.group()) <= MAX_DIGITS
            return Constant(int(found.group()) if whole else float(found.group()))
        return self.call()

    def _string(self) -> Text:
        self.position += 1
        segments = [""]
        while part := _STRING_PART.match(self.text, self.position):
            self.position = part.end()
            if part["end"]:
                self._move(self.position)
                return Text(tuple(segments))
            if part["slot"]:
                segments.append("")
            else:
                segments[-1] += part["escaped"] or part["plain"]
        raise self._error("the end of the string, or \\', \\{, \\} or \\\\")

    def _path(self) -> Path:
        start = position = self.position
        while position < len(self.text) and self.text[position] not in ",)":
            if self.text[position] in "[(":
                position = closing_bracket(self.text, position)
                if position < 0:
                    raise self._error("a JSONPath with balanced brackets")
            position += 1
        path = self.text[start:position].strip()
        try:
            parse_path(path)
        except JsonPathSyntaxError as error:
            raise IntrinsicSyntaxError(str(error)) from None
        self._move(position)
        return Path(path)

    def _at(self, char: str) -> bool:
        return self.text.startswith(char, self.position)

    def _move(self, position: int) -> None:
        blank = _BLANK.match(self.text, position)
        self.position = blank.end() if blank else position

    def _error(self, expected: str) -> IntrinsicSyntaxError:
        return IntrinsicSyntaxError(f"Expected {expected} at position {self.position}: '{self.text}'")
