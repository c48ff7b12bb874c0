"""What the inline and the distributed Map have in common: the items, and what each iteration is given of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.definition.model import ABSENT
from asl.engine.errors import RUNTIME, EvaluationError, StateError
from asl.engine.payload import Payload
from asl.engine.states.retry_catch import RetryCatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.model import MapState
    from asl.engine.frame import Visit
    from asl.engine.query_language import QueryLanguage

Json = Any


class ItemSource(RetryCatch):
    """A Map state, whatever its mode."""

    __slots__ = ("_item_selector", "_items", "_max_concurrency")

    def __init__(self, state: MapState, language: QueryLanguage) -> None:
        super().__init__(state, "Map", language)
        self._items = language.items(state.items_path, state.items, objects=state.distributed)
        self._item_selector = (
            None if state.item_selector is ABSENT else language.template(state.item_selector, "ItemSelector")
        )
        self._max_concurrency = language.integer(state.max_concurrency, state.max_concurrency_path, "MaxConcurrency")

    def failed(self, visit: Visit) -> None:
        """Record that the iterations failed."""
        visit.frame.record("MapStateFailed")

    def begin(self, visit: Visit) -> tuple[Json, int]:
        """Evaluate the items and the `MaxConcurrency`, 0 where the state leaves it open, and record the start.

        The items of a distributed Map may also be the members of an object.
        """
        self._flow.prepare(visit)
        items = self._evaluate_items(visit)
        wanted: int = 0 if self._max_concurrency is None else self._max_concurrency(visit)
        if wanted < 0:
            raise StateError(RUNTIME, visit.explain("MaxConcurrency cannot be negative."))
        visit.frame.record("MapStateStarted", {"length": len(items)})
        return items, wanted

    def _evaluate_items(self, visit: Visit) -> Json:
        try:
            return self._items(visit)
        except EvaluationError:
            # AWS lets this one evaluation's failure follow what came before the state.
            visit.frame.previous_id = visit.before_id
            raise

    def item_payload(self, visit: Visit, index: int, item: Json) -> Payload:
        """What an iteration starts with: the item, or what the ItemSelector makes of it."""
        return Payload.of(self.selected(visit, item, {"Index": index, "Value": item}), self.name)

    def selected(self, visit: Visit, item: Json, map_item: Mapping[str, Json]) -> Json:
        """The item, or what the ItemSelector makes of it; `map_item` is the context object's `Map.Item`."""
        if self._item_selector is None:
            return item
        outer = visit.context
        visit.context = {**outer, "Map": {"Item": map_item}}
        try:
            return self._item_selector(visit)
        finally:
            visit.context = outer
