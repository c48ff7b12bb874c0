"""A Map Run goes on after a stop and a start: it is the same one, and what has ended of it is not run again."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.engine import ExecutionStatus, MapRunStatus
from asl.integrations import LambdaRequest, LambdaResponse
from tests.asl.durability.conftest import Lives
from tests.asl.engine.conftest import FUNCTION, machine

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api

Json = Any

ACCOUNT, REGION = "123456789012", "us-east-1"

WORK = {"Type": "Task", "Resource": FUNCTION, "Next": "Wait"}
WAIT = {"Type": "Wait", "SecondsPath": "$.seconds", "End": True}
STATES = {"Work": WORK, "Wait": WAIT}


class Functions:
    """A function that answers an event with itself, or raises where it says `broken`, and how often it was invoked."""

    def __init__(self) -> None:
        self.invoked: Counter[str] = Counter()
        self.repaired = False

    async def __call__(self, request: LambdaRequest) -> LambdaResponse:
        event = json.loads(request.payload or "{}")
        self.invoked[event["name"]] += 1
        await asyncio.sleep(0)
        if event["broken"] and not self.repaired:
            return LambdaResponse(
                payload=json.dumps({"errorType": "Broken", "errorMessage": "b"}), function_error="Unhandled"
            )
        return LambdaResponse(payload=json.dumps(event))


def items(*names: str, seconds: int = 0, broken: str = "") -> list[Json]:
    return [{"name": name, "seconds": seconds, "broken": name in broken} for name in names]


def each(kind: str = "STANDARD", **fields: Json) -> Json:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    return {"Type": "Map", "ItemProcessor": {**machine(STATES), "ProcessorConfig": config}, "End": True, **fields}


async def start(api: Api, state: Json, given: list[Json]) -> str:
    arn = await api.machine("maps", json.dumps(machine({"Each": state})))
    started: str = (await api("StartExecution", stateMachineArn=arn, input=json.dumps(given)))["executionArn"]
    return started


async def map_run(api: Api, execution_arn: str) -> dict[str, Any]:
    """The only Map Run of an execution, as it is described."""
    [run] = (await api("ListMapRuns", executionArn=execution_arn))["mapRuns"]
    return await api("DescribeMapRun", mapRunArn=run["mapRunArn"])


async def children(api: Api, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The children of a Map Run by their names."""
    listed = (await api("ListExecutions", mapRunArn=run["mapRunArn"]))["executions"]
    return {child["name"]: child for child in listed}


async def until(api: Api, execution_arn: str, status: str, count: int) -> dict[str, Any]:
    """The Map Run of an execution once so many children have a status; to ask the API would hold virtual time."""
    execution = api.execution(execution_arn)
    while True:
        runs = [stored.run for stored in api._application._service.account(ACCOUNT, REGION).map_runs.values()]
        if any(getattr(run.execution_counts, status) >= count for run in runs if run.status is MapRunStatus.RUNNING):
            return await map_run(api, execution_arn)
        assert execution.status is ExecutionStatus.RUNNING, f"it ended before {count} children were {status}"
        await asyncio.sleep(0)


