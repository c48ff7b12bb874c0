"""The actions for Map Runs, and their child executions among the others."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine.map_run import children

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api

PASS_ITEM = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
WAIT_ITEM = {"StartAt": "Item", "States": {"Item": {"Type": "Wait", "Seconds": 600, "End": True}}}
FAIL_ITEM = {"StartAt": "Item", "States": {"Item": {"Type": "Fail", "Error": "Broken"}}}
STATUSES = ("pending", "running", "succeeded", "failed", "timedOut", "aborted")
COUNTS = (*STATUSES, "total", "resultsWritten", "failuresNotRedrivable", "pendingRedrive")


def definition(processor: dict[str, Any], kind: str = "STANDARD", **fields: Any) -> str:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    state = {"Type": "Map", "Label": "items", "ItemProcessor": {**processor, **config}, "End": True, **fields}
    return json.dumps({"StartAt": "Each", "States": {"Each": state}})


async def map_run_of(api: Api, execution: str) -> str:
    """The ARN of the only Map Run of an execution."""
    [listed] = (await api("ListMapRuns", executionArn=execution))["mapRuns"]
    arn: str = listed["mapRunArn"]
    return arn


async def started_map_run_of(api: Api, execution: str) -> str:
    """The ARN of the only Map Run of an execution that has just been started, once its children have begun."""
    for _ in range(4):
        await asyncio.sleep(0)
    return await map_run_of(api, execution)


async def test_a_map_run_is_listed_and_described(api: Api) -> None:
    machine = await api.machine(definition=definition(PASS_ITEM, MaxConcurrency=2, ToleratedFailurePercentage=5))
    execution = await api.run(machine, input="[1,2,3]")
    arn = await map_run_of(api, execution["executionArn"])
    [listed] = (await api("ListMapRuns", executionArn=execution["executionArn"]))["mapRuns"]
    assert listed == {
        "executionArn": execution["executionArn"],
        "mapRunArn": arn,
        "stateMachineArn": f"{machine}/items",
        "startDate": execution["startDate"],
        "stopDate": execution["stopDate"],
    }
    described = await api("DescribeMapRun", mapRunArn=arn)
    counts = {**dict.fromkeys(COUNTS, 0), "succeeded": 3, "total": 3}
    assert described == {
        "mapRunArn": arn,
        "executionArn": execution["executionArn"],
        "status": "SUCCEEDED",
        "startDate": execution["startDate"],
        "stopDate": execution["stopDate"],
        "maxConcurrency": 2,
        "toleratedFailurePercentage": 5.0,
        "toleratedFailureCount": 0,
        "itemCounts": counts,
        "executionCounts": counts,
        "redriveCount": 0,
    }


async def test_map_runs_are_listed_newest_first_in_pages(api: Api) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 4}]
    execution = await api.run(await api.machine(definition=definition(FAIL_ITEM, Retry=retry)), input="[1]")
    listed: list[float] = []
    token: dict[str, str] = {}
    while True:
        page = await api("ListMapRuns", executionArn=execution["executionArn"], maxResults=2, **token)
        listed += [run["startDate"] for run in page["mapRuns"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert len(listed) == 5
    assert listed == sorted(listed, reverse=True)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_the_children_of_a_map_run_are_executions(api: Api, kind: str) -> None:
    machine = await api.machine(definition=definition(PASS_ITEM, kind, ItemBatcher={"MaxItemsPerBatch": 2}))
    execution = await api.run(machine, input="[1,2,3]")
    arn = await map_run_of(api, execution["executionArn"])
    last, first = (await api("ListExecutions", mapRunArn=arn))["executions"]
    assert (last["itemCount"], first["itemCount"]) == (1, 2)
    assert last["executionArn"].split(":")[5:7] == ["execution" if kind == "STANDARD" else "express", "orders/items"]
    described = await api("DescribeExecution", executionArn=first["executionArn"])
    assert described == {
        **{name: value for name, value in first.items() if name != "itemCount"},
        "input": '{"Items":[1,2]}',
        "inputDetails": {"included": True},
        "output": '{"Items":[1,2]}',
        "outputDetails": {"included": True},
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }
    assert described["mapRunArn"] == arn


async def test_a_standard_child_has_a_history_and_a_state_machine(api: Api) -> None:
    machine = await api.machine(definition=definition(PASS_ITEM))
    execution = await api.run(machine, input="[1]")
    arn = await map_run_of(api, execution["executionArn"])
    [child] = (await api("ListExecutions", mapRunArn=arn))["executions"]
    events = (await api("GetExecutionHistory", executionArn=child["executionArn"]))["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    described = await api("DescribeStateMachineForExecution", executionArn=child["executionArn"])
    assert (described["name"], described["label"], described["mapRunArn"]) == ("orders/items", "items", arn)
    assert described["stateMachineArn"] == f"{machine}/items"
    assert json.loads(described["definition"]) == PASS_ITEM


async def test_the_history_of_an_express_child_is_refused_as_that_of_any_express_execution(api: Api) -> None:
    execution = await api.run(await api.machine(definition=definition(PASS_ITEM, "EXPRESS")), input="[1]")
    arn = await map_run_of(api, execution["executionArn"])
    [child] = (await api("ListExecutions", mapRunArn=arn))["executions"]
    code, _ = await api.refusal("GetExecutionHistory", executionArn=child["executionArn"])
    assert code == "InvalidArn"


async def test_children_are_listed_by_status_and_not_with_those_of_the_state_machine(api: Api) -> None:
    machine = await api.machine(definition=definition(FAIL_ITEM, ToleratedFailurePercentage=100))
    execution = await api.run(machine, input="[1,2]")
    arn = await map_run_of(api, execution["executionArn"])
    assert len((await api("ListExecutions", mapRunArn=arn, statusFilter="FAILED"))["executions"]) == 2
    for status in ("SUCCEEDED", "PENDING_REDRIVE"):
        assert (await api("ListExecutions", mapRunArn=arn, statusFilter=status))["executions"] == []
    listed = (await api("ListExecutions", stateMachineArn=machine))["executions"]
    assert [one["executionArn"] for one in listed] == [execution["executionArn"]]
    child = (await api("ListExecutions", mapRunArn=arn, maxResults=1))["executions"][0]
    described = await api("DescribeExecution", executionArn=child["executionArn"])
    assert (described["error"], described["redriveStatus"]) == ("Broken", "REDRIVABLE_BY_MAP_RUN")


async def test_a_child_of_which_only_the_end_is_kept_is_described(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "KEPT", 1)
    execution = await api.run(await api.machine(definition=definition(PASS_ITEM)), input="[1,2]")
    arn = await map_run_of(api, execution["executionArn"])
    _, first = (await api("ListExecutions", mapRunArn=arn))["executions"]
    described = await api("DescribeExecution", executionArn=first["executionArn"])
    assert (described["status"], described["inputDetails"]) == ("SUCCEEDED", {"included": False})
    code, _ = await api.refusal("GetExecutionHistory", executionArn=first["executionArn"])
    assert code == "ExecutionDoesNotExist"


async def test_a_map_run_is_updated_while_it_runs(api: Api) -> None:
    machine = await api.machine(definition=definition(WAIT_ITEM, MaxConcurrency=1))
    execution = (await api("StartExecution", stateMachineArn=machine, input="[1,2]"))["executionArn"]
    arn = await started_map_run_of(api, execution)
    await api("UpdateMapRun", mapRunArn=arn, maxConcurrency=2, toleratedFailureCount=3, toleratedFailurePercentage=4.5)
    described = await api("DescribeMapRun", mapRunArn=arn)
    assert (described["status"], described["maxConcurrency"]) == ("RUNNING", 2)
    assert (described["toleratedFailureCount"], described["toleratedFailurePercentage"]) == (3, 4.5)
    ended = await api.ended(execution)
    assert ended["stopDate"] == ended["startDate"] + 600
    assert (await api.refusal("UpdateMapRun", mapRunArn=arn, maxConcurrency=1))[0] == "ValidationException"


async def test_stopping_an_execution_aborts_its_map_run(api: Api) -> None:
    machine = await api.machine(definition=definition(WAIT_ITEM))
    execution = (await api("StartExecution", stateMachineArn=machine, input="[1,2]"))["executionArn"]
    arn = await started_map_run_of(api, execution)
    await api("StopExecution", executionArn=execution)
    await asyncio.sleep(0)
    described = await api("DescribeMapRun", mapRunArn=arn)
    assert described["status"] == "ABORTED"
    assert described["itemCounts"]["running"] == 0


async def test_a_nested_map_run_is_found_from_its_child(api: Api) -> None:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    inner = {"Type": "Map", "Label": "inner", "ItemProcessor": {**PASS_ITEM, **config}, "End": True}
    outer = definition({"StartAt": "Inner", "States": {"Inner": inner}})
    execution = await api.run(await api.machine(definition=outer), input="[[1]]")
    [child] = (await api("ListExecutions", mapRunArn=await map_run_of(api, execution["executionArn"])))["executions"]
    arn = await map_run_of(api, child["executionArn"])
    [grandchild] = (await api("ListExecutions", mapRunArn=arn))["executions"]
    described = await api("DescribeStateMachineForExecution", executionArn=grandchild["executionArn"])
    assert (described["name"], json.loads(described["definition"])) == ("orders/inner", PASS_ITEM)


@pytest.mark.parametrize("action", ["DescribeMapRun", "UpdateMapRun", "ListExecutions"])
async def test_a_map_run_that_does_not_exist_is_refused(api: Api, action: str) -> None:
    missing = "arn:aws:states:us-east-1:123456789012:mapRun:orders/items:5c1f8e52-0000-4000-a000-000000000000"
    assert (await api.refusal(action, mapRunArn=missing))[0] == "ResourceNotFound"
    assert (await api.refusal(action, mapRunArn="arn:aws:states:us-east-1:123456789012:activity:work"))[
        0
    ] == "InvalidArn"
