"""Whatever the text is, diagnostics come back and no exception."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.definition import StateMachine, parse
from asl.definition.validation import errors_of, refusal, validate, validate_state, variable_references

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
DEFINITION: dict[str, Any] = {
    "Comment": "A state of every type, and every kind of field",
    "Version": "1.0",
    "TimeoutSeconds": 60,
    "StartAt": "Task",
    "States": {
        "Task": {
            "Type": "Task",
            "Resource": LAMBDA,
            "InputPath": "$.a",
            "Parameters": {"x.$": "States.Format('{}', $v)"},
            "ResultSelector": {"y.$": "$.z"},
            "ResultPath": "$.r",
            "OutputPath": "$",
            "TimeoutSecondsPath": "$.t",
            "HeartbeatSeconds": 5,
            "Credentials": {"RoleArn.$": "$.role"},
            "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "BackoffRate": 1.5, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"e.$": "$"}, "Next": "Fail"}],
            "Next": "Choice",
        },
        "Choice": {
            "Type": "Choice",
            "Choices": [
                {"And": [{"Not": {"Variable": "$.a", "StringEquals": "b"}}], "Next": "Wait"},
                {"Variable": "$.n", "NumericLessThanPath": "$v", "Next": "Map"},
            ],
            "Default": "Jsonata",
        },
        "Wait": {"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "End": True},
        "Fail": {"Type": "Fail", "ErrorPath": "$.e", "Cause": "c"},
        "Jsonata": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": {"o": "{% $states.input.x + $v %}"},
            "Assign": {"v": ["{% 1 %}"]},
            "Next": "Parallel",
        },
        "Parallel": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "Succeed", "States": {"Succeed": {"Type": "Succeed"}}}],
            "End": True,
        },
        "Map": {
            "Type": "Map",
            "Label": "L",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 3},
                "Parameters": {"Bucket": "b"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {}},
            "ItemSelector": {"i.$": "$$.Map.Item.Index"},
            "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}},
            "MaxConcurrency": 3,
            "ToleratedFailurePercentage": 5,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Item",
                "States": {"Item": {"Type": "Pass", "Result": None, "End": True}},
            },
            "End": True,
        },
    },
}


def names(value: Any) -> set[str]:
    """The names of all fields in a JSON value."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set(value if isinstance(value, dict) else ()).union(*map(names, members))


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places in a JSON value, outermost first."""
    yield place
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*place, key))


def replaced(value: Any, place: tuple[str | int, ...], by: Any) -> Any:
    """A copy of a JSON value with another one at a place."""
    if not place:
        return by
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], by)
    return copy


FIELDS = sorted(names(DEFINITION))
TEXTS = st.sampled_from(
    [
        *(
            "A",
            "$",
            "$.a",
            "$$.b",
            "$v",
            "$.a[",
            "States.UUID()",
            "States.X(",
            "{% 1 %}",
            "{% $v %}",
            "{% ( %}",
            "{% a %}",
        ),
        *("JSONata", "JSONPath", "States.ALL", "DISTRIBUTED", "arn:aws:states:::sqs:sendMessage", LAMBDA, *TYPES),
    ]
) | st.text(max_size=8)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.one_of(st.sampled_from(FIELDS), TEXTS)
    return st.lists(children, max_size=4) | st.dictionaries(keys, children, max_size=6)


ANY_JSON = st.recursive(SCALARS, containers, max_leaves=20)
FIELDS_OF_A_STATE = st.dictionaries(st.sampled_from(FIELDS), ANY_JSON, max_size=6)
STATES = st.builds(lambda kind, fields: {**fields, "Type": kind}, st.sampled_from(TYPES), FIELDS_OF_A_STATE)
MACHINES = st.builds(
    lambda states, fields: {"StartAt": "A", **fields, "States": states},
    st.dictionaries(st.sampled_from(["A", "B", "C"]), STATES, min_size=1),
    st.dictionaries(st.sampled_from(["QueryLanguage", "Version", "TimeoutSeconds", "StartAt"]), SCALARS, max_size=2),
)
NESTED = st.builds(
    lambda inner, key: {
        "StartAt": "P",
        "States": {
            "P": {"Type": "Parallel", "Branches": [inner], "End": True}
            if key == "Branches"
            else {"Type": "Map", key: inner, "End": True}
        },
    },
    MACHINES,
    st.sampled_from(["Branches", "ItemProcessor", "Iterator"]),
)


@given(st.one_of(ANY_JSON, MACHINES, NESTED), st.sampled_from(["STANDARD", "EXPRESS"]))
@settings(max_examples=300, deadline=None)
def test_any_json_gets_diagnostics(value: Any, kind: Any) -> None:
    text = json.dumps(value)
    diagnostics = validate(text, kind)
    assert all(found.location is None or found.location.startswith("/") for found in diagnostics)
    if errors_of(diagnostics):
        assert refusal(text, diagnostics)
    else:
        assert set(value) >= {"StartAt", "States"}
        assert isinstance(variable_references(text), dict)


def test_the_definition_that_the_next_test_spoils_is_flawless() -> None:
    assert validate(json.dumps(DEFINITION)) == []


@given(st.sampled_from(list(places(DEFINITION))), ANY_JSON)
@settings(max_examples=500, deadline=None)
def test_a_definition_spoilt_anywhere_gets_diagnostics_or_can_be_parsed(
    place: tuple[str | int, ...], value: Any
) -> None:
    text = json.dumps(replaced(DEFINITION, place, value))
    if not errors_of(validate(text)):
        assert isinstance(variable_references(text), dict)
        assert isinstance(parse(text), StateMachine)


@given(STATES)
@settings(max_examples=100, deadline=None)
def test_any_state_gets_diagnostics(value: Any) -> None:
    validate_state(json.dumps(value))


@given(st.text())
@settings(deadline=None)
def test_any_text_gets_diagnostics(text: str) -> None:
    assert validate(text) == validate(text)


HOSTILE = [
    "(" * 3000 + "1" + ")" * 3000,
    "[" * 3000 + "]" * 3000,
    "+".join(["1"] * 5000),
    "-" * 5000 + "1",
    "$a." * 5000 + "b",
    "function($x){" * 1000 + "$x" + "}" * 1000,
    "/" + "(a*)*" * 50 + "/",
    "",
    "%",
    "'",
]


@pytest.mark.parametrize("expression", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_expression_gets_diagnostics(expression: str) -> None:
    state = {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}
    validate(json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}))


@pytest.mark.parametrize(
    "path",
    ["$" + ".a" * 10_000, "$" + "[0]" * 10_000, "$" + "[?(" * 500, "States.Array(" * 500 + ")" * 500, "$" + "." * 1000],
    ids=range(5),
)
def test_a_hostile_path_gets_diagnostics(path: str) -> None:
    state = {"Type": "Pass", "Parameters": {"x.$": path}, "InputPath": path, "ResultPath": path, "End": True}
    validate(json.dumps({"StartAt": "A", "States": {"A": state}}))
