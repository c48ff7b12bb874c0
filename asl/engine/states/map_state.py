"""Map (inline): runs its item processor once for each item.

https://states-language.net/spec.html#map-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.engine.states.concurrent_flows import ConcurrentFlows
from asl.engine.states.item_source import ItemSource

if TYPE_CHECKING:
    from asl.definition.model import MapState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Frame, Visit
    from asl.engine.query_language import QueryLanguage

Json = Any

INLINE_CONCURRENCY: Final = 40


class CompiledMap(ItemSource):
    """An inline Map state. Its result is the array of the iterations' outputs."""

    __slots__ = ("_processor",)

    def __init__(self, state: MapState, language: QueryLanguage, processor: CompiledFlow) -> None:
        super().__init__(state, language)
        self._processor = processor

    async def attempt(self, visit: Visit) -> Json:
        """Go over the items, so many at a time; the first iteration that fails ends the others."""
        items, wanted = self.begin(visit)
        concurrency = min(wanted or INLINE_CONCURRENCY, INLINE_CONCURRENCY)
        outputs = await Iterations(self, visit, items, self._processor).run(concurrency) if items else []
        visit.frame.record_aside("MapStateSucceeded")
        return outputs


class Iterations:
    """The iterations of one attempt of a Map state."""

    __slots__ = ("_flows", "_items", "_next_index", "_outputs", "_processor", "_state", "_visit")

    def __init__(self, state: CompiledMap, visit: Visit, items: list[Json], processor: CompiledFlow) -> None:
        self._state = state
        self._visit = visit
        self._items = items
        self._processor = processor
        self._outputs: list[Json] = [None] * len(items)
        self._next_index = 0
        self._flows = ConcurrentFlows(visit)

    async def run(self, concurrency: int) -> list[Json]:
        """Run all iterations, up to `concurrency` at a time, and return their outputs in the order of the items."""
        started = self._visit.frame.previous_id
        first = [self._start(started) for _ in range(min(concurrency, len(self._items)))]
        await self._flows.gather([self._work(index, frame) for index, frame in first])
        return self._outputs

    def _start(self, previous_id: int) -> tuple[int, Frame]:
        index = self._next_index
        self._next_index += 1
        frame = self._visit.frame.inner_iteration(index, self._state.name, self._items[index], previous_id)
        return index, self._flows.begin(frame)

    async def _work(self, index: int, frame: Frame) -> None:
        """Run an iteration, then those that no one else has started."""
        while True:
            payload = self._state.item_payload(self._visit, index, self._items[index])
            output = await self._flows.run(self._processor, frame, payload)
            self._outputs[index] = output.value
            self._visit.frame.previous_id = frame.record_succeeded()
            if self._next_index == len(self._items):
                return
            index, frame = self._start(frame.previous_id)
