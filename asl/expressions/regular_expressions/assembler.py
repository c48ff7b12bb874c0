"""From a parsed regular expression to the instructions of the machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.expressions.regular_expressions.characters import character_test, position_test
from asl.expressions.regular_expressions.program import (
    AT,
    ATOMIC,
    CHAR,
    EXISTS,
    JUMP,
    LOOK,
    MATCH,
    MOVED,
    SAME,
    SAVE,
    SPLIT,
    Instruction,
    Program,
)
from asl.expressions.regular_expressions.syntax import syntax

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_INSTRUCTIONS = 20_000


def assemble(tree: Any) -> Program:
    """The program of a parsed pattern. Raises re.error when it is too large."""
    return _Assembler(tree.state.groups, tree.state.flags, [2 * tree.state.groups]).assembled(tree)


class _Assembler:
    """`registers` counts those in use; the programs inside of a program share it."""

    def __init__(self, groups: int, flags: int, registers: list[int]) -> None:
        self.groups = groups
        self.flags = flags
        self.registers = registers
        self.code: list[Instruction] = []
        self._by_operator: dict[Any, Callable[[Any], object]] = {
            syntax.ASSERT: lambda argument: self._look(*argument, wanted=True),
            syntax.ASSERT_NOT: lambda argument: self._look(*argument, wanted=False),
            syntax.AT: lambda argument: self._append(AT, position_test(argument, self.flags)),
            syntax.ATOMIC_GROUP: lambda argument: self._append(ATOMIC, self._inner(argument)),
            syntax.BRANCH: lambda argument: self._alternatives(argument[1]),
            syntax.FAILURE: lambda _: self._append(CHAR, lambda _char: False),
            syntax.GROUPREF: self._reference,
            syntax.GROUPREF_EXISTS: lambda argument: self._conditional(*argument),
            syntax.MAX_REPEAT: lambda argument: self._repeat(*argument, greedy=True),
            syntax.MIN_REPEAT: lambda argument: self._repeat(*argument, greedy=False),
            syntax.POSSESSIVE_REPEAT: lambda argument: self._possessive(*argument),
            syntax.SUBPATTERN: lambda argument: self._group(*argument),
        }

    def assembled(self, tree: Any) -> Program:
        self._sequence(tree)
        self._append(MATCH)
        return Program(self.code, self.groups, self.registers[0])

    def _sequence(self, tree: Any) -> None:
        for operator, argument in tree:
            special = self._by_operator.get(operator)
            if special is None:
                self._append(CHAR, character_test(operator, argument, self.flags))
            else:
                special(argument)

    def _append(self, operation: int, first: Any = None, second: Any = None) -> int:
        if len(self.code) >= MAX_INSTRUCTIONS:
            raise re.error("the regular expression is too large")
        self.code.append((operation, first, second))
        return len(self.code) - 1

    def _inner(self, tree: Any) -> Program:
        return _Assembler(self.groups, self.flags, self.registers).assembled(tree)

    def _group(self, number: int | None, added: int, removed: int, tree: Any) -> None:
        outside, self.flags = self.flags, (self.flags | added) & ~removed
        if number is None:
            self._sequence(tree)
        else:
            self._append(SAVE, 2 * number)
            self._sequence(tree)
            self._append(SAVE, 2 * number + 1)
        self.flags = outside

    def _alternatives(self, trees: list[Any]) -> None:
        ends = []
        for tree in trees[:-1]:
            split = self._append(SPLIT)
            self._sequence(tree)
            ends.append(self._append(JUMP))
            self.code[split] = (SPLIT, split + 1, len(self.code))
        self._sequence(trees[-1])
        for end in ends:
            self.code[end] = (JUMP, len(self.code), None)

    def _repeat(self, least: int, most: int, tree: Any, *, greedy: bool) -> None:
        for _ in range(least):
            self._sequence(tree)
        if most == syntax.MAXREPEAT:
            self._loop(tree, greedy=greedy)
            return
        splits = []
        for _ in range(most - least):
            splits.append(self._append(SPLIT))
            self._sequence(tree)
        for split in splits:
            self._leave(split, greedy=greedy)

    def _loop(self, tree: Any, *, greedy: bool) -> None:
        """Any number of times; a time that matches nothing is the last."""
        register = self.registers[0]
        self.registers[0] += 1
        split = self._append(SPLIT)
        self._append(SAVE, register)
        self._sequence(tree)
        moved = self._append(MOVED)
        self._append(JUMP, split)
        self.code[moved] = (MOVED, register, len(self.code))
        self._leave(split, greedy=greedy)

    def _leave(self, split: int, *, greedy: bool) -> None:
        body, after = split + 1, len(self.code)
        self.code[split] = (SPLIT, body, after) if greedy else (SPLIT, after, body)

    def _possessive(self, least: int, most: int, tree: Any) -> None:
        inner = _Assembler(self.groups, self.flags, self.registers)
        inner._repeat(least, most, tree, greedy=True)
        self._append(ATOMIC, inner.assembled([]))

    def _look(self, direction: int, tree: Any, *, wanted: bool) -> None:
        back = tree.getwidth()[0] if direction < 0 else 0
        self._append(LOOK, (self._inner(tree), wanted), back)

    def _reference(self, number: int) -> None:
        self._append(SAME, number, str.casefold if self.flags & re.IGNORECASE else str)

    def _conditional(self, number: int, then: Any, otherwise: Any) -> None:
        exists = self._append(EXISTS)
        self._sequence(then)
        jump = self._append(JUMP)
        self.code[exists] = (EXISTS, number, len(self.code))
        if otherwise is not None:
            self._sequence(otherwise)
        self.code[jump] = (JUMP, len(self.code), None)
