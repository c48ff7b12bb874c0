"""The coverage as one HTML file, without scripts and without anything from elsewhere."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final

from asl.graph import Overlay, svg
from asl.testing.coverage import ItemKind, percent
from asl.testing.coverage_report import total_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.testing.coverage import Item, MachineCoverage

STYLE: Final = """
:root { color-scheme: light dark; --taken: #1a7f37; --missed: #cf222e; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.missed td { color: var(--missed); }
figure { margin: 1rem 0; overflow-x: auto; }
code { font-size: .9em; }
"""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


LEGEND: Final = (("succeeded", "taken"), ("partly", "something of it missed"), ("failed", "missed"))


def html_text(machines: Sequence[MachineCoverage]) -> str:
    """A page with a table of all definitions, and for each of them its items."""
    rows = "".join(_summary_row(index, machine) for index, machine in enumerate(machines))
    titles = "".join(f"<th>{kind.value}</th>" for kind in ItemKind)
    sections = "".join(_section(index, machine) for index, machine in enumerate(machines))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>State machine coverage</title><style>{STYLE}</style></head><body>"
        f"<h1>State machine coverage: {total_percent(machines):g}%</h1>"
        f"<table><tr><th>state machine</th>{titles}<th>covered</th></tr>{rows}</table>{sections}</body></html>\n"
    )


def _summary_row(index: int, machine: MachineCoverage) -> str:
    counts = "".join(f'<td class="number">{_count(machine, kind)}</td>' for kind in ItemKind)
    link = f'<a href="#machine-{index}">{escape(machine.name)}</a>'
    return f'<tr><td>{link}</td>{counts}<td class="number">{percent(*machine.taken()):g}%</td></tr>'


def _count(machine: MachineCoverage, kind: ItemKind) -> str:
    taken, total = machine.taken(kind)
    return f"{taken}/{total}" if total else "-"


def _section(index: int, machine: MachineCoverage) -> str:
    source = f"<p><code>{escape(machine.place)}</code></p>" if machine.place else ""
    rows = "".join(_item_row(item, machine.hits[item.pointer]) for item in machine.items)
    return (
        f'<h2 id="machine-{index}">{escape(machine.name)}</h2>{source}'
        f"<figure>{_graph(machine)}</figure>"
        f"<table><tr><th>taken</th><th>kind</th><th>item</th><th>place</th></tr>{rows}</table>"
    )


def _graph(machine: MachineCoverage) -> str:
    """The picture of the definition, with what was taken and what was missed in colour."""
    classes, notes = {}, {}
    missed_of = Counter(item.state for item in machine.missed() if item.kind is not ItemKind.STATE)
    for item in machine.items:
        count = machine.hits[item.pointer]
        if item.kind is ItemKind.STATE:
            classes[item.pointer] = _class_of_state(count, missed_of[item.state])
            notes[item.pointer] = f"{count}\u00d7" + (
                f", {missed_of[item.state]} missed" if missed_of[item.state] else ""
            )
        elif item.kind is not ItemKind.RETRIER:
            classes[item.pointer] = "succeeded" if count else "failed"
    overlay = Overlay(classes, notes, LEGEND, f"{percent(*machine.taken()):g}% is covered.")
    return svg(machine.outline, title=machine.name, overlay=overlay)


def _class_of_state(count: int, missed: int) -> str:
    if not count:
        return "failed"
    return "partly" if missed else "succeeded"


def _item_row(item: Item, count: int) -> str:
    missed = "" if count else ' class="missed"'
    kind = item.kind.value.removesuffix("s")
    return (
        f'<tr{missed}><td class="number">{count}</td><td>{kind}</td><td>{escape(item.label)}</td>'
        f"<td><code>{escape(item.pointer)}</code></td></tr>"
    )
