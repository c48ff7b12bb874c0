"""The backtracking machine for regular expressions, which counts its steps.

A pattern is assembled into instructions. The machine runs them over the text with its own stack of places to go back
to, so that its depth doesn't depend on the text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

REPORT_EVERY = 256

CHAR, SPLIT, JUMP, SAVE, AT, LOOK, ATOMIC, SAME, MOVED, EXISTS, MATCH = range(11)

Instruction: TypeAlias = tuple[int, Any, Any]
Spans: TypeAlias = tuple[tuple[int, int], ...]
Spend: TypeAlias = Callable[[int], None]
"""Told how many steps were taken since the last time; raises to stop the search."""


class Program:
    """Instructions with the number of registers that they use."""

    def __init__(self, code: list[Instruction], groups: int, registers: int) -> None:
        self.code = code
        self.groups = groups
        self.registers = registers

    def match(
        self, text: str, start: int, spend: Spend, *, whole: bool = False, not_empty: bool = False
    ) -> Spans | None:
        """The spans of the match that begins at `start`, if there is one: the first that backtracking finds."""
        least = max(start + not_empty, len(text) if whole else 0)
        registers = self.run(text, start, [-1] * self.registers, spend, least_end=least)
        if registers is None:
            return None
        groups = ((registers[2 * number], registers[2 * number + 1]) for number in range(1, self.groups))
        return ((start, registers[1]), *((low, high) if high >= 0 else (-1, -1) for low, high in groups))

    def run(self, text: str, start: int, registers: list[int], spend: Spend, *, least_end: int = 0) -> list[int] | None:
        """The registers after a match that ends at `least_end` or later, its end in register 1; None without one."""
        pending = [(0, start, registers)]
        steps = 0
        while pending:
            counter, position, registers = pending.pop()
            while counter >= 0:
                steps += 1
                if steps == REPORT_EVERY:
                    spend(steps)
                    steps = 0
                operation, first, second = instruction = self.code[counter]
                counter += 1
                if operation == CHAR:
                    if position >= len(text) or not first(text[position]):
                        break
                    position += 1
                elif operation == SPLIT:
                    pending.append((second, position, registers))
                    counter = first
                elif operation == JUMP:
                    counter = first
                elif operation == MATCH:
                    if position >= least_end:
                        spend(steps)
                        return _with(registers, 1, position)
                    break
                else:
                    special = _SPECIAL[operation]
                    counter, position, registers = special(text, (counter, position, registers), instruction, spend)
        spend(steps)
        return None


def _with(registers: list[int], number: int, value: int) -> list[int]:
    changed = registers.copy()
    changed[number] = value
    return changed


Place: TypeAlias = tuple[int, int, list[int]]
"""The next instruction, the position in the text and the registers."""

NOWHERE: Place = (-1, 0, [])
"""Nothing matches on this way."""


def _save(_text: str, place: Place, instruction: Instruction, _spend: Spend) -> Place:
    counter, position, registers = place
    return counter, position, _with(registers, instruction[1], position)


def _moved(_text: str, place: Place, instruction: Instruction, _spend: Spend) -> Place:
    """The end of a loop's body: on from there if it matched nothing, so that a loop ends."""
    counter, position, registers = place
    return (instruction[2] if registers[instruction[1]] == position else counter), position, registers


def _at(text: str, place: Place, instruction: Instruction, _spend: Spend) -> Place:
    return place if instruction[1](text, place[1]) else NOWHERE


def _look(text: str, place: Place, instruction: Instruction, spend: Spend) -> Place:
    """A look ahead, or back by a fixed number of characters."""
    (program, wanted), back = instruction[1:]
    counter, position, registers = place
    found = program.run(text, position - back, registers, spend) if position >= back else None
    if (found is not None) is not wanted:
        return NOWHERE
    return counter, position, found or registers


def _atomic(text: str, place: Place, instruction: Instruction, spend: Spend) -> Place:
    counter, position, registers = place
    found = instruction[1].run(text, position, registers, spend)
    return NOWHERE if found is None else (counter, found[1], found)


def _same(text: str, place: Place, instruction: Instruction, _spend: Spend) -> Place:
    """A back reference; the instruction says how characters are compared."""
    _, group, compared = instruction
    counter, position, registers = place
    low, high = registers[2 * group], registers[2 * group + 1]
    end = position + high - low
    if not 0 <= low <= high or compared(text[position:end]) != compared(text[low:high]):
        return NOWHERE
    return counter, end, registers


def _exists(_text: str, place: Place, instruction: Instruction, _spend: Spend) -> Place:
    counter, position, registers = place
    return (counter if registers[2 * instruction[1] + 1] >= 0 else instruction[2]), position, registers


_SPECIAL: dict[int, Callable[[str, Place, Instruction, Spend], Place]] = {
    AT: _at,
    ATOMIC: _atomic,
    EXISTS: _exists,
    LOOK: _look,
    MOVED: _moved,
    SAME: _same,
    SAVE: _save,
}
