"""The engine: starts executions and takes what comes back for their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from asl.engine.clock import WallClock
from asl.engine.compiler import compile_flow
from asl.engine.environment import Environment, Meter
from asl.engine.execution import Execution, Past, StartRequest
from asl.engine.payload import decode
from asl.integrations import Integrations
from asl.randomness import random_between

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asl.definition import StateMachine
    from asl.engine.clock import Clock
    from asl.engine.execution import EndedExecution
    from asl.engine.flow import CompiledFlow
    from asl.engine.map_run import MapRun
    from asl.engine.observer import Observer
    from asl.integrations import ActivityTask


class Engine:
    """Runs executions on the running event loop. Not thread-safe: call it from that loop only.

    `on_end` is called with each execution that was started here, once its last event is recorded, `on_map_run` with
    each Map Run before its first child starts. `jitter` gives a number from 0 up to its argument, for retriers with
    full jitter. `observer` is told of every execution, and of what it decides. `save` is awaited before a task of an
    execution whose history is journaled has any effect outside: it returns once all that has happened is saved.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        integrations: Integrations | None = None,
        *,
        on_end: Callable[[Execution], None] | None = None,
        on_map_run: Callable[[MapRun], None] | None = None,
        jitter: Callable[[float], float] = lambda longest: random_between(0, longest),
        observer: Observer | None = None,
        save: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.clock = clock or WallClock()
        self.integrations = integrations or Integrations()
        self.meter = Meter()
        self._environment = Environment(
            self.clock, self.integrations, jitter, on_end, on_map_run, observer, self.meter, save
        )
        self._compiled: WeakKeyDictionary[StateMachine, CompiledFlow] = WeakKeyDictionary()

    def start(self, request: StartRequest) -> Execution:
        """Start an execution; it runs as soon as the caller gives way to the event loop.

        Raises:
            ValueError: the input is not JSON.
        """
        flow = self._flow(request.definition)
        execution = Execution(request, self._environment)
        execution.start(flow, request.definition.timeout_seconds)
        return execution

    def resume(self, request: StartRequest, past: Past) -> Execution:
        """Go on with an execution that an earlier process was running, from where its history ends."""
        flow = self._flow(request.definition)
        execution = Execution(request, self._environment, past)
        execution.resume(flow, request.definition.timeout_seconds)
        return execution

    def redrive(self, execution: EndedExecution) -> Execution:
        """Go on with an execution that did not succeed; what succeeded of it is not run again.

        See `asl.engine.redrive` for when that is allowed. The execution that runs now is the one that is returned.
        """
        request = execution.request
        flow = self._flow(request.definition)
        redriven = Execution.redriven(request, self._environment, execution.past())
        redriven.resume(flow, request.definition.timeout_seconds)
        return redriven

    def _flow(self, definition: StateMachine) -> CompiledFlow:
        flow = self._compiled.get(definition)
        if flow is None:
            flow = self._compiled[definition] = compile_flow(definition, self.integrations)
        return flow

    def restore_map_run(self, run: MapRun) -> None:
        """Make a Map Run known that an earlier process has run: its execution goes on with it."""
        self._environment.map_runs[run.arn] = run

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None:
        """Abort an execution; one that has ended stays as it is."""
        execution.stop(error, cause)

    def send_task_success(self, task_token: str, output: str) -> None:
        """Complete the task of a token with an output, which is JSON text.

        Raises:
            InvalidToken: no such token was handed out.
            TaskTimedOut: its task has ended.
            ValueError: the output is not JSON.
        """
        self.integrations.task_tokens.succeed(task_token, decode(output))

    def send_task_failure(self, task_token: str, error: str | None = None, cause: str | None = None) -> None:
        """Fail the task of a token.

        Raises:
            InvalidToken: no such token was handed out.
            TaskTimedOut: its task has ended.
        """
        self.integrations.task_tokens.fail(task_token, error, cause)

    def send_task_heartbeat(self, task_token: str) -> None:
        """Start the heartbeat interval of a token's task anew.

        Raises:
            InvalidToken: no such token was handed out.
            TaskTimedOut: its task has ended.
        """
        self.integrations.task_tokens.heartbeat(task_token)

    def create_activity(self, activity_arn: str) -> None:
        """Make an activity known; one that is known stays as it is."""
        self.integrations.activities.create(activity_arn)

    def delete_activity(self, activity_arn: str) -> None:
        """Forget an activity; one that is not known stays unknown."""
        self.integrations.activities.delete(activity_arn)

    async def get_activity_task(
        self, activity_arn: str, worker_name: str | None = None, wait_seconds: float = 60.0
    ) -> ActivityTask | None:
        """The next task of an activity, waiting up to `wait_seconds` for one; None where none came.

        Raises:
            ActivityDoesNotExist: no such activity.
        """
        return await self.integrations.activities.take(activity_arn, worker_name, self.clock, wait_seconds)
