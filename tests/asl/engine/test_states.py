from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.asl.engine.conftest import chain, details, machine, output, types

if TYPE_CHECKING:
    from tests.asl.engine.conftest import Bench, Json

PASS = {"Type": "Pass", "End": True}


async def test_the_first_state_follows_no_event(bench: Bench) -> None:
    execution = await bench.run(machine({"A": PASS}))
    assert chain(execution) == [
        ("ExecutionStarted", 0),
        ("PassStateEntered", 0),
        ("PassStateExited", 2),
        ("ExecutionSucceeded", 3),
    ]


async def test_the_input_keeps_its_text_while_no_state_changes_it(bench: Bench) -> None:
    execution = await bench.run(machine({"A": PASS}), {"price": 1.0, "name": "Zoë"})
    assert execution.output == execution.input


async def test_a_pass_state_puts_its_result_where_result_path_says(bench: Bench) -> None:
    state = {**PASS, "Result": {"x": 1}, "ResultPath": "$.a.b"}
    assert output(await bench.run(machine({"A": state}), {"a": {"c": 2}})) == {"a": {"c": 2, "b": {"x": 1}}}


async def test_data_goes_through_the_fields_of_jsonpath_in_order(bench: Bench) -> None:
    state = {
        **PASS,
        "InputPath": "$.inner",
        "Parameters": {"doubled.$": "States.MathAdd($.n, $.n)", "at.$": "$$.State.Name"},
        "ResultPath": "$.result",
        "OutputPath": "$.result",
    }
    assert output(await bench.run(machine({"A": state}), {"inner": {"n": 4}})) == {"doubled": 8, "at": "A"}


async def test_data_goes_through_the_fields_of_jsonata(bench: Bench) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"n": "{% $states.input.n + 1 %}"}, "Output": {"was": 1}, "Next": "B"},
        "B": {
            **PASS,
            "Output": {"n": "{% $n %}", "input": "{% $states.input %}", "at": "{% $states.context.State.Name %}"},
        },
    }
    assert output(await bench.run(machine(states, QueryLanguage="JSONata"), {"n": 1})) == {
        "n": 2,
        "input": {"was": 1},
        "at": "B",
    }


async def test_a_state_may_choose_its_own_query_language(bench: Bench) -> None:
    states = {
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"n": "{% 1 + 1 %}"}, "Next": "B"},
        "B": {**PASS, "OutputPath": "$.n"},
    }
    assert output(await bench.run(machine(states))) == 2


async def test_assigned_variables_are_told_with_the_state_that_assigns_them(bench: Bench) -> None:
    states = {"A": {**PASS, "Assign": {"x": 1, "y.$": "$.n"}}}
    execution = await bench.run(machine(states), {"n": "z"})
    assert details(execution, "PassStateExited")["assignedVariables"] == {"x": "1", "y": '"z"'}


async def test_assign_sees_the_variables_as_they_were(bench: Bench) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "C"},
        "C": {**PASS, "Parameters": {"x.$": "$x", "y.$": "$y"}},
    }
    assert output(await bench.run(machine(states))) == {"x": 2, "y": 1}


