"""What Task, Parallel and Map have in common: work that is tried again, and errors that are caught."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from asl.engine.clock import sleep_until
from asl.engine.errors import RUNTIME, StateError
from asl.engine.notes import PAUSE, Pause
from asl.engine.observer import DecisionKind
from asl.engine.retry import matches
from asl.engine.states.state import NamedState, leave
from asl.expressions import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from asl.definition.model import RetryCatchState
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.position import VisitPosition
    from asl.engine.query_language import QueryLanguage
    from asl.engine.retry import RetryCounters

Json = Any


class RetryCatch(NamedState, ABC):
    """A state whose work can fail."""

    __slots__ = ("_catchers", "_flow", "_next", "_retriers")

    def __init__(self, state: RetryCatchState, state_type: str, language: QueryLanguage) -> None:
        super().__init__(state, state_type)
        self._flow = language.data_flow(state)
        self._next = state.next
        self._retriers = state.retry
        self._catchers = [(catcher.error_equals, language.catch_flow(catcher), catcher.next) for catcher in state.catch]

    @abstractmethod
    async def attempt(self, visit: Visit) -> Json:
        """Try to do the state's work once and return its result."""

    def failed(self, visit: Visit) -> None:
        """Record that no attempt is left."""

    async def resume_attempt(self, visit: Visit, position: VisitPosition) -> Json:  # noqa: ARG002 - of its subclasses
        """Go on with an attempt whose work was noted; where nothing of it can be kept it begins anew."""
        return await self.attempt(visit)

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """Try until an attempt succeeds or no retrier helps; then see whether a catcher does."""
        return await self._try(visit, self.attempt(visit), None)

    async def resume(self, visit: Visit, position: VisitPosition) -> tuple[str | None, Payload]:
        """Go on with the attempt that was interrupted, or with the pause before the next one."""
        counters = None
        if position.used is not None:
            counters = visit.retry_counters(self._retriers)
            counters.go_on_from(position.used)
        if position.pausing and position.due is not None:
            await self._pause_until(visit, position.due)
        if position.work is None:
            return await self._try(visit, self.attempt(visit), counters)
        return await self._try(visit, self.resume_attempt(visit, position), counters)

    async def _try(
        self, visit: Visit, attempt: Coroutine[Any, Any, Json], counters: RetryCounters | None
    ) -> tuple[str | None, Payload]:
        while True:
            try:
                return leave(visit, self._flow, await attempt, self._next)
            except (StateError, ExpressionError) as raised:
                error = visit.failure(raised)
            if error.error == RUNTIME:
                raise error
            if counters is None:
                counters = visit.retry_counters(self._retriers)
            again = counters.next_attempt(error)
            if again is None:
                return self._catch(visit, error)
            retrier, delay = again
            visit.decided(DecisionKind.RETRY, retrier, error, delay)
            clock = visit.frame.environment.clock
            due = clock.end_of_wait(clock.now() + delay)
            if visit.frame.journaled:
                visit.frame.note(PAUSE, Pause(counters.used, due))
            await self._pause_until(visit, due)
            attempt = self.attempt(visit)

    async def _pause_until(self, visit: Visit, due: float) -> None:
        clock = visit.frame.environment.clock
        if due > clock.now():
            await sleep_until(clock, due)
        visit.begin_again()
        visit.count_retry()

    def _catch(self, visit: Visit, error: StateError) -> tuple[str | None, Payload]:
        self.failed(visit)
        for index, (error_equals, flow, next_state) in enumerate(self._catchers):
            if matches(error_equals, error):
                output = {"Error": error.error or "", "Cause": error.cause or ""}
                visit.begin_again()
                left = leave(visit, flow, output, next_state)
                visit.decided(DecisionKind.CATCH, index, error)
                return left
        raise error
