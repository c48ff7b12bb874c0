"""Where everything of a picture stands: boxes within boxes, arrows as lines through points, labels on them.

A flow is laid out by itself, in layers; a Parallel or Map state is a box as large as the flows inside it. All numbers
are pixels; those of a flow count from its own upper left corner until the flow is put into its box.

Why not a library: the ones in pure Python (grandalf, networkx with its layouts) know neither boxes within boxes nor
labels that need room, and Graphviz is a program that has to be installed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asl.graph.alignment import centres
from asl.graph.diagram import MAX_LABEL, Caption, caption_of, label_of
from asl.graph.layers import layered
from asl.graph.text import shorten, width_of, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asl.definition.outline import FlowOutline, StateOutline, Transition
    from asl.graph.layers import Chain

NAME_SIZE, TEXT_SIZE = 13.0, 11.0
NAME_LINE, TEXT_LINE = 17.0, 14.0
NAME_LENGTH, LABEL_LENGTH = 28, 26
PADDING = 12.0
BOLD = 1.06
TIP = 8.0
DOT = 12.0
LAYER_GAP = 26.0
HEAD_ROOM = 8.0
NODE_GAP, BEND_GAP = 36.0, 14.0
LOOP_ROOM = 26.0
PORT_GAP = 22.0
MARGIN = 20.0


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: float
    y: float

    def moved(self, x: float, y: float) -> Point:
        """The same place, further right and down."""
        return Point(self.x + x, self.y + y)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Box:
        """The same rectangle, further right and down."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text in a box."""

    lines: tuple[str, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Arrow:
    """A transition as drawn: through these points, the last of which it points at.

    Two points with the same `x` are joined by a straight line, others by a curve that leaves and arrives upright;
    `loop` says that it is the arrow of a state to itself, whose four points are corners.
    """

    transition: Transition
    points: tuple[Point, ...]
    label: Label | None
    loop: bool = False

    def moved(self, x: float, y: float) -> Arrow:
        """The same arrow, further right and down."""
        label = replace(self.label, box=self.label.box.moved(x, y)) if self.label else None
        return replace(self, points=tuple(point.moved(x, y) for point in self.points), label=label)


@dataclass(frozen=True, slots=True)
class StateBox:
    """A state as drawn, with the lines of its name, and the flows inside it."""

    state: StateOutline
    caption: Caption
    name: tuple[str, ...]
    box: Box
    flows: tuple[FlowPicture, ...]

    def moved(self, x: float, y: float) -> StateBox:
        """The same state, further right and down, with all that is in it."""
        return replace(self, box=self.box.moved(x, y), flows=tuple(flow.moved(x, y) for flow in self.flows))


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """A flow as drawn: the frame around it, the dots where it starts and ends, its states and arrows."""

    box: Box
    start: Point
    end: Point | None
    states: tuple[StateBox, ...]
    arrows: tuple[Arrow, ...]

    def moved(self, x: float, y: float) -> FlowPicture:
        """The same flow, further right and down, with all that is in it."""
        return FlowPicture(
            self.box.moved(x, y),
            self.start.moved(x, y),
            self.end.moved(x, y) if self.end else None,
            tuple(state.moved(x, y) for state in self.states),
            tuple(arrow.moved(x, y) for arrow in self.arrows),
        )

    def all_flows(self) -> Iterator[FlowPicture]:
        """The flow and those inside it, outer ones first."""
        yield self
        for state in self.states:
            for flow in state.flows:
                yield from flow.all_flows()


def layout(flow: FlowOutline, notes: Mapping[str, str]) -> FlowPicture:
    """Lay out a definition. `notes` are lines more for the boxes of states, by the states' pointers."""
    return _Flow(flow, notes).picture()


@dataclass(frozen=True, slots=True)
class _Size:
    width: float
    height: float


class _Flow:
    """One flow being laid out. Node 0 is the start; the states follow; the end, if anything leads there, is last."""

    def __init__(self, flow: FlowOutline, notes: Mapping[str, str]) -> None:
        self._states = [_measured(state, notes) for state in flow.states.values()]
        number = {name: index + 1 for index, name in enumerate(flow.states)}
        transitions = list(flow.transitions())
        self._loops = [way for way in transitions if way.source is not None and way.source == way.target]
        self._ways = [way for way in transitions if way.source is None or way.source != way.target]
        self._ends = any(way.target is None for way in self._ways)
        end = len(number) + 1
        self._count = end + self._ends
        links = [
            (
                0 if way.source is None else number[way.source],
                end if way.target is None else number[way.target],
            )
            for way in self._ways
        ]
        self._labels = [_label(way) for way in self._ways]
        self._layering = layered(self._count, links)
        self._sizes = self._measure(number)

    def _measure(self, number: Mapping[str, int]) -> dict[int, _Size]:
        sizes = dict.fromkeys(self._layering.above, _Size(0.0, 0.0))
        dots = (0, self._count - 1) if self._ends else (0,)
        sizes.update(dict.fromkeys(dots, _Size(DOT, DOT)))
        self._loop_labels = {way.pointer: _label(way) for way in self._loops}
        for index, state in enumerate(self._states):
            loops = [self._loop_labels[way.pointer] for way in self._loops if number[way.source or ""] == index + 1]
            room = sum(LOOP_ROOM + (label.box.width if label else 0) for label in loops)
            sizes[index + 1] = _Size(state.box.width + room, state.box.height)
        for chain in self._layering.chains:
            if label := self._labels[chain.link]:
                sizes[chain.label] = _Size(label.box.width, label.box.height)
        return sizes

    def picture(self) -> FlowPicture:
        widths = {node: size.width for node, size in self._sizes.items()}
        centre = centres(self._layering, widths, self._gap)
        left = min(centre[node] - widths[node] / 2 for node in centre)
        right = max(centre[node] + widths[node] / 2 for node in centre) - left
        self._centre = {node: place - left for node, place in centre.items()}
        self._tops, self._bottoms, height = self._heights()
        states = tuple(self._placed(index + 1, state) for index, state in enumerate(self._states))
        self._boxes = {index + 1: state.box for index, state in enumerate(states)}
        self._ports = self._distribute_ports()
        arrows = [self._arrow(chain) for chain in self._layering.chains]
        for state in states:
            arrows += self._loop_arrows(state)
        order = {id(way): index for index, way in enumerate((*self._ways, *self._loops))}
        arrows.sort(key=lambda arrow: order[id(arrow.transition)])
        return FlowPicture(
            Box(0, 0, right, height),
            self._middle(0),
            self._middle(self._count - 1) if self._ends else None,
            states,
            tuple(arrows),
        )

    def _gap(self, one: int, other: int) -> float:
        bend = self._layering.is_bend(one) or self._layering.is_bend(other)
        return BEND_GAP if bend else NODE_GAP

    def _heights(self) -> tuple[dict[int, float], dict[int, float], float]:
        """The top and bottom of each node's layer, and where the last one ends."""
        tops, bottoms = {}, {}
        y = 0.0
        for row in self._layering.layers:
            bottom = y + max((self._sizes[node].height for node in row), default=0.0)
            for node in row:
                tops[node], bottoms[node] = y, bottom
            y = bottom + LAYER_GAP
        return tops, bottoms, y - LAYER_GAP

    def _middle(self, node: int) -> Point:
        return Point(self._centre[node], (self._tops[node] + self._bottoms[node]) / 2)

    def _placed(self, node: int, state: StateBox) -> StateBox:
        middle = self._middle(node)
        return state.moved(middle.x - self._sizes[node].width / 2, middle.y - state.box.height / 2)

    def _box(self, node: int) -> Box:
        middle = self._middle(node)
        return self._boxes.get(node, Box(middle.x - DOT / 2, middle.y - DOT / 2, DOT, DOT))

    def _distribute_ports(self) -> dict[tuple[int, bool], float]:
        """Where each link touches the boxes at its upper (True) and lower end: side by side, as the links go on."""
        leaving: dict[tuple[int, bool], list[tuple[float, int]]] = {}
        for chain in self._layering.chains:
            leaving.setdefault((chain.nodes[0], True), []).append((self._centre[chain.nodes[1]], chain.link))
            leaving.setdefault((chain.nodes[-1], False), []).append((self._centre[chain.nodes[-2]], chain.link))
        ports = {}
        for (node, upper), links in leaving.items():
            box = self._box(node)
            apart = min(PORT_GAP, box.width * 0.8 / len(links))
            for index, (_, link) in enumerate(sorted(links)):
                ports[link, upper] = box.x + box.width / 2 + apart * (index - (len(links) - 1) / 2)
        return ports

    def _arrow(self, chain: Chain) -> Arrow:
        first, last = chain.nodes[0], chain.nodes[-1]
        upper, lower = self._box(first), self._box(last)
        x = self._ports[chain.link, True]
        approach = HEAD_ROOM if chain.reversed else 0.0
        points = [Point(x, upper.y + upper.height), Point(x, self._bottoms[first] + approach)]
        for bend in chain.nodes[1:-1]:
            points += [Point(self._centre[bend], self._tops[bend]), Point(self._centre[bend], self._bottoms[bend])]
        x = self._ports[chain.link, False]
        approach = 0.0 if chain.reversed else HEAD_ROOM
        points += [Point(x, self._tops[last] - approach), Point(x, lower.y)]
        label = self._labels[chain.link]
        if label is not None:
            middle = self._middle(chain.label)
            label = replace(label, box=label.box.moved(middle.x - label.box.width / 2, middle.y - label.box.height / 2))
        way = tuple(reversed(points)) if chain.reversed else tuple(points)
        return Arrow(self._ways[chain.link], _corners(way), label)

    def _loop_arrows(self, state: StateBox) -> Iterator[Arrow]:
        box = state.box
        x, y = box.x + box.width, box.y + box.height / 2
        reach = min(14.0, box.height / 2 - 4)
        for way in self._loops:
            if way.source != state.state.name:
                continue
            label = self._loop_labels[way.pointer]
            turn = x + LOOP_ROOM - 8
            start = box.x + box.width
            points = (Point(start, y + reach), Point(turn, y + reach), Point(turn, y - reach), Point(start, y - reach))
            if label is not None:
                label = replace(label, box=label.box.moved(turn + 4, y - label.box.height / 2))
            yield Arrow(way, points, label, loop=True)
            x += LOOP_ROOM + (label.box.width if label else 0)


def _corners(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points without those in the middle of a straight upright line."""
    kept: list[Point] = []
    for point in points:
        if len(kept) > 1 and kept[-2].x == kept[-1].x == point.x:
            kept.pop()
        if not kept or kept[-1] != point:
            kept.append(point)
    return tuple(kept)


def _label(way: Transition) -> Label | None:
    text = label_of(way)
    if not text:
        return None
    lines = tuple(wrap(shorten(text, MAX_LABEL), LABEL_LENGTH))
    width = max(width_of(line, TEXT_SIZE) for line in lines) + 8
    return Label(lines, Box(0, 0, width, len(lines) * TEXT_LINE + 2))


def _measured(state: StateOutline, notes: Mapping[str, str]) -> StateBox:
    """A state's box at the corner, as large as what it holds."""
    caption = caption_of(state)
    name = tuple(wrap(state.name, NAME_LENGTH))
    remarks = [text for text in (caption.kind, caption.retry, notes.get(state.pointer, "")) if text]
    widths = [width_of(line, NAME_SIZE) * BOLD for line in name] + [width_of(line, TEXT_SIZE) for line in remarks]
    width = max(80.0, max(widths) + 2 * (PADDING + (TIP if state.type == "Choice" else 0.0)))
    height = len(name) * NAME_LINE + len(remarks) * TEXT_LINE + PADDING
    flows: list[FlowPicture] = []
    if state.flows:
        inner = [layout(flow, notes) for flow in state.flows]
        total = sum(flow.box.width + 2 * PADDING for flow in inner) + PADDING * (len(inner) + 1)
        tallest = max(flow.box.height for flow in inner) + 2 * PADDING
        x = max(0.0, (width - total) / 2)
        for flow in inner:
            x += PADDING
            frame = flow.moved(x + PADDING, height + PADDING)
            flows.append(replace(frame, box=Box(x, height, flow.box.width + 2 * PADDING, tallest)))
            x += flow.box.width + 2 * PADDING
        width, height = max(width, total), height + tallest + PADDING
    return StateBox(state, caption, name, Box(0, 0, width, height), tuple(flows))
