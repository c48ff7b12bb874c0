"""The flows inside a Parallel or Map state: they run at the same time, and the first that fails ends the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from asl.engine.errors import RUNTIME, StateError
from asl.engine.notes import FAILURE, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Frame, Visit
    from asl.engine.payload import Payload
    from asl.engine.position import FramePosition, VisitPosition

Result = TypeVar("Result")


class ConcurrentFlows:
    """The flows that one attempt of a state runs."""

    __slots__ = ("_frames", "_tasks", "_visit")

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._frames = visit.inner_frames
        self._tasks: list[asyncio.Task[Any]] = []

    def begin(self, frame: Frame) -> Frame:
        """Count the flow of a frame among those that a failure ends. It has to `run` next."""
        self._frames.append(frame)
        return frame

    async def gather(self, runs: Sequence[Coroutine[Any, Any, Result]]) -> list[Result]:
        """Run coroutines at the same time and return their results in the order given.

        What the first of them to fail raises is raised, once all have ended.
        """
        if len(runs) == 1:
            return [await runs[0]]
        self._tasks = [asyncio.create_task(run) for run in runs]
        try:
            results: list[Result] = await asyncio.gather(*self._tasks)
            return results
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(
        self, flow: CompiledFlow, frame: Frame, payload: Payload, position: FramePosition | None = None
    ) -> Payload:
        """Run one flow in its frame, which has begun; the state's next event follows the flow's last one.

        A flow that has a position goes on from there.

        Raises:
            StateError: the flow failed. The others have been cancelled, and the history says so.
        """
        try:
            if position is None:
                output = await flow.run(frame, payload)
            else:
                output = await flow.resume(frame, position, payload)
        except StateError as error:
            self._end_others(frame, error)
            raise
        self._frames.remove(frame)
        self._visit.frame.previous_id = frame.previous_id
        return output

    async def ended(self, position: FramePosition) -> Payload:
        """The output of a flow that has ended already."""
        if position.payload is None:
            raise ValueError(f"the flow {position.number} has not ended")
        return position.payload

    def _end_others(self, failed: Frame, error: StateError) -> None:
        """Cancel what runs beside a failed flow at once: nothing of it may happen after the failure."""
        failing_task = asyncio.current_task()
        for task in self._tasks:
            if task is not failing_task:
                task.cancel()
        self._visit.frame.previous_id = failed.previous_id
        if failed.journaled:
            failed.note(FAILURE, Failure(error.error, error.cause, error.also_known_as))
        self._frames.remove(failed)
        if error.error == RUNTIME:
            return
        failed.fail()
        for frame in self._frames:
            frame.abort()
        self._frames.clear()


def reopen(visit: Visit, position: VisitPosition, inner: Callable[[int], tuple[CompiledFlow, Frame]]) -> None:
    """Let the flows of a state that have begun and not ended stand where they stood; `inner` makes their frames."""
    if position.failure is not None:
        return
    for index, inner_position in sorted(position.inner.items()):
        if not inner_position.ended:
            flow, frame = inner(index)
            inner_position.frame = frame
            visit.inner_frames.append(frame)
            flow.reopen(frame, inner_position)


def raise_failure(position: VisitPosition) -> None:
    """Fail as the flow inside did that failed before the state could deal with it.

    Raises:
        StateError: there is such a flow.
    """
    failure = position.failure
    if failure is not None:
        raise StateError(failure.error, failure.cause, failure.also_known_as)
