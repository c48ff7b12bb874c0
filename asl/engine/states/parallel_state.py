"""Parallel: runs its branches at the same time.

https://states-language.net/spec.html#parallel-state
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.engine.history import WORK
from asl.engine.payload import Payload
from asl.engine.states.concurrent_flows import ConcurrentFlows
from asl.engine.states.retry_catch import RetryCatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.model import ParallelState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Visit
    from asl.engine.position import FramePosition, VisitPosition
    from asl.engine.query_language import QueryLanguage

Json = Any


@dataclass(frozen=True, slots=True)
class BranchWork:
    """One attempt of a Parallel state: its branches run in the frames from `first_frame` on, all with `payload`."""

    first_frame: int
    count: int
    payload: Payload


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
        work = BranchWork(frame.execution.history.reserve_frames(len(self._branches)), len(self._branches), payload)
        frame.note(WORK, work)
        return await self._run(visit, work, {})

    async def resume_attempt(self, visit: Visit, position: VisitPosition) -> Json:
        """Go on with the branches that have not ended."""
        return await self._run(visit, position.work, position.inner)

    async def _run(self, visit: Visit, work: BranchWork, positions: Mapping[int, FramePosition]) -> Json:
        frame = visit.frame
        flows = ConcurrentFlows(visit)
        runs = []
        for index, branch in enumerate(self._branches):
            position = positions.get(index)
            if position is not None and position.ended:
                runs.append(flows.ended(position))
            else:
                inner = flows.begin(frame.inner(work.first_frame + index))
                runs.append(flows.run(branch, inner, work.payload, position))
        outputs = await flows.gather(runs)
        frame.record_aside("ParallelStateSucceeded")
        return [output.value for output in outputs]

    def failed(self, visit: Visit) -> None:
        """Record that the branches failed."""
        visit.frame.record("ParallelStateFailed")
