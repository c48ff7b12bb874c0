"""ItemBatcher of a distributed Map state: how its items are put together for the child executions.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from asl.engine.errors import RUNTIME, StateError
from asl.engine.payload import MAX_BYTES, encode, size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asl.engine.frame import Visit
    from asl.engine.query_language import Evaluate, QueryLanguage

Json = Any
Limit = TypeVar("Limit", int, None)

BETWEEN_ITEMS: Final = 1


class ItemBatcher:
    """Makes batches: objects with the `Items` of each and, where the definition has it, the same `BatchInput`."""

    __slots__ = ("_batch_input", "_max_bytes", "_max_items")

    def __init__(self, fields: Mapping[str, Json], language: QueryLanguage) -> None:
        self._max_items = _limit(fields, "MaxItemsPerBatch", language)
        self._max_bytes = _limit(fields, "MaxInputBytesPerBatch", language)
        self._batch_input = language.template(fields["BatchInput"], "BatchInput") if "BatchInput" in fields else None

    def batching(self, visit: Visit) -> Batching:
        """What puts the items of one Map Run together.

        Raises:
            StateError: a limit is not positive, or there is no room for items beside the BatchInput.
        """
        max_items = self._evaluated(visit, self._max_items, None, "MaxItemsPerBatch")
        max_bytes = self._evaluated(visit, self._max_bytes, MAX_BYTES, "MaxInputBytesPerBatch")
        common = {} if self._batch_input is None else {"BatchInput": self._batch_input(visit)}
        return Batching(visit, common, max_items, max_bytes)

    def batches(self, visit: Visit, items: Iterable[Json]) -> list[Json]:
        """What the child executions are given for `items`, in order; raises what `batching` and `add` raise."""
        batching = self.batching(visit)
        batches = [batch for item in items if (batch := batching.add(item)) is not None]
        last = batching.rest()
        return batches if last is None else [*batches, last]

    def _evaluated(self, visit: Visit, limit: Evaluate | None, default: Limit, field: str) -> int | Limit:
        value = default if limit is None else int(limit(visit))
        if value is not None and value < 1:
            raise StateError(RUNTIME, visit.explain(f"{field} must be greater than zero."))
        return value


def _limit(fields: Mapping[str, Json], field: str, language: QueryLanguage) -> Evaluate | None:
    return language.integer(fields.get(field), fields.get(f"{field}Path"), field)


class Batching:
    """Takes one item after the other; a batch is as full as the limits allow."""

    __slots__ = ("_batch", "_common", "_max_items", "_room", "_used", "_visit")

    def __init__(self, visit: Visit, common: Mapping[str, Json], max_items: int | None, max_bytes: int) -> None:
        self._visit = visit
        self._common = common
        self._max_items = max_items
        self._room = max_bytes - _size({**common, "Items": []})
        self._batch: list[Json] = []
        self._used = 0

    def add(self, item: Json) -> Json | None:
        """Take an item, and return the batch before it, if it does not fit into that.

        Raises:
            StateError: the item by itself is over the limit of bytes.
        """
        size = _size(item)
        if size > self._room:
            cause = "An item does not fit into a batch of MaxInputBytesPerBatch."
            raise StateError(RUNTIME, self._visit.explain(cause))
        full = len(self._batch) == self._max_items or self._used + size + BETWEEN_ITEMS > self._room
        finished = self.rest() if self._batch and full else None
        self._used += size + (BETWEEN_ITEMS if self._batch else 0)
        self._batch.append(item)
        return finished

    def rest(self) -> Json | None:
        """The batch of what has been taken since the last one, None where that is nothing."""
        batch, self._batch, self._used = self._batch, [], 0
        return {**self._common, "Items": batch} if batch else None


def _size(value: Json) -> int:
    return size_in_bytes(encode(value))
