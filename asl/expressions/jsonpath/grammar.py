"""The syntax of JSONPath as Step Functions reads it, which is the Jayway dialect.

A path is a root (`$` the document, `$$` the context object, `$name` a variable) and steps. A path that can only ever
select one value is *definite*; any other path selects a list, which may be empty.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://github.com/json-path/JsonPath#operators
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from asl.expressions.jsonpath.filters import Filter, FilterSyntaxError, parse_filter
from asl.expressions.jsonpath.scanner import closing_bracket

MAX_PATH_LENGTH = 65_536
MAX_STEPS = 256


class JsonPathSyntaxError(ValueError):
    """The text is not a JSONPath; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Child:
    """`.name`, `['name']` or `['a','b']`; several names select an object of just these."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`[0]`, `[-1]` or `[0,2]`."""

    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """`[start:end]`; a negative bound counts from the end."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*` or `[*]`."""


@dataclass(frozen=True, slots=True)
class Scan:
    """`..`: the next step is applied at every depth."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """`[?(...)]`."""

    filter: Filter


Step: TypeAlias = Child | Index | Slice | Wildcard | Scan | Predicate


@dataclass(frozen=True)
class JsonPath:
    """A parsed path. `variable` is the name of the variable it starts from, `""` for `$`, `"$"` for `$$`."""

    text: str
    variable: str
    steps: tuple[Step, ...]

    @cached_property
    def is_definite(self) -> bool:
        """Whether the path selects one value rather than a list of values."""
        return all(
            (isinstance(step, Index) and len(step.indices) == 1)
            or (isinstance(step, Child) and (len(step.names) == 1 or step is self.steps[-1]))
            for step in self.steps
        )

    @cached_property
    def keys(self) -> tuple[str | int, ...] | None:
        """The names and indices of a reference path; None for any other path."""
        keys: list[str | int] = []
        for step in self.steps:
            match step:
                case Child((name,)):
                    keys.append(name)
                case Index((index,)) if index >= 0:
                    keys.append(index)
                case _:
                    return None
        return tuple(keys)


_ROOT = re.compile(r"\$(\$|[^\W\d]\w*)?")
_NAME = re.compile(r"(?!\*)[^.\[\]()'\"\s,]+(?:\(\))?")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_INTEGER = re.compile(r"-?\d{1,10}")
_SLICE = re.compile(r"(-?\d{1,10})?\s*:\s*(-?\d{1,10})?")
_ESCAPED = re.compile(r"\\(['\\])")


@lru_cache(maxsize=4096)
def parse_path(text: str) -> JsonPath:
    """Read a JSONPath. Raises JsonPathSyntaxError."""
    root = _ROOT.match(text)
    if root is None:
        raise JsonPathSyntaxError(f"A JSONPath starts with '$': '{text}'")
    if len(text) > MAX_PATH_LENGTH:
        raise JsonPathSyntaxError(f"The JSONPath has {len(text)} characters; the limit is {MAX_PATH_LENGTH}")
    steps: list[Step] = []
    position = root.end()
    while position < len(text):
        position = _step(text, position, steps)
        if len(steps) > MAX_STEPS:
            raise JsonPathSyntaxError(f"The JSONPath has more than {MAX_STEPS} steps")
    return JsonPath(text, root.group(1) or "", tuple(steps))


def _step(text: str, position: int, steps: list[Step]) -> int:
    """Read the step at `position` into `steps`; return where the next one starts."""
    if text[position] == "[":
        end = closing_bracket(text, position)
        if end < 0:
            raise JsonPathSyntaxError(f"'[' at position {position} is never closed: '{text}'")
        steps.append(_bracket(text[position + 1 : end].strip(), text))
        return end + 1
    if text[position] != ".":
        raise JsonPathSyntaxError(f"Expected '.' or '[' at position {position}: '{text}'")
    position += 1
    if text.startswith(".", position):
        steps.append(Scan())
        position += 1
        if text.startswith("[", position):
            return position
    if text.startswith("*", position):
        steps.append(Wildcard())
        return position + 1
    if text.startswith("[", position) and not isinstance(steps[-1] if steps else None, Scan):
        return position
    name = _NAME.match(text, position)
    if name is None:
        raise JsonPathSyntaxError(f"Expected a property name at position {position}: '{text}'")
    steps.append(Child((name.group(),)))
    return name.end()


def _bracket(inside: str, text: str) -> Step:
    if inside == "*":
        return Wildcard()
    if inside.startswith("?"):
        try:
            return Predicate(parse_filter(inside[1:].strip()))
        except FilterSyntaxError as error:
            raise JsonPathSyntaxError(f"{error} in '{text}'") from None
    if inside[:1] in ("'", '"'):
        return Child(_quoted_names(inside, text))
    if interval := _SLICE.fullmatch(inside):
        start, end = interval.groups()
        return Slice(int(start) if start else None, int(end) if end else None)
    indices = [part.strip() for part in inside.split(",")]
    if not all(_INTEGER.fullmatch(part) for part in indices):
        raise JsonPathSyntaxError(f"'[{inside}]' is neither a name, an index, a slice, a filter nor '*': '{text}'")
    return Index(tuple(int(part) for part in indices))


def _quoted_names(inside: str, text: str) -> tuple[str, ...]:
    names: list[str] = []
    position = 0
    while True:
        quoted = _QUOTED.match(inside, position)
        if quoted is None:
            raise JsonPathSyntaxError(f"Expected a quoted property name in '[{inside}]': '{text}'")
        single, double = quoted.groups()
        names.append(_ESCAPED.sub(r"\1", single) if single is not None else double)
        rest = inside[quoted.end() :].lstrip()
        if not rest:
            return tuple(names)
        if not rest.startswith(","):
            raise JsonPathSyntaxError(f"Expected ',' between the names in '[{inside}]': '{text}'")
        inside, position = rest[1:].lstrip(), 0
