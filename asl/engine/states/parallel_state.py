"""Parallel: runs its branches at the same time.

https://states-language.net/spec.html#parallel-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.engine.notes import WORK, BranchWork
from asl.engine.payload import Payload
from asl.engine.states.concurrent_flows import ConcurrentFlows, raise_failure, reopen
from asl.engine.states.retry_catch import RetryCatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.model import ParallelState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Visit
    from asl.engine.position import FramePosition, VisitPosition
    from asl.engine.query_language import QueryLanguage

Json = Any


class CompiledParallel(RetryCatch):
    """A Parallel state. Its result is the array of the branches' outputs."""

    __slots__ = ("_branches",)

    def __init__(self, state: ParallelState, language: QueryLanguage, branches: list[CompiledFlow]) -> None:
        super().__init__(state, "Parallel", language)
        self._branches = branches

    async def attempt(self, visit: Visit) -> Json:
        """Run all branches; the first that fails ends the others."""
        frame = visit.frame
        prepared = self._flow.prepare(visit)
        payload = visit.input if prepared is visit.input.value else Payload.of(prepared, self.name)
        frame.record("ParallelStateStarted")
        first_frame = frame.execution.history.reserve_frames(len(self._branches))
        frame.note(WORK, BranchWork(first_frame, len(self._branches), payload.text))
        return await self._run(visit, first_frame, payload, {})

    def reopen(self, visit: Visit, position: VisitPosition) -> None:
        """See `CompiledState.reopen`."""
        if position.work is not None:
            first = position.work.first_frame
            reopen(visit, position, lambda index: (self._branches[index], visit.frame.inner(first + index)))

    async def resume_attempt(self, visit: Visit, position: VisitPosition) -> Json:
        """Go on with the branches that have not ended."""
        raise_failure(position)
        return await self._run(visit, position.work.first_frame, position.work.payload, position.inner)

    async def _run(
        self, visit: Visit, first_frame: int, payload: Payload, positions: Mapping[int, FramePosition]
    ) -> Json:
        frame = visit.frame
        flows = ConcurrentFlows(visit)
        runs = []
        for index, branch in enumerate(self._branches):
            position = positions.get(index)
            if position is None:
                runs.append(flows.run(branch, flows.begin(frame.inner(first_frame + index)), payload))
            elif position.frame is not None:
                runs.append(flows.run(branch, position.frame, payload, position))
            else:
                runs.append(flows.ended(position))
        outputs = await flows.gather(runs)
        frame.record_aside("ParallelStateSucceeded")
        return [output.value for output in outputs]

    def failed(self, visit: Visit) -> None:
        """Record that the branches failed."""
        visit.frame.record("ParallelStateFailed")
