"""The first half of a layered drawing: which layer each node is on, and in which order the nodes of a layer stand.

Nodes are numbers. A link that spans several layers becomes a chain of bends, one on each layer between, so that from
then on every link leads from one layer to the next. Every second layer holds only bends: a link's label stands there.

K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of hierarchical system structures, 1981;
E. R. Gansner and others: A technique for drawing directed graphs, 1993 (order by medians and transpositions).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SWEEPS = 12
_MANY_NODES = 2_000
Neighbours = dict[int, list[int]]


@dataclass(frozen=True, slots=True)
class Chain:
    """A link as it is laid: node, bends, node, from one layer down to the next.

    `reversed` says that the link leads up, from the last node to the first.
    """

    link: int
    nodes: tuple[int, ...]
    reversed: bool

    @property
    def label(self) -> int:
        """The bend next to where the link comes from, at which its label stands."""
        return self.nodes[-2] if self.reversed else self.nodes[1]


@dataclass(slots=True)
class Layering:
    """Nodes and bends on their layers. Numbers from `count` on are bends."""

    count: int
    layers: list[list[int]]
    chains: list[Chain]
    above: Neighbours = field(default_factory=dict)
    below: Neighbours = field(default_factory=dict)

    def is_bend(self, node: int) -> bool:
        """Whether this is a bend of a link and no node of the graph."""
        return node >= self.count


def layered(count: int, links: Sequence[tuple[int, int]]) -> Layering:
    """Put `count` nodes on layers, so that links lead down wherever they can, with few crossings.

    Node 0 is where the graph begins. No link leads from a node to itself.
    """
    backward = _backward_links(count, links)
    downward = [(head, tail) if index in backward else (tail, head) for index, (tail, head) in enumerate(links)]
    rank = _ranks(count, downward)
    layering = Layering(count, [[] for _ in range(max(rank, default=0) + 1)], [])
    for node in _in_order_of_visit(count, downward):
        layering.layers[rank[node]].append(node)
    following = count
    for index, (tail, head) in enumerate(downward):
        bends = range(following, following + rank[head] - rank[tail] - 1)
        following = bends.stop
        for offset, bend in enumerate(bends):
            layering.layers[rank[tail] + 1 + offset].append(bend)
        layering.chains.append(Chain(index, (tail, *bends, head), index in backward))
    _connect(layering)
    _order(layering)
    return layering


def _backward_links(count: int, links: Sequence[tuple[int, int]]) -> set[int]:
    """The links that lead back to a node on the way from the beginning: without them there is no cycle."""
    outgoing: list[list[int]] = [[] for _ in range(count)]
    for index, (tail, _) in enumerate(links):
        outgoing[tail].append(index)
    backward: set[int] = set()
    visited, on_the_way = [False] * count, [False] * count
    for root in range(count):
        if visited[root]:
            continue
        visited[root] = on_the_way[root] = True
        path = [(root, iter(outgoing[root]))]
        while path:
            node, rest = path[-1]
            way = next(rest, None)
            if way is None:
                on_the_way[node] = False
                path.pop()
                continue
            head = links[way][1]
            if on_the_way[head]:
                backward.add(way)
            elif not visited[head]:
                visited[head] = on_the_way[head] = True
                path.append((head, iter(outgoing[head])))
    return backward


def _ranks(count: int, downward: Sequence[tuple[int, int]]) -> list[int]:
    """The longest way from a beginning, two layers for each link."""
    heads: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for tail, head in downward:
        heads[tail].append(head)
        waiting[head] += 1
    rank = [0] * count
    ready = [node for node in range(count) if not waiting[node]]
    while ready:
        node = ready.pop()
        for head in heads[node]:
            rank[head] = max(rank[head], rank[node] + 2)
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    return rank


def _in_order_of_visit(count: int, downward: Sequence[tuple[int, int]]) -> list[int]:
    heads: list[list[int]] = [[] for _ in range(count)]
    for tail, head in downward:
        heads[tail].append(head)
    seen: dict[int, None] = {}
    for root in range(count):
        ahead = [root]
        while ahead:
            node = ahead.pop()
            if node not in seen:
                seen[node] = None
                ahead.extend(reversed(heads[node]))
    return list(seen)


def _connect(layering: Layering) -> None:
    for layer in layering.layers:
        for node in layer:
            layering.above[node] = []
            layering.below[node] = []
    for chain in layering.chains:
        for upper, lower in pairwise(chain.nodes):
            layering.below[upper].append(lower)
            layering.above[lower].append(upper)


def _order(layering: Layering) -> None:
    """Sweep down and up, each layer by the medians of its neighbours, and keep the order that crosses least."""
    best, fewest = [list(layer) for layer in layering.layers], crossings(layering)
    sweeps = _SWEEPS if len(layering.above) < _MANY_NODES else 2
    for sweep in range(sweeps):
        if not fewest:
            break
        downward = sweep % 2 == 0
        fixed = layering.above if downward else layering.below
        rows = layering.layers[1:] if downward else layering.layers[-2::-1]
        before = layering.layers[0] if downward else layering.layers[-1]
        for row in rows:
            _sort_by_medians(row, {node: index for index, node in enumerate(before)}, fixed)
            before = row
        _transpose(layering)
        crossed = crossings(layering)
        if crossed < fewest:
            best, fewest = [list(layer) for layer in layering.layers], crossed
    layering.layers = best


def _sort_by_medians(row: list[int], position: dict[int, int], fixed: Neighbours) -> None:
    """Sort by median; a node without neighbours keeps its place."""
    medians = {node: _median(sorted(position[other] for other in fixed[node])) for node in row if fixed[node]}
    ordered = iter(sorted(medians, key=medians.__getitem__))
    row[:] = [next(ordered) if node in medians else node for node in row]


def _median(positions: list[int]) -> float:
    middle = len(positions) // 2
    if len(positions) % 2 or len(positions) == 2:
        return positions[middle] if len(positions) % 2 else sum(positions) / 2
    left, right = positions[middle - 1] - positions[0], positions[-1] - positions[middle]
    if left + right == 0:
        return (positions[middle - 1] + positions[middle]) / 2
    return (positions[middle - 1] * right + positions[middle] * left) / (left + right)


def _transpose(layering: Layering) -> None:
    """Swap neighbours on a layer as long as that removes crossings."""
    for upper, row, lower in zip([[], *layering.layers[:-1]], layering.layers, [*layering.layers[1:], []], strict=True):
        places = [{node: index for index, node in enumerate(layer)} for layer in (upper, lower)]
        sides = list(zip((layering.above, layering.below), places, strict=True))
        sorted_places = {node: [sorted(place[other] for other in side[node]) for side, place in sides] for node in row}
        for _ in range(4):
            swapped = False
            for index in range(len(row) - 1):
                left, right = sorted_places[row[index]], sorted_places[row[index + 1]]
                kept = sum(_pair_crossings(left[side], right[side]) for side in (0, 1))
                if kept and kept > sum(_pair_crossings(right[side], left[side]) for side in (0, 1)):
                    row[index], row[index + 1] = row[index + 1], row[index]
                    swapped = True
            if not swapped:
                break


def _pair_crossings(left: list[int], right: list[int]) -> int:
    """How many links of a node cross those of its right neighbour, by the sorted places of their other ends."""
    return sum(bisect_left(right, place) for place in left)


def crossings(layering: Layering) -> int:
    """How many pairs of links cross between neighbouring layers."""
    total = 0
    for upper, lower in pairwise(layering.layers):
        position = {node: index for index, node in enumerate(lower)}
        seen: list[int] = []
        for node in upper:
            places = sorted(position[other] for other in layering.below[node])
            total += sum(len(seen) - bisect_left(seen, place + 1) for place in places)
            for place in places:
                insort(seen, place)
    return total
