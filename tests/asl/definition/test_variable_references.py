"""Which variables the states of a definition read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.definition.validation import variable_references

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
INNER = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Parameters": {"x.$": "$inner"}, "End": True}}}


def references(state: dict[str, Any], language: str = "JSONPath") -> dict[str, list[str]]:
    definition = {"QueryLanguage": language, "StartAt": "A", "States": {"A": state, "Z": {"Type": "Succeed"}}}
    return variable_references(json.dumps(definition))


@pytest.mark.parametrize(
    ("state", "variables"),
    [
        ({"Type": "Pass", "InputPath": "$a.b", "OutputPath": "$c", "Next": "Z"}, ["a", "c"]),
        (
            {"Type": "Pass", "Parameters": {"x": [{"y.$": "States.Format('{}{}', $a, States.Hash($b, 'MD5'))"}]}},
            ["a", "b"],
        ),
        ({"Type": "Pass", "Assign": {"a.$": "$b.c"}, "Next": "Z"}, ["b"]),
        ({"Type": "Wait", "SecondsPath": "$a", "Next": "Z"}, ["a"]),
        ({"Type": "Fail", "ErrorPath": "$a", "CausePath": "States.Format('{}', $b)"}, ["a", "b"]),
        (
            {
                "Type": "Choice",
                "Choices": [
                    {"And": [{"Variable": "$a", "StringEqualsPath": "$b"}], "Assign": {"x.$": "$c"}, "Next": "Z"}
                ],
            },
            ["a", "b", "c"],
        ),
        (
            {
                "Type": "Task",
                "Resource": LAMBDA,
                "TimeoutSecondsPath": "$a",
                "Catch": [{"ErrorEquals": ["E"], "Assign": {"x.$": "$b"}, "Next": "Z"}],
                "Next": "Z",
            },
            ["a", "b"],
        ),
        ({"Type": "Pass", "Parameters": {"again.$": "$a.x", "and.$": "$a.y"}, "Next": "Z"}, ["a"]),
    ],
)
def test_a_jsonpath_state_reads_the_variables_of_its_paths(state: dict[str, Any], variables: list[str]) -> None:
    assert references(state) == {"A": variables}


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Parameters": {"a.$": "$.b", "c.$": "$$.Execution.Id", "d": "$text"}, "Next": "Z"},
        {"Type": "Pass", "Result": {"a.$": "$b"}, "Next": "Z"},
    ],
)
def test_input_context_and_constants_are_no_variables(state: dict[str, Any]) -> None:
    assert references(state) == {}


@pytest.mark.parametrize(
    ("expression", "variables"),
    [
        ("{% $a.b + $c %}", ["a", "c"]),
        ("{% $states.input.x & $a %}", ["a"]),
        ("{% $sum($a.price) %}", ["a"]),
        ("{% $map($a, $uppercase) %}", ["a"]),
        ("{% $map($a, function($item) { $item + $b }) %}", ["a", "b"]),
        ("{% ($local := $a; $local + $b) %}", ["a", "b"]),
        ("{% $states.input.x[y = $a].{ 'z': $b } %}", ["a", "b"]),
        ("{% $a#$i.{ 'n': $i } %}", ["a"]),
        ("{% $exists($a) ? $b : [$c, $d[0]] %}", ["a", "b", "c", "d"]),
        ("{% $a ~> |$|{'x': $b}| %}", ["a", "b"]),
    ],
)
def test_a_jsonata_state_reads_the_variables_that_its_expressions_do_not_bind(
    expression: str, variables: list[str]
) -> None:
    assert references({"Type": "Pass", "Output": {"x": [expression]}, "Next": "Z"}, "JSONata") == {"A": variables}


def test_a_nested_state_is_listed_by_its_own_name() -> None:
    state = {"Type": "Map", "ItemsPath": "$outer", "ItemProcessor": INNER, "Next": "Z"}
    assert references(state) == {"A": ["outer"], "I": ["inner"]}
