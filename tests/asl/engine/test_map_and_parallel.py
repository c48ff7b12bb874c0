from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.asl.engine.conftest import FUNCTION, FunctionError, chain, machine, output, types

if TYPE_CHECKING:
    from tests.asl.engine.conftest import Bench, Json

PASS = {"Type": "Pass", "End": True}
FAIL = {"Type": "Fail", "Error": "Broken", "Cause": "rust"}


def mapping(processor: Json, **fields: Json) -> Json:
    return {"Type": "Map", "ItemProcessor": machine(processor), "End": True, **fields}


def parallel(*branches: Json, **fields: Json) -> Json:
    return {"Type": "Parallel", "Branches": [machine(branch) for branch in branches], "End": True, **fields}


async def test_outputs_are_in_the_order_of_the_branches(bench: Bench) -> None:
    slow = {"W": {"Type": "Wait", "Seconds": 5, "Next": "R"}, "R": {**PASS, "Result": "slow"}}
    fast = {"R": {**PASS, "Result": "fast"}}
    assert output(await bench.run(machine({"P": parallel(slow, fast)}))) == ["slow", "fast"]


async def test_branches_wait_at_the_same_time(bench: Bench) -> None:
    branch = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = await bench.run(machine({"P": parallel(branch, branch, branch)}))
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 60


async def test_the_state_after_a_parallel_follows_the_last_event_of_a_branch(bench: Bench) -> None:
    execution = await bench.run(machine({"P": parallel({"A": PASS})}))
    assert chain(execution)[3:] == [
        ("PassStateEntered", 3),
        ("PassStateExited", 4),
        ("ParallelStateSucceeded", 5),
        ("ParallelStateExited", 5),
        ("ExecutionSucceeded", 7),
    ]


async def test_a_branch_that_fails_aborts_the_others(bench: Bench) -> None:
    waiting = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = await bench.run(machine({"P": parallel(waiting, {"F": FAIL})}))
    assert types(execution)[-3:] == ["WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]
    assert execution.stop_date == execution.start_date
    assert (execution.error, execution.cause) == ("Broken", "rust")


async def test_a_task_that_fails_in_a_branch_is_aborted_too(bench: Bench) -> None:
    async def raising(_event: Json) -> Json:
        raise FunctionError("Broken")

    bench.functions["work"] = raising
    branch = {"T": {"Type": "Task", "Resource": FUNCTION, "End": True}}
    catch = [{"ErrorEquals": ["Broken"], "Next": "A"}]
    execution = await bench.run(machine({"P": parallel(branch, Catch=catch), "A": PASS}))
    assert chain(execution)[6:10] == [
        ("LambdaFunctionFailed", 6),
        ("TaskStateAborted", 7),
        ("ParallelStateFailed", 7),
        ("ParallelStateExited", 9),
    ]


async def test_branches_read_outer_variables_and_keep_their_own(bench: Bench) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": parallel(
            {"B": {"Type": "Pass", "Assign": {"y": 2}, "Next": "C"}, "C": {**PASS, "Parameters": {"y.$": "$y"}}},
            {"D": {**PASS, "Parameters": {"x.$": "$x"}}},
        ),
    }
    assert output(await bench.run(machine(states))) == [{"y": 2}, {"x": 1}]


