"""A picture of a definition as a Mermaid flowchart, which GitHub and many editors draw from its text.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from asl.definition.outline import TransitionKind
from asl.graph.diagram import MAX_LABEL, caption_of, label_of
from asl.graph.overlay import NOTHING, Overlay
from asl.graph.style import STATUS
from asl.graph.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition.outline import FlowOutline, StateOutline

_SHAPES = {"Choice": ("{{", "}}"), "Succeed": ("([", "])"), "Fail": ("([", "])")}
_ENTITIES = str.maketrans(
    {'"': "&quot;", "<": "&lt;", ">": "&gt;", "&": "&amp;", "`": "&grave;", "\\": "&bsol;", "#": "&num;"}
)


def mermaid(flow: FlowOutline, *, title: str, overlay: Overlay = NOTHING) -> str:
    """The text of a flowchart, title included; states have the colours of the overlay's classes, and its notes."""
    return "\n".join(["flowchart TD", f"accTitle: {_title(title)}", *_Flowchart(overlay).lines(flow), ""])


class _Flowchart:
    """Numbers the nodes; those of inner flows stand in the subgraph of their state."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._numbers = count(1)
        self._links = count()
        self._coloured: dict[str, list[str]] = {}
        self._taken: list[int] = []

    def lines(self, flow: FlowOutline) -> Iterator[str]:
        yield from self._flow(flow, "  ")
        for name, nodes in self._coloured.items():
            if name in STATUS:
                line, fill = STATUS[name][0]
                yield f"  classDef {name} stroke:{line},fill:{fill},color:#1f2328"
                yield f"  class {','.join(nodes)} {name}"
        if self._taken:
            yield f"  linkStyle {','.join(map(str, self._taken))} stroke-width:3px"

    def _flow(self, flow: FlowOutline, indent: str) -> Iterator[str]:
        number = next(self._numbers)
        start, end = f"start{number}", f"stop{number}"
        nodes = {name: f"s{next(self._numbers)}" for name in flow.states}
        yield f'{indent}{start}((" "))'
        for name, state in flow.states.items():
            yield from self._state(state, nodes[name], indent)
        if any(way.target is None for way in flow.transitions()):
            yield f'{indent}{end}(((" ")))'
        for way in flow.transitions():
            source = start if way.source is None else nodes[way.source]
            target = end if way.target is None else nodes[way.target]
            arrow = "-.->" if way.kind is TransitionKind.CATCH else "-->"
            label = label_of(way)
            text = f'|"{_text(shorten(label, MAX_LABEL))}"|' if label else ""
            yield f"{indent}{source} {arrow}{text} {target}"
            link = next(self._links)
            if self._overlay.classes.get(way.pointer) == "taken":
                self._taken.append(link)

    def _state(self, state: StateOutline, node: str, indent: str) -> Iterator[str]:
        caption = caption_of(state)
        lines = (state.name, caption.kind, caption.retry, self._overlay.notes.get(state.pointer, ""))
        # A subgraph has room for one line.
        text = (", " if state.flows else "<br/>").join(_text(line) for line in lines if line)
        if name := self._overlay.classes.get(state.pointer):
            self._coloured.setdefault(name, []).append(node)
        if not state.flows:
            left, right = _SHAPES.get(state.type, ("(", ")"))
            yield f'{indent}{node}{left}"{text}"{right}'
            return
        yield f'{indent}subgraph {node} ["{text}"]'
        for index, flow in enumerate(state.flows):
            if len(state.flows) == 1:
                yield from self._flow(flow, f"{indent}  ")
            else:
                yield f'{indent}  subgraph {node}b{index + 1} [" "]'
                yield from self._flow(flow, f"{indent}    ")
                yield f"{indent}  end"
        yield f"{indent}end"


def _text(text: str) -> str:
    """Text inside quotes. What could mean something to Mermaid, Markdown or HTML goes by its name in HTML.

    Mermaid's own `#35;` is left as it is in labels that it wraps; two dollars, which begin a formula, are kept apart.
    """
    line = " ".join(text.split()).translate(_ENTITIES)
    return line.replace("$$", "$\u2060$")


def _title(text: str) -> str:
    """Text without quotes around it."""
    return " ".join(re.sub(r"[^\w .,:/-]", " ", text).split())
