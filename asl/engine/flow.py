"""A compiled flow: states, and how an execution goes from one to the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from asl.engine.errors import StateError
from asl.engine.frame import Frame, Visit
from asl.expressions import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine.payload import Payload
    from asl.engine.position import FramePosition, VisitPosition
    from asl.engine.states.state import CompiledState

TRANSITIONS_PER_TURN: Final = 32


class CompiledFlow:
    """The states of a machine, a branch or an item processor, ready to run. Shared by all executions."""

    __slots__ = ("start_at", "states")

    def __init__(self, start_at: str, states: Mapping[str, CompiledState]) -> None:
        self.start_at = start_at
        self.states = states

    async def run(self, frame: Frame, payload: Payload) -> Payload:
        """Run from the first state to a terminal one and return its output.

        Gives way to the event loop now and then, so that a long execution never starves the others.

        Raises:
            StateError: a state failed and no retrier or catcher of it helped.
        """
        return await self._run_from(self.start_at, frame, payload)

    def reopen(self, frame: Frame, position: FramePosition) -> None:
        """Let a frame stand where the flow stood, all flows inside before the first of them goes on with `resume`."""
        frame.take_up(position)
        at = position.visit
        if at is not None and not self._enters_again(at):
            state = self.states[at.state]
            state.reopen(Visit(frame, state, at.input, at), at)

    async def resume(self, frame: Frame, position: FramePosition, payload: Payload) -> Payload:
        """Go on from a position to a terminal state and return its output; a flow at its beginning gets the payload.

        Raises:
            StateError: a state failed and no retrier or catcher of it helped.
        """
        next_state: str | None
        at, visit = position.visit, frame.visit
        if at is not None and visit is not None:
            try:
                next_state, payload = await visit.state.resume(visit, at)
            except (StateError, ExpressionError) as error:
                raise visit.failure(error) from error
        elif at is not None:
            next_state, payload = at.state, at.input
        elif position.payload is not None:
            next_state, payload = position.next_state, position.payload
        else:
            next_state = self.start_at
        return await self._run_from(next_state, frame, payload)

    def _enters_again(self, position: VisitPosition) -> bool:
        return self.states[position.state].type == "Fail"

    async def _run_from(self, next_state: str | None, frame: Frame, payload: Payload) -> Payload:
        execution, meter = frame.execution, frame.environment.meter
        while next_state is not None:
            execution.transitions += 1
            meter.transitions += 1
            if execution.transitions % TRANSITIONS_PER_TURN == 0:
                await asyncio.sleep(0)
            state = self.states[next_state]
            visit = Visit(frame, state, payload)
            try:
                next_state, payload = await state.run(visit)
            except (StateError, ExpressionError) as error:
                raise visit.failure(error) from error
        return payload
