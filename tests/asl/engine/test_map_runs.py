"""Distributed Map states over an array: their Map Runs and child executions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.engine.map_run import ChildStatus, MapRunStatus
from asl.engine.map_run.children import KEPT, Children
from tests.asl.engine.conftest import Bench, chain, details, machine, output, types

if TYPE_CHECKING:
    from asl.engine import Execution, MapRun

Json = Any

PASS = {"Type": "Pass", "End": True}
FAIL = {"Type": "Fail", "Error": "Broken", "Cause": "for a reason"}
WAIT = {"Type": "Wait", "Seconds": 600, "End": True}
WORK = {
    "C": {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.do", "StringEquals": "fail", "Next": "F"},
            {"Variable": "$.do", "StringEquals": "time out", "Next": "W"},
        ],
        "Default": "A",
    },
    "A": PASS,
    "F": FAIL,
    "W": WAIT,
}
"""An item processor whose items say what becomes of them; `time out` is for express executions."""


def distributed(processor: Json, kind: str = "STANDARD", **fields: Json) -> Json:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    return {"Type": "Map", "ItemProcessor": {**machine(processor), **config}, "End": True, **fields}


def counts(run: MapRun) -> dict[str, int]:
    """The items of a Map Run by status, without those that are none."""
    names = ("pending", "running", "succeeded", "failed", "timed_out", "aborted")
    return {name: number for name in names if (number := getattr(run.item_counts, name))}


async def until(bench: Bench, seconds: float) -> None:
    """Let virtual time go on for some seconds."""
    due = asyncio.Event()
    bench.clock.call_at(bench.clock.now() + seconds, due.set)
    await due.wait()


async def test_a_map_run_keeps_its_children_out_of_the_history_of_its_parent(bench: Bench) -> None:
    execution = await bench.run(machine({"M": distributed({"A": PASS})}), ["a", "b"])
    assert output(execution) == ["a", "b"]
    assert chain(execution)[2:] == [
        ("MapStateStarted", 2),
        ("MapRunStarted", 3),
        ("MapRunSucceeded", 4),
        ("MapStateSucceeded", 5),
        ("MapStateExited", 5),
        ("ExecutionSucceeded", 7),
    ]
    [run] = bench.map_runs
    assert (run.status, counts(run), run.stop_date) == (MapRunStatus.SUCCEEDED, {"succeeded": 2}, bench.clock.now())
    assert details(execution, "MapRunStarted") == {"mapRunArn": run.arn}


async def test_a_map_state_after_another_is_left_after_the_start_of_its_map_run(bench: Bench) -> None:
    execution = await bench.run(machine({"P": {"Type": "Pass", "Next": "M"}, "M": distributed({"A": PASS})}), ["a"])
    assert chain(execution)[5:9] == [
        ("MapRunStarted", 5),
        ("MapRunSucceeded", 6),
        ("MapStateSucceeded", 7),
        ("MapStateExited", 6),
    ]


async def test_a_map_run_without_items_succeeds(bench: Bench) -> None:
    assert output(await bench.run(machine({"M": distributed({"A": PASS})}), [])) == []
    assert bench.map_runs[0].item_counts.total == 0


async def test_a_map_run_is_named_after_its_state_machine_and_label(bench: Bench) -> None:
    await bench.run(machine({"M": distributed({"A": PASS}, Label="orders")}), ["a"])
    [run] = bench.map_runs
    assert run.arn == f"arn:aws:states:us-east-1:123456789012:mapRun:machine/orders:{run.id}"
    child = run.children.at(0)
    assert child.execution is not None
    assert child.execution.arn == f"arn:aws:states:us-east-1:123456789012:execution:machine/orders:{child.name}"
    assert child.execution.context["StateMachine"] == {
        "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:machine/orders",
        "Name": "machine/orders",
    }


async def test_a_state_without_a_label_keeps_the_one_that_is_made_up_for_it(bench: Bench) -> None:
    definition = machine({"M": {**distributed({"A": PASS}), "End": False, "Next": "N"}, "N": distributed({"B": PASS})})
    del definition["States"]["M"]["End"]
    await bench.run(definition, [])
    await bench.run(definition, [])
    labels = [run.label for run in bench.map_runs]
    assert labels[:2] == labels[2:]
    assert labels[0] != labels[1]


async def test_a_map_run_fails_when_more_items_fail_than_it_tolerates(bench: Bench) -> None:
    execution = await bench.run(machine({"M": distributed({"F": FAIL}, ToleratedFailureCount=1)}), [1, 2])
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert types(execution)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert (bench.map_runs[0].status, counts(bench.map_runs[0])) == (MapRunStatus.FAILED, {"failed": 2})


async def test_a_map_run_that_fails_aborts_what_runs_and_starts_nothing_more(bench: Bench) -> None:
    items = [{"do": "wait"}, {"do": "fail"}, {"do": "wait"}]
    processor = {**WORK, "A": WAIT}
    await bench.run(machine({"M": distributed(processor, MaxConcurrency=2)}), items)
    assert counts(bench.map_runs[0]) == {"pending": 1, "failed": 1, "aborted": 1}
    aborted = bench.map_runs[0].children.at(0).execution
    assert aborted is not None
    assert types(aborted)[-1] == "ExecutionAborted"


async def test_a_map_run_leaves_out_the_children_whose_failure_it_tolerates(bench: Bench) -> None:
    state = distributed(WORK, ToleratedFailurePercentage=50)
    items = [{"do": "fail"}, {"do": "pass"}]
    assert output(await bench.run(machine({"M": state}), items)) == [{"do": "pass"}]


async def test_a_batch_that_fails_counts_for_all_of_its_items(bench: Bench) -> None:
    batched = distributed({"F": FAIL}, ItemBatcher={"MaxItemsPerBatch": 2}, ToleratedFailureCount=2)
    tolerated = await bench.run(machine({"M": batched}), [1, 2])
    assert (output(tolerated), counts(bench.map_runs[0])) == ([], {"failed": 2})
    exceeded = await bench.run(machine({"M": batched}), [1, 2, 3])
    assert exceeded.error == "States.ExceedToleratedFailureThreshold"


async def test_the_children_of_batches_get_the_items_after_the_selector(bench: Bench) -> None:
    state = distributed(
        {"A": PASS},
        ItemSelector={"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "of.$": "$$.Map.Item.Source"},
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"common.$": "$[0]"}},
    )
    execution = await bench.run(machine({"M": state}), [5, 6, 7])
    items = [{"n": number, "at": at, "of": "STATE_DATA"} for at, number in enumerate([5, 6, 7])]
    assert output(execution) == [
        {"BatchInput": {"common": 5}, "Items": items[:2]},
        {"BatchInput": {"common": 5}, "Items": items[2:]},
    ]
    assert (bench.map_runs[0].execution_counts.total, bench.map_runs[0].item_counts.total) == (2, 3)


@pytest.mark.parametrize(
    "fields", [{"ItemsPath": "$.in"}, {"QueryLanguage": "JSONata", "Items": "{% $states.input.in %}"}]
)
async def test_a_map_run_goes_over_the_members_of_an_object(bench: Bench, fields: Json) -> None:
    data = {"in": {"a": 1, "b": [2]}}
    pairs = await bench.run(machine({"M": distributed({"A": PASS}, **fields)}), data)
    assert output(pairs) == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]
    assert details(pairs, "MapStateStarted") == {"length": 2}
    jsonata = "QueryLanguage" in fields
    selector = "{% $states.context.Map.Item %}" if jsonata else {"item.$": "$$.Map.Item"}
    selected = await bench.run(machine({"M": distributed({"A": PASS}, ItemSelector=selector, **fields)}), data)
    first = output(selected)[0]
    assert (first if jsonata else first["item"]) == {"Index": 0, "Key": "a", "Value": 1, "Source": "STATE_DATA"}


async def test_a_retried_state_starts_another_map_run(bench: Bench) -> None:
    retry = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "IntervalSeconds": 2, "MaxAttempts": 1}]
    execution = await bench.run(machine({"M": distributed({"F": FAIL}, Retry=retry)}), [1])
    first, second = bench.map_runs
    assert second.start_date == first.start_date + 2
    assert [name for name in types(execution) if name.startswith("MapRun")] == ["MapRunStarted", "MapRunFailed"] * 2


async def test_a_catcher_takes_the_failure_of_a_map_run(bench: Bench) -> None:
    catch = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Done"}]
    execution = await bench.run(machine({"M": distributed({"F": FAIL}, Catch=catch), "Done": PASS}), [1])
    assert output(execution)["Error"] == "States.ExceedToleratedFailureThreshold"
    assert types(execution)[4:7] == ["MapRunFailed", "MapStateFailed", "MapStateExited"]


async def test_an_expression_that_fails_ends_the_map_run(bench: Bench) -> None:
    state = {**distributed({"A": PASS}), "QueryLanguage": "JSONata", "ItemSelector": "{% $missing.name & 1/0 %}"}
    execution = await bench.run(machine({"M": state}), [1])
    assert types(execution)[-4:] == ["EvaluationFailed", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert execution.error == "States.QueryEvaluationError"


async def test_children_end_with_their_parent(bench: Bench) -> None:
    execution = await bench.run(machine({"M": distributed({"W": WAIT})}, TimeoutSeconds=5), [1, 2])
    await asyncio.sleep(0)
    assert execution.status.value == "TIMED_OUT"
    assert (bench.map_runs[0].status, counts(bench.map_runs[0])) == (MapRunStatus.ABORTED, {"aborted": 2})
    assert bench.ended == [execution]


async def test_a_failure_beside_a_map_run_aborts_it(bench: Bench) -> None:
    failing = {"W": {"Type": "Wait", "Seconds": 5, "Next": "F"}, "F": FAIL}
    branches = [machine({"M": distributed({"W": WAIT})}), machine(failing)]
    execution = await bench.run(machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}}), [1, 2])
    await asyncio.sleep(0)
    assert types(execution)[-4:] == ["MapRunAborted", "MapStateAborted", "ParallelStateFailed", "ExecutionFailed"]
    assert counts(bench.map_runs[0]) == {"aborted": 2}


def test_a_map_run_stays_as_it_is_when_its_event_loop_ends() -> None:
    bench = Bench()

    async def begin() -> Execution:
        execution = bench.start(machine({"M": distributed({"W": WAIT})}), [1, 2])
        await until(bench, 10)
        return execution

    execution = asyncio.run(begin())
    [run] = bench.map_runs
    assert (execution.status.value, run.status, counts(run)) == ("RUNNING", MapRunStatus.RUNNING, {"running": 2})


async def test_the_result_has_to_fit_into_a_payload(bench: Bench) -> None:
    large = {"A": {"Type": "Pass", "Result": "x" * 100_000, "End": True}}
    execution = await bench.run(machine({"M": distributed(large, MaxConcurrency=1)}), [0] * 10)
    assert execution.error == "States.DataLimitExceeded"
    assert counts(bench.map_runs[0]) == {"succeeded": 3, "pending": 7}


async def test_an_express_child_ends_after_five_minutes(bench: Bench) -> None:
    state = distributed({"W": WAIT}, "EXPRESS", ToleratedFailurePercentage=100)
    execution = await bench.run(machine({"M": state}), [1])
    assert (output(execution), counts(bench.map_runs[0])) == ([], {"timed_out": 1})
    child = bench.map_runs[0].children.at(0).execution
    assert child is not None
    assert child.stop_date == child.start_date + 300
    assert ":express:machine/" in child.arn
    assert "RedriveCount" not in child.context["Execution"]


async def test_more_concurrency_counts_at_once(bench: Bench) -> None:
    execution = bench.start(machine({"M": distributed({"W": WAIT}, MaxConcurrency=1)}), [1, 2, 3])
    await until(bench, 10)
    [run] = bench.map_runs
    assert counts(run) == {"running": 1, "pending": 2}
    run.update(3, None, None)
    await until(bench, 10)
    assert counts(run) == {"running": 3}
    await execution.wait()
    assert execution.stop_date == execution.start_date + 610


async def test_less_tolerance_counts_at_once(bench: Bench) -> None:
    items = [{"do": "fail"}, {"do": "wait"}]
    execution = bench.start(machine({"M": distributed({**WORK, "A": WAIT}, ToleratedFailureCount=1)}), items)
    await until(bench, 10)
    bench.map_runs[0].update(None, 0, None)
    await execution.wait()
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.stop_date == execution.start_date + 10


async def test_a_child_that_is_stopped_does_not_count_as_failed(bench: Bench) -> None:
    execution = bench.start(machine({"M": distributed({"W": WAIT})}), [1, 2])
    await until(bench, 10)
    child = bench.map_runs[0].children.at(0).execution
    assert child is not None
    bench.engine.stop(child)
    await execution.wait()
    assert (output(execution), counts(bench.map_runs[0])) == ([2], {"aborted": 1, "succeeded": 1})


async def test_of_children_that_ended_long_ago_only_the_end_is_kept(bench: Bench) -> None:
    items = list(range(KEPT + 2))
    state = distributed({"A": {"Type": "Pass", "Result": 1, "End": True}}, MaxConcurrency=1)
    await bench.run(machine({"M": state}), items)
    children = bench.map_runs[0].children
    assert [children.at(index).execution is None for index in (0, 1, 2, KEPT + 1)] == [True, True, False, False]
    assert (children.at(0).status, children.at(0).stop_date) == (ChildStatus.SUCCEEDED, bench.clock.now())


def test_the_name_of_a_child_tells_its_index() -> None:
    names, others = Children().names, Children().names
    for index in (0, 1, 255, 99_999):
        assert names.index(names.name(index)) == index
        assert names.index(others.name(index)) is None
    assert names.index(names.prefix + "not hex!") is None
    assert names.index("") is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["pass", "fail", "time out"]), max_size=12),
    st.integers(0, 4),
    st.integers(1, 4),
    st.integers(0, 3),
)
def test_every_item_is_in_exactly_one_status(does: list[str], concurrency: int, batch: int, tolerated: int) -> None:
    async def run() -> None:
        bench = Bench()
        processor = {"E": {"Type": "Map", "ItemsPath": "$.Items", "ItemProcessor": machine(WORK), "End": True}}
        state = distributed(
            processor,
            "EXPRESS",
            MaxConcurrency=concurrency,
            ItemBatcher={"MaxItemsPerBatch": batch},
            ToleratedFailureCount=tolerated,
        )
        execution = bench.start(machine({"M": state}), [{"do": one} for one in does])
        while execution.status.value == "RUNNING":
            await asyncio.sleep(0)
            for observed in bench.map_runs:
                check(observed)
        await asyncio.sleep(0)
        [observed] = bench.map_runs
        check(observed)
        assert observed.item_counts.running == 0
        failed = observed.item_counts.failed + observed.item_counts.timed_out
        assert (execution.status.value == "SUCCEEDED") == (failed <= tolerated)
        if failed <= tolerated:
            assert sum(len(result) for result in output(execution)) == observed.item_counts.succeeded

    def check(run: MapRun) -> None:
        items, executions = run.item_counts, run.execution_counts
        statuses = [
            getattr(items, name) for name in ("pending", "running", "succeeded", "failed", "timed_out", "aborted")
        ]
        assert min(statuses) >= 0
        assert sum(statuses) == items.total
        assert items.total in (0, len(does))
        assert executions.total in (0, -(-len(does) // batch))
        assert executions.running == len(run.children.running) <= (concurrency or len(does))

    asyncio.run(run())
