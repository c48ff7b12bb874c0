"""Filter expressions, `[?(...)]`: their syntax tree and what each operator means.

https://github.com/json-path/JsonPath#filter-operators
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from asl.expressions.errors import RUNTIME, ExpressionError
from asl.expressions.jsonpath.scanner import closing_bracket
from asl.expressions.regular_expressions import BoundedPattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.expressions.regular_expressions import Spend

UNDEFINED = object()
MAX_REGEX_STEPS = 20_000


class FilterSyntaxError(ValueError):
    """The text between `[?(` and `)]` is not a filter expression."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, boolean, null, array, object or compiled regular expression."""

    value: Any

    def __hash__(self) -> int:
        return id(self)


@dataclass(frozen=True, slots=True)
class Operand:
    """A path inside the filter: `@...` from the element, `$...` from the document."""

    text: str


@dataclass(frozen=True, slots=True)
class Exists:
    """A path alone: whether it selects anything."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    left: Operand | Literal
    operator: str
    right: Operand | Literal


@dataclass(frozen=True, slots=True)
class Not:
    """`!(...)`."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a && b`."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a || b`."""

    parts: tuple[Filter, ...]


Filter: TypeAlias = Exists | Comparison | Not | AllOf | AnyOf


def parse_filter(text: str) -> Filter:
    """Read a filter expression with its parentheses. Raises FilterSyntaxError."""
    if not text.startswith("(") or closing_bracket(text, 0) != len(text) - 1:
        raise FilterSyntaxError(f"A filter has the form ?(expression), not ?{text}")
    parser = _FilterParser(text[1:-1])
    parsed = parser.any_of()
    parser.expect_end()
    return parsed


_BLANK = re.compile(r"\s*")
_SYMBOL = re.compile(r"===|!==|==|!=|<=|>=|=~|<|>")
_WORD = re.compile(r"(?:in|nin|subsetof|anyof|noneof|contains|size|empty)\b", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_KEYWORD = re.compile(r"(true|false|null)\b")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/([idmsux]*)", re.DOTALL)
_PATH_NAME = re.compile(r"(?:\.{1,2}(?:\*|[^.\[\]()'\"\s,*?@:=!<>&|~]+)|\.\.(?=\[))+")
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_KEYWORDS = {"true": True, "false": False, "null": None}


class _FilterParser:
    """Recursive descent; `||` binds weaker than `&&`, which binds weaker than `!`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self._skip()

    def any_of(self) -> Filter:
        parts = [self._all_of()]
        while self._take("||"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def expect_end(self) -> None:
        if self.position != len(self.text):
            raise FilterSyntaxError(f"Unexpected '{self.text[self.position :]}'")

    def _all_of(self) -> Filter:
        parts = [self._unit()]
        while self._take("&&"):
            parts.append(self._unit())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _unit(self) -> Filter:
        if self.text.startswith("!", self.position) and not self.text.startswith("!=", self.position):
            self._take("!")
            return Not(self._unit())
        if self._take("("):
            inner = self.any_of()
            if not self._take(")"):
                raise FilterSyntaxError(f"Expected ')' at '{self.text[self.position :]}'")
            return inner
        left = self._operand()
        operator = self._operator()
        if operator is not None:
            return Comparison(left, operator, self._operand())
        if isinstance(left, Literal):
            raise FilterSyntaxError(f"Expected an operator at '{self.text[self.position :]}'")
        return Exists(left)

    def _operator(self) -> str | None:
        found = _SYMBOL.match(self.text, self.position) or _WORD.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        self._skip()
        return found.group().lower()

    def _operand(self) -> Operand | Literal:
        start = self.text[self.position : self.position + 1]
        if start and start in "@$":
            return self._path()
        if start and start in "[{":
            return self._json()
        for pattern, read in _LITERALS:
            if found := pattern.match(self.text, self.position):
                self.position = found.end()
                self._skip()
                return Literal(read(found))
        raise FilterSyntaxError(f"Expected a path or a literal at '{self.text[self.position :]}'")

    def _path(self) -> Operand:
        start = self.position
        self.position += 1
        while self.position < len(self.text):
            if self.text[self.position] == "[":
                end = closing_bracket(self.text, self.position)
                if end < 0:
                    raise FilterSyntaxError(f"'[' is never closed in '{self.text[start:]}'")
                self.position = end + 1
            elif name := _PATH_NAME.match(self.text, self.position):
                self.position = name.end()
            else:
                break
        operand = Operand(self.text[start : self.position])
        self._skip()
        return operand

    def _json(self) -> Literal:
        end = closing_bracket(self.text, self.position)
        source = self.text[self.position : end + 1]
        try:
            value = json.loads(_STRING.sub(_double_quoted, source))
        except ValueError:
            raise FilterSyntaxError(f"Not a JSON array or object: '{source}'") from None
        self.position = end + 1
        self._skip()
        return Literal(value)

    def _take(self, token: str) -> bool:
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        self._skip()
        return True

    def _skip(self) -> None:
        blank = _BLANK.match(self.text, self.position)
        self.position = blank.end() if blank else self.position


def _unescaped(found: re.Match[str]) -> str:
    single, double = found.groups()
    return re.sub(r"\\(.)", r"\1", single if single is not None else double, flags=re.DOTALL)


def _double_quoted(found: re.Match[str]) -> str:
    return json.dumps(_unescaped(found))


def _number(found: re.Match[str]) -> int | float:
    text = found.group()
    return float(text) if set(text) & set(".eE") or len(text) > 300 else int(text)


def _regex(found: re.Match[str]) -> BoundedPattern:
    flags = re.ASCII
    for letter in found.group(2):
        flags |= _FLAGS.get(letter, re.NOFLAG)
    try:
        return BoundedPattern(found.group(1), flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise FilterSyntaxError(f"Not a regular expression: /{found.group(1)}/: {error}") from None


_LITERALS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Any]], ...] = (
    (_STRING, _unescaped),
    (_REGEX, _regex),
    (_KEYWORD, lambda found: _KEYWORDS[found.group(1)]),
    (_NUMBER, _number),
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    """Equality of values; a number equals a string that spells it."""
    if left is UNDEFINED or right is UNDEFINED:
        return False
    if _is_number(left) and isinstance(right, str):
        return _equals_spelled_number(right, left)
    if isinstance(left, str) and _is_number(right):
        return left == json.dumps(right)
    return same_json(left, right)


def _equals_spelled_number(text: str, number: int | float) -> bool:
    try:
        return float(text) == number
    except (ValueError, OverflowError):
        return False


def same_json(left: Any, right: Any) -> bool:
    """Deep equality of JSON values: `true` is not `1`, and `1` is `1.0`."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return (type(left) is type(right) and left == right) or (_is_number(left) and _is_number(right) and left == right)


def _order(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return test(left, right)
        return False

    return compare


def _member(item: Any, items: Any) -> bool:
    return isinstance(items, list) and any(_equal(item, other) for other in items)


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, str) and isinstance(part, str):
        return part in whole
    return _member(part, whole)


def _matches(left: Any, right: Any) -> bool:
    text, pattern = (right, left) if isinstance(left, BoundedPattern) else (left, right)
    if not isinstance(pattern, BoundedPattern):
        return False
    if isinstance(text, list):
        return any(_matches(item, pattern) for item in text if isinstance(item, str))
    if _is_number(text):
        text = json.dumps(text)
    return isinstance(text, str) and pattern.fullmatch(text, _regex_budget()) is not None


def _regex_budget() -> Spend:
    left = MAX_REGEX_STEPS

    def spend(steps: int) -> None:
        nonlocal left
        left -= steps
        if left < 0:
            raise ExpressionError(RUNTIME, "A regular expression of a JSONPath filter takes too long to match")

    return spend


def _has_size(left: Any, right: Any) -> bool:
    return isinstance(left, str | list) and _is_number(right) and len(left) == right


def _is_empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and (not left) is right


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "===": lambda left, right: left is not UNDEFINED and right is not UNDEFINED and same_json(left, right),
    "!==": lambda left, right: left is UNDEFINED or right is UNDEFINED or not same_json(left, right),
    "<": _order(lambda left, right: left < right),
    "<=": _order(lambda left, right: left <= right),
    ">": _order(lambda left, right: left > right),
    ">=": _order(lambda left, right: left >= right),
    "=~": _matches,
    "in": _member,
    "nin": lambda left, right: not _member(left, right),
    "contains": _contains,
    "size": _has_size,
    "empty": _is_empty,
    "subsetof": lambda left, right: isinstance(left, list) and all(_member(item, right) for item in left),
    "anyof": lambda left, right: isinstance(left, list) and any(_member(item, right) for item in left),
    "noneof": lambda left, right: isinstance(left, list) and not any(_member(item, right) for item in left),
}
