"""Wait: goes on later.

https://states-language.net/spec.html#wait-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.engine.clock import sleep_until
from asl.engine.notes import DUE
from asl.engine.states.state import NamedState, leave

if TYPE_CHECKING:
    from asl.definition.model import WaitState
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.position import VisitPosition
    from asl.engine.query_language import QueryLanguage


class CompiledWait(NamedState):
    """A Wait state."""

    __slots__ = ("_flow", "_next", "_seconds", "_timestamp")

    def __init__(self, state: WaitState, language: QueryLanguage) -> None:
        super().__init__(state, "Wait")
        self._flow = language.data_flow(state)
        self._seconds = language.integer(state.seconds, state.seconds_path, "Seconds")
        self._timestamp = language.timestamp(state.timestamp, state.timestamp_path)
        self._next = state.next

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """Wait for so many seconds, or until a timestamp; one that has passed is no wait."""
        effective_input = self._flow.prepare(visit)
        clock = visit.frame.environment.clock
        if self._seconds is not None:
            due = visit.frame.execution.history.last_timestamp + self._seconds(visit)
        else:
            due = self._timestamp(visit) if self._timestamp is not None else 0.0
        if due > clock.now():
            due = clock.end_of_wait(due)
            if visit.frame.journaled:
                visit.frame.note(DUE, due)
            await sleep_until(clock, due)
        return leave(visit, self._flow, effective_input, self._next)

    async def resume(self, visit: Visit, position: VisitPosition) -> tuple[str | None, Payload]:
        """Wait for what is left."""
        if position.due is None:
            return await self.run(visit)
        effective_input = self._flow.prepare(visit)
        await sleep_until(visit.frame.environment.clock, position.due)
        return leave(visit, self._flow, effective_input, self._next)
