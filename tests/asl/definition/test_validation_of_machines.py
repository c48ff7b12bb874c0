"""What is said of a state machine as a whole: its text, its own fields, its graph of states."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.definition.validation import Code, Diagnostic, Severity, errors_of, refusal, validate, validate_state

END = {"Type": "Pass", "End": True}


def found(definition: Any) -> list[str]:
    return [str(diagnostic) for diagnostic in validate(json.dumps(definition))]


def machine(start: str, /, **states: Any) -> dict[str, Any]:
    return {"StartAt": start, "States": states}


def leading_to(target: str) -> dict[str, Any]:
    return {"Type": "Pass", "Next": target}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ([], ["SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /"]),
        ({}, ["SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"]),
        ({"States": {"A": END}}, ["SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"]),
        ({"StartAt": "A", "States": {}}, ["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States"]),
        (
            {"StartAt": 1, "States": {"A": END}},
            ["SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /StartAt"],
        ),
        (
            {**machine("A", A=END), "Version": "2.0"},
            ["SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version"],
        ),
        (
            {**machine("A", A=END), "QueryLanguage": "SQL"},
            ["SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage"],
        ),
        (
            {**machine("A", A=END), "QueryLanguage": 1},
            ["SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /QueryLanguage"],
        ),
        ({**machine("A", A=END), "startAt": "A"}, ["SCHEMA_VALIDATION_FAILED: Field 'startAt' is not supported at /"]),
        (
            {**machine("A", A=END), "TimeoutSeconds": -1},
            ["SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /TimeoutSeconds"],
        ),
    ],
)
def test_the_fields_of_the_machine_itself_are_checked(definition: Any, expected: list[str]) -> None:
    assert found(definition) == expected


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (
            machine("A", A=leading_to("B"), B=leading_to("A")),
            ["MISSING_END_STATE: Workflow has no terminal state at null"],
        ),
        (
            machine("A", A=leading_to("B"), B=leading_to("A"), C=leading_to("A")),
            ["MISSING_END_STATE: Workflow has no terminal state at null"],
        ),
        (
            machine("A", A=leading_to("B"), B=leading_to("A"), C=END),
            ['MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C'],
        ),
        (
            machine("A", A=leading_to("NOPE")),
            [
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/A/Next",
                "MISSING_END_STATE: Workflow has no terminal state at null",
            ],
        ),
        (
            {"StartAt": "Not sure", "States": {"Pass One": leading_to("Done"), "Done": {"Type": "Succeed"}}},
            [
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: Not sure at /StartAt",
                'MISSING_TRANSITION_TARGET: State "Pass One" is not reachable. at /States/Pass One',
            ],
        ),
        (
            machine(
                "A", A={"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "X"}], "Default": "Y"}
            ),
            [
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: Y at /States/A/Default",
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Choices[0]/Next",
                "MISSING_END_STATE: Workflow has no terminal state at null",
            ],
        ),
    ],
)
def test_transitions_have_targets_and_states_are_led_to(definition: Any, expected: list[str]) -> None:
    assert found(definition) == expected


def test_a_branch_can_not_be_left_for_a_state_outside() -> None:
    branch = machine("I", I=leading_to("Z"))
    assert found(machine("P", P={"Type": "Parallel", "Branches": [branch], "Next": "Z"}, Z=END)) == [
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/P/Branches[0]/States/I/Next"
    ]


def test_a_state_that_only_an_error_leads_to_is_led_to() -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
        "End": True,
    }
    assert found(machine("A", A=task, Z={"Type": "Fail"})) == []


def test_state_names_are_unique_in_all_branches() -> None:
    branches = [machine("X", X=END), machine("X", X=END)]
    assert found(machine("P", P={"Type": "Parallel", "Branches": branches, "End": True})) == [
        "DUPLICATE_STATE_NAME: Duplicate State name: X at /States/P/Branches[1]/States/X"
    ]


def test_state_names_have_at_most_80_characters() -> None:
    assert found(machine("x" * 80, **{"x" * 80: END})) == []
    assert found(machine("x" * 81, **{"x" * 81: END})) == [
        f"INVALID_STATE_NAME: Invalid State name: {'x' * 81} exceeds the 80-character limit allowed by the service "
        f"at /States/{'x' * 81}"
    ]


def test_labels_are_unique() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}

    def distributed(inner: str, **transition: Any) -> dict[str, Any]:
        processor = {"ProcessorConfig": config, **machine(inner, **{inner: END})}
        return {"Type": "Map", "Label": "L", "ItemProcessor": processor, **transition}

    assert found(machine("A", A=distributed("I", Next="B"), B=distributed("J", End=True))) == [
        "DUPLICATE_LABEL_NAME: Duplicate Label name: L at /States/B/Label"
    ]


def test_the_graph_is_not_looked_at_while_fields_are_wrong() -> None:
    assert found(machine("A", A={"Type": "Pass", "Next": "NOPE", "Foo": 1})) == [
        "SCHEMA_VALIDATION_FAILED: Field 'Foo' is not supported at /States/A"
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.MISSING_DESCRIPTION),
        (" \n", Code.MISSING_DESCRIPTION),
        ("{", Code.INVALID_JSON_DESCRIPTION),
        ("{not json", Code.INVALID_JSON_DESCRIPTION),
        ('{"StartAt": "A"} x', Code.INVALID_JSON_DESCRIPTION),
        ('{"TimeoutSeconds": NaN}', Code.INVALID_JSON_DESCRIPTION),
        ('{"TimeoutSeconds": -Infinity}', Code.INVALID_JSON_DESCRIPTION),
        ('{"TimeoutSeconds": ' + "9" * 5000 + "}", Code.INVALID_JSON_DESCRIPTION),
        ('"' + "x" * 1_048_576 + '"', Code.INVALID_JSON_DESCRIPTION),
        ("[" * 129 + "]" * 129, Code.TOO_DEEPLY_NESTED),
        ("[" * 200_000 + "]" * 200_000, Code.TOO_DEEPLY_NESTED),
    ],
)
def test_a_text_that_is_no_definition_gets_one_error_without_a_location(text: str, code: Code) -> None:
    (diagnostic,) = validate(text)
    assert (diagnostic.severity, diagnostic.code, diagnostic.location) == (Severity.ERROR, code, None)


@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_states_nested_200_deep_are_an_error(kind: str) -> None:
    definition = machine("Last", Last=END)
    for level in range(200):
        nested = {"Branches": [definition]} if kind == "Parallel" else {"ItemProcessor": definition}
        definition = machine(f"S{level}", **{f"S{level}": {"Type": kind, "End": True, **nested}})
    assert [diagnostic.code for diagnostic in validate(json.dumps(definition))] == [Code.TOO_DEEPLY_NESTED]


def test_states_nested_30_deep_are_accepted() -> None:
    definition = machine("Last", Last=END)
    for level in range(30):
        definition = machine(f"S{level}", **{f"S{level}": {"Type": "Parallel", "Branches": [definition], "End": True}})
    assert validate(json.dumps(definition)) == []


def test_a_refusal_names_every_error_and_no_warning() -> None:
    definition = json.dumps(machine("A", A=leading_to("NOPE") | {"Parameters": {"x": "$.y"}}))
    diagnostics = validate(definition)
    assert len(diagnostics) == len(errors_of(diagnostics)) + 1
    assert refusal(definition, diagnostics) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/A/Next, "
        "MISSING_END_STATE: Workflow has no terminal state at null'"
    )


def test_the_refusal_of_a_label_quotes_the_definition() -> None:
    wrong = Diagnostic(Severity.ERROR, Code.INVALID_LABEL_NAME, "Label cannot be empty", "/States/A/Label")
    assert refusal("{}", [wrong]) == "Error=ValueError Args=['Label cannot be empty'] in definition '{}'."


def test_a_single_state_is_checked_under_the_name_that_teststate_gives_it() -> None:
    assert [str(diagnostic) for diagnostic in validate_state('{"Type": "Parallel", "Branches": [], "End": true}')] == [
        "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches"
    ]


def test_a_single_state_may_lead_anywhere() -> None:
    assert validate_state('{"Type": "Pass", "Next": "Anywhere"}') == []


def test_a_single_state_that_is_no_json_gets_one_error() -> None:
    assert [diagnostic.code for diagnostic in validate_state("{")] == [Code.INVALID_JSON_DESCRIPTION]
