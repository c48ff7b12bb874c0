"""Which flow and which visit of a state each event of a history belongs to.

An execution is a flow, and so is each branch of a Parallel state and each iteration of a Map state. An event belongs
where the one that it follows (`previousEventId`) happened, or around it. Only a redrive leaves several flows to go on
from one event: then an event is told by its own details. `console/web/src/history` reads histories in the same way.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef


@dataclass(eq=False, slots=True)
class Flow:
    """A flow that has begun. `current` is the visit that it is in, or was in when it ended; None between two states.

    `number` is the index of the item of an iteration, None for a branch; `last_event` the last one of its own states.
    """

    inside: Visit | None = None
    number: int | None = None
    current: Visit | None = None
    visits: int = 0
    last_event: int = 0
    running: bool = True
    succeeded: bool = False


@dataclass(eq=False, slots=True)
class Visit:
    """A state that was entered. `over` once nothing more happens in it, whether it was left or not.

    `failing` where what happened last is a failure, `exhausted` where no attempt is left. `flows` are those of the last
    attempt of a Parallel or Map state, `scheduled` the details of the last task.
    """

    name: str
    kind: str
    flow: Flow
    left: bool = False
    over: bool = False
    failing: bool = False
    exhausted: bool = False
    flows: list[Flow] = field(default_factory=list)
    scheduled: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event happened: in a flow, and in a visit unless it is the flow's own."""

    flow: Flow
    visit: Visit | None
    kind: str


class Flows:
    """The flows of a history, as far as it was read."""

    def __init__(self) -> None:
        self.root = Flow()
        self.resumable: dict[Visit, None] = {}
        self._places: dict[int, Place] = {}
        self._last: Place = Place(self.root, None, "")
        self._last_visit: dict[str, Visit] = {}
        self._redriven_at = 0

    def before(self, event: HistoryEventTypeDef) -> Place:
        """Where the event happened that this one follows; where that is not told, the last one that has a place."""
        previous = event.get("previousEventId", 0)
        return self._places.get(previous, self._last) if previous or self._last_visit else Place(self.root, None, "")

    def put(self, event: HistoryEventTypeDef, flow: Flow, visit: Visit | None) -> None:
        """Give an event its place."""
        self._last = self._places[event["id"]] = Place(flow, visit, event["type"])
        if visit is not None:
            flow.last_event = event["id"]

    def enter(self, name: str, kind: str, flow: Flow) -> Visit:
        """A state is entered in a flow."""
        visit = flow.current = self._last_visit[name] = Visit(name, kind, flow)
        flow.visits += 1
        return visit

    def redrive(self, event: HistoryEventTypeDef) -> None:
        """What did not succeed goes on: a Fail state is entered anew, every other state goes on where it stood."""
        self._redriven_at = event["id"]
        self.resumable.clear()
        self._reopen(self.root)

    def _reopen(self, flow: Flow) -> None:
        flow.running = True
        visit = flow.current
        if visit is None or visit.kind == "Fail":
            return
        visit.over = visit.failing = visit.exhausted = False
        self.resumable[visit] = None
        for inner in visit.flows:
            if not inner.succeeded:
                self._reopen(inner)

    def nearest(self, place: Place, test: Callable[[Visit], bool]) -> Visit | None:
        """The nearest visit around a place that passes a test, after a redrive the innermost of those that go on."""
        if place.kind == "ExecutionRedriven":
            return self._resumed(test)
        return next((visit for visit in _around(place) if test(visit)), None)

    def _resumed(self, test: Callable[[Visit], bool]) -> Visit | None:
        found: Visit | None = None
        for visit in self.resumable:
            if test(visit) and (found is None or _is_inside(visit, found)):
                found = visit
        return found

    def named(self, place: Place, name: str) -> Visit | None:
        """The visit of a state by its name: the nearest, else the last, unless it was left."""
        found = self.nearest(place, lambda visit: visit.name == name and not visit.left)
        last = self._last_visit.get(name)
        return found if found is not None or last is None or last.left else last

    def scheduling(self, place: Place, details: dict[str, Any]) -> Visit | None:
        """The Task state that schedules; after a redrive the one that has scheduled the same before, if any."""
        if place.kind == "ExecutionRedriven":
            keys = ("resource", "parameters", "input")
            same = self._resumed(
                lambda visit: _is_task(visit) and all(visit.scheduled.get(key) == details.get(key) for key in keys)
            )
            if same is not None:
                return same
        return self.nearest(place, _is_task)

    def iteration(self, place: Place, name: str, number: int) -> Flow | None:
        """The iteration of a Map state that ends."""
        if place.kind != "ExecutionRedriven":
            flow: Flow | None = place.flow
            while flow is not None and not _is_iteration(flow, name, number):
                flow = flow.inside.flow if flow.inside is not None else None
            if flow is not None:
                return flow
        state = self.named(place, name)
        inside = state.flows if state is not None else []
        return next((flow for flow in inside if flow.running and flow.number == number), None)

    def flow_to_enter(self, place: Place, name: str) -> Flow:
        """The flow in which a state is entered: that of the event before, or a branch that begins."""
        if place.kind == "ParallelStateStarted" and place.visit is not None:
            return begin(place.visit, None)
        return self._flow_to_resume(name) if place.kind == "ExecutionRedriven" else place.flow

    def _flow_to_resume(self, name: str) -> Flow:
        idle, parallel = None, None
        for flow in self._reopened():
            stopped = self._stopped_at(flow)
            if stopped == name:
                return flow
            if stopped == "" and idle is None:
                idle = flow
            if flow.current is not None and flow.current.kind == "Parallel":
                parallel = flow.current
        if idle is not None or parallel is None:
            return idle or self.root
        return begin(parallel, None)

    def _reopened(self) -> Iterator[Flow]:
        yield self.root
        for visit in self.resumable:
            yield from (flow for flow in visit.flows if flow.running)

    def _stopped_at(self, flow: Flow) -> str | None:
        """Where a flow stands since before the redrive: in a Fail state, between two states (empty), or neither."""
        if flow.last_event > self._redriven_at:
            return None
        if flow.current is None:
            return ""
        return flow.current.name if flow.current.kind == "Fail" else None


def begin(visit: Visit, number: int | None) -> Flow:
    """A branch or an iteration begins inside a visit."""
    flow = Flow(visit, number)
    visit.flows.append(flow)
    return flow


def _around(place: Place) -> Iterator[Visit]:
    if place.visit is not None:
        yield place.visit
    flow: Flow | None = place.flow
    while flow is not None:
        if flow.current is not None and flow.current is not place.visit:
            yield flow.current
        if flow.inside is not None:
            yield flow.inside
        flow = flow.inside.flow if flow.inside is not None else None


def _is_task(visit: Visit) -> bool:
    return visit.kind == "Task" and not visit.left and not visit.over


def _is_iteration(flow: Flow, name: str, number: int) -> bool:
    return flow.inside is not None and flow.inside.name == name and flow.number == number


def _is_inside(visit: Visit, outer: Visit) -> bool:
    inner: Visit | None = visit
    while inner is not None and inner is not outer:
        inner = inner.flow.inside
    return inner is outer