async def test_nested_concurrency_ends_together(bench: Bench) -> None:
    inner = parallel({"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    execution = await bench.run(machine({"P": parallel({"Q": inner}, {"F": FAIL})}))
    assert types(execution)[-4:] == [
        "WaitStateAborted",
        "ParallelStateAborted",
        "ParallelStateFailed",
        "ExecutionFailed",
    ]


async def test_iterations_one_at_a_time_follow_each_other(bench: Bench) -> None:
    execution = await bench.run(machine({"M": mapping({"A": PASS}, MaxConcurrency=1)}), [1, 2])
    assert chain(execution)[2:] == [
        ("MapStateStarted", 2),
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("PassStateExited", 5),
        ("MapIterationSucceeded", 6),
        ("MapIterationStarted", 6),
        ("PassStateEntered", 8),
        ("PassStateExited", 9),
        ("MapIterationSucceeded", 10),
        ("MapStateSucceeded", 11),
        ("MapStateExited", 11),
        ("ExecutionSucceeded", 13),
    ]


async def test_no_more_iterations_run_at_a_time_than_max_concurrency(bench: Bench) -> None:
    processor = {"W": {"Type": "Wait", "Seconds": 10, "End": True}}
    execution = await bench.run(machine({"M": mapping(processor, MaxConcurrency=2)}), [1, 2, 3, 4, 5])
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 30


async def test_an_item_selector_sees_the_item_and_the_input(bench: Bench) -> None:
    selector = {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "all.$": "$.items"}
    state = mapping({"A": PASS}, ItemsPath="$.items", ItemSelector=selector)
    assert output(await bench.run(machine({"M": state}), {"items": ["a", "b"]})) == [
        {"n": "a", "i": 0, "all": ["a", "b"]},
        {"n": "b", "i": 1, "all": ["a", "b"]},
    ]


async def test_items_in_jsonata(bench: Bench) -> None:
    state = mapping(
        {"A": {**PASS, "Output": "{% $states.input * 2 %}"}}, Items="{% [1..3] %}", Output="{% $sum($states.result) %}"
    )
    assert output(await bench.run(machine({"M": state}, QueryLanguage="JSONata"))) == 12


async def test_a_map_over_nothing_is_an_empty_array(bench: Bench) -> None:
    execution = await bench.run(machine({"M": mapping({"A": PASS})}), [])
    assert output(execution) == []
    assert chain(execution)[2:5] == [("MapStateStarted", 2), ("MapStateSucceeded", 3), ("MapStateExited", 3)]


async def test_a_map_over_something_else_ends_the_execution(bench: Bench) -> None:
    execution = await bench.run(machine({"M": mapping({"A": PASS})}), {"a": 1})
    assert execution.error == "States.Runtime"


async def test_an_iteration_that_fails_ends_the_others(bench: Bench) -> None:
    processor = {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "F"}], "Default": "W"},
        "W": {"Type": "Wait", "Seconds": 60, "End": True},
        "F": FAIL,
    }
    execution = await bench.run(machine({"M": mapping(processor)}), [0, 1])
    assert types(execution)[-5:] == [
        "MapIterationFailed",
        "WaitStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]


@pytest.mark.parametrize(("value", "kind"), [(5, "number"), ({"a": 1}, "object"), ("text", "string")])
async def test_an_input_that_is_no_array_fails_a_map_in_jsonata(bench: Bench, value: Json, kind: str) -> None:
    definition = machine({"M": mapping({"A": PASS})}, QueryLanguage="JSONata")
    execution = await bench.run(definition, value)
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause is not None
    assert f"Expected 'array', but was '{kind}'" in execution.cause


async def test_a_map_is_tried_again_from_its_start(bench: Bench) -> None:
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 2, "MaxAttempts": 1}]
    execution = await bench.run(machine({"M": mapping({"F": FAIL}, Retry=retry)}), [1])
    assert chain(execution)[5:10] == [
        ("MapIterationFailed", 5),
        ("MapStateStarted", 5),
        ("MapIterationStarted", 7),
        ("FailStateEntered", 8),
        ("MapIterationFailed", 9),
    ]


async def test_what_ends_an_execution_passes_every_catcher(bench: Bench) -> None:
    branch = {"A": {**PASS, "OutputPath": "$.missing"}}
    state = parallel(branch, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}])
    execution = await bench.run(machine({"P": state, "B": PASS}))
    assert execution.error == "States.Runtime"
    assert types(execution)[-2:] == ["PassStateEntered", "ExecutionFailed"]
