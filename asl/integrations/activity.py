"""Activities: tasks that workers fetch with GetActivityTask and complete with a task token.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from asl.integrations.errors import ActivityDoesNotExist
from asl.integrations.protocol import ResourceError, error_details

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.integrations.protocol import Event, TaskCall

Json = Any

NOT_TRUNCATED: Final = {"truncated": False}


class Timer(Protocol):
    """A callback that is due at some time."""

    def cancel(self) -> None:
        """Forget it."""


class TimerClock(Protocol):
    """A clock that calls back."""

    def now(self) -> float:
        """The current time, in seconds since the epoch."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` at `when`."""


@dataclass(frozen=True, slots=True)
class ActivityTask:
    """What GetActivityTask hands to a worker; `input` is JSON text."""

    task_token: str
    input: str


class Activity:
    """A queue of scheduled tasks and of workers that wait for one. At most one of the two has something in it."""

    __slots__ = ("tasks", "workers")

    def __init__(self) -> None:
        # By identity, so that a task that has ended is taken out at once however many wait.
        self.tasks: OrderedDict[int, TaskCall] = OrderedDict()
        self.workers: deque[tuple[asyncio.Future[ActivityTask | None], str | None]] = deque()

    def offer(self, call: TaskCall) -> None:
        """Hand a task to the worker that has waited longest, or keep it for the next one."""
        while self.workers:
            worker, name = self.workers.popleft()
            if not worker.done():
                worker.set_result(hand_over(call, name))
                return
        self.tasks[id(call)] = call

    def withdraw(self, call: TaskCall) -> None:
        """The task has ended; a worker that comes now does not get it."""
        self.tasks.pop(id(call), None)


def hand_over(call: TaskCall, worker_name: str | None) -> ActivityTask:
    """Record that a worker has the task and give it to that worker."""
    if call.pending is None:
        raise ValueError("an activity's task needs a token")
    call.started(worker_name)
    return ActivityTask(call.pending.token, call.arguments_text)


def send_away(worker: asyncio.Future[ActivityTask | None]) -> None:
    """Let a worker that waits have no task."""
    if not worker.done():
        worker.set_result(None)


class Activities:
    """The activities that exist."""

    def __init__(self) -> None:
        self._activities: dict[str, Activity] = {}

    def create(self, arn: str) -> None:
        """Make an activity known."""
        self._activities.setdefault(arn, Activity())

    def delete(self, arn: str) -> None:
        """Forget an activity; workers that wait get no task."""
        activity = self._activities.pop(arn, None)
        for worker, _ in activity.workers if activity else ():
            send_away(worker)

    def find(self, arn: str) -> Activity:
        """The activity of an ARN.

        Raises:
            ActivityDoesNotExist: there is none.
        """
        activity = self._activities.get(arn)
        if activity is None:
            raise ActivityDoesNotExist(arn)
        return activity

    async def take(
        self, arn: str, worker_name: str | None, clock: TimerClock, wait_seconds: float
    ) -> ActivityTask | None:
        """The next task of an activity, waiting up to `wait_seconds` for it; None where none came.

        Raises:
            ActivityDoesNotExist: no such activity.
        """
        activity = self.find(arn)
        if activity.tasks:
            return hand_over(activity.tasks.popitem(last=False)[1], worker_name)
        worker: asyncio.Future[ActivityTask | None] = asyncio.get_running_loop().create_future()
        activity.workers.append((worker, worker_name))
        timer = clock.call_at(clock.now() + wait_seconds, lambda: send_away(worker))
        try:
            return await worker
        finally:
            timer.cancel()
            worker.cancel()


class ActivityEvents:
    """The history events of an activity's tasks."""

    __slots__ = ("_arn",)

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def scheduled(self, call: TaskCall) -> Event:
        """`ActivityScheduled`."""
        return "ActivityScheduled", {
            "resource": self._arn,
            "input": call.arguments_text,
            "inputDetails": NOT_TRUNCATED,
            **call.schedule.details(),
        }

    def started(self, worker_name: str | None) -> Event:
        """`ActivityStarted`."""
        return "ActivityStarted", {} if worker_name is None else {"workerName": worker_name}

    def submitted(self, output_text: str) -> Event:
        """Never: nothing is submitted to a worker."""
        raise NotImplementedError(output_text)

    def succeeded(self, output_text: str) -> Event:
        """`ActivitySucceeded`."""
        return "ActivitySucceeded", {"output": output_text, "outputDetails": NOT_TRUNCATED}

    def failed(self, error: str | None, cause: str | None) -> Event:
        """`ActivityFailed`."""
        return "ActivityFailed", error_details(error, cause)

    def timed_out(self, error: str) -> Event:
        """`ActivityTimedOut`."""
        return "ActivityTimedOut", {"error": error}


class ActivityIntegration:
    """The resource `arn:aws:states:REGION:ACCOUNT:activity:NAME`."""

    uses_token = True

    def __init__(self, arn: str, activities: Activities) -> None:
        self.events = ActivityEvents(arn)
        self._arn = arn
        self._activities = activities

    def check(self) -> None:
        """See that the activity exists."""
        try:
            self._activities.find(self._arn)
        except ActivityDoesNotExist as error:
            raise ResourceError(f"The activity {self._arn} does not exist.") from error

    async def run(self, call: TaskCall) -> Json:
        """Offer the task to the workers and wait for its token."""
        if call.pending is None:
            raise ValueError("an activity's task needs a token")
        activity = self._activities.find(self._arn)
        activity.offer(call)
        try:
            return await call.pending.completion
        finally:
            activity.withdraw(call)

    async def resume(self, call: TaskCall, submitted: Json) -> Json:  # noqa: ARG002 - nothing is submitted to a worker
        """Wait for the worker that has the task."""
        if call.pending is None:
            raise ValueError("an activity's task needs a token")
        return await call.pending.completion
