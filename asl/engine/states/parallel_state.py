"""Parallel: runs its branches at the same time.

https://states-language.net/spec.html#parallel-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.engine.payload import Payload
from asl.engine.states.concurrent_flows import ConcurrentFlows
from asl.engine.states.retry_catch import RetryCatch

if TYPE_CHECKING:
    from asl.definition.model import ParallelState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Visit
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
        flows = ConcurrentFlows(visit)
        outputs = await flows.gather(
            [flows.run(branch, flows.begin(frame.inner()), payload) for branch in self._branches]
        )
        frame.record_aside("ParallelStateSucceeded")
        return [output.value for output in outputs]

    def failed(self, visit: Visit) -> None:
        """Record that the branches failed."""
        visit.frame.record("ParallelStateFailed")
