"""Map (inline): runs its item processor once for each item.

https://states-language.net/spec.html#map-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import ABSENT
from asl.engine.errors import RUNTIME, EvaluationError, StateError
from asl.engine.payload import Payload
from asl.engine.states.concurrent_flows import ConcurrentFlows
from asl.engine.states.retry_catch import RetryCatch

if TYPE_CHECKING:
    from asl.definition.model import MapState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Frame, Visit
    from asl.engine.query_language import QueryLanguage

Json = Any

INLINE_CONCURRENCY: Final = 40


class CompiledMap(RetryCatch):
    """An inline Map state. Its result is the array of the iterations' outputs."""

    __slots__ = ("_item_selector", "_items", "_max_concurrency", "_processor")

    def __init__(self, state: MapState, language: QueryLanguage, processor: CompiledFlow) -> None:
        super().__init__(state, "Map", language)
        self._processor = processor
        self._items = language.items(state.items_path, state.items)
        self._item_selector = (
            None if state.item_selector is ABSENT else language.template(state.item_selector, "ItemSelector")
        )
        self._max_concurrency = language.integer(state.max_concurrency, state.max_concurrency_path, "MaxConcurrency")

    async def attempt(self, visit: Visit) -> Json:
        """Go over the items, so many at a time; the first iteration that fails ends the others."""
        self._flow.prepare(visit)
        items = self._evaluate_items(visit)
        concurrency = self._concurrency(visit)
        frame = visit.frame
        frame.record("MapStateStarted", {"length": len(items)})
        outputs = await Iterations(self, visit, items).run(concurrency) if items else []
        frame.record_aside("MapStateSucceeded")
        return outputs

    def failed(self, visit: Visit) -> None:
        """Record that an iteration failed."""
        visit.frame.record("MapStateFailed")

    def _concurrency(self, visit: Visit) -> int:
        """How many iterations may run at a time; zero in the definition means as many as possible."""
        wanted: int = 0 if self._max_concurrency is None else self._max_concurrency(visit)
        if wanted < 0:
            raise StateError(RUNTIME, visit.explain("MaxConcurrency cannot be negative."))
        return min(wanted or INLINE_CONCURRENCY, INLINE_CONCURRENCY)

    def _evaluate_items(self, visit: Visit) -> list[Json]:
        try:
            items: list[Json] = self._items(visit)
        except EvaluationError:
            # AWS lets this one evaluation's failure follow what came before the state.
            visit.frame.previous_id = visit.before_id
            raise
        return items

    def item_payload(self, visit: Visit, frame: Frame, item: Json) -> Payload:
        """What an iteration starts with: the item, or what the ItemSelector makes of it."""
        if self._item_selector is None:
            return Payload.of(item, self.name)
        outer = visit.context
        visit.context = {**outer, "Map": {"Item": frame.map_item}}
        try:
            return Payload.of(self._item_selector(visit), self.name)
        finally:
            visit.context = outer

    @property
    def processor(self) -> CompiledFlow:
        """What is run for each item."""
        return self._processor


class Iterations:
    """The iterations of one attempt of a Map state."""

    __slots__ = ("_flows", "_items", "_next_index", "_outputs", "_state", "_visit")

    def __init__(self, state: CompiledMap, visit: Visit, items: list[Json]) -> None:
        self._state = state
        self._visit = visit
        self._items = items
        self._outputs: list[Json] = [None] * len(items)
        self._next_index = 0
        self._flows = ConcurrentFlows(visit)

    async def run(self, concurrency: int) -> list[Json]:
        """Run all iterations, up to `concurrency` at a time, and return their outputs in the order of the items."""
        frame = self._visit.frame
        started = frame.previous_id
        first = [self._start(started) for _ in range(min(concurrency, len(self._items)))]
        await self._flows.gather([self._work(inner) for inner in first])
        return self._outputs

    def _start(self, previous_id: int) -> Frame:
        index = self._next_index
        self._next_index += 1
        return self._visit.frame.inner_iteration(index, self._state.name, self._items[index], previous_id)

    async def _work(self, frame: Frame) -> None:
        """Run the iteration of a frame, then those that no one else has started."""
        while True:
            await self._iterate(frame)
            if self._next_index == len(self._items):
                return
            frame = self._start(frame.previous_id)

    async def _iterate(self, frame: Frame) -> None:
        details = frame.iteration or {}
        index = details["index"]
        payload = self._state.item_payload(self._visit, frame, self._items[index])
        output = await self._flows.run(self._state.processor, frame, payload)
        self._outputs[index] = output.value
        self._visit.frame.previous_id = frame.record_aside("MapIterationSucceeded", details)
