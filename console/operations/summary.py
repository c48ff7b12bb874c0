"""What the history of an execution says: what became of each state, what it waits for, what it has started."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from console.operations.flows import Flow, Flows, Visit, begin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef


@dataclass
class StateSummary:
    """What became of a state, over all its visits.

    `status` is RUNNING, WAITING (for its task token), FAILED (perhaps to be tried again), SUCCEEDED, CAUGHT (a `Catch`
    took its error), ABORTED (its branch was given up), or how the execution ended in it. `attempts` counts the tasks
    that were scheduled, `failures` those that failed.
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


def summarize(found: Iterable[HistoryEventTypeDef]) -> Summary:
    """What a whole history says about each state, and what the execution waits for."""
    reading = _Reading()
    for event in found:
        reading.read(event)
    return reading.summary()


_TASK: Final = ("Task", "LambdaFunction", "Activity")
_BROKEN: Final = ("Failed", "TimedOut")
_WAITS: Final = ".waitForTaskToken"
_STARTING: Final = frozenset({"TaskSubmitted", "TaskSucceeded"})
_STARTS: Final = ("startExecution", "startSyncExecution")
_OPEN: Final = frozenset({"RUNNING", "FAILED"})


@dataclass(eq=False, slots=True)
class _Standing:
    """Of a state: how many visits are not over, how many of those wait, and what became of those that are."""

    open: int = 0
    waiting: int = 0
    outcome: str = ""

    def begin(self) -> None:
        """One more visit is open."""
        if not self.open:
            self.outcome = ""
        self.open += 1


