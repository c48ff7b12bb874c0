"""Which states, transitions, choice branches, catchers and retriers of a definition the runs of a test run have taken.

What was entered and in which order is read from the histories of executions; by which rule, catcher or retrier, from
what the engine tells its observer. Every item is named by its JSON pointer in the definition, such as
`/States/Ship/Catch/0/Next`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import TransitionKind, outline, pointer_to
from asl.engine.observer import DecisionKind
from asl.graph.diagram import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asl.definition.outline import FlowOutline
    from asl.engine import Execution, HistoryEvent
    from asl.engine.observer import Decision
    from asl.testing.reading import RunReading
    from asl.testing.workflow import Workflow

Json = Any


class ItemKind(Enum):
    """What is counted. The items of all kinds together are the whole of a definition, none of them twice."""

    STATE = "states"
    TRANSITION = "transitions"
    CHOICE = "choices"
    CATCHER = "catchers"
    RETRIER = "retriers"


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a definition that an execution can take. `target` is None where it leads to no state."""

    pointer: str
    kind: ItemKind
    state: str
    label: str
    target: str | None = None


KINDS: Final = {
    TransitionKind.NEXT: ItemKind.TRANSITION,
    TransitionKind.END: ItemKind.TRANSITION,
    TransitionKind.CHOICE: ItemKind.CHOICE,
    TransitionKind.DEFAULT: ItemKind.CHOICE,
    TransitionKind.CATCH: ItemKind.CATCHER,
}


def items_of(flow: FlowOutline) -> Iterator[Item]:
    """The items of a definition, state by state."""
    for state in flow.all_states():
        yield Item(state.pointer, ItemKind.STATE, state.name, state.name)
        for way in state.transitions:
            yield Item(way.pointer, KINDS[way.kind], state.name, title_of(way), way.target)
        for index, retrier in enumerate(state.fields.get("Retry", ())):
            label = f"{state.name}: retries {', '.join(retrier['ErrorEquals'])}"
            yield Item(pointer_to(state.pointer, "Retry", index), ItemKind.RETRIER, state.name, label)


@dataclass
class MachineCoverage:
    """How often each item of one definition was taken. `source` is the file it comes from, where it comes from one."""

    name: str
    source: str | None
    text: str
    hits: Counter[str] = field(default_factory=Counter)

    @cached_property
    def outline(self) -> FlowOutline:
        """The outline of the definition."""
        return outline(json.loads(self.text))

    @cached_property
    def items(self) -> Sequence[Item]:
        """The items of the definition."""
        return tuple(items_of(self.outline))

    @cached_property
    def key(self) -> str:
        """The same for the same definition from the same place, whatever it is called and which ARNs were filled in."""
        shape = json.dumps([self.source or self.name, [(item.pointer, item.target) for item in self.items]])
        return hashlib.sha256(shape.encode()).hexdigest()

    @property
    def place(self) -> str | None:
        """The source as one reads it: from the current folder on, where it is in there."""
        if self.source is None or not Path(self.source).is_relative_to(Path.cwd()):
            return self.source
        return str(Path(self.source).relative_to(Path.cwd()))

    def taken(self, *kinds: ItemKind) -> tuple[int, int]:
        """How many of the items of these kinds, or of all, were taken, and how many there are."""
        counted = [self.hits[item.pointer] > 0 for item in self.items if not kinds or item.kind in kinds]
        return sum(counted), len(counted)

    def missed(self) -> list[Item]:
        """The items that were never taken."""
        return [item for item in self.items if not self.hits[item.pointer]]

    def count(self, execution: Execution, decisions: Sequence[Decision]) -> None:
        """Count what one execution has taken so far."""
        pointers = {item.state: item.pointer for item in self.items if item.kind is ItemKind.STATE}
        known = {item.pointer for item in self.items}
        left_by = {one.event_id: one for one in decisions if one.kind is not DecisionKind.RETRY}
        history = list(execution.history)
        for one in decisions:
            if one.kind is DecisionKind.RETRY:
                self.hits[f"{pointers[one.state]}/Retry/{one.index}"] += 1
        for event in history:
            if event.type.endswith("StateEntered"):
                self.hits[pointers[event.details["name"]]] += 1
                before = history[event.previous_id - 1] if event.previous_id else event
                if before.type.endswith("StateExited"):
                    self.hits[_way_on(before, pointers, left_by)] += 1
            elif event.type.endswith("StateExited") and event.id not in left_by:
                end = f"{pointers[event.details['name']]}/End"
                if end in known:
                    self.hits[end] += 1


def _way_on(left: HistoryEvent, pointers: Mapping[str, str], left_by: Mapping[int, Decision]) -> str:
    """The item that led on from a state that was left."""
    pointer = pointers[left.details["name"]]
    decision = left_by.get(left.id)
    if decision is None:
        return f"{pointer}/Next"
    match decision.kind:
        case DecisionKind.CHOICE:
            return f"{pointer}/Choices/{decision.index}/Next"
        case DecisionKind.DEFAULT:
            return f"{pointer}/Default"
        case _:
            return f"{pointer}/Catch/{decision.index}/Next"


class Coverage:
    """The coverage of all definitions of a test run."""

    def __init__(self) -> None:
        self._machines: dict[str, MachineCoverage] = {}

    def add(self, run: RunReading) -> None:
        """Count all executions of a run. A run is to be added once."""
        stage = run.stage
        for execution in stage.executions:
            workflow = stage.workflows[execution.request.definition]
            decisions = [decision for decided_by, decision in stage.decisions if decided_by is execution]
            self.include(workflow).count(execution, decisions)

    def include(self, workflow: Workflow) -> MachineCoverage:
        """The coverage of a workflow, with nothing taken where it is new."""
        source = None if workflow.source is None else str(workflow.source)
        return self._merge(MachineCoverage(workflow.name, source, workflow.text))

    def machines(self) -> list[MachineCoverage]:
        """What was counted, by name and source."""
        return sorted(self._machines.values(), key=lambda one: (one.name, one.source or ""))

    def to_data(self) -> list[dict[str, Json]]:
        """Everything as plain values, for `add_data` in another process."""
        return [
            {"name": one.name, "source": one.source, "text": one.text, "hits": dict(one.hits)}
            for one in self._machines.values()
        ]

    def add_data(self, data: Sequence[Mapping[str, Json]]) -> None:
        """Add what another process has counted."""
        for one in data:
            machine = self._merge(MachineCoverage(one["name"], one["source"], one["text"]))
            machine.hits.update(one["hits"])

    def _merge(self, machine: MachineCoverage) -> MachineCoverage:
        return self._machines.setdefault(machine.key, machine)


def percent(taken: int, total: int) -> float:
    """How much was taken, 100 where there is nothing; never 100 where something is missed."""
    return 100.0 if total == 0 else int(1000 * taken / total) / 10
