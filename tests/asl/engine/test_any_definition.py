"""Whatever valid definition is generated: it ends, its history is well-formed, and the execution agrees with it."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.engine import ExecutionStatus
from tests.asl.engine.conftest import FUNCTION, Bench, FunctionError

if TYPE_CHECKING:
    from asl.engine import Execution
    from tests.asl.engine.conftest import Json

INVOKE = "arn:aws:states:::lambda:invoke.waitForTaskToken"
ERRORS = ["Broken", "Other", "States.ALL", "States.TaskFailed", "States.Timeout"]
ENDING = {
    "ExecutionSucceeded": ExecutionStatus.SUCCEEDED,
    "ExecutionFailed": ExecutionStatus.FAILED,
    "ExecutionAborted": ExecutionStatus.ABORTED,
    "ExecutionTimedOut": ExecutionStatus.TIMED_OUT,
}
CONTAINERS = ("Parallel", "Map")

small = st.integers(0, 3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
retriers = st.lists(
    st.fixed_dictionaries(
        {"ErrorEquals": st.sampled_from(ERRORS).map(lambda name: [name])},
        optional={"IntervalSeconds": st.integers(1, 5), "MaxAttempts": small, "MaxDelaySeconds": st.just(7)},
    ),
    max_size=2,
)


@st.composite
def flows(draw: st.DrawFn, depth: int = 2) -> Json:
    """A few states, each going on to a later one, so that every flow ends."""
    names = [f"S{number}" for number in range(draw(st.integers(1, 4)))]
    states = {}
    for number, name in enumerate(names):
        states[name] = draw(any_state(names[number + 1 :], depth))
    return {"StartAt": names[0], "States": states}


@st.composite
def any_state(draw: st.DrawFn, later: list[str], depth: int) -> Json:
    kinds = ["Pass", "Wait", "Succeed", "Fail", "Task", "Token"]
    kinds += ["Choice"] if later else []
    kinds += ["Parallel", "Map"] if depth else []
    kind = draw(st.sampled_from(kinds))
    if kind == "Succeed":
        return {"Type": "Succeed"}
    if kind == "Fail":
        return {"Type": "Fail", "Error": draw(st.sampled_from(["Broken", "Other"]))}
    following = {"Next": draw(st.sampled_from(later))} if later else {"End": True}
    if kind == "Pass":
        return {"Type": "Pass", "Result": draw(values), "ResultPath": draw(st.sampled_from(["$", None])), **following}
    if kind == "Wait":
        return {"Type": "Wait", "Seconds": draw(st.integers(0, 100)), **following}
    if kind == "Choice":
        rule = {"Variable": "$", "IsString": draw(st.booleans()), "Next": draw(st.sampled_from(later))}
        defaults: list[Json] = [{}, {"Default": later[0]}]
        default = draw(st.sampled_from(defaults))
        return {"Type": "Choice", "Choices": [rule], **default}
    return draw(working_state(kind, later, following, depth))


@st.composite
def working_state(draw: st.DrawFn, kind: str, later: list[str], following: Json, depth: int) -> Json:
    state: Json = {**following, "Retry": draw(retriers)}
    if draw(st.booleans()) and later:
        errors = [draw(st.sampled_from(ERRORS))]
        state["Catch"] = [{"ErrorEquals": errors, "Next": draw(st.sampled_from(later))}]
    if kind == "Task":
        return state | {"Type": "Task", "Resource": FUNCTION}
    if kind == "Token":
        payload = {"token.$": "$$.Task.Token", "input.$": "$"}
        limits = draw(st.sampled_from([{"TimeoutSeconds": 50}, {"TimeoutSeconds": 90, "HeartbeatSeconds": 20}]))
        return (
            state
            | limits
            | {
                "Type": "Task",
                "Resource": INVOKE,
                "Parameters": {"FunctionName": "token", "Payload": payload},
            }
        )
    if kind == "Parallel":
        return state | {"Type": "Parallel", "Branches": draw(st.lists(flows(depth - 1), min_size=1, max_size=3))}
    items = {"Type": "Pass", "Result": draw(st.lists(values, max_size=4)), "Next": "M"}
    mapping = {"Type": "Map", "ItemProcessor": draw(flows(depth - 1)), "MaxConcurrency": draw(small), "End": True}
    return state | {"Type": "Parallel", "Branches": [{"StartAt": "Items", "States": {"Items": items, "M": mapping}}]}


async def run(definition: Json, execution_input: Json, stop_after: int | None) -> Execution:
    bench = Bench()

    async def work(event: Json) -> Json:
        if isinstance(event, str):
            raise FunctionError("Broken")
        return [event]

    async def answer(event: Json) -> None:
        if event["input"] is None:
            bench.engine.send_task_failure(event["token"], "Other")
        elif not isinstance(event["input"], list):
            bench.engine.send_task_success(event["token"], json.dumps(event["input"]))

    bench.functions |= {"work": work, "token": answer}
    execution = bench.start(definition, execution_input)
    if stop_after is not None:
        for _ in range(stop_after):
            await asyncio.sleep(0)
        bench.engine.stop(execution)
    await asyncio.wait_for(execution.wait(), 60)
    for _ in range(5):
        await asyncio.sleep(0)
    return execution


def check(execution: Execution) -> None:
    check_chain(execution)
    check_end(execution)
    check_states(execution)


def check_chain(execution: Execution) -> None:
    """Ids ascend from 1, each event follows an earlier one, and time never goes back."""
    events = list(execution.history)
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert all(0 <= event.previous_id < event.id for event in events)
    assert all(one.timestamp <= other.timestamp for one, other in itertools.pairwise(events))


def check_end(execution: Execution) -> None:
    """There is one first and one last event, and what is told of the execution is what they say."""
    events = list(execution.history)
    assert events[0].type == "ExecutionStarted"
    assert [event.type for event in events if event.type in ENDING] == [events[-1].type]
    assert execution.status is ENDING[events[-1].type]
    assert execution.output == events[-1].details.get("output")
    assert (execution.error, execution.cause) == (events[-1].details.get("error"), events[-1].details.get("cause"))
    assert (execution.start_date, execution.stop_date) == (events[0].timestamp, events[-1].timestamp)


def check_states(execution: Execution) -> None:
    """No state is left more often than it is entered; each that is not left was aborted, failed, or ended with all."""
    entered: dict[str, int] = {}
    for event in execution.history:
        if event.type.endswith("StateEntered"):
            entered[event.type.removesuffix("StateEntered")] = (
                entered.get(event.type.removesuffix("StateEntered"), 0) + 1
            )
        for ending in ("StateExited", "StateAborted"):
            if event.type.endswith(ending):
                kind = event.type.removesuffix(ending)
                entered[kind] = entered.get(kind, 0) - 1
                assert entered[kind] >= 0, event
    left_open = {kind: count for kind, count in entered.items() if count}
    if execution.status is ExecutionStatus.SUCCEEDED:
        assert not set(left_open) - {"Fail", "Choice", "Pass"}
    iterations = [event.type for event in execution.history if event.type.startswith("MapIteration")]
    ended = sum(iterations.count(f"MapIteration{how}") for how in ("Succeeded", "Failed", "Aborted"))
    started = iterations.count("MapIterationStarted")
    assert ended <= started
    if execution.status is ExecutionStatus.SUCCEEDED:
        assert ended == started


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows(), values, st.none() | st.integers(0, 30))
def test_any_definition_ends_with_a_well_formed_history(
    definition: Json, execution_input: Json, stop_after: int | None
) -> None:
    check(asyncio.run(run(definition, execution_input, stop_after)))
