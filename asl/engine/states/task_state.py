"""Task: has its resource do some work.

https://states-language.net/spec.html#task-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import ABSENT
from asl.engine.deadline import DeadlineExpired, Deadlines
from asl.engine.errors import ALL, HEARTBEAT_TIMEOUT, RUNTIME, TIMEOUT, StateError
from asl.engine.payload import Payload
from asl.engine.states.retry_catch import RetryCatch
from asl.integrations.errors import TaskFailure
from asl.integrations.protocol import ResourceError, Schedule, TaskCall

if TYPE_CHECKING:
    from asl.definition.model import TaskState
    from asl.engine.frame import Visit
    from asl.engine.query_language import QueryLanguage
    from asl.integrations import Integration, Integrations
    from asl.integrations.protocol import Event

Json = Any

HEARTBEAT: Final = "heartbeat"
TIME_LIMIT: Final = "timeout"


class CompiledTask(RetryCatch):
    """A Task state. Its result is what the resource answers."""

    __slots__ = ("_credentials", "_heartbeat", "_integration", "_resource", "_timeout")

    def __init__(self, state: TaskState, language: QueryLanguage, integrations: Integrations) -> None:
        super().__init__(state, "Task", language)
        self._resource = state.resource
        self._integration = integrations.of(state.resource)
        self._credentials = None if state.credentials is ABSENT else language.template(state.credentials, "Credentials")
        self._timeout = language.integer(state.timeout_seconds, state.timeout_seconds_path, "TimeoutSeconds")
        self._heartbeat = language.integer(state.heartbeat_seconds, state.heartbeat_seconds_path, "HeartbeatSeconds")

    async def attempt(self, visit: Visit) -> Json:
        """Schedule the task once and wait for it, within its time limits."""
        environment = visit.frame.environment
        tokens = environment.integrations.task_tokens
        integration = self._integration_of(visit)
        pending = None
        if integration.uses_token:
            pending = tokens.issue()
            visit.context["Task"] = {"Token": pending.token}
        try:
            attempt = TaskAttempt(self._resource, integration, visit)
            schedule = self.schedule(visit)
            prepared = self._flow.prepare(visit)
            _check(integration, visit)
            payload = visit.input if prepared is visit.input.value else Payload.of(prepared, self.name)
            return await attempt.run(
                TaskCall(
                    arguments=payload.value,
                    arguments_text=payload.text,
                    caller=visit.frame.execution.caller,
                    clock=environment.clock,
                    schedule=schedule,
                    started=attempt.started,
                    submitted=attempt.submitted,
                    pending=pending,
                )
            )
        finally:
            if pending is not None:
                tokens.revoke(pending)

    def schedule(self, visit: Visit) -> Schedule:
        """The limits and credentials of an attempt."""
        credentials = None if self._credentials is None else self._credentials(visit)
        return Schedule(
            timeout=None if self._timeout is None else self._timeout(visit),
            heartbeat=None if self._heartbeat is None else self._heartbeat(visit),
            role_arn=credentials.get("RoleArn") if isinstance(credentials, dict) else None,
        )

    def _integration_of(self, visit: Visit) -> Integration:
        """Who does the work: in an execution that is a test it may be a mock."""
        mocks = visit.frame.execution.request.mocks
        return self._integration if mocks is None else mocks.of(self.name, self._resource, self._integration)


def _check(integration: Integration, visit: Visit) -> None:
    try:
        integration.check()
    except ResourceError as error:
        raise StateError(RUNTIME, visit.explain(str(error))) from error


class TaskAttempt:
    """One attempt of a task: its events and its deadlines."""

    __slots__ = ("_call", "_deadlines", "_events", "_integration", "_resource", "_visit")

    def __init__(self, resource: str, integration: Integration, visit: Visit) -> None:
        self._resource = resource
        self._integration = integration
        self._visit = visit
        self._events = integration.events
        self._deadlines = Deadlines(visit.frame.environment.clock)
        self._call: TaskCall | None = None

    async def run(self, call: TaskCall) -> Json:
        """Have the work done and record how it goes."""
        self._call = call
        self._record(self._events.scheduled(call))
        try:
            async with self._deadlines:
                if call.schedule.timeout is not None:
                    self._deadlines.set(TIME_LIMIT, call.schedule.timeout)
                call.assume_role()
                result = await self._integration.run(call)
            output = Payload.of(result, self._resource)
        except DeadlineExpired as expired:
            self._record(self._events.timed_out(TIMEOUT))
            also_known_as = HEARTBEAT_TIMEOUT if expired.name == HEARTBEAT else None
            raise StateError(TIMEOUT, None, also_known_as) from expired
        except TaskFailure as failure:
            self._record(self._events.failed(failure.error, failure.cause))
            raise StateError(failure.error, failure.cause) from failure
        except StateError as too_large:
            self._record(self._events.failed(too_large.error, too_large.cause))
            # What a resource returned can be caught by States.ALL, unlike a state's output that is too large.
            raise StateError(too_large.error, too_large.cause, ALL) from too_large
        self._record(self._events.succeeded(output.text))
        return output.value

    def started(self, worker_name: str | None) -> None:
        """The work has begun: from now on heartbeats are due."""
        self._record(self._events.started(worker_name))
        if self._call is not None and self._call.pending is not None:
            self.heartbeat()
            self._call.pending.heartbeats = self.heartbeat

    def heartbeat(self) -> None:
        """The task is being worked on: the next heartbeat is due an interval from now."""
        if self._call is not None and self._call.schedule.heartbeat is not None:
            self._deadlines.set(HEARTBEAT, self._call.schedule.heartbeat)

    def submitted(self, output: Json) -> None:
        """The service has accepted the request and the task waits."""
        self._record(self._events.submitted(Payload.of(output, self._resource).text))

    def _record(self, event: Event) -> None:
        self._visit.frame.record(*event)
