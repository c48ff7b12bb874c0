from __future__ import annotations

import asyncio
import gc
import json
import logging
from typing import TYPE_CHECKING

import pytest

from asl.engine import ExecutionStatus, event_to_api
from tests.asl.engine.conftest import FUNCTION, details, machine, output, types

if TYPE_CHECKING:
    from tests.asl.engine.conftest import Bench, Json

WAIT = {"Type": "Wait", "Seconds": 600, "End": True}
PASS = {"Type": "Pass", "End": True}
COUNT = {
    "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Done?"},
    "Done?": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThanEqualsPath": "$$.Execution.Input.until", "Next": "End"}],
        "Default": "Add",
    },
    "End": {"Type": "Succeed"},
}


async def test_an_execution_is_aborted_once(bench: Bench) -> None:
    execution = bench.start(machine({"W": WAIT}))
    await asyncio.sleep(0)
    bench.engine.stop(execution, "Enough")
    bench.engine.stop(execution, "Twice")
    await execution.wait()
    assert (execution.status, execution.error) == (ExecutionStatus.ABORTED, "Enough")
    assert types(execution) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]


async def test_an_execution_may_be_aborted_before_its_first_state(bench: Bench) -> None:
    execution = bench.start(machine({"W": WAIT}))
    bench.engine.stop(execution)
    await asyncio.sleep(0)
    assert types(execution) == ["ExecutionStarted", "ExecutionAborted"]


async def test_nothing_happens_in_an_execution_that_has_ended(bench: Bench) -> None:
    branch = machine({"W": {"Type": "Wait", "Seconds": 1, "Next": "A"}, "A": PASS})
    execution = bench.start(machine({"P": {"Type": "Parallel", "Branches": [branch, branch], "End": True}}))
    await asyncio.sleep(0)
    bench.engine.stop(execution)
    length = len(execution.history)
    await bench.run(machine({"W": WAIT}))
    assert len(execution.history) == length


async def test_the_time_limit_of_the_machine_ends_the_execution(bench: Bench) -> None:
    execution = await bench.run(machine({"W": WAIT}, TimeoutSeconds=10))
    assert execution.status is ExecutionStatus.TIMED_OUT
    assert details(execution, "ExecutionTimedOut") == {"error": "States.Timeout"}
    assert (execution.error, execution.cause, execution.history[-1].previous_id) == (None, None, 0)
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 10


async def test_the_engine_tells_of_executions_that_end(bench: Bench) -> None:
    execution = await bench.run(machine({"A": PASS}))
    assert bench.ended == [execution]


async def test_history_ends_before_its_25_000th_event(bench: Bench) -> None:
    execution = await bench.run(machine({"A": {"Type": "Pass", "Next": "A"}}))
    assert execution.error == "States.Runtime"
    assert execution.cause is not None
    assert "25000" in execution.cause
    assert (len(execution.history), execution.history[-1].previous_id) == (25_000, 24_999)


async def test_a_value_that_grows_ever_deeper_ends_the_execution(bench: Bench) -> None:
    execution = await bench.run(machine({"A": {"Type": "Pass", "Parameters": {"x.$": "$"}, "Next": "A"}}))
    assert execution.error == "States.Runtime"
    assert execution.cause == "A value is nested deeper than 1000 levels."


async def test_a_long_execution_lets_others_go_on(bench: Bench) -> None:
    long = bench.start(machine(COUNT), {"n": 0, "until": 4_000})
    short = await bench.run(machine({"A": PASS}))
    assert short.status is ExecutionStatus.SUCCEEDED
    assert long.status is ExecutionStatus.RUNNING
    await long.wait()
    assert output(long)["n"] == 4_000


async def test_a_map_over_many_items_lets_others_go_on(bench: Bench) -> None:
    state = {"Type": "Map", "ItemProcessor": machine({"A": PASS}), "MaxConcurrency": 1, "End": True}
    long = bench.start(machine({"M": state}), list(range(2_000)))
    await bench.run(machine({"A": PASS}))
    assert long.status is ExecutionStatus.RUNNING
    await long.wait()
    assert len(output(long)) == 2_000


async def test_the_context_object_describes_the_execution(bench: Bench) -> None:
    execution = await bench.run(machine({"A": {**PASS, "Parameters": {"context.$": "$$"}}}), {"a": 1})
    assert output(execution)["context"] == {
        "Execution": {
            "Id": execution.arn,
            "Input": {"a": 1},
            "StartTime": "2026-01-01T00:00:00.000Z",
            "Name": "execution-1",
            "RoleArn": "arn:aws:iam::123456789012:role/role",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": execution.state_machine_arn, "Name": "machine"},
        "State": {"Name": "A", "EnteredTime": "2026-01-01T00:00:00.000Z"},
    }


async def test_history_can_be_told_without_its_data(bench: Bench) -> None:
    execution = await bench.run(machine({"A": PASS}), {"secret": 1})
    told = [event_to_api(event, include_execution_data=False) for event in execution.history]
    assert "secret" not in json.dumps(told)
    assert "secret" in json.dumps([event_to_api(event) for event in execution.history])


async def test_history_can_be_paged_both_ways(bench: Bench) -> None:
    history = (await bench.run(machine({"A": PASS}))).history
    assert [event.id for event in history.page(1, 2)] == [2, 3]
    assert [event.id for event in history.page(1, 2, newest_first=True)] == [3, 2]
    assert [event.id for event in history.page(3, 9, newest_first=True)] == [1]
    assert history.page(9, 9, newest_first=True) == []


async def test_an_input_that_is_not_json_starts_nothing(bench: Bench) -> None:
    request = bench.start(machine({"A": PASS})).request
    with pytest.raises(ValueError, match="NaN is not JSON"):
        bench.engine.start(
            type(request)(**{name: getattr(request, name) for name in type(request).__slots__} | {"input": "NaN"})
        )


async def test_a_defect_of_the_engine_ends_only_its_execution(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def defective(_event: Json) -> Json:
        raise ZeroDivisionError

    bench.functions["work"] = defective
    with caplog.at_level(logging.ERROR):
        execution = await bench.run(machine({"T": {"Type": "Task", "Resource": FUNCTION, "End": True}}))
    assert (execution.status, execution.error) == (ExecutionStatus.FAILED, "States.Runtime")
    assert "defect" in caplog.text
    assert output(await bench.run(machine({"A": PASS}))) == {}


async def test_ended_executions_leave_nothing_behind(bench: Bench) -> None:
    states = {"P": {"Type": "Parallel", "Branches": [machine({"A": PASS}), machine({"W": WAIT})], "End": True}}
    await bench.run(machine(states))
    gc.collect()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
