"""The state machine as a graph: names, transitions, reachability. What is checked here is well-formed already.

https://states-language.net/spec.html#transition
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.definition.validation.diagnostics import Code, Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition.validation.site import Site

MAX_NAME_LENGTH = 80
_TERMINAL_TYPES = ("Succeed", "Fail")


@dataclass(frozen=True, slots=True)
class Machine:
    """The state machine itself, a branch of a Parallel state, or the item processor of a Map state."""

    definition: dict[str, Any]
    site: Site

    @property
    def states(self) -> dict[str, Any]:
        """The states by name."""
        states: dict[str, Any] = self.definition["States"]
        return states


def machines(definition: dict[str, Any], site: Site) -> Iterator[Machine]:
    """The state machine and all those within it, in the order in which they stand."""
    yield Machine(definition, site)
    for name, state in definition["States"].items():
        for field, nested in _nested(state):
            yield from machines(nested, _site_of(field, site.at("States").at(name)))


def _nested(state: dict[str, Any]) -> Iterator[tuple[str | int, dict[str, Any]]]:
    if state["Type"] == "Parallel":
        yield from enumerate(state["Branches"])
    elif state["Type"] == "Map":
        field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        yield field, state[field]


def _site_of(field: str | int, site: Site) -> Site:
    return site.at("Branches").item(field) if isinstance(field, int) else site.at(field)


def check_names(definition: dict[str, Any], site: Site) -> None:
    """State names and labels are unique in the whole definition, and state names not too long."""
    names: set[str] = set()
    labels: set[str] = set()
    for machine in machines(definition, site):
        for name, state in machine.states.items():
            place = machine.site.at("States").at(name)
            if not name or len(name) > MAX_NAME_LENGTH:
                place.error(
                    f"Invalid State name: {name} exceeds the {MAX_NAME_LENGTH}-character limit allowed by the service"
                    if name
                    else "Invalid State name: a State name cannot be empty",
                    Code.INVALID_STATE_NAME,
                )
            if name in names:
                place.error(f"Duplicate State name: {name}", Code.DUPLICATE_STATE_NAME)
            names.add(name)
            if "Label" in state:
                if state["Label"] in labels:
                    place.at("Label").error(f"Duplicate Label name: {state['Label']}", Code.DUPLICATE_LABEL_NAME)
                labels.add(state["Label"])


def check_transitions(definition: dict[str, Any], site: Site) -> None:
    """Every transition has a target, the workflow can end, and every state has a transition that leads to it."""
    ends = any(_is_terminal(state) for state in definition["States"].values())
    for machine in machines(definition, site):
        _check_targets(machine)
    if not ends:
        # The one diagnostic without a location: it is about the definition as a whole.
        site.diagnostics.append(
            Diagnostic(Severity.ERROR, Code.MISSING_END_STATE, "Workflow has no terminal state", location=None)
        )
        return
    for machine in machines(definition, site):
        _check_reachable(machine)


def _is_terminal(state: dict[str, Any]) -> bool:
    return state["Type"] in _TERMINAL_TYPES or state.get("End") is True


def _transitions(machine: Machine) -> Iterator[tuple[str, Site]]:
    yield machine.definition["StartAt"], machine.site.at("StartAt")
    for name, state in machine.states.items():
        site = machine.site.at("States").at(name)
        for field in ("Next", "Default"):
            if field in state:
                yield state[field], site.at(field)
        for field in ("Choices", "Catch"):
            for index, rule in enumerate(state.get(field, ())):
                yield rule["Next"], site.at(field).item(index).at("Next")


def _check_targets(machine: Machine) -> None:
    for target, site in _transitions(machine):
        if target not in machine.states:
            site.error(f"Missing 'Next' target: {target}", Code.MISSING_TRANSITION_TARGET)


def _check_reachable(machine: Machine) -> None:
    targets = {target for target, _ in _transitions(machine)}
    for name in machine.states:
        if name not in targets:
            machine.site.at("States").at(name).error(
                f'State "{name}" is not reachable.', Code.MISSING_TRANSITION_TARGET
            )
