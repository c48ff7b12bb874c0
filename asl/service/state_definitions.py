"""The state that a test names: given on its own, or within a whole definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asl.definition import ParseError, parse
from asl.definition.model import MapState, ParallelState
from asl.definition.validation import errors_of, refusal, validate_state
from asl.definition.validation.checks import TESTED_STATE_NAME
from asl.service.definitions import read_definition
from asl.service.errors import invalid_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition import StateMachine
    from asl.definition.model import Flow, State


@dataclass(frozen=True, slots=True)
class FoundState:
    """A state, and the machine it is in. `iteration` says that it is in the item processor of a Map state."""

    machine: StateMachine
    state: State
    iteration: bool = False


def read_state(text: str) -> FoundState:
    """The state that a text defines. Where its transitions lead to is not looked at.

    Raises:
        ApiError: `InvalidDefinition`.
    """
    diagnostics = validate_state(text)
    if errors_of(diagnostics):
        raise invalid_definition(refusal(text, diagnostics))
    try:
        machine = parse(f'{{"StartAt":"{TESTED_STATE_NAME}","States":{{"{TESTED_STATE_NAME}":{text}}}}}')
    except ParseError as error:
        raise invalid_definition(f"Invalid State Machine Definition: '{error}'") from None
    return FoundState(machine, machine.states[TESTED_STATE_NAME])


def read_machine(text: str, state_name: str) -> FoundState | None:
    """The state of that name in a whole definition, wherever in it; None where there is none.

    Raises:
        ApiError: `InvalidDefinition`.
    """
    machine = read_definition(text, "STANDARD")
    for state, iteration in _states(machine, iteration=False):
        if state.name == state_name:
            return FoundState(machine, state, iteration)
    return None


def inner_state_names(state: State) -> set[str]:
    """The names of the states inside a Map or Parallel state, however deep."""
    return {inner.name for flow in _flows(state) for inner, _ in _states(flow, iteration=False)}


def _states(flow: Flow, *, iteration: bool) -> Iterator[tuple[State, bool]]:
    for state in flow.states.values():
        yield state, iteration
        for inner in _flows(state):
            yield from _states(inner, iteration=iteration or isinstance(state, MapState))


def _flows(state: State) -> tuple[Flow, ...]:
    if isinstance(state, MapState):
        return (state.processor,)
    return state.branches if isinstance(state, ParallelState) else ()
