"""The tasks of a run: what does their work, what they were called with, and which of them wait for their token."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from asl.integrations import ResourceError, TaskFailure
from asl.integrations.activity import ActivityIntegration, hand_over
from asl.integrations.mocked import MockedIntegration
from asl.testing.errors import TestSetupError, UnansweredCallError, calling_state
from asl.testing.lambda_errors import error_payload
from asl.testing.outcomes import WAITS, Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.integrations import Integration, TaskCall
    from asl.testing.clock import SteppedClock
    from asl.testing.outcomes import Outcome

Json = Any

WAITING_SUFFIXES: Final = (".sync", ".sync:2", ".waitForTaskToken")


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of a Task state: what it was called with, and when, in seconds since the epoch."""

    state: str
    arguments: Json
    at: float


class WaitingTask:
    """An attempt of a Task state that waits for its token."""

    __slots__ = ("_activity", "call", "state")

    def __init__(self, state: str, call: TaskCall, *, activity: bool) -> None:
        self.state = state
        self.call = call
        self._activity = activity

    @property
    def token(self) -> str:
        """The token to answer with."""
        return "" if self.call.pending is None else self.call.pending.token

    @property
    def answered(self) -> bool:
        """Whether its token has been used already."""
        return self.call.pending is None or self.call.pending.completion.done()

    def take(self) -> None:
        """Let a worker have the task of an activity, once; other tasks were handed out when they were called."""
        if self._activity:
            self._activity = False
            hand_over(self.call, "test")


class TaskLedger:
    """What the tasks of a run have done. `problem` is the first thing that is wrong with the test itself."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.waiting: list[WaitingTask] = []
        self.problem: BaseException | None = None

    def note(self, problem: BaseException) -> None:
        """Something is wrong with the test itself; the first such thing is raised where the test waits."""
        self.problem = self.problem or problem

    def waiting_in(self, state: str | None = None) -> list[WaitingTask]:
        """The tasks that wait, longest first: of one state, or all."""
        return [task for task in self.waiting if not task.answered and state in (None, task.state)]


class ScriptedTasks:
    """The Task states of one execution: mocks by name, the others do what their resource says."""

    def __init__(self, mocks: Mapping[str, Outcome], ledger: TaskLedger, clock: SteppedClock) -> None:
        self._scripts = {state: Script(f"the mock of {state!r}", outcome, clock) for state, outcome in mocks.items()}
        self._ledger = ledger

    def of(self, state: str, resource: str, integration: Integration) -> Integration:
        """What does the work of a state, watched."""
        kind = MockedTask if state in self._scripts else ObservedTask
        return kind(state, resource, integration, self._scripts.get(state), self._ledger)


class ObservedTask:
    """An integration, or the script in its place, that notes what happens."""

    def __init__(
        self, state: str, resource: str, integration: Integration, script: Script | None, ledger: TaskLedger
    ) -> None:
        self.events = integration.events
        self.uses_token = integration.uses_token
        self._state = state
        self._resource = resource
        self._integration = integration
        self._script = script
        self._ledger = ledger

    def check(self) -> None:
        """Whether anything does the work shows when it is called."""

    async def run(self, call: TaskCall) -> Json:
        """Do the work of one attempt.

        What is wrong with the test itself is no error of the task, which a catcher might hide: the task stops there.
        """
        calling = calling_state.set(self._state)
        self._ledger.calls.append(Call(self._state, json.loads(call.arguments_text), call.clock.now()))
        try:
            return await self._work(call)
        except (TaskFailure, asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # noqa: BLE001 - it is raised where the test waits
            self._ledger.note(problem)
            return await asyncio.get_running_loop().create_future()
        finally:
            calling_state.reset(calling)

    async def _work(self, call: TaskCall) -> Json:
        waiting = WaitingTask(self._state, call, activity=isinstance(self._integration, ActivityIntegration))
        try:
            if self._script is not None:
                return await self._play(self._script, call, waiting)
            if isinstance(self._integration, ActivityIntegration):
                self._ledger.waiting.append(waiting)
                return await self._integration.run(call)
            self._check_integration()
            return await self._integration.run(replace(call, submitted=self._noting(call, waiting)))
        finally:
            if waiting in self._ledger.waiting:
                self._ledger.waiting.remove(waiting)

    def _check_integration(self) -> None:
        try:
            self._integration.check()
        except ResourceError as error:
            raise UnansweredCallError(
                f"nothing is called: {error} Mock the state with mocks={{{self._state!r}: ...}}"
            ) from None

    def _noting(self, call: TaskCall, waiting: WaitingTask) -> Any:
        def submitted(output: Json) -> None:
            call.submitted(output)
            self._ledger.waiting.append(waiting)

        return submitted

    async def _play(self, script: Script, call: TaskCall, waiting: WaitingTask) -> Json:
        call.started(None)
        try:
            result = await script.perform(json.loads(call.arguments_text))
        except (TestSetupError, TaskFailure, AssertionError):
            raise
        except Exception as error:
            payload = error_payload(error)
            raise TaskFailure(payload["errorType"], json.dumps(payload, separators=(",", ":"))) from error
        if result is not WAITS:
            result = self._copy(result)
            if self._resource.endswith(WAITING_SUFFIXES):
                call.submitted(result)
            return result
        if call.pending is None:
            raise TestSetupError(f"the mock of {self._state!r} is WAITS, but {self._resource} waits for no token")
        if not isinstance(self._integration, ActivityIntegration):
            call.submitted({})
        self._ledger.waiting.append(waiting)
        return await call.pending.completion

    def _copy(self, result: Json) -> Json:
        """Nothing that the test changes later changes what happened."""
        try:
            return json.loads(json.dumps(result, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise TestSetupError(f"the mock of {self._state!r} has a result that is not JSON: {error}") from None


class MockedTask(ObservedTask, MockedIntegration):
    """A task whose work a script does: no role of it is assumed."""
