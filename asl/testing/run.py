"""A run of a workflow, which the test drives: `AsyncRun` in coroutines, `Run` everywhere else."""

from __future__ import annotations

import asyncio
import difflib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from asl.engine import EngineError, ExecutionStatus
from asl.testing.errors import ExpectationError, StuckError, TestSetupError
from asl.testing.loop import wait_for
from asl.testing.reading import RunReading
from asl.testing.sdk_client import connect
from asl.testing.sources import all_states

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

    from asl.engine import Execution
    from asl.testing.stage import Stage
    from asl.testing.tasks import WaitingTask

Json = Any

__tracebackhide__ = True  # a failed test shows the test


class AsyncRun(RunReading):
    """A run whose time passes in `finish`, `advance`, `run_until` and `waiting` only.

    Whatever needs no time happens before any of its methods returns.
    """

    def __init__(self, stage: Stage, execution: Execution) -> None:
        super().__init__(stage, execution)
        self._seen = 0

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        await self.stage.clock.settle()
        self._raise_problem()

    async def finish(self) -> Self:
        """Let time pass until the execution has ended.

        Raises:
            StuckError: it waits for a token, or an answer, that does not come by itself.
        """
        if not await self._drive(self._ended):
            raise StuckError(f"the execution cannot end by itself: {self._waits()}. {self.summary}")
        return self

    async def advance(
        self,
        duration: timedelta | None = None,
        /,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> Self:
        """Let so much time pass, with all that happens meanwhile."""
        span = (duration or timedelta()) + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if span < timedelta():
            raise TestSetupError("time does not go backwards")
        await self._advance_to(self.stage.clock.now() + span.total_seconds())
        return self

    async def run_until(self, target: str | datetime | Callable[[RunReading], bool]) -> Self:
        """Let time pass until the target: a state that is entered, a moment, or a condition that holds.

        A state counts from where the test has last let time pass, so that the next round of a loop can be waited for.
        A condition is asked whenever nothing more happens at the moment.

        Raises:
            ExpectationError: the execution has ended before.
            StuckError: it waits for the test.
        """
        if isinstance(target, datetime):
            await self._advance_to(target.timestamp())
            return self
        if isinstance(target, str):
            self._known(target)
            reached, what = (lambda: target in self._entered_since()), f"the state {target!r}"
        else:
            reached, what = (lambda: target(self)), "the condition"
        if not await self._drive(reached):
            self._missed(what)
        return self

    async def waiting(self, state: str) -> AsyncWaiting:
        """Let time pass until a Task state waits for its token; the attempt that waits longest.

        Raises:
            ExpectationError: the execution has ended before.
            StuckError: it waits for something else.
        """
        self._known(state)
        if not await self._drive(lambda: bool(self.stage.ledger.waiting_in(state))):
            self._missed(f"a token of {state!r}")
        return AsyncWaiting(self, self.stage.ledger.waiting_in(state)[0])

    @property
    def waiting_states(self) -> list[str]:
        """The states that wait for a token now, one for each attempt, longest first."""
        return [task.state for task in self.stage.ledger.waiting_in()]

    def connect(self, client: BaseClient) -> None:
        """Take what a boto3 client for Step Functions sends with a task token: SendTaskSuccess and so on.

        For the code that resumes executions: with its client connected it is tested as it is. What follows happens when
        the test next lets time pass, or calls `settle`.
        """
        connect(client, self.stage.engine, lambda: None)

    def close(self) -> None:
        """End what still runs."""
        self.stage.close()

    async def answer(self, send: Callable[[], None]) -> None:
        """Send something to the engine, and let happen what follows."""
        try:
            send()
        except EngineError as error:
            raise ExpectationError(f"the token cannot be used: {error} {self.summary}") from error
        await self.settle()

    async def _drive(self, reached: Callable[[], bool], latest: float = float("inf")) -> bool:
        def asked() -> bool:
            self._raise_problem()
            return reached()

        held = await self.stage.clock.drive(asked, latest)
        self._raise_problem()
        self._seen = len(self.execution.history)
        return held

    async def _advance_to(self, when: float) -> None:
        await self._drive(lambda: False, when)
        self.stage.clock.move_to(when)

    def _ended(self) -> bool:
        return self.execution.status is not ExecutionStatus.RUNNING

    def _entered_since(self) -> set[str]:
        events = self.execution.history.page(self._seen, len(self.execution.history))
        return {event.details["name"] for event in events if event.type.endswith("StateEntered")}

    def _raise_problem(self) -> None:
        problem = self.stage.ledger.problem
        if problem is not None:
            raise problem

    def _known(self, state: str) -> None:
        names = [name for name, _, _ in all_states(json.loads(self.stage.workflow.text))]
        if state not in names:
            close = difflib.get_close_matches(state, names, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TestSetupError(f"{self.stage.workflow.name} has no state {state!r}{hint}")

    def _missed(self, what: str) -> None:
        if self._ended():
            raise ExpectationError(f"the execution has ended without {what}: {self.summary}")
        raise StuckError(f"nothing brings {what}: {self._waits()}. {self.summary}")

    def _waits(self) -> str:
        states = self.waiting_states
        return f"{', '.join(states)} waits for its token" if states else "a call without time limit is never answered"


class AsyncWaiting:
    """An attempt of a Task state that waits for its token. What is done here is what SendTask... does on AWS."""

    def __init__(self, run: AsyncRun, task: WaitingTask) -> None:
        self._run = run
        self._task = task
        task.take()

    @property
    def state(self) -> str:
        """The state that waits."""
        return self._task.state

    @property
    def token(self) -> str:
        """Its task token."""
        return self._task.token

    @property
    def arguments(self) -> Json:
        """What it was called with: its Parameters or Arguments, of an activity the worker's input."""
        return json.loads(self._task.call.arguments_text)

    async def succeed(self, output: Json = None) -> None:
        """Complete the task; `output` is its result.

        Raises:
            ExpectationError: the task has ended meanwhile.
        """
        text = json.dumps(output)
        await self._run.answer(lambda: self._run.stage.engine.send_task_success(self.token, text))

    async def fail(self, error: str, cause: str = "") -> None:
        """Fail the task.

        Raises:
            ExpectationError: the task has ended meanwhile.
        """
        await self._run.answer(lambda: self._run.stage.engine.send_task_failure(self.token, error, cause))

    async def heartbeat(self) -> None:
        """Start the heartbeat interval anew.

        Raises:
            ExpectationError: the task has ended meanwhile.
        """
        await self._run.answer(lambda: self._run.stage.engine.send_task_heartbeat(self.token))


class Run(RunReading):
    """`AsyncRun` for tests that are no coroutines: the same methods, and no `await`."""

    def __init__(self, run: AsyncRun) -> None:
        super().__init__(run.stage, run.execution)
        self._run = run

    def finish(self) -> Self:
        """See `AsyncRun.finish`."""
        wait_for(self._run.finish())
        return self

    def advance(
        self,
        duration: timedelta | None = None,
        /,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> Self:
        """See `AsyncRun.advance`."""
        wait_for(self._run.advance(duration, days=days, hours=hours, minutes=minutes, seconds=seconds))
        return self

    def run_until(self, target: str | datetime | Callable[[RunReading], bool]) -> Self:
        """See `AsyncRun.run_until`."""
        wait_for(self._run.run_until(target))
        return self

    def waiting(self, state: str) -> Waiting:
        """See `AsyncRun.waiting`."""
        return Waiting(wait_for(self._run.waiting(state)))

    @property
    def waiting_states(self) -> list[str]:
        """See `AsyncRun.waiting_states`."""
        return self._run.waiting_states

    def connect(self, client: BaseClient) -> None:
        """See `AsyncRun.connect`; what follows happens at once, unless it is a handler of the run that sends."""
        connect(client, self.stage.engine, self._settle_outside)

    def _settle_outside(self) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self.settle()

    def settle(self) -> Self:
        """Let everything happen that needs no time, after something else than the run's methods has changed things."""
        wait_for(self._run.settle())
        return self

    def close(self) -> None:
        """End what still runs."""
        self._run.close()


class Waiting:
    """`AsyncWaiting` for tests that are no coroutines."""

    def __init__(self, waiting: AsyncWaiting) -> None:
        self._waiting = waiting
        self.state = waiting.state
        self.token = waiting.token
        self.arguments = waiting.arguments

    def succeed(self, output: Json = None) -> None:
        """See `AsyncWaiting.succeed`."""
        wait_for(self._waiting.succeed(output))

    def fail(self, error: str, cause: str = "") -> None:
        """See `AsyncWaiting.fail`."""
        wait_for(self._waiting.fail(error, cause))

    def heartbeat(self) -> None:
        """See `AsyncWaiting.heartbeat`."""
        wait_for(self._waiting.heartbeat())
