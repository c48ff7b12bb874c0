"""The fields of each state type, and of the state machines that states are made of.

https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
https://states-language.net/spec.html#state-types
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asl.definition.model import QueryLanguage
from asl.definition.validation.choice import choice_rule
from asl.definition.validation.diagnostics import Code
from asl.definition.validation.error_handling import catch, retry
from asl.definition.validation.expressions import (
    constant_or_jsonata,
    jsonata,
    jsonata_or,
    jsonata_template,
    looks_like_a_path,
    path_or_intrinsic,
    path_or_null,
    reference_path,
    result_path,
    template,
)
from asl.definition.validation.map_state import (
    item_batcher,
    item_reader,
    items_type,
    label,
    processor_config,
    result_writer,
)
from asl.definition.validation.resources import credentials, resource, task
from asl.definition.validation.schema import (
    Alternatives,
    ObjectSchema,
    anything,
    array,
    boolean,
    by_language,
    integer,
    named_one_of,
    number,
    one_of,
    only_jsonata,
    only_jsonpath,
    string,
    timestamp,
)
from asl.definition.validation.variables import assign

if TYPE_CHECKING:
    from asl.definition.validation.schema import Only, Rule
    from asl.definition.validation.site import Site

    Fields = dict[str, Rule | Only]

MAX_SECONDS = 99_999_999


def _whole_number(minimum: int, maximum: int | None = None) -> Rule:
    constant = integer(minimum, maximum)
    return by_language(jsonpath=constant, jsonata=constant_or_jsonata(constant))


def _static_text(value: Any, site: Site) -> None:
    """A text that is not evaluated."""
    if looks_like_a_path(value):
        site.warn("Field value looks like a path, but field name does not end with 'Path'.", Code.NO_PATH)
    string(value, site)


def _static_result(value: Any, site: Site) -> None:
    """The Result of a Pass state, which is not evaluated."""
    texts = value.items() if isinstance(value, dict) else (("", value),)
    if any(name.endswith(".$") or looks_like_a_path(member) for name, member in texts):
        site.warn("Attempt to use a path in the result of a pass state.", Code.PASS_RESULT_IS_STATIC)


def _items(value: Any, site: Site) -> None:
    """What a JSONata Map state iterates over."""
    if isinstance(value, str):
        jsonata(value, site)
    elif isinstance(value, list | dict):
        jsonata_template(value, site)
    else:
        site.error("Expected value of type [ARRAY, OBJECT]")


def _processor(value: Any, site: Site) -> None:
    _ITEM_PROCESSOR(value, replace(site, workflow_type=items_type(value, site)))
    if isinstance(value, dict) and "ProcessorConfig" in value:
        processor_config(value["ProcessorConfig"], site.at("ProcessorConfig"))


def _states(value: Any, site: Site) -> None:
    if not isinstance(value, dict):
        site.error("Expected value of type [OBJECT]")
    elif not value:
        site.error("Value cannot be empty")
    else:
        for name, member in value.items():
            state(member, replace(site.at(name), state=name))


_TRANSITION: Fields = {"Next": string, "End": boolean}
_ONE_TRANSITION = Alternatives(("Next", "End"), needed=True, unset_by_false=True)
_TEMPLATE = by_language(jsonpath=template, jsonata=jsonata_template)

_COMMON: Fields = {"Type": anything, "Comment": string, "QueryLanguage": one_of("JSONPath", "JSONata")}
_INPUT_OUTPUT: Fields = {
    "InputPath": only_jsonpath(path_or_null),
    "OutputPath": only_jsonpath(path_or_null),
    "Output": only_jsonata(jsonata_template),
}
_ASSIGN: Fields = {"Assign": assign}
_RESULT: Fields = {"ResultPath": only_jsonpath(result_path), "ResultSelector": only_jsonpath(template)}
_INPUT_TEMPLATE: Fields = {"Parameters": only_jsonpath(template), "Arguments": only_jsonata(jsonata_template)}
_ERROR_HANDLING: Fields = {"Retry": retry, "Catch": catch}
_FLOW: Fields = {**_COMMON, **_INPUT_OUTPUT, **_ASSIGN, **_TRANSITION}


def _with_path(name: str, minimum: int, maximum: int | None = None) -> Fields:
    return {name: _whole_number(minimum, maximum), f"{name}Path": only_jsonpath(reference_path)}


def _either(name: str) -> Alternatives:
    return Alternatives((name, f"{name}Path"))


_BRANCH = ObjectSchema({"Comment": string, "StartAt": string, "States": _states}, required=("StartAt", "States"))
_ITEM_PROCESSOR = ObjectSchema({**_BRANCH.fields, "ProcessorConfig": anything}, required=_BRANCH.required)

machine = ObjectSchema(
    {
        **_BRANCH.fields,
        "QueryLanguage": one_of("JSONPath", "JSONata"),
        "TimeoutSeconds": integer(0, MAX_SECONDS),
        "Version": one_of("1.0"),
    },
    required=_BRANCH.required,
)

STATES: dict[str, ObjectSchema] = {
    "Task": ObjectSchema(
        {
            **_FLOW,
            **_INPUT_TEMPLATE,
            **_RESULT,
            **_ERROR_HANDLING,
            "Resource": resource,
            "Credentials": credentials,
            **_with_path("TimeoutSeconds", 1, MAX_SECONDS),
            **_with_path("HeartbeatSeconds", 1, MAX_SECONDS),
        },
        required=("Resource",),
        alternatives=(_ONE_TRANSITION, _either("TimeoutSeconds"), _either("HeartbeatSeconds")),
    ),
    "Wait": ObjectSchema(
        {
            **_FLOW,
            **_with_path("Seconds", 0, MAX_SECONDS),
            "Timestamp": by_language(jsonpath=timestamp, jsonata=jsonata_or(timestamp)),
            "TimestampPath": only_jsonpath(reference_path),
        },
        alternatives=(
            _ONE_TRANSITION,
            Alternatives(("Seconds", "SecondsPath", "Timestamp", "TimestampPath"), needed=True),
        ),
    ),
    "Pass": ObjectSchema(
        {
            **_FLOW,
            "Parameters": only_jsonpath(template),
            "Result": only_jsonpath(_static_result),
            "ResultPath": only_jsonpath(result_path),
        },
        alternatives=(_ONE_TRANSITION,),
    ),
    "Succeed": ObjectSchema({**_COMMON, **_INPUT_OUTPUT}),
    "Fail": ObjectSchema(
        {
            **_COMMON,
            "Error": by_language(jsonpath=_static_text, jsonata=jsonata_or(string)),
            "ErrorPath": only_jsonpath(path_or_intrinsic),
            "Cause": by_language(jsonpath=_static_text, jsonata=jsonata_or(string)),
            "CausePath": only_jsonpath(path_or_intrinsic),
        },
        alternatives=(_either("Error"), _either("Cause")),
    ),
    "Choice": ObjectSchema(
        {
            **_COMMON,
            **_INPUT_OUTPUT,
            **_ASSIGN,
            "Choices": array(choice_rule, may_be_empty=False),
            "Default": string,
        },
        required=("Choices",),
    ),
    "Parallel": ObjectSchema(
        {
            **_FLOW,
            **_INPUT_TEMPLATE,
            **_RESULT,
            **_ERROR_HANDLING,
            "Branches": array(_BRANCH, may_be_empty=False),
        },
        required=("Branches",),
        alternatives=(_ONE_TRANSITION,),
    ),
    "Map": ObjectSchema(
        {
            **_FLOW,
            **_RESULT,
            **_ERROR_HANDLING,
            "Parameters": only_jsonpath(template),
            "ItemProcessor": _processor,
            "Iterator": _processor,
            "Items": only_jsonata(_items),
            "ItemsPath": only_jsonpath(reference_path),
            "ItemSelector": _TEMPLATE,
            "ItemReader": item_reader,
            "ItemBatcher": item_batcher,
            "ResultWriter": result_writer,
            "Label": label,
            **_with_path("MaxConcurrency", 0),
            **_with_path("ToleratedFailureCount", 0),
            "ToleratedFailurePercentage": by_language(
                jsonpath=number(0, 100), jsonata=constant_or_jsonata(number(0, 100))
            ),
            "ToleratedFailurePercentagePath": only_jsonpath(reference_path),
        },
        alternatives=(
            _ONE_TRANSITION,
            Alternatives(("ItemProcessor", "Iterator"), needed=True),
            _either("MaxConcurrency"),
            _either("ToleratedFailureCount"),
            _either("ToleratedFailurePercentage"),
        ),
    ),
}
_TYPE = named_one_of("Type", tuple(STATES))


def declared_language(value: dict[str, Any], inherited: QueryLanguage) -> QueryLanguage:
    """The query language of a state or state machine: whatever is declared and is not JSONPath is taken as JSONata."""
    if "QueryLanguage" not in value:
        return inherited
    return QueryLanguage.JSONPATH if value["QueryLanguage"] == QueryLanguage.JSONPATH.value else QueryLanguage.JSONATA


def state(value: Any, site: Site) -> None:
    """A state of any type."""
    if not isinstance(value, dict):
        site.error("Expected value of type [OBJECT]")
        return
    if "Type" not in value:
        site.error("These fields are required: [Type]")
        return
    schema = STATES.get(value["Type"]) if isinstance(value["Type"], str) else None
    if schema is None:
        _TYPE(value["Type"], site.at("Type"))
        return
    language = declared_language(value, site.machine_language)
    refused = language is QueryLanguage.JSONPATH and site.machine_language is QueryLanguage.JSONATA
    if refused:
        site.error("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    inside = replace(site, language=language, reports_language=not refused)
    schema(value, inside)
    if value["Type"] == "Task":
        task(value, inside)
