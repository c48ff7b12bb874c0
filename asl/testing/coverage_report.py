"""The coverage as text: a line per definition, and what was missed below it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from asl.testing.coverage import ItemKind, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asl.testing.coverage import MachineCoverage


def total_percent(machines: Sequence[MachineCoverage]) -> float:
    """How much of all the items of all definitions was taken, in percent."""
    counts = [machine.taken() for machine in machines]
    return percent(sum(taken for taken, _ in counts), sum(total for _, total in counts))


def terminal_lines(machines: Sequence[MachineCoverage]) -> Iterator[str]:
    """A table of what was taken; below each definition the items that no run has taken."""
    rows = [["state machine", *(kind.value for kind in ItemKind), "covered"]]
    rows += [[machine.name, *_counts(machine), f"{percent(*machine.taken()):g}%"] for machine in machines]
    rows.append(["total", *_totals(machines), f"{total_percent(machines):g}%"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    missed = [[], *(_missed(machine) for machine in machines), []]
    for row, items in zip(rows, missed, strict=True):
        first, *others = (
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others))
        yield from items


def _missed(machine: MachineCoverage) -> list[str]:
    if not machine.hits:
        return ["    no test runs it"]
    return [f"    missed {item.kind.value.removesuffix('s')} {item.label}" for item in machine.missed()]


def json_text(machines: Sequence[MachineCoverage]) -> str:
    """The coverage for other programs: each item of each definition, with how often it was taken."""
    content = [
        {
            "name": machine.name,
            "source": machine.place,
            "percent": percent(*machine.taken()),
            "items": [
                {
                    "pointer": item.pointer,
                    "kind": item.kind.value,
                    "label": item.label,
                    "count": machine.hits[item.pointer],
                }
                for item in machine.items
            ],
        }
        for machine in machines
    ]
    return json.dumps({"percent": total_percent(machines), "stateMachines": content}, indent=2, ensure_ascii=False)


def _counts(machine: MachineCoverage) -> list[str]:
    return [_cell(*machine.taken(kind)) for kind in ItemKind]


def _totals(machines: Sequence[MachineCoverage]) -> Iterator[str]:
    for kind in ItemKind:
        counts = [machine.taken(kind) for machine in machines]
        yield _cell(sum(taken for taken, _ in counts), sum(total for _, total in counts))


def _cell(taken: int, total: int) -> str:
    return f"{taken}/{total}" if total else "-"
