"""ItemBatcher of a distributed Map state: how its items are put together for the child executions.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import RUNTIME, StateError
from asl.engine.payload import MAX_BYTES, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asl.engine.frame import Visit
    from asl.engine.query_language import Evaluate, QueryLanguage

Json = Any

BETWEEN_ITEMS: Final = 1


class ItemBatcher:
    """Makes batches: objects with the `Items` of each and, where the definition has it, the same `BatchInput`."""

    __slots__ = ("_batch_input", "_max_bytes", "_max_items")

    def __init__(self, fields: Mapping[str, Json], language: QueryLanguage) -> None:
        self._max_items = _limit(fields, "MaxItemsPerBatch", language)
        self._max_bytes = _limit(fields, "MaxInputBytesPerBatch", language)
        self._batch_input = language.template(fields["BatchInput"], "BatchInput") if "BatchInput" in fields else None

    def batches(self, visit: Visit, items: Sequence[Json]) -> list[Json]:
        """What the child executions are given for `items`, in order. A batch is as full as the limits allow.

        Raises:
            StateError: a limit is not positive, or an item by itself is over the limit of bytes.
        """
        max_items = self._evaluated(visit, self._max_items, len(items) or 1, "MaxItemsPerBatch")
        max_bytes = self._evaluated(visit, self._max_bytes, MAX_BYTES, "MaxInputBytesPerBatch")
        common = {} if self._batch_input is None else {"BatchInput": self._batch_input(visit)}
        room = max_bytes - _size({**common, "Items": []})
        return [{**common, "Items": batch} for batch in _split(visit, items, max_items, room)]

    def _evaluated(self, visit: Visit, limit: Evaluate | None, default: int, field: str) -> int:
        value: int = default if limit is None else limit(visit)
        if value < 1:
            raise StateError(RUNTIME, visit.explain(f"{field} must be greater than zero."))
        return value


def _limit(fields: Mapping[str, Json], field: str, language: QueryLanguage) -> Evaluate | None:
    return language.integer(fields.get(field), fields.get(f"{field}Path"), field)


def _split(visit: Visit, items: Sequence[Json], max_items: int, max_bytes: int) -> Iterator[list[Json]]:
    batch: list[Json] = []
    used = 0
    for item in items:
        size = _size(item)
        if size > max_bytes:
            raise StateError(RUNTIME, visit.explain("An item does not fit into a batch of MaxInputBytesPerBatch."))
        if batch and (len(batch) == max_items or used + size + BETWEEN_ITEMS > max_bytes):
            yield batch
            batch, used = [], 0
        used += size + (BETWEEN_ITEMS if batch else 0)
        batch.append(item)
    if batch:
        yield batch


def _size(value: Json) -> int:
    return len(encode(value).encode("utf-8", "surrogatepass"))
