"""What one character, or one place between characters, of a regular expression matches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from asl.expressions.regular_expressions.syntax import syntax

CharacterTest: TypeAlias = Callable[[str], bool]
PositionTest: TypeAlias = Callable[[str, int], bool]


def character_test(operator: Any, argument: Any, flags: int) -> CharacterTest:
    """A test for a literal, a set, a category or the dot."""
    if operator is syntax.ANY:
        return _any if flags & re.DOTALL else _not_newline
    if operator is syntax.NOT_LITERAL:
        return _negated(character_test(syntax.LITERAL, argument, flags))
    if operator is syntax.IN:
        return _set(argument, flags)
    exact = _exact(operator, argument, flags)
    return _in_any_case(exact) if flags & re.IGNORECASE else exact


def _set(items: list[Any], flags: int) -> CharacterTest:
    negated = items[0][0] is syntax.NEGATE
    tests = [character_test(operator, argument, flags) for operator, argument in items[negated:]]

    def member(char: str) -> bool:
        return any(test(char) for test in tests) is not negated

    return member


def _exact(operator: Any, argument: Any, flags: int) -> CharacterTest:
    if operator is syntax.LITERAL:
        return chr(argument).__eq__
    if operator is syntax.RANGE:
        low, high = argument
        return lambda char: low <= ord(char) <= high
    return _category(argument, flags)


def _category(category: Any, flags: int) -> CharacterTest:
    r"""`\\d`, `\\s`, `\\w` and their opposites, tested by `re` itself."""
    return re.compile(_CATEGORIES[category], flags & re.ASCII).match  # type: ignore[return-value]  # truth is enough


_CATEGORIES = {
    syntax.CATEGORY_DIGIT: r"\d",
    syntax.CATEGORY_NOT_DIGIT: r"\D",
    syntax.CATEGORY_SPACE: r"\s",
    syntax.CATEGORY_NOT_SPACE: r"\S",
    syntax.CATEGORY_WORD: r"\w",
    syntax.CATEGORY_NOT_WORD: r"\W",
}


def _any(_char: str) -> bool:
    return True


def _not_newline(char: str) -> bool:
    return char != "\n"


def _negated(test: CharacterTest) -> CharacterTest:
    return lambda char: not test(char)


def _in_any_case(test: CharacterTest) -> CharacterTest:
    return lambda char: bool(test(char) or test(char.lower()[0]) or test(char.upper()[0]))


def position_test(kind: Any, flags: int) -> PositionTest:
    r"""A test for `^`, `$`, `\\A`, `\\Z`, `\\b` and `\\B`."""
    if flags & re.MULTILINE:
        kind = _LINE.get(kind, kind)
    if kind in (syntax.AT_BOUNDARY, syntax.AT_NON_BOUNDARY):
        pattern = re.compile(r"\b" if kind is syntax.AT_BOUNDARY else r"\B", flags & re.ASCII)
        return lambda text, position: pattern.match(text, position) is not None
    return _POSITIONS[kind]


_LINE = {syntax.AT_BEGINNING: "line begins", syntax.AT_END: "line ends"}

_POSITIONS: dict[Any, PositionTest] = {
    syntax.AT_BEGINNING: lambda _text, position: position == 0,
    syntax.AT_BEGINNING_STRING: lambda _text, position: position == 0,
    syntax.AT_END_STRING: lambda text, position: position == len(text),
    syntax.AT_END: lambda text, position: position >= len(text) - 1 and text[position:] in ("", "\n"),
    "line begins": lambda text, position: position == 0 or text[position - 1] == "\n",
    "line ends": lambda text, position: position == len(text) or text[position] == "\n",
}
