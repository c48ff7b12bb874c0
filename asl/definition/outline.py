"""The outline of a definition: its flows, their states, and the transitions between them, each with its JSON pointer.

A JSON pointer (RFC 6901) such as `/States/Ship/Catch/0/Next` names a place in the text of the definition, so that
what is said about a state or a transition - drawn, covered by a test, complained of - can be said about that place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from asl.definition.model import QueryLanguage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class TransitionKind(Enum):
    """What makes an execution take a transition."""

    START = "start"
    NEXT = "next"
    CHOICE = "choice"
    DEFAULT = "default"
    CATCH = "catch"
    END = "end"


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from one state of a flow to another.

    `pointer` is that of the field which says so (`StartAt`, `Next`, `Default`, `End`). `source` is None where the flow
    starts, `target` where it ends. `rule` is the choice rule or catcher that leads there, empty for other kinds.
    """

    pointer: str
    kind: TransitionKind
    source: str | None
    target: str | None
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StateOutline:
    """A state: its fields as they are written, the ways that lead on from it, and the flows inside it."""

    pointer: str
    name: str
    fields: Mapping[str, Any]
    query_language: QueryLanguage
    transitions: tuple[Transition, ...]
    flows: tuple[FlowOutline, ...]

    @property
    def type(self) -> str:
        """The type of the state, such as Task."""
        return str(self.fields["Type"])


@dataclass(frozen=True, slots=True)
class FlowOutline:
    """A state machine, a branch of a Parallel state, or the processor of a Map state."""

    pointer: str
    start: Transition
    states: Mapping[str, StateOutline]

    def transitions(self) -> Iterator[Transition]:
        """The start, then the ways on from each state, in the order in which they stand; not those of inner flows."""
        yield self.start
        for state in self.states.values():
            yield from state.transitions

    def flows(self) -> Iterator[FlowOutline]:
        """The flow and all those within it, outer ones first."""
        yield self
        for state in self.states.values():
            for flow in state.flows:
                yield from flow.flows()

    def all_states(self) -> Iterator[StateOutline]:
        """The states of this flow and of all those within it."""
        for flow in self.flows():
            yield from flow.states.values()


def pointer_to(parent: str, *tokens: str | int) -> str:
    """The JSON pointer of a member, or a member's member, of the value at `parent`."""
    return parent + "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)


def outline(definition: Mapping[str, Any]) -> FlowOutline:
    """The outline of a definition that `asl.definition.validation.validate` accepts."""
    language = QueryLanguage(definition.get("QueryLanguage", QueryLanguage.JSONPATH.value))
    return _flow(definition, "", language)


def _flow(fields: Mapping[str, Any], pointer: str, machine_language: QueryLanguage) -> FlowOutline:
    start = Transition(pointer_to(pointer, "StartAt"), TransitionKind.START, None, fields["StartAt"], {})
    states = {
        name: _state(name, body, pointer_to(pointer, "States", name), machine_language)
        for name, body in fields["States"].items()
    }
    return FlowOutline(pointer, start, states)


def _state(name: str, fields: Mapping[str, Any], pointer: str, machine_language: QueryLanguage) -> StateOutline:
    return StateOutline(
        pointer=pointer,
        name=name,
        fields=fields,
        query_language=QueryLanguage(fields.get("QueryLanguage", machine_language.value)),
        transitions=tuple(_transitions(name, fields, pointer)),
        flows=tuple(
            _flow(inner, pointer_to(pointer, *tokens), machine_language) for tokens, inner in _inner_flows(fields)
        ),
    )


def _transitions(name: str, fields: Mapping[str, Any], pointer: str) -> Iterator[Transition]:
    for index, rule in enumerate(fields.get("Choices", ())):
        yield Transition(pointer_to(pointer, "Choices", index, "Next"), TransitionKind.CHOICE, name, rule["Next"], rule)
    if "Default" in fields:
        yield Transition(pointer_to(pointer, "Default"), TransitionKind.DEFAULT, name, fields["Default"], {})
    if "Next" in fields:
        yield Transition(pointer_to(pointer, "Next"), TransitionKind.NEXT, name, fields["Next"], {})
    if fields.get("End") is True:
        yield Transition(pointer_to(pointer, "End"), TransitionKind.END, name, None, {})
    for index, catcher in enumerate(fields.get("Catch", ())):
        yield Transition(
            pointer_to(pointer, "Catch", index, "Next"), TransitionKind.CATCH, name, catcher["Next"], catcher
        )


def _inner_flows(fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    if fields["Type"] == "Parallel":
        for index, branch in enumerate(fields["Branches"]):
            yield ("Branches", index), branch
    elif fields["Type"] == "Map":
        name = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
        yield (name,), fields[name]