async def test_a_path_that_selects_nothing_ends_the_execution(bench: Bench) -> None:
    execution = await bench.run(machine({"A": {**PASS, "InputPath": "$.missing"}}), {})
    assert (execution.status.value, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause is not None
    assert execution.cause.startswith("An error occurred while executing the state 'A' (entered at the event id #2).")


async def test_a_failed_evaluation_has_its_own_event(bench: Bench) -> None:
    execution = await bench.run(machine({"A": {**PASS, "Output": "{% $missing.x %}"}}, QueryLanguage="JSONata"))
    failed = details(execution, "EvaluationFailed")
    assert (failed["state"], failed["location"], failed["error"]) == ("A", "Output", "States.QueryEvaluationError")
    assert execution.error == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    ("rule", "value", "holds"),
    [
        ({"NumericEquals": 1}, 1, True),
        ({"NumericEquals": 1}, "1", False),
        ({"NumericGreaterThan": 1.5}, 2, True),
        ({"NumericLessThanEquals": 2}, 2, True),
        ({"NumericEquals": 1}, True, False),
        ({"BooleanEquals": True}, True, True),
        ({"BooleanEquals": True}, "true", False),
        ({"StringEquals": "a"}, "a", True),
        ({"StringLessThan": "b"}, "a", True),
        ({"StringGreaterThanEquals": "b"}, "a", False),
        ({"StringMatches": "log-*.txt"}, "log-1.txt", True),
        ({"StringMatches": "log-*.txt"}, "log-1.csv", False),
        ({"StringMatches": "a\\*b"}, "a*b", True),
        ({"StringMatches": "a\\*b"}, "axb", False),
        ({"StringMatches": "a\\\\*"}, "a\\z", True),
        ({"TimestampEquals": "2024-01-01T00:00:00Z"}, "2024-01-01T01:00:00+01:00", True),
        ({"TimestampLessThan": "2024-01-01T00:00:00Z"}, "2023-12-31T23:59:59.9Z", True),
        ({"TimestampLessThan": "2024-01-01T00:00:00Z"}, "yesterday", False),
        ({"IsNull": True}, None, True),
        ({"IsNumeric": True}, False, False),
        ({"IsString": False}, 1, True),
        ({"IsBoolean": True}, False, True),
        ({"IsTimestamp": True}, "2024-01-01T00:00:00Z", True),
        ({"IsTimestamp": True}, "2024-01-01", False),
        ({"NumericEqualsPath": "$.other"}, 7, True),
    ],
)
async def test_choice_rules_compare_values_of_one_type(bench: Bench, rule: Json, value: Json, holds: bool) -> None:
    states = {
        "Choose": {"Type": "Choice", "Choices": [{"Variable": "$.v", **rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {**PASS, "Result": True},
        "No": {**PASS, "Result": False},
    }
    assert output(await bench.run(machine(states), {"v": value, "other": 7})) is holds


async def test_choice_rules_combine(bench: Bench) -> None:
    rule = {
        "And": [
            {"Not": {"Variable": "$.a", "IsPresent": True}},
            {"Or": [{"Variable": "$.b", "NumericEquals": 2}, {"Variable": "$.b", "NumericEquals": 1}]},
        ],
        "Next": "Yes",
    }
    states = {
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "No"},
        "Yes": {**PASS, "Result": True},
        "No": {**PASS, "Result": False},
    }
    assert output(await bench.run(machine(states), {"b": 1})) is True
    assert output(await bench.run(machine(states), {"b": 1, "a": 0})) is False


async def test_a_choice_without_a_match_ends_the_execution(bench: Bench) -> None:
    states = {"Choose": {"Type": "Choice", "Choices": [{"Variable": "$.v", "IsNull": True, "Next": "A"}]}, "A": PASS}
    execution = await bench.run(machine(states), {"v": 1})
    assert execution.error == "States.Runtime"
    assert execution.cause == (
        "An error occurred while executing the state 'Choose' (entered at the event id #2). "
        "Failed to transition out of the state. The state does not point to a next state."
    )


async def test_a_choice_in_jsonata_assigns_and_outputs_by_rule(bench: Bench) -> None:
    rule = {
        "Condition": "{% $states.input.n > 1 %}",
        "Assign": {"x": 1},
        "Output": "{% $states.input.n %}",
        "Next": "A",
    }
    states = {
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "A"},
        "A": {**PASS, "Output": ["{% $states.input %}", "{% $x %}"]},
    }
    assert output(await bench.run(machine(states, QueryLanguage="JSONata"), {"n": 5})) == [5, 1]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"Seconds": 86_400}, 86_400),
        ({"SecondsPath": "$.seconds"}, 30),
        ({"Timestamp": "2026-01-01T00:00:10Z"}, 10),
        ({"TimestampPath": "$.timestamp"}, 20.5),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, 0),
    ],
)
async def test_a_wait_takes_as_long_as_it_says(bench: Bench, fields: Json, seconds: float) -> None:
    states = {"W": {"Type": "Wait", **fields, "End": True}}
    execution = await bench.run(machine(states), {"seconds": 30, "timestamp": "2026-01-01T00:00:20.5Z"})
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == seconds


async def test_a_fail_state_names_what_its_paths_select(bench: Bench) -> None:
    states = {"F": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('because {}', $.c)"}}
    execution = await bench.run(machine(states), {"e": "Broken", "c": "rust"})
    assert (execution.error, execution.cause) == ("Broken", "because rust")
    assert types(execution)[-2:] == ["FailStateEntered", "ExecutionFailed"]


async def test_a_fail_state_may_say_nothing(bench: Bench) -> None:
    execution = await bench.run(machine({"F": {"Type": "Fail"}}))
    assert details(execution, "ExecutionFailed") == {}
