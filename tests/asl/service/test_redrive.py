"""RedriveExecution through the API: who may be redriven, and what is told of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine import Execution
from tests.asl.service.conftest import ROLE

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api

FAIL = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "Broken"}}})
SUCCEED = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
DAY = 86_400


async def failed(api: Api, name: str = "orders", **more: Any) -> str:
    """The ARN of an execution that has failed."""
    arn: str = (await api.run(await api.machine(name, FAIL), **more))["executionArn"]
    return arn


async def redrive(api: Api, arn: str, **more: Any) -> dict[str, Any]:
    """Redrive an execution and describe it once it has ended."""
    answer = await api("RedriveExecution", executionArn=arn, **more)
    described = await api.ended(arn)
    assert described["redriveDate"] == answer["redriveDate"]
    return described


async def test_a_redriven_execution_runs_under_its_arn(api: Api) -> None:
    arn = await failed(api)
    before = await api("DescribeExecution", executionArn=arn)
    assert (before["redriveCount"], before["redriveStatus"]) == (0, "REDRIVABLE")
    assert "redriveDate" not in before
    after = await redrive(api, arn)
    assert (after["redriveCount"], after["status"], after["startDate"]) == (1, "FAILED", before["startDate"])
    history = (await api("GetExecutionHistory", executionArn=arn))["events"]
    assert history[3]["type"] == "ExecutionRedriven"
    assert history[3]["executionRedrivenEventDetails"] == {"redriveCount": 1}


async def test_a_running_and_a_succeeded_execution_cannot_be_redriven(api: Api) -> None:
    running = (await api("StartExecution", stateMachineArn=await api.waiting_machine("waits")))["executionArn"]
    succeeded = (await api.run(await api.machine("succeeds", SUCCEED)))["executionArn"]
    for arn, status in ((running, "RUNNING"), (succeeded, "SUCCEEDED")):
        reason = f"Execution is {status} and cannot be redriven"
        assert await api.refusal("RedriveExecution", executionArn=arn) == ("ExecutionNotRedrivable", reason)
        described = await api("DescribeExecution", executionArn=arn)
        assert (described["redriveStatus"], described["redriveStatusReason"]) == ("NOT_REDRIVABLE", reason)


async def test_an_execution_that_does_not_exist_cannot_be_redriven(api: Api) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:orders:none"
    assert (await api.refusal("RedriveExecution", executionArn=arn))[0] == "ExecutionDoesNotExist"


async def test_express_executions_cannot_be_redriven(api: Api) -> None:
    machine = await api.machine("fast", FAIL, type="EXPRESS")
    arn = (await api("StartSyncExecution", stateMachineArn=machine))["executionArn"]
    assert (await api.refusal("RedriveExecution", executionArn=arn))[0] == "InvalidArn"


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (13.9, None),
        (14.1, "Execution redrivable period exceeded"),
        (366, "Execution has exceeded the max execution time"),
    ],
)
async def test_an_execution_can_be_redriven_for_fourteen_days(api: Api, days: float, reason: str | None) -> None:
    arn = await failed(api)
    api.advance(days * DAY)
    described = await api("DescribeExecution", executionArn=arn)
    assert described.get("redriveStatusReason") == reason
    if reason is None:
        await redrive(api, arn)
    else:
        assert await api.refusal("RedriveExecution", executionArn=arn) == ("ExecutionNotRedrivable", reason)


async def test_the_history_has_to_have_room_for_two_events_more(api: Api) -> None:
    rule = {"Variable": "$.never", "IsPresent": True, "Next": "End"}
    states = {"Again": {"Type": "Choice", "Choices": [rule], "Default": "Again"}, "End": {"Type": "Succeed"}}
    loop = {"StartAt": "Again", "States": states}
    arn = (await api.run(await api.machine("loops", json.dumps(loop))))["executionArn"]
    expected = ("ExecutionNotRedrivable", "Execution history event limit exceeded")
    assert await api.refusal("RedriveExecution", executionArn=arn) == expected


async def test_an_execution_is_redriven_a_thousand_times_at_most(api: Api) -> None:
    arn = await failed(api)
    execution = api.execution(arn)
    assert isinstance(execution, Execution)
    execution.redrive_count = 1_000
    code, reason = await api.refusal("RedriveExecution", executionArn=arn)
    assert (code, reason) == ("ExecutionNotRedrivable", "Execution has been redriven 1000 times")


async def test_executions_of_a_state_machine_that_is_deleted_cannot_be_redriven(api: Api) -> None:
    arn = await failed(api)
    await api("DeleteStateMachine", stateMachineArn=await api.machine("orders", FAIL))
    code, reason = await api.refusal("RedriveExecution", executionArn=arn)
    assert (code, reason) == ("ExecutionNotRedrivable", "State machine is in DELETING status")


async def test_a_repeated_request_redrives_once(api: Api) -> None:
    arn = await failed(api)
    first = await api("RedriveExecution", executionArn=arn, clientToken="a")
    await api.ended(arn)
    api.advance(14 * 60)
    assert await api("RedriveExecution", executionArn=arn, clientToken="a") == first
    assert (await redrive(api, arn, clientToken="b"))["redriveCount"] == 2
    api.advance(2 * 60)
    assert (await redrive(api, arn, clientToken="a"))["redriveCount"] == 3


async def test_the_last_ten_client_tokens_are_known(api: Api) -> None:
    arn = await failed(api)
    for token in range(11):
        await redrive(api, arn, clientToken=f"token-{token}")
    await api("RedriveExecution", executionArn=arn, clientToken="token-1")
    assert (await api("DescribeExecution", executionArn=arn))["redriveCount"] == 11
    assert (await redrive(api, arn, clientToken="token-0"))["redriveCount"] == 12


async def test_it_goes_on_with_the_definition_and_the_version_that_it_was_started_with(api: Api) -> None:
    machine = await api.machine("orders", FAIL, publish=True)
    routing = [{"stateMachineVersionArn": f"{machine}:1", "weight": 100}]
    alias = (await api("CreateStateMachineAlias", name="live", routingConfiguration=routing))["stateMachineAliasArn"]
    arn = (await api.run(alias))["executionArn"]
    await api("UpdateStateMachine", stateMachineArn=machine, definition=SUCCEED, roleArn=ROLE, publish=True)
    routing = [{"stateMachineVersionArn": f"{machine}:2", "weight": 100}]
    await api("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=routing)
    after = await redrive(api, arn)
    assert after["status"] == "FAILED"
    assert (after["stateMachineVersionArn"], after["stateMachineAliasArn"]) == (f"{machine}:1", alias)


async def test_executions_are_listed_by_whether_they_were_redriven(api: Api) -> None:
    machine = await api.machine("orders", FAIL)
    one, two = [(await api.run(machine, name=name))["executionArn"] for name in ("one", "two")]
    await redrive(api, one)
    for redrive_filter, expected in (("REDRIVEN", [one]), ("NOT_REDRIVEN", [two])):
        listed = (await api("ListExecutions", stateMachineArn=machine, redriveFilter=redrive_filter))["executions"]
        assert [item["executionArn"] for item in listed] == expected
    code, _ = await api.refusal("ListExecutions", stateMachineArn=machine, statusFilter="PENDING_REDRIVE")
    assert code == "ValidationException"


async def test_a_parent_that_is_redriven_starts_its_task_again(api: Api) -> None:
    child = await api.machine("child", FAIL)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child},
        "End": True,
    }
    parent = await api.machine("parent", json.dumps({"StartAt": "Child", "States": {"Child": task}}))
    arn = (await api.run(parent))["executionArn"]
    await api("UpdateStateMachine", stateMachineArn=child, definition=SUCCEED)
    after = await redrive(api, arn)
    assert after["status"] == "SUCCEEDED"
    assert len((await api("ListExecutions", stateMachineArn=child))["executions"]) == 2


async def test_a_child_execution_is_redriven_by_its_map_run_only(api: Api) -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **json.loads(FAIL)}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    arn = (
        await api.run(
            await api.machine("maps", json.dumps({"StartAt": "Each", "States": {"Each": state}})), input="[1]"
        )
    )["executionArn"]
    run = (await api("ListMapRuns", executionArn=arn))["mapRuns"][0]["mapRunArn"]
    child = (await api("ListExecutions", mapRunArn=run))["executions"][0]["executionArn"]
    assert (await api("DescribeExecution", executionArn=child))["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    assert (await api.refusal("RedriveExecution", executionArn=child))[0] == "ExecutionNotRedrivable"
    await api("RedriveExecution", executionArn=arn)
    await api.ended(arn)
    described = await api("DescribeMapRun", mapRunArn=run)
    assert (described["status"], described["redriveCount"], described["executionCounts"]["failed"]) == ("FAILED", 1, 1)
    assert described["redriveDate"] > 0
    [listed] = (await api("ListExecutions", mapRunArn=run, redriveFilter="REDRIVEN"))["executions"]
    assert (listed["executionArn"], listed["redriveCount"]) == (child, 1)
    assert (await api("ListExecutions", mapRunArn=run, redriveFilter="NOT_REDRIVEN"))["executions"] == []
    assert (await api("ListExecutions", mapRunArn=run, statusFilter="PENDING_REDRIVE"))["executions"] == []
