"""A picture of a definition as SVG: one file that needs no other, readable on a light and a dark page.

Every text is escaped. Each state and each transition is a `<g>` with its JSON pointer in `data-pointer`, its classes,
and a `<title>` that says the whole of it, which browsers show and screen readers read.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from asl.graph.diagram import title_of
from asl.graph.layout import (
    DOT,
    MARGIN,
    NAME_LINE,
    PADDING,
    TEXT_LINE,
    TEXT_SIZE,
    TIP,
    Arrow,
    Box,
    FlowPicture,
    Label,
    Point,
    StateBox,
    layout,
)
from asl.graph.overlay import NOTHING, Overlay
from asl.graph.style import style_sheet
from asl.graph.text import width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition.outline import FlowOutline

_HEAD_LENGTH, _HEAD_WIDTH = 8.0, 3.5
# What XML 1.0 cannot hold, not even escaped, is written as JSON would escape it.
_UNPRINTABLE = {
    code: f"\\u{code:04x}" for code in (*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
}


def svg(flow: FlowOutline, *, title: str, description: str = "", overlay: Overlay = NOTHING) -> str:
    """The text of an SVG document.

    `title` and `description` are its accessible name and description. It can stand in a file of its own or within
    HTML, there also several times.
    """
    picture = layout(flow, overlay.notes)
    legend = _legend(overlay, picture.box.height + 2 * MARGIN)
    width = max(picture.box.width, _legend_width(overlay)) + 2 * MARGIN
    height = picture.box.height + 2 * MARGIN + (28 if legend else 0)
    left = (width - picture.box.width) / 2
    told = "\n".join(text for text in (description or _summary(flow), overlay.description) if text)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="asl-graph" role="img" aria-label={_attribute(title)} '
            f'width="{_number(width)}" height="{_number(height)}" viewBox="0 0 {_number(width)} {_number(height)}">',
            f"<title>{_text(title)}</title>",
            f"<desc>{_text(told)}</desc>",
            f"<style>{style_sheet()}</style>",
            f'<rect class="page" width="{_number(width)}" height="{_number(height)}"/>',
            *_flow(picture.moved(left, MARGIN), overlay),
            *legend,
            "</svg>",
            "",
        ]
    )


def _summary(flow: FlowOutline) -> str:
    states = sum(1 for _ in flow.all_states())
    transitions = sum(1 for inner in flow.flows() for _ in inner.transitions())
    return f"A state machine of {states} states and {transitions} transitions that starts at {flow.start.target}."


def _flow(picture: FlowPicture, overlay: Overlay) -> Iterator[str]:
    """Boxes below arrows below labels."""
    for state in picture.states:
        yield from _state(state, overlay)
    yield f'<circle class="dot start" cx="{_number(picture.start.x)}" cy="{_number(picture.start.y)}" r="{DOT / 2:g}"/>'
    if picture.end:
        x, y = _number(picture.end.x), _number(picture.end.y)
        yield f'<circle class="dot end" cx="{x}" cy="{y}" r="{DOT / 2 - 1:g}"/>'
        yield f'<circle class="dot start" cx="{x}" cy="{y}" r="{DOT / 2 - 3.5:g}"/>'
    for arrow in picture.arrows:
        yield from _arrow(arrow, overlay)


def _state(state: StateBox, overlay: Overlay) -> Iterator[str]:
    pointer = state.state.pointer
    classes = " ".join(name for name in ("state", state.state.type.lower(), overlay.classes.get(pointer, "")) if name)
    note = overlay.notes.get(pointer, "")
    full = f"{state.caption.full}\n{note}" if note else state.caption.full
    yield f"<g class={_attribute(classes)} data-pointer={_attribute(pointer)}>"
    yield f"<title>{_text(full)}</title>"
    yield _outline(state)
    middle = state.box.x + state.box.width / 2
    y = state.box.y + PADDING / 2
    for line in state.name:
        y += NAME_LINE
        yield f'<text class="name" x="{_number(middle)}" y="{_number(y - 4)}">{_text(line)}</text>'
    remarks = (("kind", state.caption.kind), ("retry", state.caption.retry), ("note", note))
    for name, line in remarks:
        if line:
            y += TEXT_LINE
            yield f'<text class="{name}" x="{_number(middle)}" y="{_number(y - 4)}">{_text(line)}</text>'
    yield "</g>"
    for flow in state.flows:
        yield _rectangle(flow.box, "frame", 6)
        yield from _flow(flow, overlay)


def _outline(state: StateBox) -> str:
    box = state.box
    if state.state.type != "Choice":
        return _rectangle(box, "box", box.height / 2 if state.state.type in ("Succeed", "Fail") else 8)
    tip, middle = TIP + 4, box.y + box.height / 2
    corners = (
        (box.x, middle),
        (box.x + tip, box.y),
        (box.x + box.width - tip, box.y),
        (box.x + box.width, middle),
        (box.x + box.width - tip, box.y + box.height),
        (box.x + tip, box.y + box.height),
    )
    return f'<polygon class="box" points="{" ".join(f"{_number(x)},{_number(y)}" for x, y in corners)}"/>'


def _rectangle(box: Box, name: str, radius: float) -> str:
    return (
        f'<rect class="{name}" x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" '
        f'height="{_number(box.height)}" rx="{_number(radius)}"/>'
    )


def _arrow(arrow: Arrow, overlay: Overlay) -> Iterator[str]:
    way = arrow.transition
    classes = " ".join(name for name in ("edge", way.kind.value, overlay.classes.get(way.pointer, "")) if name)
    yield f"<g class={_attribute(classes)} data-pointer={_attribute(way.pointer)}>"
    yield f"<title>{_text(title_of(way))}</title>"
    yield f'<path class="line" d="{_line(arrow)}"/>'
    yield f'<path class="head" d="{_head(arrow)}"/>'
    if arrow.label:
        yield from _label(arrow.label)
    yield "</g>"


def _label(label: Label) -> Iterator[str]:
    yield _rectangle(label.box, "paper", 3)
    middle = label.box.x + label.box.width / 2
    for index, line in enumerate(label.lines):
        y = label.box.y + (index + 1) * TEXT_LINE - 3
        yield f'<text class="label" x="{_number(middle)}" y="{_number(y)}">{_text(line)}</text>'


def _line(arrow: Arrow) -> str:
    points = list(arrow.points)
    last, tip = points[-2], points[-1]
    # The line ends inside the head, so that its blunt end does not show at the tip.
    points[-1] = Point(tip.x + _towards(tip.x, last.x), tip.y + _towards(tip.y, last.y))
    parts = [f"M{_number(points[0].x)} {_number(points[0].y)}"]
    for before, point in pairwise(points):
        to = f"{_number(point.x)} {_number(point.y)}"
        if arrow.loop or before.x == point.x:
            parts.append(f"L{to}")
        else:
            middle = _number((before.y + point.y) / 2)
            parts.append(f"C{_number(before.x)} {middle} {_number(point.x)} {middle} {to}")
    return "".join(parts)


def _towards(tip: float, before: float) -> float:
    distance = before - tip
    return max(-_HEAD_LENGTH / 2, min(_HEAD_LENGTH / 2, distance))


def _head(arrow: Arrow) -> str:
    tip, before = arrow.points[-1], arrow.points[-2]
    if arrow.loop:
        back = _HEAD_LENGTH if before.x > tip.x else -_HEAD_LENGTH
        corners = [(tip.x + back, tip.y - _HEAD_WIDTH), (tip.x + back, tip.y + _HEAD_WIDTH)]
    else:
        back = _HEAD_LENGTH if before.y > tip.y else -_HEAD_LENGTH
        corners = [(tip.x - _HEAD_WIDTH, tip.y + back), (tip.x + _HEAD_WIDTH, tip.y + back)]
    return f"M{_number(tip.x)} {_number(tip.y)}" + "".join(f"L{_number(x)} {_number(y)}" for x, y in corners) + "Z"


def _legend_width(overlay: Overlay) -> float:
    return sum(width_of(text, TEXT_SIZE) + 36 for _, text in overlay.legend)


def _legend(overlay: Overlay, y: float) -> list[str]:
    parts = []
    x = MARGIN
    for name, text in overlay.legend:
        parts += [
            f"<g class={_attribute(f'state {name}')}>",
            _rectangle(Box(x, y - 4, 16, 12), "box", 3),
            f'<text class="legend" x="{_number(x + 21)}" y="{_number(y + 6)}">{_text(text)}</text>',
            "</g>",
        ]
        x += width_of(text, TEXT_SIZE) + 36
    return parts


def _number(value: float) -> str:
    return f"{round(value, 1):g}" if abs(value) < 1e5 else f"{value:.1f}"


def _text(text: str) -> str:
    return escape(text.translate(_UNPRINTABLE))


def _attribute(text: str) -> str:
    return quoteattr(text.translate(_UNPRINTABLE))
