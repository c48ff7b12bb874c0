"""How an execution went through a definition, read from its history as GetExecutionHistory gives it.

A state has one colour, that of the visit that went worst: failed, running, stopped, caught, succeeded, untouched. A
history does not say which of several choice rules with the same target held: all of them are marked as taken.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import TransitionKind
from asl.graph.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from asl.definition.outline import FlowOutline, StateOutline, Transition

_WORST_FIRST: Final = ("failed", "running", "stopped", "caught", "succeeded")
_LEGEND: Final = (
    ("succeeded", "succeeded"),
    ("caught", "failed and caught"),
    ("failed", "failed"),
    ("running", "running"),
    ("stopped", "stopped"),
    ("untouched", "not reached"),
)
_ENDINGS: Final = {
    "ExecutionSucceeded": "succeeded",
    "ExecutionFailed": "failed",
    "ExecutionAborted": "stopped",
    "ExecutionTimedOut": "stopped",
}
_ATTEMPTS: Final = frozenset(
    {
        "TaskScheduled",
        "LambdaFunctionScheduled",
        "ActivityScheduled",
        "ParallelStateStarted",
        "MapStateStarted",
    }
)
_CONTAINERS: Final = {"ParallelState": "Parallel", "MapState": "Map"}
_FAILURES: Final = ("Failed", "TimedOut")
_CATCHES_ALL: Final = "States.ALL"
_CATCHES_MOST: Final = "States.TaskFailed"


def executed(flow: FlowOutline, history: Iterable[Mapping[str, Any]]) -> Overlay:
    """What the events of a history, oldest first, say about the states and transitions of the definition."""
    reading = _Reading(flow)
    for event in history:
        reading.read(event)
    return reading.overlay()


class _Reading:
    """The fold over a history. Events are followed by `previousEventId` to the state that they belong to."""

    def __init__(self, flow: FlowOutline) -> None:
        self._states: dict[str, StateOutline] = {}
        self._flow_of: dict[str, FlowOutline] = {}
        self._parent: dict[str, str | None] = {}
        self._index(flow, None)
        self._all = [*flow.all_states()]
        self._transitions = [way for inner in flow.flows() for way in inner.transitions()]
        self._events: dict[int, Mapping[str, Any]] = {}
        self._owner: dict[int, str | None] = {}
        self._open: Counter[str] = Counter()
        self._visits: Counter[str] = Counter()
        self._attempts: Counter[str] = Counter()
        self._went: dict[str, set[str]] = {}
        self._taken: set[str] = set()
        self._unfollowed: dict[int, str] = {}
        self._ended = ""

    def _index(self, flow: FlowOutline, parent: str | None) -> None:
        for name, state in flow.states.items():
            self._states[name] = state
            self._flow_of[name] = flow
            self._parent[name] = parent
            for inner in state.flows:
                self._index(inner, name)

    def read(self, event: Mapping[str, Any]) -> None:
        event_id, kind = int(event["id"]), str(event["type"])
        self._events[event_id] = event
        owner = self._owner_of(event)
        self._owner[event_id] = owner
        if kind in _ENDINGS:
            self._ended = _ENDINGS[kind]
        if owner is None:
            return
        if kind.endswith("StateEntered"):
            self._enter(owner, event)
        elif kind.endswith("StateExited"):
            self._exit(owner, event)
        elif kind.endswith("StateAborted"):
            self._close(owner, "stopped" if self._failure_before(event) is None else "failed")
        elif kind in _ATTEMPTS:
            self._attempts[owner] += 1
            self._close_inside(owner)

    def _owner_of(self, event: Mapping[str, Any]) -> str | None:
        kind = str(event["type"])
        if kind.endswith(("StateEntered", "StateExited")):
            details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
            name = details.get("name")
            return name if name in self._states else None
        previous = int(event.get("previousEventId", 0))
        owner = self._owner.get(previous)
        for prefix, container in _CONTAINERS.items():
            if kind.startswith(prefix) and not self._is_entered(previous):
                return self._enclosing(owner, container)
        return owner

    def _is_entered(self, event_id: int) -> bool:
        return str(self._events.get(event_id, {}).get("type", "")).endswith("StateEntered")

    def _enclosing(self, name: str | None, container: str) -> str | None:
        """The nearest Parallel or Map state around a state, or the state itself if it is all there is."""
        around = self._parent.get(name) if name is not None else None
        while around is not None and self._states[around].type != container:
            around = self._parent[around]
        return around or name

    def _enter(self, name: str, event: Mapping[str, Any]) -> None:
        self._open[name] += 1
        self._visits[name] += 1
        previous = int(event.get("previousEventId", 0))
        left = self._unfollowed.pop(previous, None)
        if left is None:
            start = self._flow_of[name].start
            if start.target == name:
                self._taken.add(start.pointer)
            return
        ways = [way for way in self._states[left].transitions if way.target == name]
        self._taken.update(way.pointer for way in self._of_these(ways, self._events[previous]))

    def _of_these(self, ways: list[Transition], exited: Mapping[str, Any]) -> Iterator[Transition]:
        failure = self._failure_before(exited)
        catchers = [way for way in ways if way.kind is TransitionKind.CATCH]
        others = [way for way in ways if way.kind is not TransitionKind.CATCH]
        if catchers and (failure is not None or not others):
            yield next((way for way in catchers if _catches(way, failure)), catchers[0])
        else:
            yield from others

    def _failure_before(self, ended: Mapping[str, Any]) -> str | None:
        """The name of the error with which a state was left or aborted; None if there was none."""
        event = self._events.get(int(ended.get("previousEventId", 0)))
        if event is None or not str(event["type"]).endswith(_FAILURES):
            return None
        details: Iterable[Any] = (value for key, value in event.items() if key.endswith("EventDetails"))
        return next((str(value.get("error", "")) for value in details if value), "")

    def _exit(self, name: str, event: Mapping[str, Any]) -> None:
        self._unfollowed[int(event["id"])] = name
        self._close_inside(name)
        self._close(name, "caught" if self._was_caught(name, event) else "succeeded")

    def _was_caught(self, name: str, exited: Mapping[str, Any]) -> bool:
        return bool(self._states[name].fields.get("Catch")) and self._failure_before(exited) is not None

    def _close_inside(self, container: str) -> None:
        """Whatever is still open inside a container that begins again or is left has failed."""
        for flow in self._states[container].flows:
            for state in flow.all_states():
                while self._open[state.name] > 0:
                    self._close(state.name, "failed")

    def _close(self, name: str, how: str) -> None:
        if self._open[name] > 0:
            self._open[name] -= 1
        self._went.setdefault(name, set()).add(how)

    def overlay(self) -> Overlay:
        for left in self._unfollowed.values():
            self._taken.update(way.pointer for way in self._states[left].transitions if way.target is None)
        left_open = {"": "running", "succeeded": "failed"}.get(self._ended, self._ended)
        for name, count in self._open.items():
            if count > 0:
                self._went.setdefault(name, set()).add(left_open)
        classes = {state.pointer: self._class_of(state.name) for state in self._all}
        for way in self._transitions:
            classes[way.pointer] = "taken" if way.pointer in self._taken else "untouched"
        notes = {state.pointer: note for state in self._all if (note := self._note(state.name))}
        reached = sum(1 for state in self._all if self._visits[state.name])
        told = f"The execution {_VERBS[self._ended]}; it reached {reached} of {len(self._all)} states."
        present = set(classes.values())
        legend = tuple((name, text) for name, text in _LEGEND if name in present)
        return Overlay(classes, notes, legend, told)

    def _class_of(self, name: str) -> str:
        went = self._went.get(name, set())
        return next((how for how in _WORST_FIRST if how in went), "untouched")

    def _note(self, name: str) -> str:
        visits, retries = self._visits[name], max(0, self._attempts[name] - self._visits[name])
        parts = [f"{visits} visits"] if visits > 1 else []
        if retries:
            parts.append("1 retry" if retries == 1 else f"{retries} retries")
        return ", ".join(parts)


_VERBS: Final = {"": "is running", "succeeded": "succeeded", "failed": "failed", "stopped": "was stopped"}


def _catches(way: Transition, error: str | None) -> bool:
    names = way.rule["ErrorEquals"]
    return error in names or _CATCHES_ALL in names or (_CATCHES_MOST in names and error != "States.Timeout")
