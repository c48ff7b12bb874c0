"""What the history of an execution says: what became of each state, what it waits for, what it has started."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef


@dataclass
class StateSummary:
    """What became of a state, over all its visits.

    `status` is RUNNING, WAITING (for its task token), FAILED, SUCCEEDED, CAUGHT (a `Catch` took its error), ABORTED
    (its branch was given up), or how the execution ended in it. `attempts` counts the tasks that were scheduled,
    `failures` those that failed.
    """

    name: str
    type: str
    entered_at: datetime
    status: str = "RUNNING"
    left_at: datetime | None = None
    visits: int = 0
    attempts: int = 0
    failures: int = 0
    error: str | None = None


@dataclass
class OpenWait:
    """A task that waits for its token. `since` is when it was scheduled.

    The timeout is due so many seconds after that, the heartbeat as long after the last one: heartbeats are in no
    history. `vendor` and `campaign_id` are whom it waits for, None where its payload says neither.
    """

    state: str
    since: datetime
    timeout_seconds: int | None
    heartbeat_seconds: int | None
    vendor: str | None = None
    campaign_id: str | None = None


@dataclass
class Summary:
    """States in the order in which they were first entered, open waits, and the campaigns that were waited for.

    `children` are the executions that tasks of it have started, by ARN, each with the name of the state.
    """

    states: dict[str, StateSummary] = field(default_factory=dict)
    waits: list[OpenWait] = field(default_factory=list)
    campaigns: dict[tuple[str, str], None] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    events: int = 0


# What becomes of a state that was not left.
_ENDED: Final = {
    "ExecutionSucceeded": "ABORTED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}
_SCHEDULED: Final = frozenset({"TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"})
_CLOSED: Final = frozenset({"TaskSucceeded", "TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "TaskStartFailed"})
_BROKEN: Final = ("Failed", "TimedOut")
_WAITS: Final = ".waitForTaskToken"
_STARTING: Final = frozenset({"TaskSubmitted", "TaskSucceeded"})
_STARTS: Final = ("startExecution", "startSyncExecution")


def summarize(found: Iterable[HistoryEventTypeDef]) -> Summary:
    """What a whole history says about each state, and what the execution waits for."""
    reading = _Reading()
    for event in found:
        reading.read(event)
    return reading.summary()


class _Reading:
    """Reads events in order. An event belongs to the state and to the task of the one that came before it."""

    def __init__(self) -> None:
        self._result = Summary()
        self._before: dict[int, int] = {}
        self._entered: dict[int, str] = {}
        self._state_of: dict[int, str] = {}
        self._task_of: dict[int, int] = {}
        self._broken: set[int] = set()
        self._open: dict[int, OpenWait] = {}
        self._inside: dict[str, int] = {}

    def summary(self) -> Summary:
        self._result.waits = sorted(self._open.values(), key=lambda wait: wait.since)
        for wait in self._result.waits:
            if wait.state in self._result.states:
                self._result.states[wait.state].status = "WAITING"
        return self._result

    def read(self, event: HistoryEventTypeDef) -> None:
        number, before, kind = event["id"], event.get("previousEventId", 0), event["type"]
        self._result.events += 1
        self._before[number] = before
        if before in self._state_of:
            self._state_of[number] = self._state_of[before]
        if before in self._task_of:
            self._task_of[number] = self._task_of[before]
        if kind.endswith("StateEntered"):
            self._enter(event)
        elif kind.endswith("StateExited"):
            self._leave(event, caught=before in self._broken)
        elif kind in _SCHEDULED:
            self._schedule(event)
        elif kind.startswith("Execution"):
            self._execution(event)
        elif kind.endswith(_BROKEN):
            self._break(event)
        elif kind in _STARTING:
            self._start_child(event)
        if kind in _CLOSED and (task := self._task_of.get(number)) is not None:
            self._open.pop(task, None)

    def _enter(self, event: HistoryEventTypeDef) -> None:
        name = event["stateEnteredEventDetails"]["name"]
        kind = event["type"].removesuffix("StateEntered")
        self._state_of[event["id"]] = self._entered[event["id"]] = name
        self._task_of.pop(event["id"], None)
        state = self._result.states.setdefault(name, StateSummary(name, kind, event["timestamp"]))
        state.visits += 1
        state.status, state.left_at = "FAILED" if kind == "Fail" else "RUNNING", None
        self._inside[name] = self._inside.get(name, 0) + 1

    def _leave(self, event: HistoryEventTypeDef, *, caught: bool) -> None:
        name = event["stateExitedEventDetails"]["name"]
        self._state_of[event["id"]] = name
        state = self._result.states[name]
        self._inside[name] -= 1
        state.left_at = event["timestamp"]
        if event["type"] in ("ParallelStateExited", "MapStateExited"):
            self._end_inside(event["id"], name)
        if not self._inside[name]:
            state.status = "CAUGHT" if caught else "SUCCEEDED"

    def _end_inside(self, exit_event: int, name: str) -> None:
        """A branch that was given up leaves its states without a word: what waited in it waits no more."""
        entry = next(number for number in self._back(exit_event) if self._entered.get(number) == name)
        for task in [task for task in self._open if self._follows(task, entry)]:
            state = self._open.pop(task).state
            self._inside[state] -= 1
            self._result.states[state].status = "ABORTED"

    def _back(self, event: int) -> Iterator[int]:
        """The events before this one, the nearest first."""
        while (event := self._before.get(event, 0)) > 0:
            yield event

    def _follows(self, event: int, entry: int) -> bool:
        """Whether an event comes of the one that entered a state. Numbers only descend on the way back."""
        return next((number for number in self._back(event) if number <= entry), 0) == entry

    def _schedule(self, event: HistoryEventTypeDef) -> None:
        name = self._state_of.get(event["id"])
        if name is None:
            return
        self._result.states[name].attempts += 1
        # After a redrive the state goes on without being entered again.
        self._result.states[name].status = "RUNNING"
        details = event.get("taskScheduledEventDetails")
        if details is None or not details["resource"].endswith(_WAITS):
            return
        vendor, campaign_id = _correlation(details.get("parameters", ""))
        self._task_of[event["id"]] = event["id"]
        self._open[event["id"]] = OpenWait(
            state=name,
            since=event["timestamp"],
            timeout_seconds=details.get("timeoutInSeconds"),
            heartbeat_seconds=details.get("heartbeatInSeconds"),
            vendor=vendor,
            campaign_id=campaign_id,
        )
        if vendor is not None and campaign_id is not None:
            self._result.campaigns[vendor, campaign_id] = None

    def _start_child(self, event: HistoryEventTypeDef) -> None:
        details = event.get("taskSubmittedEventDetails") or event.get("taskSucceededEventDetails")
        state = self._state_of.get(event["id"])
        if details is None or state is None or not details["resource"].startswith(_STARTS):
            return
        child = _json(details.get("output", "null")).get("ExecutionArn")
        if isinstance(child, str):
            self._result.children.setdefault(child, state)

    def _break(self, event: HistoryEventTypeDef) -> None:
        self._broken.add(event["id"])
        name = self._state_of.get(event["id"])
        if name is None:
            return
        state = self._result.states[name]
        if event["type"].startswith(("Task", "LambdaFunction", "Activity")):
            state.failures += 1
            state.status = "FAILED"
        details: Any = next((value for value in event.values() if isinstance(value, dict) and "error" in value), None)
        state.error = details["error"] if details else state.error

    def _execution(self, event: HistoryEventTypeDef) -> None:
        if (ended := _ENDED.get(event["type"])) is None:
            return
        self._open.clear()
        for state in self._result.states.values():
            if self._inside[state.name] and state.status == "RUNNING":
                state.status = ended


def _correlation(parameters: str) -> tuple[str | None, str | None]:
    """The vendor and the campaign id in the payload of a task that waits: its correlation key."""
    payload = _json(parameters).get("Payload")
    if not isinstance(payload, dict):
        return None, None
    vendor, campaign_id = payload.get("vendor"), payload.get("campaign_id")
    return (vendor, campaign_id) if isinstance(vendor, str) and isinstance(campaign_id, str) else (None, None)


def _json(text: str) -> dict[str, Any]:
    """The JSON object in a text, an empty one where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
