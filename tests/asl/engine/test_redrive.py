"""Redriving: what succeeded stays, what did not is done again, and the history goes on."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.engine import ExecutionStatus
from tests.asl.engine.conftest import ACTIVITY, FUNCTION, Bench, FunctionError, chain, details, machine, output, types
from tests.asl.engine.test_any_definition import check_chain, flows, values

if TYPE_CHECKING:
    from asl.engine import Execution
    from tests.asl.engine.conftest import Json

TASK = {"Type": "Task", "Resource": FUNCTION, "End": True}


def invocations(bench: Bench) -> list[Json]:
    return [json.loads(request.payload) for request in bench.invocations]


def flaky(bench: Bench, failures: int = 1, when: Json = None) -> None:
    """Let the function of the bench raise so many times, for one of its inputs where one is given, and then echo."""
    left = failures

    async def work(event: Json) -> Json:
        nonlocal left
        if left and when in (None, event):
            left -= 1
            raise FunctionError("Broken")
        return event

    bench.functions["work"] = work


async def redriven(bench: Bench, execution: Execution) -> Execution:
    again = bench.engine.redrive(execution)
    await again.wait()
    return again


async def test_a_task_is_scheduled_again_in_the_state_that_was_entered(bench: Bench) -> None:
    flaky(bench)
    first = {"Type": "Pass", "Result": {"n": 1}, "Next": "Work"}
    execution = await bench.run(machine({"First": first, "Work": TASK}))
    assert execution.status is ExecutionStatus.FAILED
    again = await redriven(bench, execution)
    assert output(again) == {"n": 1}
    assert chain(again) == [
        ("ExecutionStarted", 0),
        ("PassStateEntered", 0),
        ("PassStateExited", 2),
        ("TaskStateEntered", 3),
        ("LambdaFunctionScheduled", 4),
        ("LambdaFunctionStarted", 5),
        ("LambdaFunctionFailed", 6),
        ("ExecutionFailed", 7),
        ("ExecutionRedriven", 8),
        ("LambdaFunctionScheduled", 9),
        ("LambdaFunctionStarted", 10),
        ("LambdaFunctionSucceeded", 11),
        ("TaskStateExited", 12),
        ("ExecutionSucceeded", 13),
    ]
    assert details(again, "ExecutionRedriven") == {"redriveCount": 1}


async def test_the_execution_that_goes_on_has_its_arn_its_start_and_no_error(bench: Bench) -> None:
    flaky(bench, failures=2)
    execution = await bench.run(machine({"Work": TASK}))
    bench.clock._now += 60
    again = bench.engine.redrive(execution)
    assert (again.arn, again.start_date, again.status) == (execution.arn, execution.start_date, ExecutionStatus.RUNNING)
    assert (again.error, again.cause, again.stop_date, again.redrive_count) == (None, None, None, 1)
    assert again.redrive_date == execution.start_date + 60
    await again.wait()
    third = await redriven(bench, again)
    assert (third.status, third.redrive_count) == (ExecutionStatus.SUCCEEDED, 2)
    assert [event.details["redriveCount"] for event in third.history if event.type == "ExecutionRedriven"] == [1, 2]


async def test_the_context_object_counts_redrives(bench: Bench) -> None:
    flaky(bench, when={"RedriveCount": 0})
    parameters = {"RedriveCount.$": "$$.Execution.RedriveCount"}
    again = await redriven(bench, await bench.run(machine({"Work": {**TASK, "Parameters": parameters}})))
    assert output(again) == {"RedriveCount": 1}
    assert again.context["Execution"]["RedriveTime"] == "2026-01-01T00:00:00.000Z"


async def test_retriers_begin_anew(bench: Bench) -> None:
    flaky(bench, failures=5)
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "IntervalSeconds": 1}]
    parameters = {"retries.$": "$$.State.RetryCount"}
    execution = await bench.run(machine({"Work": {**TASK, "Retry": retry, "Parameters": parameters}}))
    again = await redriven(bench, execution)
    assert again.status is ExecutionStatus.SUCCEEDED
    assert [request["retries"] for request in invocations(bench)] == [0, 1, 2, 0, 1, 2]


async def test_variables_are_kept(bench: Bench) -> None:
    flaky(bench)
    first = {"Type": "Pass", "Assign": {"order": 7, "lines": ["é", 1.5]}, "Next": "Work"}
    work = {
        "Type": "Task",
        "Resource": FUNCTION,
        "Arguments": {"order": "{% $order %}", "lines": "{% $lines %}"},
        "End": True,
    }
    definition = machine({"First": first, "Work": work}, QueryLanguage="JSONata")
    again = await redriven(bench, await bench.run(definition))
    assert output(again) == {"order": 7, "lines": ["é", 1.5]}


async def test_only_branches_that_did_not_succeed_are_run_again(bench: Bench) -> None:
    flaky(bench, when="two")

    def branch(result: str) -> Json:
        return machine(
            {f"Is-{result}": {"Type": "Pass", "Result": result, "Next": f"Do-{result}"}, f"Do-{result}": TASK}
        )

    waiting = machine({"Wait": {"Type": "Wait", "Seconds": 10, "Next": "Late"}, "Late": {"Type": "Pass", "End": True}})
    late = machine({"Third": {"Type": "Pass", "Result": "begun after the failure", "End": True}})
    branches = [waiting, branch("one"), branch("two"), late]
    execution = await bench.run(machine({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}), "in")
    assert "WaitStateAborted" in types(execution)
    again = await redriven(bench, execution)
    assert output(again) == ["in", "one", "two", "begun after the failure"]
    assert invocations(bench) == ["one", "two", "two"]
    entered = Counter(event.details["name"] for event in again.history if event.type.endswith("StateEntered"))
    assert set(entered.values()) == {1}


async def test_only_iterations_that_did_not_succeed_are_run_again(bench: Bench) -> None:
    flaky(bench, when=2)
    state = {"Type": "Map", "ItemProcessor": machine({"Work": TASK}), "MaxConcurrency": 1, "End": True}
    execution = await bench.run(machine({"Each": state}), [1, 2, 3])
    assert execution.status is ExecutionStatus.FAILED
    again = await redriven(bench, execution)
    assert output(again) == [1, 2, 3]
    assert invocations(bench) == [1, 2, 2, 3]
    started = [event.details["index"] for event in again.history if event.type == "MapIterationStarted"]
    assert started == [0, 1, 2]


async def test_what_is_inside_of_what_is_inside_is_kept_too(bench: Bench) -> None:
    flaky(bench, when="22")
    inner = {"Type": "Map", "ItemProcessor": machine({"Work": TASK}), "End": True}
    outer = {"Type": "Map", "ItemProcessor": machine({"Inner": inner}), "End": True}
    both = {"Type": "Parallel", "Branches": [machine({"Outer": outer})], "End": True}
    execution = await bench.run(machine({"Both": both}), [["11", "12"], ["21", "22"]])
    again = await redriven(bench, execution)
    assert output(again) == [[["11", "12"], ["21", "22"]]]
    assert Counter(invocations(bench)) == {"11": 1, "12": 1, "21": 1, "22": 2}


async def test_the_last_attempt_of_a_parallel_state_counts(bench: Bench) -> None:
    flaky(bench, failures=2, when="two")
    branches = [
        machine({name: {"Type": "Pass", "Result": name, "Next": f"Do-{name}"}, f"Do-{name}": TASK})
        for name in ("one", "two")
    ]
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    both = {"Type": "Parallel", "Branches": branches, "Retry": retry, "End": True}
    again = await redriven(bench, await bench.run(machine({"Both": both})))
    assert output(again) == ["one", "two"]
    assert Counter(invocations(bench)) == {"one": 2, "two": 3}


async def test_outputs_that_were_too_large_together_are_made_again(bench: Bench) -> None:
    async def work(_event: Json) -> Json:
        return "x" * size

    size, bench.functions["work"] = 200_000, work
    both = {"Type": "Parallel", "Branches": [machine({"One": TASK}), machine({"Two": TASK})], "End": True}
    execution = await bench.run(machine({"Both": both}))
    assert execution.error == "States.DataLimitExceeded"
    size = 1
    again = await redriven(bench, execution)
    assert output(again) == ["x", "x"]


async def test_a_fail_state_is_entered_again_and_fails_again(bench: Bench) -> None:
    execution = await bench.run(machine({"Only": {"Type": "Fail", "Error": "Broken"}}))
    again = await redriven(bench, execution)
    assert again.error == "Broken"
    assert types(again)[3:] == ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"]


async def test_a_choice_is_made_again(bench: Bench) -> None:
    rule = {"Condition": "{% $states.context.Execution.RedriveCount = 1 %}", "Next": "End"}
    states = {"Which": {"Type": "Choice", "Choices": [rule]}, "End": {"Type": "Succeed"}}
    again = await redriven(bench, await bench.run(machine(states, QueryLanguage="JSONata")))
    assert again.status is ExecutionStatus.SUCCEEDED
    assert types(again)[3:] == [
        "ExecutionRedriven", "ChoiceStateExited", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded",
    ]  # fmt: skip


async def test_an_expression_that_fails_is_evaluated_again(bench: Bench) -> None:
    state = {"Type": "Pass", "Output": "{% $error('no') %}", "End": True}
    execution = await bench.run(machine({"Only": state}, QueryLanguage="JSONata"))
    again = await redriven(bench, execution)
    assert types(again)[-3:] == ["ExecutionRedriven", "EvaluationFailed", "ExecutionFailed"]
    assert again.cause == execution.cause


async def test_a_wait_waits_anew_and_one_for_a_time_that_has_passed_is_over(bench: Bench) -> None:
    states = {
        "Until": {"Type": "Wait", "Timestamp": "2026-01-01T00:00:30Z", "Next": "For"},
        "For": {"Type": "Wait", "Seconds": 20, "End": True},
    }
    execution = await bench.run(machine(states, TimeoutSeconds=10))
    assert execution.status is ExecutionStatus.TIMED_OUT
    bench.clock._now += 100
    again = await redriven(bench, execution)
    assert (again.status, again.redrive_date) == (ExecutionStatus.TIMED_OUT, execution.start_date + 110)
    assert types(again)[3:5] == ["ExecutionRedriven", "WaitStateExited"]
    assert again.stop_date == execution.start_date + 120


async def test_time_limits_begin_anew(bench: Bench) -> None:
    execution = await bench.run(machine({"Only": {"Type": "Wait", "Seconds": 50, "End": True}}, TimeoutSeconds=40))
    assert execution.stop_date == execution.start_date + 40
    again = await redriven(bench, execution)
    assert (again.status, again.stop_date) == (ExecutionStatus.TIMED_OUT, execution.start_date + 80)


async def test_a_stopped_execution_goes_on_at_once_and_with_a_new_token(bench: Bench) -> None:
    bench.engine.create_activity(ACTIVITY)
    execution = bench.start(machine({"Only": {"Type": "Task", "Resource": ACTIVITY, "End": True}}))
    old = await bench.engine.get_activity_task(ACTIVITY)
    bench.engine.stop(execution)
    again = bench.engine.redrive(execution)
    new = await bench.engine.get_activity_task(ACTIVITY)
    assert old is not None
    assert new is not None
    assert old.task_token != new.task_token
    bench.engine.send_task_success(new.task_token, "1")
    await again.wait()
    assert output(again) == 1
    assert execution.status is ExecutionStatus.ABORTED
    check_chain(again)


@pytest.mark.parametrize("turns", [1, 2])
async def test_an_execution_stopped_between_two_states_goes_on_with_the_next(bench: Bench, turns: int) -> None:
    """A flow gives way to others only now and then, and always between two states."""
    names = [f"S{number}" for number in range(80)]
    states = {name: {"Type": "Pass", "Next": after} for name, after in itertools.pairwise(names)}
    execution = bench.start(machine({**states, names[-1]: {"Type": "Succeed"}}))
    for _ in range(turns):
        await asyncio.sleep(0)
    assert types(execution)[-1] == "PassStateExited"
    bench.engine.stop(execution)
    again = await redriven(bench, execution)
    assert again.status is ExecutionStatus.SUCCEEDED
    entered = [event.details["name"] for event in again.history if event.type.endswith("StateEntered")]
    assert entered == names


async def fail_and_redrive(definition: Json, execution_input: Json, stop_after: int | None) -> None:
    """Let an execution fail or stop it, redrive it until it succeeds, and check what it says of itself each time."""
    bench = Bench()
    broken = True

    async def work(event: Json) -> Json:
        if broken and isinstance(event, str):
            raise FunctionError("Broken")
        return [event]

    async def answer(event: Json) -> None:
        if broken and event["input"] is None:
            bench.engine.send_task_failure(event["token"], "Other")
        elif not broken or not isinstance(event["input"], list):
            bench.engine.send_task_success(event["token"], json.dumps(event["input"]))

    bench.functions |= {"work": work, "token": answer}
    execution = bench.start(definition, execution_input)
    if stop_after is not None:
        for _ in range(stop_after):
            await asyncio.sleep(0)
        bench.engine.stop(execution)
    await asyncio.wait_for(execution.wait(), 60)
    for _ in range(3):
        if execution.status is ExecutionStatus.SUCCEEDED:
            return
        before = list(execution.history)
        execution = bench.engine.redrive(execution)
        broken = False
        await asyncio.wait_for(execution.wait(), 60)
        assert list(execution.history)[: len(before)] == before
        check_chain(execution)
        check_states_are_entered_once(execution)
    assert execution.error in {"Broken", "Other", "States.Runtime"}


def check_states_are_entered_once(execution: Execution) -> None:
    """Nothing in the definitions loops: a flow enters a state once, except the Fail state that it fails in again."""
    entered = Counter(
        (event.frame, event.details["name"])
        for event in execution.history
        if event.type.endswith("StateEntered") and event.type != "FailStateEntered"
    )
    assert set(entered.values()) <= {1}
    exited = Counter(event.frame for event in execution.history if event.type.endswith("StateExited"))
    assert all(exited[frame] <= sum(1 for number, _ in entered if number == frame) for frame in exited)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows(), values, st.none() | st.integers(0, 30))
def test_any_execution_that_did_not_succeed_goes_on(
    definition: Json, execution_input: Json, stop_after: int | None
) -> None:
    asyncio.run(fail_and_redrive(definition, execution_input, stop_after))