def nonzero(run: dict[str, Any]) -> dict[str, int]:
    return {name: number for name, number in run["executionCounts"].items() if number and name != "total"}


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_what_has_ended_is_not_run_again(lives: Lives, kind: str) -> None:
    lives.invoker = functions = Functions()
    api = await lives.begin()
    arn = await start(api, each(kind, MaxConcurrency=1), items("a", "b", "c", "d", seconds=60))
    before = await until(api, arn, "succeeded", 2)
    ended = {name: child for name, child in (await children(api, before)).items() if child["status"] == "SUCCEEDED"}
    api = await lives.begin()
    described = await api.ended(arn)
    assert [item["name"] for item in json.loads(described["output"])] == ["a", "b", "c", "d"]
    after = await map_run(api, arn)
    same = ("mapRunArn", "startDate", "executionArn", "maxConcurrency", "redriveCount")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (after["status"], nonzero(after), after["executionCounts"]["total"]) == ("SUCCEEDED", {"succeeded": 4}, 4)
    assert (functions.invoked["a"], functions.invoked["b"]) == (1, 1)
    listed = await children(api, after)
    assert {name: listed[name] for name in ended} == ended
    types = [event["type"] for event in (await api("GetExecutionHistory", executionArn=arn))["events"]]
    assert types[-6:] == [
        "MapStateStarted", "MapRunStarted", "MapRunSucceeded", "MapStateSucceeded", "MapStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip


async def test_an_ended_map_run_is_as_it_was(lives: Lives) -> None:
    lives.invoker = Functions()
    api = await lives.begin()
    state = each(MaxConcurrency=1, ToleratedFailureCount=1, Label="label")
    arn = await start(api, state, items("a", "b", "c", broken="b"))
    await api.ended(arn)
    run = await map_run(api, arn)
    assert nonzero(run) == {"succeeded": 2, "failed": 1}
    before = await children(api, run)
    api = await lives.begin()
    assert await map_run(api, arn) == run
    assert await children(api, run) == before
    [name] = [name for name in before if before[name]["status"] == "FAILED"]
    described = await api("DescribeExecution", executionArn=before[name]["executionArn"])
    assert (described["status"], described["mapRunArn"]) == ("FAILED", run["mapRunArn"])


async def test_a_map_run_is_redriven_after_a_restart(lives: Lives) -> None:
    lives.invoker = functions = Functions()
    api = await lives.begin()
    arn = await start(api, each(MaxConcurrency=1), items("a", "b", "c", broken="b"))
    assert (await api.ended(arn))["error"] == "States.ExceedToleratedFailureThreshold"
    api = await lives.begin()
    functions.repaired = True
    await api("RedriveExecution", executionArn=arn)
    output = json.loads((await api.ended(arn))["output"])
    assert [item["name"] for item in output] == ["a", "b", "c"]
    assert functions.invoked == {"a": 1, "b": 2, "c": 1}
    run = await map_run(api, arn)
    assert (run["redriveCount"], nonzero(run)) == (1, {"succeeded": 3})


async def test_a_redriven_map_run_goes_on(lives: Lives) -> None:
    """What failed before the redrive is run again, though the process that was to do so has ended."""
    lives.invoker = functions = Functions()
    api = await lives.begin()
    given = items("a", "b", "c", "d", seconds=60, broken="bc")
    arn = await start(api, each(MaxConcurrency=2), given)
    await api.ended(arn)
    functions.repaired = True
    await api("RedriveExecution", executionArn=arn)
    await until(api, arn, "running", 1)
    api = await lives.begin()
    output = json.loads((await api.ended(arn))["output"])
    assert [item["name"] for item in output] == ["a", "b", "c", "d"]
    run = await map_run(api, arn)
    assert (run["redriveCount"], nonzero(run)) == (1, {"succeeded": 4})
    types = [event["type"] for event in (await api("GetExecutionHistory", executionArn=arn))["events"]]
    assert types.count("MapRunRedriven") == 1


async def test_what_was_changed_of_a_map_run_stays_so(lives: Lives) -> None:
    lives.invoker = Functions()
    api = await lives.begin()
    arn = await start(api, each(MaxConcurrency=1), items("a", "b", "c", seconds=60, broken="b"))
    run = await until(api, arn, "running", 1)
    await api("UpdateMapRun", mapRunArn=run["mapRunArn"], maxConcurrency=2, toleratedFailureCount=1)
    api = await lives.begin()
    run = await map_run(api, arn)
    assert (run["maxConcurrency"], run["toleratedFailureCount"]) == (2, 1)
    assert (await api.ended(arn))["status"] == "SUCCEEDED"


async def test_a_map_run_whose_execution_has_ended_is_aborted(lives: Lives) -> None:
    """The server ends after the execution was stopped and before its Map Run could know."""
    lives.invoker = Functions()
    api = await lives.begin()
    arn = await start(api, each(), items("a", "b", seconds=60))
    await until(api, arn, "running", 2)
    api.execution(arn).stop()
    api = await lives.begin()
    run = await map_run(api, arn)
    assert (run["status"], nonzero(run)) == ("ABORTED", {"aborted": 2})
    api = await lives.begin()
    assert await map_run(api, arn) == run


async def test_a_map_run_whose_execution_has_run_out_of_time_meanwhile_is_aborted(lives: Lives) -> None:
    lives.invoker = Functions()
    api = await lives.begin()
    beside = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}
    both = {"Type": "Parallel", "Branches": [beside, machine({"Each": each()})], "End": True}
    text = json.dumps(machine({"Both": both}, TimeoutSeconds=100))
    arn = await api.machine("both", text)
    arn = (await api("StartExecution", stateMachineArn=arn, input=json.dumps(items("a", "b", seconds=60))))[
        "executionArn"
    ]
    await until(api, arn, "running", 2)
    lives.advance(101)
    api = await lives.begin()
    assert (await api.ended(arn))["status"] == "TIMED_OUT"
    for _ in range(20):
        await asyncio.sleep(0)
    run = await map_run(api, arn)
    assert (run["status"], nonzero(run)) == ("ABORTED", {"aborted": 2})


