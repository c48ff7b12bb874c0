"""Task: has its resource do some work.

https://states-language.net/spec.html#task-state
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import ABSENT
from asl.engine import notes
from asl.engine.deadline import DeadlineExpired, Deadlines
from asl.engine.errors import ALL, HEARTBEAT_TIMEOUT, RUNTIME, TIMEOUT, StateError
from asl.engine.payload import Payload, decode
from asl.engine.states.retry_catch import RetryCatch
from asl.integrations.credentials import with_credentials
from asl.integrations.errors import TaskFailure
from asl.integrations.mocked import MockedIntegration
from asl.integrations.protocol import ResourceError, Resumable, Schedule, TaskCall

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from asl.definition.model import TaskState
    from asl.engine.frame import Visit
    from asl.engine.notes import TaskWork
    from asl.engine.position import VisitPosition
    from asl.engine.query_language import QueryLanguage
    from asl.integrations import Integration, Integrations
    from asl.integrations.protocol import Event
    from asl.integrations.task_tokens import Answer, PendingTask

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
            return await attempt.run(attempt.call(payload, schedule, pending))
        finally:
            if pending is not None:
                tokens.revoke(pending)

    def reopen(self, visit: Visit, position: VisitPosition) -> None:
        """Let the token of an attempt be valid from now on: it may be answered before the attempt goes on."""
        work: TaskWork | None = position.work
        if work is None or work.token is None:
            return
        tokens = visit.frame.environment.integrations.task_tokens
        pending = tokens.restore(work.token, position.answer)
        position.pending = pending
        visit.frame.execution.hold(partial(tokens.revoke, pending))
        pending.on_answer = lambda answer: visit.frame.note(notes.ANSWER, answer)
        if position.started:
            pending.heartbeats = lambda: _heartbeat_before_resuming(visit, position, work)

    async def resume_attempt(self, visit: Visit, position: VisitPosition) -> Json:
        """Go on waiting for what was submitted or handed over; work that was not is done again, with the same token."""
        work: TaskWork = position.work
        pending = position.pending
        if pending is not None:
            visit.context["Task"] = {"Token": pending.token}
        try:
            attempt = TaskAttempt(self._resource, self._integration_of(visit), visit)
            schedule = Schedule(timeout=work.timeout, heartbeat=work.heartbeat, role_arn=work.role_arn)
            call = attempt.call(Payload.parse(work.arguments), schedule, pending)
            return await attempt.resume(call, position)
        finally:
            if pending is not None:
                visit.frame.environment.integrations.task_tokens.revoke(pending)

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


def _heartbeat_before_resuming(visit: Visit, position: VisitPosition, work: TaskWork) -> None:
    if work.heartbeat is not None:
        position.heartbeat_due = visit.frame.environment.clock.now() + work.heartbeat
        visit.frame.note(notes.HEARTBEAT, position.heartbeat_due)


class TaskAttempt:
    """One attempt of a task: its events and its deadlines.

    Invariant, where executions are journaled: what the outside is given, a token before all, has been saved before.
    """

    __slots__ = ("_call", "_deadlines", "_events", "_frame", "_integration", "_resource", "_started", "_submitted")

    def __init__(self, resource: str, integration: Integration, visit: Visit) -> None:
        self._resource = resource
        self._integration = integration
        self._frame = visit.frame
        self._events = integration.events
        self._deadlines = Deadlines(visit.frame.environment.clock)
        self._call: TaskCall | None = None
        self._started = self._submitted = False

    def call(self, payload: Payload, schedule: Schedule, pending: PendingTask | None) -> TaskCall:
        """What the integration is given."""
        self._call = TaskCall(
            arguments=payload.value,
            arguments_text=payload.text,
            caller=self._frame.execution.caller,
            clock=self._frame.environment.clock,
            schedule=schedule,
            started=self.started,
            submitted=self.submitted,
            pending=pending,
        )
        return self._call

    async def run(self, call: TaskCall) -> Json:
        """Have the work done and record how it goes."""
        limit = call.schedule.timeout
        due = None if limit is None else self._frame.environment.clock.now() + limit
        if self._frame.journaled:
            self._note(call, due)
        self._record(self._events.scheduled(call))
        return await self._outcome(self._work(call), due)

    async def resume(self, call: TaskCall, position: VisitPosition) -> Json:
        """Go on with what an earlier process began: its limits are those of the attempt as it was scheduled."""
        self._started, self._submitted = position.started, position.submitted is not None
        if self._started:
            self._listen(call)
        if position.heartbeat_due is not None:
            self._deadlines.set_at(HEARTBEAT, position.heartbeat_due)
        self._save_answer_to(call)
        return await self._outcome(self._rest(call, position), position.work.due)

    async def _work(self, call: TaskCall) -> Json:
        if self._frame.journaled:
            await self._frame.environment.saved()
        if call.schedule.role_arn is not None and not isinstance(self._integration, MockedIntegration):
            call = await with_credentials(call, self._frame.environment.integrations.aws)
        return await self._integration.run(call)

    async def _rest(self, call: TaskCall, position: VisitPosition) -> Json:
        if isinstance(self._integration, Resumable) and self._started:
            submitted = None if position.submitted is None else decode(position.submitted)
            return await self._integration.resume(call, submitted)
        if self._submitted and call.pending is not None:
            return await call.pending.completion
        return await self._work(call)

    async def _outcome(self, work: Coroutine[Any, Any, Json], due: float | None) -> Json:
        try:
            async with self._deadlines:
                if due is not None:
                    self._deadlines.set_at(TIME_LIMIT, due)
                result = await work
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
        if self._started or self._call is None:
            return
        self._started = True
        self._record(self._events.started(worker_name))
        if self._call.pending is not None:
            self.heartbeat()
            self._listen(self._call)

    def _listen(self, call: TaskCall) -> None:
        if call.pending is not None:
            call.pending.heartbeats = self.heartbeat

    def heartbeat(self) -> None:
        """The task is being worked on: the next heartbeat is due an interval from now."""
        if self._call is not None and self._call.schedule.heartbeat is not None:
            due = self._deadlines.set(HEARTBEAT, self._call.schedule.heartbeat)
            if self._frame.journaled:
                self._frame.note(notes.HEARTBEAT, due)

    def submitted(self, output: Json) -> None:
        """The service has accepted the request and the task waits."""
        if not self._submitted:
            self._submitted = True
            self._record(self._events.submitted(Payload.of(output, self._resource).text))

    def _note(self, call: TaskCall, due: float | None) -> None:
        schedule, token = call.schedule, None if call.pending is None else call.pending.token
        work = notes.TaskWork(call.arguments_text, token, schedule.timeout, schedule.heartbeat, schedule.role_arn, due)
        self._frame.note(notes.WORK, work)
        self._save_answer_to(call)

    def _save_answer_to(self, call: TaskCall) -> None:
        if call.pending is not None and self._frame.journaled:
            call.pending.on_answer = self._note_answer

    def _note_answer(self, answer: Answer) -> None:
        self._frame.note(notes.ANSWER, answer)

    def _record(self, event: Event) -> None:
        self._frame.record(*event)
