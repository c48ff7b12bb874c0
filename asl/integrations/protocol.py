"""What a Task state's resource has to do, and what it is given.

An integration is one module that implements `Integration` and is found by `Integrations.of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from asl.integrations.aws_api import AwsCredentials
    from asl.integrations.task_tokens import PendingTask

Json = Any
Event = tuple[str, dict[str, Any]]


class Clock(Protocol):
    """What an integration needs to know of time. Seconds since the epoch."""

    def now(self) -> float:
        """The current time."""

    def outside_work(self) -> AbstractContextManager[None]:
        """Hold while something outside the engine is being waited for that takes real time."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The execution that a task belongs to."""

    execution_arn: str
    state_machine_arn: str
    role_arn: str
    region: str
    account: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the event that schedules a task says of its limits and credentials. Seconds, where there is a limit."""

    timeout: int | None
    heartbeat: int | None
    role_arn: str | None

    def details(self) -> dict[str, Any]:
        """The part of the event's details that is the same for all kinds of tasks."""
        details: dict[str, Any] = {}
        if self.timeout is not None:
            details["timeoutInSeconds"] = self.timeout
        if self.heartbeat is not None:
            details["heartbeatInSeconds"] = self.heartbeat
        if self.role_arn is not None:
            details["taskCredentials"] = {"roleArn": self.role_arn}
        return details


@dataclass(frozen=True, slots=True)
class TaskCall:
    """One attempt of a task. `arguments_text` is the JSON text of `arguments`.

    `credentials` are those of the role that was assumed. `started` and `submitted` record the events of those names.
    `pending` is there where the integration waits for a task token.
    """

    arguments: Json
    arguments_text: str
    caller: Caller
    clock: Clock
    schedule: Schedule
    started: Callable[[str | None], None]
    submitted: Callable[[Json], None]
    pending: PendingTask | None
    credentials: AwsCredentials | None = None

    @property
    def account(self) -> str:
        """The account that the task works on: that of the role in its credentials, or else that of its execution."""
        role = self.schedule.role_arn
        return self.caller.account if role is None else role.split(":")[4]


class TaskEvents(Protocol):
    """The history events of one kind of task: their types and details."""

    def scheduled(self, call: TaskCall) -> Event:
        """The task was scheduled."""

    def started(self, worker_name: str | None) -> Event:
        """The task was started."""

    def submitted(self, output_text: str) -> Event:
        """The service accepted the request and the task waits."""

    def succeeded(self, output_text: str) -> Event:
        """The task succeeded."""

    def failed(self, error: str | None, cause: str | None) -> Event:
        """The task failed."""

    def timed_out(self, error: str) -> Event:
        """The task took too long, or missed a heartbeat."""


class Integration(Protocol):
    """A resource of Task states. Shared by all executions."""

    @property
    def events(self) -> TaskEvents:
        """The history events of its tasks."""

    @property
    def uses_token(self) -> bool:
        """Whether an attempt waits for a task token that its arguments can refer to."""

    def check(self) -> None:
        """See that the task can be scheduled at all.

        Raises:
            ResourceError: it can not; the execution fails.
        """

    async def run(self, call: TaskCall) -> Json:
        """Do the work of one attempt and return its result. Cancelled when the attempt takes too long.

        Raises:
            TaskFailure: the work failed.
        """


@runtime_checkable
class Resumable(Protocol):
    """An integration that waits, once the work has been started, for more than the answer of the task token."""

    async def resume(self, call: TaskCall, submitted: Json) -> Json:
        """Go on with an attempt that an earlier process has started; `submitted` is None where it got no further.

        Raises:
            TaskFailure: the work failed.
        """


class ResourceError(Exception):
    """A task's resource does not exist or is not supported; the text says which and why."""


def error_details(error: str | None, cause: str | None) -> dict[str, Any]:
    """The details that say why something failed; what is not known is left out."""
    details = {}
    if error is not None:
        details["error"] = error
    if cause is not None:
        details["cause"] = cause
    return details
