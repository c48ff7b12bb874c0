"""A merge sort, which asks about the same pairs in the same order as JSONata's own.

The order matters where the answers make no order, and where a function tells only when two items are to change places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def merge_sorted(items: list[Any], swaps: Callable[[Any, Any], bool]) -> list[Any]:
    """The items in order; `swaps` says whether the first of two is to come after the second. Stable."""
    if len(items) <= 1:
        return list(items)
    middle = len(items) // 2
    left, right = merge_sorted(items[:middle], swaps), merge_sorted(items[middle:], swaps)
    merged: list[Any] = []
    first = second = 0
    while first < len(left) and second < len(right):
        if swaps(left[first], right[second]):
            merged.append(right[second])
            second += 1
        else:
            merged.append(left[first])
            first += 1
    return [*merged, *left[first:], *right[second:]]
