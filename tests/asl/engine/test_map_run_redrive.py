"""Redriving an execution whose Map Run did not succeed: the Map Run goes on with the children that did not."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine.map_run import ChildStatus, MapRunStatus
from tests.asl.engine.conftest import FUNCTION, Bench, FunctionError, details, machine, output, types
from tests.asl.engine.test_map_runs import counts, distributed

if TYPE_CHECKING:
    from asl.engine import Execution

Json = Any

STATES = {
    "Before": {"Type": "Pass", "Next": "Work"},
    "Work": {"Type": "Task", "Resource": FUNCTION, "End": True},
}


def break_for(bench: Bench, *events: Json) -> None:
    """Let the function of the bench raise for some events, and echo the others."""

    async def work(event: Json) -> Json:
        if event in events:
            raise FunctionError("Broken")
        return event

    bench.functions["work"] = work


async def redriven(bench: Bench, execution: Execution) -> Execution:
    again = bench.engine.redrive(execution)
    await again.wait()
    return again


def invoked(bench: Bench) -> Counter[Json]:
    return Counter(json.loads(request.payload) for request in bench.invocations)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_children_that_did_not_succeed_are_run_again(bench: Bench, kind: str) -> None:
    break_for(bench, 3)
    state = distributed(STATES, kind, MaxConcurrency=1)
    execution = await bench.run(machine({"M": state}), [1, 2, 3, 4])
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    break_for(bench)
    again = await redriven(bench, execution)
    assert output(again) == [1, 2, 3, 4]
    assert invoked(bench) == {1: 1, 2: 1, 3: 2, 4: 1}
    [run] = bench.map_runs
    assert (run.status, run.redrive_count, counts(run)) == (MapRunStatus.SUCCEEDED, 1, {"succeeded": 4})
    assert details(again, "MapRunRedriven") == {"mapRunArn": run.arn, "redriveCount": 1}
    assert types(again)[types(again).index("ExecutionRedriven") :] == [
        "ExecutionRedriven", "MapRunRedriven", "MapRunSucceeded", "MapStateSucceeded", "MapStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip


async def test_a_standard_child_goes_on_where_it_failed(bench: Bench) -> None:
    break_for(bench, "b")
    execution = await bench.run(machine({"M": distributed(STATES)}), ["a", "b"])
    break_for(bench)
    await redriven(bench, execution)
    [run] = bench.map_runs
    child = run.children.at(1)
    assert child.execution is not None
    assert (child.status, child.execution.redrive_count) == (ChildStatus.SUCCEEDED, 1)
    assert types(child.execution).count("PassStateEntered") == 1
    assert "ExecutionRedriven" in types(child.execution)


async def test_what_fails_again_fails_the_map_run_again(bench: Bench) -> None:
    break_for(bench, 2)
    execution = await bench.run(machine({"M": distributed(STATES, MaxConcurrency=1)}), [1, 2, 3])
    again = await redriven(bench, execution)
    assert again.error == "States.ExceedToleratedFailureThreshold"
    [run] = bench.map_runs
    assert (run.status, counts(run)) == (MapRunStatus.FAILED, {"succeeded": 1, "failed": 1, "pending": 1})
    break_for(bench)
    assert output(await redriven(bench, again)) == [1, 2, 3]
    assert run.redrive_count == 2


async def test_a_stopped_map_run_goes_on(bench: Bench) -> None:
    wait = {"W": {"Type": "Wait", "Seconds": 10, "Next": "A"}, "A": {"Type": "Pass", "End": True}}
    execution = bench.start(machine({"M": distributed(wait, MaxConcurrency=2)}), [1, 2, 3, 4, 5])
    bench.clock.call_at(bench.clock.now() + 15, lambda: bench.engine.stop(execution))
    await execution.wait()
    again = await redriven(bench, execution)
    assert output(again) == [1, 2, 3, 4, 5]
    [run] = bench.map_runs
    assert counts(run) == {"succeeded": 5}


async def test_batches_are_made_again_as_they_were(bench: Bench) -> None:
    broken = {"Items": [3, 4]}
    break_for(bench, broken)
    state = distributed(STATES, ItemBatcher={"MaxItemsPerBatch": 2}, MaxConcurrency=1)
    execution = await bench.run(machine({"M": state}), [1, 2, 3, 4, 5])
    break_for(bench)
    again = await redriven(bench, execution)
    assert output(again) == [{"Items": [1, 2]}, {"Items": [3, 4]}, {"Items": [5]}]
    [run] = bench.map_runs
    assert counts(run) == {"succeeded": 5}


async def test_results_that_were_too_large_are_made_by_a_new_map_run(bench: Bench) -> None:
    large = True

    async def work(event: Json) -> Json:
        return "x" * 200_000 if large else event

    bench.functions["work"] = work
    execution = await bench.run(machine({"M": distributed(STATES)}), [1, 2])
    assert execution.error == "States.DataLimitExceeded"
    large = False
    assert output(await redriven(bench, execution)) == [1, 2]
    assert len(bench.map_runs) == 2
