"""What a mocked task or function does when it is called.

Any JSON value is a result, an exception the error that a function raising it would have; the rest is here. A callable
is called with what the task or function is given, and what it returns is an outcome again.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from asl.engine.clock import sleep_until
from asl.integrations import TaskFailure
from asl.testing.errors import UnansweredCallError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from asl.testing.clock import SteppedClock

Json = Any
Outcome = Any
"""JSON, `Failure`, an exception, `in_turn(...)`, `after(...)`, `NO_ANSWER`, `WAITS`, or a callable that returns one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The call fails with this error, as `ErrorEquals` names it, and this cause."""

    error: str
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class InTurn:
    """See `in_turn`."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class After:
    """See `after`."""

    delay: timedelta
    outcome: Outcome


class Silence(Enum):
    """Outcomes in which no answer comes by itself."""

    NO_ANSWER = "NO_ANSWER"
    WAITS = "WAITS"


NO_ANSWER: Final = Silence.NO_ANSWER
"""The call is never answered: the task ends with its time limit, if it has one."""

WAITS: Final = Silence.WAITS
"""The call is accepted and the task waits for its token, which the test answers with `run.waiting(...)`."""


def in_turn(*outcomes: Outcome) -> InTurn:
    """One outcome for each call, in order, counted over all attempts and iterations. One call more is an error."""
    if not outcomes:
        raise ValueError("in_turn needs at least one outcome")
    return InTurn(outcomes)


def after(delay: timedelta | float, outcome: Outcome) -> After:
    """An outcome that takes some virtual time: a timedelta, or seconds."""
    return After(delay if isinstance(delay, timedelta) else timedelta(seconds=delay), outcome)


class Script:
    """The outcomes of one state or function over a run. `place` says in messages whose they are.

    `waiting` is held while virtual time is to pass.
    """

    def __init__(
        self,
        place: str,
        outcome: Outcome,
        clock: SteppedClock,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._place = place
        self._outcome = outcome
        self._clock = clock
        self._waiting = waiting
        self._calls: dict[int, int] = {}

    async def perform(self, *arguments: Json) -> Json:
        """What one more call returns, or `WAITS`.

        Raises:
            TaskFailure: the call fails with a `Failure`.
            UnansweredCallError: no outcome is left.
            Exception: the outcome is one, or a callable raised it.
        """
        return await self._perform(self._outcome, arguments)

    async def _perform(self, outcome: Outcome, arguments: tuple[Json, ...]) -> Json:
        match outcome:
            case InTurn():
                return await self._perform(self._next(outcome), arguments)
            case After():
                with self._waiting():
                    await sleep_until(self._clock, self._clock.now() + outcome.delay.total_seconds())
                return await self._perform(outcome.outcome, arguments)
            case Silence.NO_ANSWER:
                with self._waiting():
                    return await get_running_loop().create_future()
            case Failure():
                raise TaskFailure(outcome.error, outcome.cause)
            case Exception():
                raise outcome.with_traceback(None)
            case Callable():
                returned = outcome(*arguments)
                return await self._perform(await returned if isawaitable(returned) else returned, arguments)
        return outcome

    def _next(self, turns: InTurn) -> Outcome:
        count = self._calls.get(id(turns), 0)
        if count == len(turns.outcomes):
            raise UnansweredCallError(
                f"{self._place} is called once more than in_turn(...) has outcomes, which is {count} times"
            )
        self._calls[id(turns)] = count + 1
        return turns.outcomes[count]
