"""Map (inline): runs its item processor once for each item.

https://states-language.net/spec.html#map-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.engine.notes import WORK, IterationWork
from asl.engine.states.concurrent_flows import ConcurrentFlows, raise_failure, reopen
from asl.engine.states.item_source import ItemSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.model import MapState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Frame, Visit
    from asl.engine.position import FramePosition, VisitPosition
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
        work = IterationWork(visit.frame.execution.history.reserve_frames(len(items)), items, concurrency)
        visit.frame.note(WORK, work)
        return await self._run(visit, work, {})

    def reopen(self, visit: Visit, position: VisitPosition) -> None:
        """See `CompiledState.reopen`."""
        if position.work is not None:
            reopen(visit, position, lambda index: (self._processor, self.frame(visit, position.work, index)))

    def frame(self, visit: Visit, work: IterationWork, index: int) -> Frame:
        """The frame of an iteration."""
        return visit.frame.inner_iteration(work.first_frame + index, index, self.name, work.items[index])

    async def resume_attempt(self, visit: Visit, position: VisitPosition) -> Json:
        """Go on with the iterations that have not ended, and with those that have not begun."""
        raise_failure(position)
        self._flow.prepare(visit)
        return await self._run(visit, position.work, position.inner)

    async def _run(self, visit: Visit, work: IterationWork, positions: Mapping[int, FramePosition]) -> Json:
        outputs = await Iterations(self, visit, work, self._processor, positions).run() if work.items else []
        visit.frame.record_aside("MapStateSucceeded")
        return outputs


class Iterations:
    """The iterations of one attempt of a Map state. They begin in the order of the items."""

    __slots__ = ("_flows", "_next_index", "_outputs", "_positions", "_processor", "_state", "_visit", "_work")

    def __init__(
        self,
        state: CompiledMap,
        visit: Visit,
        work: IterationWork,
        processor: CompiledFlow,
        positions: Mapping[int, FramePosition],
    ) -> None:
        self._state = state
        self._visit = visit
        self._work = work
        self._processor = processor
        self._positions = positions
        self._outputs: list[Json] = [
            position.payload.value
            if (position := positions.get(index)) and position.ended and position.payload
            else None
            for index in range(work.count)
        ]
        self._next_index = len(positions)
        self._flows = ConcurrentFlows(visit)

    async def run(self) -> list[Json]:
        """Run all iterations, so many at a time, and return their outputs in the order of the items."""
        started = self._visit.frame.previous_id
        first = [(index, position.frame) for index, position in sorted(self._positions.items()) if position.frame]
        while len(first) < self._work.concurrency and self._next_index < self._work.count:
            first.append(self._start(started))
        await self._flows.gather([self._go_over(index, frame) for index, frame in first])
        return self._outputs

    def _start(self, previous_id: int) -> tuple[int, Frame]:
        index = self._next_index
        self._next_index += 1
        frame = self._flows.begin(self._state.frame(self._visit, self._work, index))
        frame.begin_iteration(previous_id)
        return index, frame

    async def _go_over(self, index: int, frame: Frame) -> None:
        """Run an iteration, then those that no one else has started."""
        while True:
            payload = self._state.item_payload(self._visit, index, self._work.items[index])
            output = await self._flows.run(self._processor, frame, payload, self._positions.get(index))
            self._outputs[index] = output.value
            self._visit.frame.previous_id = frame.record_succeeded()
            if self._next_index == self._work.count:
                return
            index, frame = self._start(frame.previous_id)
