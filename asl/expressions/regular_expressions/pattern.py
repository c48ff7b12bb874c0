"""Regular expressions that can't block the process.

`re` backtracks, and for some patterns the time grows exponentially with the text; nothing can interrupt it. Here a
pattern whose worst case is small for the text at hand is left to `re`. Any other one is run by a backtracking machine
that counts its steps and reports them, so that its caller can stop it. Both give the same matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.expressions.regular_expressions.assembler import assemble
from asl.expressions.regular_expressions.syntax import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.expressions.regular_expressions.program import Program, Spend

SAFE_COST = 100_000
COST_PER_STEP = 256


@dataclass(frozen=True, slots=True)
class Match:
    """A match: `spans` are the start and end of the whole and of each group, (-1, -1) for a group that took no part."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def start(self) -> int:
        """Where the match begins."""
        return self.spans[0][0]

    def end(self) -> int:
        """Where the text after the match begins."""
        return self.spans[0][1]

    def group(self, number: int = 0) -> str | None:
        """The text of the whole match or of a group; None for a group that took no part."""
        start, end = self.spans[number]
        return self.text[start:end] if start >= 0 else None

    def groups(self) -> list[str | None]:
        """The text of every group."""
        return [self.group(number) for number in range(1, len(self.spans))]


class BoundedPattern:
    """A compiled pattern; `spend` is called while it searches."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """Compile. Raises re.error (also for a pattern too large), RecursionError or OverflowError."""
        self._re = re.compile(pattern, flags)
        self._tree = syntax.parse(pattern, flags)
        self._exponent = _exponent(self._tree)
        self._program: Program | None = None

    def fullmatch(self, text: str, spend: Spend) -> Match | None:
        """The match of the whole text, if there is one."""
        if self._is_safe(text, spend):
            found = self._re.fullmatch(text)
            return None if found is None else Match(text, tuple(found.regs))
        spans = self._compiled().match(text, 0, spend, whole=True)
        return None if spans is None else Match(text, spans)

    def finditer(self, text: str, spend: Spend) -> Iterator[Match]:
        """The matches from left to right that don't overlap."""
        if self._is_safe(text, spend):
            return (Match(text, tuple(found.regs)) for found in self._re.finditer(text))
        return self._search(text, spend)

    def _search(self, text: str, spend: Spend) -> Iterator[Match]:
        program = self._compiled()
        position = 0
        empty_at = -1
        while position <= len(text):
            spans = program.match(text, position, spend, not_empty=position == empty_at)
            if spans is None:
                position += 1
                continue
            yield Match(text, spans)
            position = spans[0][1]
            empty_at = position if spans[0][0] == position else -1

    def _compiled(self) -> Program:
        if self._program is None:
            self._program = assemble(self._tree)
        return self._program

    def _is_safe(self, text: str, spend: Spend) -> bool:
        """Whether `re` is sure to be quick; its worst case is counted then."""
        if self._exponent is None:
            return False
        length = len(text) + 1
        cost = 1
        for _ in range(self._exponent):
            cost *= length
            if cost > SAFE_COST:
                return False
        spend(cost // COST_PER_STEP)
        return True


def _exponent(tree: Any) -> int | None:
    """E for a pattern whose search takes at most about length^E steps; None if no such number is known."""
    total = 1
    for operator, argument in tree:
        inner = list(_inner(operator, argument))
        exponents = [_exponent(part) for part in inner]
        if any(exponent is None for exponent in exponents):
            return None
        nested = sum((exponent or 1) - 1 for exponent in exponents)
        if operator in _REPEATS:
            if nested or _has_choice(inner):
                return None
            total += 1
        total += nested
    return total


_REPEATS = (syntax.MAX_REPEAT, syntax.MIN_REPEAT, syntax.POSSESSIVE_REPEAT)


def _inner(operator: Any, argument: Any) -> Iterator[Any]:
    """The trees inside of one operator."""
    if operator in _REPEATS:
        yield argument[2]
    elif operator is syntax.SUBPATTERN:
        yield argument[3]
    elif operator is syntax.BRANCH:
        yield from argument[1]
    elif operator in (syntax.ASSERT, syntax.ASSERT_NOT):
        yield argument[1]
    elif operator is syntax.ATOMIC_GROUP:
        yield argument
    elif operator is syntax.GROUPREF_EXISTS:
        yield from (part for part in argument[1:] if part is not None)


def _has_choice(trees: list[Any]) -> bool:
    """Whether there are alternatives inside, which a repetition multiplies."""
    return any(
        operator in (syntax.BRANCH, syntax.GROUPREF_EXISTS) or _has_choice(list(_inner(operator, argument)))
        for tree in trees
        for operator, argument in tree
    )
