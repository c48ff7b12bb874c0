"""The whole check of a definition: JSON, then fields, then the graph of states."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from asl.definition.model import QueryLanguage
from asl.definition.validation.diagnostics import errors_of
from asl.definition.validation.json_text import UnreadableDefinitionError, load
from asl.definition.validation.site import Site, WorkflowType
from asl.definition.validation.states import declared_language, machine, state
from asl.definition.validation.transitions import check_names, check_transitions

if TYPE_CHECKING:
    from asl.definition.validation.diagnostics import Diagnostic

TESTED_STATE_NAME = "StateName"


def validate(definition: str, type: Literal["STANDARD", "EXPRESS"] = "STANDARD") -> list[Diagnostic]:  # noqa: A002 -- AWS's own name of the parameter
    """What Step Functions has to say of the text of a definition, in its order; nothing if it is flawless.

    The definition is accepted if no diagnostic has the severity ERROR. Whatever the text is, diagnostics come back and
    no exception. https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """
    try:
        value = load(definition)
    except UnreadableDefinitionError as error:
        return [error.diagnostic]
    site = _check_fields(value, WorkflowType(type))
    if not errors_of(site.diagnostics):
        check_names(value, site)
        check_transitions(value, site)
    return site.diagnostics


def variable_references(definition: str) -> dict[str, list[str]]:
    """The names of the variables that each state reads; states that read none are left out.

    `definition` is the text of a definition that `validate` accepts.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
    """
    site = _check_fields(load(definition), WorkflowType.STANDARD)
    return {state: list(variables) for state, variables in site.references.items()}


def _check_fields(value: Any, workflow_type: WorkflowType) -> Site:
    site = Site(workflow_type)
    if isinstance(value, dict):
        language = declared_language(value, QueryLanguage.JSONPATH)
        site = replace(site, machine_language=language, language=language)
    machine(value, site)
    return site


def validate_state(definition: str) -> list[Diagnostic]:
    """What Step Functions has to say of the text of a single state, as TestState takes it.

    The state is called `StateName` in the locations. Where it leads to is not looked at.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
    """
    site = Site(WorkflowType.STANDARD).at("States").at(TESTED_STATE_NAME)
    try:
        value: Any = load(definition)
    except UnreadableDefinitionError as error:
        return [error.diagnostic]
    state(value, site)
    return site.diagnostics
