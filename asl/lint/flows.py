"""Ways through a definition: what can be reached, which states form a loop, what a round of it costs."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asl.lint.subject import resource_of, waits_for_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.definition.outline import FlowOutline, StateOutline, Transition
    from asl.lint.subject import Subject

# The events of one visit: entered and exited, and for work what is recorded between, at least.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
_EVENTS: Final = {"Task": 5, "Parallel": 4, "Map": 4}
_OTHER_EVENTS: Final = 2


def comes_to_notice(subject: Subject, flow: FlowOutline, start: str, *, source: str) -> bool:
    """Whether a way on from the target of a catcher of `source` leads to a state where a failure is noticed.

    Coming back to `source` is as good: the work is tried again. Where a branch or an item ends, the way goes on after
    the Parallel or Map state around it.
    """
    ahead, seen = [(flow, start)], {flow.states[start].pointer}
    while ahead:
        here, name = ahead.pop()
        state = here.states[name]
        again = here is flow and name == source
        if again or any(_is_sink(subject, each) for each in _with_inner(state)):
            return True
        for following in _onward(subject, here, state):
            pointer = following[0].states[following[1]].pointer
            if pointer not in seen:
                seen.add(pointer)
                ahead.append(following)
    return False


def _onward(subject: Subject, flow: FlowOutline, state: StateOutline) -> Iterator[tuple[FlowOutline, str]]:
    for way in state.transitions:
        if way.target is not None:
            yield flow, way.target
    ends = state.type == "Succeed" or any(way.target is None for way in state.transitions)
    around = subject.around.get(state.pointer)
    if ends and around is not None:
        yield from _onward(subject, subject.home[around.pointer], around)


def _with_inner(state: StateOutline) -> Iterator[StateOutline]:
    yield state
    for flow in state.flows:
        yield from flow.all_states()


def _is_sink(subject: Subject, state: StateOutline) -> bool:
    return state.type == "Fail" or (state.type == "Task" and subject.settings.is_sink(state.name, resource_of(state)))


@dataclass(frozen=True, slots=True)
class Round:
    """The cheapest round of a loop: its states, the events that it adds to the history, and the seconds it waits."""

    states: tuple[StateOutline, ...]
    events: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Loop:
    """States of one flow each of which can be reached from each, in the order of the definition."""

    flow: FlowOutline
    states: tuple[StateOutline, ...]

    @property
    def first(self) -> StateOutline:
        """The state that names the loop."""
        return self.states[0]

    def names(self) -> str:
        """The loop in a message."""
        shown = [state.name for state in self.states[:4]]
        return " \u2192 ".join(shown) + (" \u2192 \u2026" if len(self.states) > 4 else "")

    def exits(self) -> Iterator[Transition]:
        """The ways out of the loop."""
        inside = {state.name for state in self.states}
        for state in self.states:
            for way in state.transitions:
                if way.target not in inside:
                    yield way

    def cheapest_round(self) -> Round:
        """The round with the fewest events."""
        inside = {state.name: state for state in self.states}
        rounds = (_cheapest_from(name, inside) for name in inside)
        return min((each for each in rounds if each), key=lambda each: each.events)


def loops(flow: FlowOutline) -> Iterator[Loop]:
    """The loops of a flow; not those of the flows inside its states."""
    for names in _components(flow):
        states = tuple(state for name, state in flow.states.items() if name in names)
        to_itself = any(way.target == state.name for state in states for way in state.transitions)
        if len(states) > 1 or to_itself:
            yield Loop(flow, states)


def _components(flow: FlowOutline) -> list[set[str]]:
    """The strongly connected components: in the order in which a walk is done, walked backwards (Kosaraju)."""
    onward = {name: [way.target for way in state.transitions if way.target] for name, state in flow.states.items()}
    backward: dict[str, list[str]] = {name: [] for name in onward}
    for name, targets in onward.items():
        for target in targets:
            backward[target].append(name)
    done: dict[str, None] = {}
    for name in onward:
        _walk(name, onward, done)
    components: list[set[str]] = []
    seen: dict[str, None] = {}
    for name in reversed(list(done)):
        if name not in seen:
            before = set(seen)
            _walk(name, backward, seen)
            components.append(set(seen) - before)
    return components


def _walk(root: str, onward: Mapping[str, list[str]], done: dict[str, None]) -> None:
    """Add what is reached from `root` to `done`, each after all that it leads to."""
    if root in done:
        return
    visited = {root}
    path = [(root, iter(onward[root]))]
    while path:
        name, rest = path[-1]
        target = next((each for each in rest if each not in visited and each not in done), None)
        if target is None:
            done[name] = None
            path.pop()
        else:
            visited.add(target)
            path.append((target, iter(onward[target])))


def _cheapest_from(start: str, inside: Mapping[str, StateOutline]) -> Round | None:
    queue: list[tuple[int, int, tuple[str, ...]]] = [(_events(inside[start]), 0, (start,))]
    seen: set[str] = set()
    order = 0
    while queue:
        events, _, path = heapq.heappop(queue)
        state = inside[path[-1]]
        for way in state.transitions:
            if way.target == start:
                states = tuple(inside[name] for name in path)
                return Round(states, events, sum(_seconds(each) for each in states))
            target = way.target
            if target is not None and target in inside and target not in seen:
                seen.add(target)
                order += 1
                heapq.heappush(queue, (events + _events(inside[target]), order, (*path, target)))
    return None


def _events(state: StateOutline) -> int:
    events = _EVENTS.get(state.type, _OTHER_EVENTS)
    return events + 1 if waits_for_token(state) or ".sync" in resource_of(state) else events


def _seconds(state: StateOutline) -> int:
    seconds = state.fields.get("Seconds")
    return seconds if isinstance(seconds, int) else 0
