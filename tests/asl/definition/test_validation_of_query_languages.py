"""What the query language of a state has to do with its fields, and what is said of JSONata and of variables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.definition.validation import Code, validate

SCHEMA = Code.SCHEMA_VALIDATION_FAILED
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
ONE_STATE = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}


def found_in_state(state: Any, language: str = "JSONPath") -> list[tuple[Code, str, str | None]]:
    """The diagnostics of a machine with the state `A`, and a terminal state `Z` that A leads to if it names it."""
    states = {"A": state}
    if '"Z"' in json.dumps(state):
        states["Z"] = {"Type": "Succeed"}
    definition = {"QueryLanguage": language, "StartAt": "A", "States": states}
    return [(found.code, found.message, found.location) for found in validate(json.dumps(definition))]


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, "End": True, **fields}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def mapping(**fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": ONE_STATE, "End": True, **fields}


def choosing(**rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{"Next": "Z", **rule}], "Default": "Z"}


JSONATA_STATES: list[tuple[Any, Code, str, str]] = [
    (passing(Output="{% 1 +"), SCHEMA, "JSONata string must start with {% and end with %}", "/States/A/Output"),
    (passing(Output="{% 1 + %}"), Code.INVALID_JSONATA_EXPRESSION, "Unexpected end of expression", "/States/A/Output"),
    (
        passing(Output={"v": ["{% phone %}"]}),
        Code.UNSUPPORTED_JSONATA_EXPRESSION,
        "Reference to 'phone' at the top level is not supported.",
        "/States/A/Output/v[0]",
    ),
    (
        passing(Output="{% $states.errorOutput.Cause %}"),
        Code.UNSUPPORTED_JSONATA_EXPRESSION,
        "Reference to '$states.errorOutput' is not supported.",
        "/States/A/Output",
    ),
    (
        task(Arguments="{% $states.input[ %}"),
        Code.INVALID_JSONATA_EXPRESSION,
        'Expected "]" before end of expression',
        "/States/A/Arguments",
    ),
    (
        choosing(Condition="$states.input"),
        SCHEMA,
        "JSONata string must start with {% and end with %}",
        "/States/A/Choices[0]/Condition",
    ),
    (choosing(Condition=1), SCHEMA, "Expected value of type [BOOLEAN]", "/States/A/Choices[0]/Condition"),
    (mapping(Items=3), SCHEMA, "Expected value of type [ARRAY, OBJECT]", "/States/A/Items"),
    (mapping(MaxConcurrency=-1), SCHEMA, "Minimum value is 0", "/States/A/MaxConcurrency"),
    (
        task(Resource="arn:aws:states:::sqs:sendMessage"),
        SCHEMA,
        "Arguments field is required for resource ARN: arn:aws:states:::sqs:sendMessage",
        "/States/A/Resource",
    ),
]


@pytest.mark.parametrize(("state", "code", "message", "location"), JSONATA_STATES)
def test_a_flaw_of_a_jsonata_state_is_reported_once_and_where_it_is(
    state: Any, code: Code, message: str, location: str
) -> None:
    assert found_in_state(state, "JSONata") == [(code, message, location)]


@pytest.mark.parametrize(
    "field",
    ["InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "TimeoutSecondsPath"],
)
def test_a_jsonata_state_refuses_the_fields_of_jsonpath_at_the_state(field: str) -> None:
    message = (
        f"The QueryLanguage is set to 'JSONata', but field '{field}' is only supported for the 'JSONPath' QueryLanguage"
    )
    assert found_in_state(task(QueryLanguage="JSONata", **{field: "$.a"})) == [(SCHEMA, message, "/States/A")]


@pytest.mark.parametrize("field", ["Arguments", "Output"])
def test_a_jsonpath_state_refuses_the_fields_of_jsonata_at_the_state(field: str) -> None:
    message = (
        f"The QueryLanguage is set to 'JSONPath', but field '{field}' is only supported for the 'JSONata' QueryLanguage"
    )
    assert found_in_state(task(**{field: {}})) == [(SCHEMA, message, "/States/A")]


def test_a_state_can_not_go_back_to_jsonpath_and_nothing_else_is_said_of_its_language() -> None:
    message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    state = passing(QueryLanguage="JSONPath", Output="{% 1 %}")
    assert found_in_state(state, "JSONata") == [(SCHEMA, message, "/States/A")]


def test_the_states_in_a_jsonata_map_state_of_a_jsonpath_machine_are_jsonpath_states() -> None:
    inner = {"StartAt": "I", "States": {"I": passing(Output="{% 1 %}")}}
    message = (
        "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage"
    )
    assert found_in_state(mapping(QueryLanguage="JSONata", Items=[], ItemProcessor=inner)) == [
        (SCHEMA, message, "/States/A/ItemProcessor/States/I")
    ]


def test_a_query_language_that_does_not_exist_is_taken_for_jsonata() -> None:
    assert found_in_state(passing(QueryLanguage="jsonpath", Output="{% 1 %}")) == [
        (SCHEMA, "Value should be one of the following: [JSONPath, JSONata]", "/States/A/QueryLanguage")
    ]


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("states", Code.RESERVED_VARIABLE_NAME, "Cannot assign to reserved variable '$states'."),
        (
            "a-b",
            Code.INVALID_VARIABLE_NAME,
            "Invalid variable name 'a-b': the variable name contains invalid characters.",
        ),
        (
            "1a",
            Code.INVALID_VARIABLE_NAME,
            "Invalid variable name '1a': the variable name contains invalid characters.",
        ),
    ],
)
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_variables_have_the_names_of_identifiers(name: str, code: Code, message: str, language: str) -> None:
    assert found_in_state(passing(Assign={name: 1}), language) == [(code, message, f"/States/A/Assign/{name}")]


def test_a_variable_assigned_from_a_path_is_named_without_the_suffix() -> None:
    assert found_in_state(passing(Assign={"a.$": "$.b"})) == []
    assert [code for code, _, _ in found_in_state(passing(Assign={"states.$": "$.b"}))] == [Code.RESERVED_VARIABLE_NAME]
