"""The second half of a layered drawing: where on its layer each node stands, so that long links run straight.

U. Brandes, B. Köpf: Fast and simple horizontal coordinate assignment, 2001. Four drawings are made, each aligned to
one corner, and every node takes the mean of its two middle places. In each of the four the nodes of a layer keep their
order and distance, so they do in the mean.
"""

from __future__ import annotations

import graphlib
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.graph.layers import Layering, Neighbours

Conflicts = set[tuple[int, int]]
Distance = Callable[[int, int], float]


def centres(layering: Layering, width: Mapping[int, float], gap: Callable[[int, int], float]) -> dict[int, float]:
    """The horizontal centre of each node and bend; neighbours `a`, `b` are at least `gap(a, b)` apart, edge to edge."""

    def distance(one: int, other: int) -> float:
        return (width[one] + width[other]) / 2 + gap(one, other)

    conflicts = _conflicts(layering)
    drawings = []
    for from_below in (False, True):
        rows = layering.layers[::-1] if from_below else layering.layers
        fixed = layering.below if from_below else layering.above
        for from_right in (False, True):
            turned = [row[::-1] for row in rows] if from_right else rows
            root = _blocks(turned, fixed, conflicts)
            places = _compacted(turned, root, distance)
            drawings.append({node: -place for node, place in places.items()} if from_right else places)
    return _mean_of_the_middle(drawings, width)


def _conflicts(layering: Layering) -> Conflicts:
    """Pairs of neighbours whose link crosses one between two bends: the long link is to be the straight one."""
    conflicts: Conflicts = set()
    for upper, lower in pairwise(layering.layers):
        position = {node: index for index, node in enumerate(upper)}
        left, scanned = 0, 0
        for index, node in enumerate(lower):
            bend = _bend_above(layering, node)
            if bend is None and index < len(lower) - 1:
                continue
            right = position[bend] if bend is not None else len(upper) - 1
            for other in lower[scanned : index + 1]:
                for above in layering.above[other]:
                    inner = layering.is_bend(other) and layering.is_bend(above)
                    if not inner and not left <= position[above] <= right:
                        conflicts.add((above, other))
            scanned, left = index + 1, right
    return conflicts


def _bend_above(layering: Layering, node: int) -> int | None:
    if not layering.is_bend(node):
        return None
    return next((above for above in layering.above[node] if layering.is_bend(above)), None)


def _blocks(rows: list[list[int]], fixed: Neighbours, conflicts: Conflicts) -> dict[int, int]:
    """Each node's root: nodes with the same root stand exactly above one another."""
    root = {node: node for row in rows for node in row}
    before: dict[int, int] = {}
    for row in rows:
        last = -1
        for node in row:
            others = sorted(fixed[node], key=before.__getitem__)
            middles = sorted({(len(others) - 1) // 2, len(others) // 2}) if others else []
            for other in (others[middle] for middle in middles):
                crossed = (other, node) in conflicts or (node, other) in conflicts
                if root[node] == node and before[other] > last and not crossed:
                    root[node] = root[other]
                    last = before[other]
        before = {node: index for index, node in enumerate(row)}
    return root


def _compacted(rows: list[list[int]], root: dict[int, int], distance: Distance) -> dict[int, float]:
    """Each block as far left as its left neighbours let it, then as far right as that costs no width."""
    apart: dict[int, dict[int, float]] = {block: {} for block in root.values()}
    for row in rows:
        for left, right in pairwise(row):
            known = apart[root[left]].get(root[right], 0.0)
            apart[root[left]][root[right]] = max(known, distance(left, right))
    order = list(graphlib.TopologicalSorter({block: apart[block] for block in apart}).static_order())
    place = dict.fromkeys(order, 0.0)
    # The sorter names a block after those to its right.
    for block in reversed(order):
        for right, least in apart[block].items():
            place[right] = max(place[right], place[block] + least)
    for block in order:
        if apart[block]:
            place[block] = min(place[right] - least for right, least in apart[block].items())
    return {node: place[block] for node, block in root.items()}


def _mean_of_the_middle(drawings: list[dict[int, float]], width: Mapping[int, float]) -> dict[int, float]:
    """Lay the drawings over the narrowest, at the side to which each is aligned, and take the middle of them."""
    spans = [
        (
            min((place - width[node] / 2 for node, place in drawing.items()), default=0.0),
            max((place + width[node] / 2 for node, place in drawing.items()), default=0.0),
        )
        for drawing in drawings
    ]
    left, right = min(spans, key=lambda span: span[1] - span[0])
    shifts = [left - start if index % 2 == 0 else right - end for index, (start, end) in enumerate(spans)]
    centre = {}
    for node in drawings[0]:
        places = sorted(drawing[node] + shift for drawing, shift in zip(drawings, shifts, strict=True))
        centre[node] = (places[1] + places[2]) / 2
    return centre