async def test_the_map_runs_of_a_forgotten_execution_are_forgotten(lives: Lives) -> None:
    lives.invoker = Functions()
    api = await lives.begin()
    arn = await start(api, each(), items("a"))
    await api.ended(arn)
    run = await map_run(api, arn)
    lives.advance(91 * 86_400)
    for _ in range(2):
        api = await lives.begin()
        assert (await api.refusal("DescribeMapRun", mapRunArn=run["mapRunArn"]))[0] == "ResourceNotFound"


kinds = st.sampled_from(["STANDARD", "EXPRESS"])
behaviours = st.lists(
    st.tuples(st.integers(0, 3), st.booleans()).map(lambda pair: {"seconds": pair[0], "broken": pair[1]}), max_size=6
)
any_fields = st.fixed_dictionaries(
    {},
    optional={
        "MaxConcurrency": st.integers(1, 3),
        "ToleratedFailureCount": st.integers(0, 6),
        "ToleratedFailurePercentage": st.sampled_from([0, 50, 100]),
        "ItemBatcher": st.just({"MaxItemsPerBatch": 2}),
    },
)


async def with_cuts(state: Json, given: list[Json], cuts: list[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The execution and its Map Run at their end, the server having been stopped and started after so many turns."""
    with tempfile.TemporaryDirectory() as folder:
        lives = Lives(Path(folder) / "data")
        lives.invoker = Functions()
        api = await lives.begin()
        arn = await start(api, state, given)
        for cut in cuts:
            for _ in range(cut):
                await asyncio.sleep(0)
            api = await lives.begin()
        described = await asyncio.wait_for(api.ended(arn), 60)
        run = await map_run(api, arn)
        await lives.stop()
        return described, run


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kinds, behaviours, any_fields, st.lists(st.integers(0, 150), min_size=1, max_size=3))
def test_any_cut_of_a_map_run_comes_to_the_same_end(
    kind: str, behaviour: list[Json], fields: Json, cuts: list[int]
) -> None:
    given_items = [{"name": str(number), **fate} for number, fate in enumerate(behaviour)]
    state = each(kind, **fields)
    if "ItemBatcher" in fields:
        processor = machine(
            {"Pass": {"Type": "Pass", "Next": "Wait"}, "Wait": {"Type": "Wait", "Seconds": 2, "End": True}}
        )
        state["ItemProcessor"].update(processor)
    whole, whole_run = asyncio.run(with_cuts(state, given_items, []))
    cut, cut_run = asyncio.run(with_cuts(state, given_items, cuts))
    for name in ("status", "output", "error", "cause"):
        assert cut.get(name) == whole.get(name), name
    assert cut_run["status"] == whole_run["status"]
    if whole["status"] == "SUCCEEDED":
        assert cut_run["executionCounts"] == whole_run["executionCounts"]
        assert cut_run["itemCounts"] == whole_run["itemCounts"]
