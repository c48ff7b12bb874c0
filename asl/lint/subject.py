"""A definition as the rules look at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import QueryLanguage
from asl.definition.outline import outline, pointer_to
from asl.definition.validation.resources import WAIT_FOR_TASK_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.definition.outline import FlowOutline, StateOutline
    from asl.lint.settings import Settings

# What stands for a Resource of which nothing is written but a name to be filled in.
SOME_RESOURCE: Final = "arn:aws:lambda:us-east-1:123456789012:function:substituted-"
_LAMBDA: Final = (":::lambda:invoke", ":lambda:")


@dataclass(frozen=True, slots=True)
class Subject:
    """A definition that Step Functions accepts, with what the rules need to know beside it.

    `around` is the Parallel or Map state around a state, `home` the flow that a state is in, both by its JSON pointer.
    """

    name: str
    definition: Mapping[str, Any]
    flow: FlowOutline
    settings: Settings
    express: bool
    around: Mapping[str, StateOutline]
    home: Mapping[str, FlowOutline]

    def enclosing(self, state: StateOutline) -> Iterator[StateOutline]:
        """The Parallel and Map states around a state, the nearest first."""
        found = self.around.get(state.pointer)
        while found is not None:
            yield found
            found = self.around.get(found.pointer)

    def states(self, *types: str) -> Iterator[StateOutline]:
        """The states of these types, or all, however deep."""
        return (state for state in self.flow.all_states() if not types or state.type in types)


def subject(name: str, definition: Mapping[str, Any], settings: Settings, *, express: bool) -> Subject:
    """Prepare a definition for the rules; it has to be one that Step Functions accepts."""
    flow = outline(definition)
    around = {
        inner.pointer: state
        for state in flow.all_states()
        for nested in state.flows
        for inner in nested.states.values()
    }
    home = {state.pointer: inner for inner in flow.flows() for state in inner.states.values()}
    return Subject(name, definition, flow, settings, express, around, home)


def resource_of(state: StateOutline) -> str:
    """The Resource of a Task state."""
    return str(state.fields.get("Resource", ""))


def waits_for_token(state: StateOutline) -> bool:
    """Whether a state hands out a task token and waits until someone brings it back."""
    return state.type == "Task" and resource_of(state).endswith(WAIT_FOR_TASK_TOKEN)


def is_activity(state: StateOutline) -> bool:
    """Whether a state waits for a worker that polls."""
    return state.type == "Task" and ":activity:" in resource_of(state)


def calls_lambda(state: StateOutline) -> bool:
    """Whether a Task state invokes a Lambda function; of a Resource that is yet to be filled in its name says so."""
    resource = resource_of(state)
    if resource.startswith(SOME_RESOURCE):
        return re.search(r"(?i)lambda|function", resource.removeprefix(SOME_RESOURCE)) is not None
    return state.type == "Task" and any(part in resource for part in _LAMBDA) and ":aws-sdk:" not in resource


def arguments_of(state: StateOutline) -> tuple[str, Any]:
    """The field with what a task is given, and its name."""
    name = "Arguments" if state.query_language is QueryLanguage.JSONATA else "Parameters"
    return name, state.fields.get(name)


def texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every string within a value, with its JSON pointer."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from texts(member, pointer_to(pointer, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, pointer_to(pointer, index))
