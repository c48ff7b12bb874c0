"""Regular expressions of JSONata, `/pattern/flags`, in the shape that the library expects of a pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.expressions.jsonata.failures import OUT_OF_MEMORY, BudgetExceededError
from asl.expressions.jsonata.library import Functions, Interpreter, LibraryError
from asl.expressions.jsonata.values import MEMORY_LIMIT
from asl.expressions.regular_expressions import BoundedPattern, Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEARCH_STEPS_PER_STEP = 2
"""Steps of a search that take as long as one step of the interpreter."""

_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")
_PLACE = re.compile(r"\$(\$|\d*)")


def compile_regex(pattern: str, flags: Any) -> RegularExpression:
    """The library's hook for compiling a pattern. Raises the library's error without a code."""
    options = re.ASCII
    if flags.case_insensitive:
        options |= re.IGNORECASE
    if flags.multiline:
        options |= re.MULTILINE
    try:
        return RegularExpression(BoundedPattern(_NAMED_GROUP.sub("(?P<", pattern), options))
    except (re.error, OverflowError, RecursionError) as error:
        raise LibraryError(f"Invalid regular expression: /{pattern}/: {error}", -1) from None


class RegularExpression:
    """A pattern whose search counts as steps of the evaluation. A match of nothing is the library's error D1004."""

    def __init__(self, pattern: BoundedPattern) -> None:
        self._pattern = pattern

    def finditer(self, text: str) -> Iterator[Match]:
        """The matches from left to right."""
        for match in self._pattern.finditer(text, _spend):
            if match.start() == match.end():
                raise LibraryError("D1004", -1)
            yield match

    def search(self, text: str) -> Match | None:
        """The first match."""
        return next(self.finditer(text), None)

    def split(self, text: str) -> list[str]:
        """The parts of the text between matches."""
        parts = []
        position = 0
        for match in self.finditer(text):
            parts.append(text[position : match.start()])
            position = match.end()
        return [*parts, text[position:]]

    def sub(self, replacement: Callable[[Match], str], text: str, count: float | None = None) -> str:
        """The text with the first `count` matches replaced."""
        parts: list[str] = []
        size = position = 0
        for number, match in enumerate(self.finditer(text)):
            if count is not None and number >= count:
                break
            parts += (text[position : match.start()], replacement(match))
            size += len(parts[-1])
            if size > MEMORY_LIMIT:
                raise BudgetExceededError(OUT_OF_MEMORY)
            position = match.end()
        return "".join([*parts, text[position:]])

    def replace(self, text: str, replacement: Any, limit: float | None) -> str:
        """`$replace` with this pattern; `replacement` is text with places or a function of the match."""
        if isinstance(replacement, str):
            return self.sub(lambda match: _filled(replacement, match), text, limit)
        return self.sub(lambda match: _called(replacement, match), text, limit)


def _spend(steps: int) -> None:
    Interpreter.CURRENT.jsonata.work(steps // SEARCH_STEPS_PER_STEP)


def _filled(replacement: str, match: Match) -> str:
    """`$0` is the match, `$1` the first group and so on, `$$` a dollar; more digits than there are groups are text."""
    groups = match.groups()

    def fill(place: re.Match[str]) -> str:
        token = place.group(1)
        if token in ("", "$"):
            return "$"
        if token.startswith("0"):
            return (match.group() or "") + token[1:]
        digits = min(len(token), len(str(max(len(groups), 1))))
        if digits > 1 and int(token[:digits]) > len(groups):
            digits -= 1
        number = int(token[:digits])
        found = groups[number - 1] if 0 < number <= len(groups) else None
        return (found or "") + token[digits:]

    return _PLACE.sub(fill, replacement)


def _called(function: Any, match: Match) -> str:
    text = Functions.func_apply(
        function, [{"match": match.group(), "start": match.start(), "end": match.end(), "groups": match.groups()}]
    )
    if not isinstance(text, str):
        raise LibraryError("D3012", -1)
    return text