class _Reading:
    """Reads events in order. Each says what becomes of the visit that it belongs to, and so of its state."""

    def __init__(self) -> None:
        self._result = Summary()
        self._flows = Flows()
        self._standing: dict[str, _Standing] = {}
        self._waits: dict[Visit, OpenWait] = {}
        self._ended = False

    def summary(self) -> Summary:
        self._result.waits = sorted(self._waits.values(), key=lambda wait: wait.since)
        return self._result

    def read(self, event: HistoryEventTypeDef) -> None:
        self._result.events += 1
        kind = event["type"]
        if kind.startswith("Execution"):
            self._execution(event)
        elif self._ended:
            return
        elif kind.endswith("StateEntered"):
            self._enter(event)
        elif kind.endswith("StateExited"):
            self._leave(event)
        elif kind.endswith("StateAborted"):
            self._abort(event)
        elif kind.startswith("MapIteration"):
            self._iteration(event)
        elif kind.startswith(("MapState", "ParallelState")):
            self._several(event)
        elif kind.startswith(_TASK):
            self._task(event)
        else:
            self._other(event)

    def _enter(self, event: HistoryEventTypeDef) -> None:
        name, kind = event["stateEnteredEventDetails"]["name"], event["type"].removesuffix("StateEntered")
        flow = self._flows.flow_to_enter(self._flows.before(event), name)
        visit = self._flows.enter(name, kind, flow)
        self._flows.put(event, flow, visit)
        state = self._result.states.setdefault(name, StateSummary(name, kind, event["timestamp"]))
        standing = self._standing.setdefault(name, _Standing())
        state.visits += 1
        standing.begin()
        state.left_at = None
        visit.failing = kind == "Fail"
        self._tell(visit, "FAILED" if visit.failing else "RUNNING")
        if visit.failing and flow.inside is not None and flow.number is None:
            self._fail(flow.inside)

    def _leave(self, event: HistoryEventTypeDef) -> None:
        place = self._flows.before(event)
        visit = self._flows.named(place, event["stateExitedEventDetails"]["name"])
        if visit is None:
            return
        self._flows.put(event, visit.flow, visit)
        unfinished = any(flow.current is not None for flow in visit.flows)
        caught = visit.failing or unfinished or place.kind.endswith(_BROKEN)
        self._end_flows(visit, succeeded=not caught)
        visit.left = True
        if visit.flow.current is visit:
            visit.flow.current = None
        self._flows.resumable.pop(visit, None)
        self._end(visit, "CAUGHT" if caught else "SUCCEEDED")
        self._result.states[visit.name].left_at = event["timestamp"]

    def _abort(self, event: HistoryEventTypeDef) -> None:
        """`TaskStateAborted` and its like: the flow was given up, because of its own failure or of another's."""
        kind = event["type"].removesuffix("StateAborted")
        visit = self._flows.nearest(self._flows.before(event), lambda visit: visit.kind == kind and not visit.over)
        if visit is None:
            return
        self._flows.put(event, visit.flow, visit)
        failing, flow = visit.failing, visit.flow
        self._give_up(visit, "ABORTED")
        if flow.inside is not None and flow.number is None:
            self._end_flow(flow, "ABORTED")
            if failing:
                self._fail(flow.inside)

    def _iteration(self, event: HistoryEventTypeDef) -> None:
        details = _details(event)
        name, number, place = str(details.get("name")), int(details.get("index", 0)), self._flows.before(event)
        if event["type"] == "MapIterationStarted":
            state = self._flows.named(place, name)
            if state is not None:
                self._flows.put(event, begin(state, number), None)
            return
        flow = self._flows.iteration(place, name, number)
        if flow is None:
            return
        self._flows.put(event, flow, None)
        if not flow.running:
            return
        how = event["type"].removeprefix("MapIteration").upper()
        flow.succeeded = how == "SUCCEEDED"
        self._end_flow(flow, "FAILED" if how == "FAILED" else "ABORTED")
        if how == "FAILED" and flow.inside is not None:
            self._fail(flow.inside)

    def _several(self, event: HistoryEventTypeDef) -> None:
        """An attempt of a Map or Parallel state begins, succeeds, or was the last."""
        kind, how = event["type"].split("State")
        place = self._flows.before(event)
        visit = self._flows.nearest(
            place, lambda visit: visit.kind == kind and not visit.over and not (visit.exhausted and how != "Succeeded")
        )
        if visit is None:
            return
        self._flows.put(event, visit.flow, visit)
        self._end_flows(visit, succeeded=how == "Succeeded")
        if how == "Started":
            visit.flows.clear()
            visit.failing = False
            self._tell(visit, "RUNNING")
        elif how == "Failed":
            visit.exhausted = True
            self._fail(visit, event)

    def _task(self, event: HistoryEventTypeDef) -> None:
        kind, details, place = event["type"], _details(event), self._flows.before(event)
        if kind in ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"):
            self._schedule(event, self._flows.scheduling(place, details), details)
            return
        visit = self._flows.nearest(place, lambda visit: visit.kind == "Task" and not visit.left)
        if visit is None:
            return
        self._flows.put(event, visit.flow, visit)
        if kind in _STARTING:
            self._start_child(details, visit)
        if kind.endswith(_BROKEN):
            self._result.states[visit.name].failures += 1
            self._fail(visit, event)
        elif kind.endswith("Succeeded") and not visit.over:
            visit.failing = False
            self._tell(visit, "RUNNING")

    def _schedule(self, event: HistoryEventTypeDef, visit: Visit | None, details: dict[str, Any]) -> None:
        if visit is None:
            return
        self._flows.put(event, visit.flow, visit)
        self._flows.resumable.pop(visit, None)
        visit.failing, visit.scheduled = False, details
        self._result.states[visit.name].attempts += 1
        if event["type"] != "TaskScheduled" or not details["resource"].endswith(_WAITS):
            self._tell(visit, "RUNNING")
            return
        vendor, campaign_id = _correlation(details.get("parameters", ""))
        wait = OpenWait(
            state=visit.name,
            since=event["timestamp"],
            timeout_seconds=details.get("timeoutInSeconds"),
            heartbeat_seconds=details.get("heartbeatInSeconds"),
            vendor=vendor,
            campaign_id=campaign_id,
        )
        self._tell(visit, "WAITING", wait)
        if vendor is not None and campaign_id is not None:
            self._result.campaigns[vendor, campaign_id] = None

    def _start_child(self, details: dict[str, Any], visit: Visit) -> None:
        if details.get("resource", "").startswith(_STARTS):
            child = _json(details.get("output", "null")).get("ExecutionArn")
            if isinstance(child, str):
                self._result.children.setdefault(child, visit.name)

    def _other(self, event: HistoryEventTypeDef) -> None:
        """Of a Map Run, or an expression that failed, perhaps before the event that enters its state."""
        details, place = _details(event), self._flows.before(event)
        name = details.get("state")
        if event["type"].startswith("MapRun"):
            visit = self._flows.nearest(place, lambda visit: visit.kind == "Map" and not visit.left)
        else:
            visit = self._flows.named(place, name) if name else None
        if visit is None:
            return
        self._flows.put(event, visit.flow, visit)
        if event["type"].endswith("Failed"):
            self._fail(visit, event)

    def _execution(self, event: HistoryEventTypeDef) -> None:
        kind = event["type"]
        if kind == "ExecutionRedriven":
            self._ended = False
            self._flows.redrive(event)
            for visit in self._flows.resumable:
                self._standing[visit.name].begin()
                self._tell(visit, "RUNNING")
        elif kind != "ExecutionStarted" and not self._ended:
            if kind == "ExecutionFailed":
                self._fail_around(event)
            self._close(self._flows.root, "TIMED_OUT" if kind == "ExecutionTimedOut" else "ABORTED")
            self._ended = True
        self._flows.put(event, self._flows.root, None)

    def _fail_around(self, event: HistoryEventTypeDef) -> None:
        """The state that the failure comes from has failed, and so have those around it."""
        flow: Flow | None = self._flows.before(event).flow
        source = True
        while flow is not None:
            if flow.current is not None:
                state = self._result.states[flow.current.name]
                flow.current.failing = True
                self._give_up(flow.current, "FAILED")
                if source and state.error is None:
                    state.error = _details(event).get("error")
                source = False
            flow.running = False
            flow = flow.inside.flow if flow.inside is not None else None

    def _close(self, flow: Flow, status: str) -> None:
        visit = flow.current
        if visit is None or visit.over:
            return
        for inner in visit.flows:
            if inner.running:
                self._close(inner, status)
        self._give_up(visit, status)

    def _give_up(self, visit: Visit, status: str) -> None:
        """A visit that was not left is over."""
        if visit.over:
            return
        self._end(visit, "FAILED" if visit.failing else status)
        self._end_flows(visit, succeeded=False)

    def _end_flows(self, visit: Visit, *, succeeded: bool) -> None:
        for flow in visit.flows:
            if flow.running:
                # One that is between two states has come to its end, as far as anyone can tell.
                flow.succeeded = succeeded or (flow.current is None and flow.number is None and flow.visits > 0)
                self._end_flow(flow, "ABORTED")

    def _end_flow(self, flow: Flow, status: str) -> None:
        flow.running = False
        if flow.current is not None:
            self._give_up(flow.current, status)

    def _fail(self, visit: Visit, event: HistoryEventTypeDef | None = None) -> None:
        """What happened last in a visit is a failure; a retrier or a catcher may help."""
        details = {} if event is None else _details(event)
        if "error" in details or "cause" in details:
            self._result.states[visit.name].error = details.get("error")
        if not visit.over:
            visit.failing = True
            self._tell(visit, "FAILED")

    def _tell(self, visit: Visit, status: str, wait: OpenWait | None = None) -> None:
        """What becomes of an open visit; its state waits as long as any visit does."""
        standing = self._standing[visit.name]
        standing.waiting += (wait is not None) - (self._waits.pop(visit, None) is not None)
        if wait is not None:
            self._waits[visit] = wait
        self._result.states[visit.name].status = "WAITING" if standing.waiting else status

    def _end(self, visit: Visit, status: str) -> None:
        state, standing = self._result.states[visit.name], self._standing[visit.name]
        standing.open -= not visit.over
        standing.waiting -= self._waits.pop(visit, None) is not None
        visit.over = True
        # That others were given up because of a failure says less than the failure.
        if status != "ABORTED" or standing.outcome != "FAILED":
            standing.outcome = status
        if standing.waiting:
            state.status = "WAITING"
        elif standing.open:
            state.status = state.status if state.status in _OPEN else "RUNNING"
        else:
            state.status = standing.outcome


def _details(event: HistoryEventTypeDef) -> dict[str, Any]:
    return next((value for key, value in event.items() if key.endswith("EventDetails") and isinstance(value, dict)), {})


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
