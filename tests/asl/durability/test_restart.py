"""After a stop and a start with the same folder everything is as it was, and what was running goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asl.durability import journal
from asl.durability.archive import ArchivedExecution
from tests.asl.service.conftest import PASS, ROLE

if TYPE_CHECKING:
    import pytest

    from tests.asl.durability.conftest import Lives
    from tests.asl.service.conftest import Api

FAIL = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "Broken", "Cause": "C"}}})


def definition(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


async def everything(api: Api) -> dict[str, Any]:
    """What the API tells of all resources."""
    machines = (await api("ListStateMachines"))["stateMachines"]
    told: dict[str, Any] = {"machines": machines, "activities": (await api("ListActivities"))["activities"]}
    for machine in machines:
        arn = machine["stateMachineArn"]
        told[arn] = [
            await api("DescribeStateMachine", stateMachineArn=arn),
            await api("ListStateMachineVersions", stateMachineArn=arn),
            await api("ListStateMachineAliases", stateMachineArn=arn),
            await api("ListTagsForResource", resourceArn=arn),
            executions := await api("ListExecutions", stateMachineArn=arn),
        ]
        for execution in executions["executions"]:
            of = execution["executionArn"]
            told[of] = [
                await api("DescribeExecution", executionArn=of),
                await api("GetExecutionHistory", executionArn=of),
                await api("DescribeStateMachineForExecution", executionArn=of),
            ]
    return told


async def test_all_that_there_was_is_there_again(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.machine("orders", PASS, publish=True, tags=[{"key": "team", "value": "é"}])
    routing = [{"stateMachineVersionArn": f"{machine}:1", "weight": 100}]
    alias = (await api("CreateStateMachineAlias", name="live", routingConfiguration=routing))["stateMachineAliasArn"]
    await api.run(alias, name="one", input='{"a": "\\u00e9"}', traceHeader="Root=1")
    await api("UpdateStateMachine", stateMachineArn=machine, definition=FAIL, publish=True)
    await api.run(machine, name="two")
    await api("CreateActivity", name="work", tags=[{"key": "k", "value": "v"}])
    await api("UntagResource", resourceArn=machine, tagKeys=["team"])
    before = await everything(api)
    api = await lives.begin()
    assert await everything(api) == before
    api = await lives.begin()
    assert await everything(api) == before


async def test_a_deleted_resource_stays_deleted_and_its_executions_stay(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.machine("orders", PASS)
    arn = (await api.run(machine))["executionArn"]
    activity = (await api("CreateActivity", name="work"))["activityArn"]
    await api("DeleteActivity", activityArn=activity)
    await api("DeleteStateMachine", stateMachineArn=machine)
    api = await lives.begin()
    assert (await api("ListStateMachines"))["stateMachines"] == []
    assert (await api("ListActivities"))["activities"] == []
    assert (await api("DescribeExecution", executionArn=arn))["status"] == "SUCCEEDED"
    assert await api.machine("orders", FAIL) == machine
    api = await lives.begin()
    assert (await api("DescribeStateMachine", stateMachineArn=machine))["definition"] == FAIL


async def test_an_execution_runs_its_revision_whatever_became_of_its_machine(lives: Lives) -> None:
    api = await lives.begin()
    waits = definition(W={"Type": "Wait", "Seconds": 60, "Next": "P"}, P={"Type": "Pass", "Result": 1, "End": True})
    machine = await api.machine("orders", waits)
    arn = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    await api("UpdateStateMachine", stateMachineArn=machine, definition=FAIL, roleArn=ROLE)
    api = await lives.begin()
    described = await api.ended(arn)
    assert (described["status"], described["output"]) == ("SUCCEEDED", "1")
    assert described["stopDate"] == described["startDate"] + 60


async def test_a_task_token_is_valid_and_its_execution_ends_once(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.waiting_machine()
    arn = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    activity = (await api("ListActivities"))["activities"][0]["activityArn"]
    token = (await api("GetActivityTask", activityArn=activity))["taskToken"]
    before = (await api("GetExecutionHistory", executionArn=arn))["events"]
    api = await lives.begin()
    assert (await api("GetExecutionHistory", executionArn=arn))["events"] == before
    await api("SendTaskSuccess", taskToken=token, output='"done"')
    api = await lives.begin()
    described = await api.ended(arn)
    assert described["output"] == '"done"'
    after = (await api("GetExecutionHistory", executionArn=arn))["events"]
    assert after[: len(before)] == before
    assert [event["type"] for event in after[len(before) :]] == [
        "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    assert (await api.refusal("SendTaskSuccess", taskToken=token, output="1"))[0] == "TaskTimedOut"


async def test_a_task_that_no_worker_has_is_offered_again(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.waiting_machine()
    arn = (await api("StartExecution", stateMachineArn=machine, input='{"n":1}'))["executionArn"]
    api = await lives.begin()
    activity = (await api("ListActivities"))["activities"][0]["activityArn"]
    task = await api("GetActivityTask", activityArn=activity)
    assert task["input"] == '{"n":1}'
    await api("SendTaskSuccess", taskToken=task["taskToken"], output="2")
    described = await api.ended(arn)
    assert described.get("output") == "2", (described["status"], described.get("error"), described.get("cause"))


async def test_heartbeats_and_time_limits_are_due_when_they_were(lives: Lives) -> None:
    api = await lives.begin()
    activity = (await api("CreateActivity", name="work"))["activityArn"]
    task = {"Type": "Task", "Resource": activity, "TimeoutSeconds": 90, "HeartbeatSeconds": 20, "End": True}
    machine = await api.machine("limits", definition(T=task))
    arn = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    token = (await api("GetActivityTask", activityArn=activity))["taskToken"]
    for _ in range(4):
        api.advance(15)
        await api("SendTaskHeartbeat", taskToken=token)
        api = await lives.begin()
    described = await api.ended(arn)
    assert described["stopDate"] == described["startDate"] + 80
    last = (await api("GetExecutionHistory", executionArn=arn, reverseOrder=True))["events"]
    assert [event["type"] for event in last[:2]] == ["ExecutionFailed", "ActivityTimedOut"]


async def test_the_time_limit_of_an_execution_counts_from_its_start(lives: Lives) -> None:
    api = await lives.begin()
    text = json.dumps(
        {
            "StartAt": "W",
            "TimeoutSeconds": 50,
            "States": json.loads(definition(W={"Type": "Wait", "Seconds": 99, "End": True}))["States"],
        }
    )
    arn = (await api("StartExecution", stateMachineArn=await api.machine("slow", text)))["executionArn"]
    api.advance(30)
    api = await lives.begin()
    described = await api.ended(arn)
    assert (described["status"], described["stopDate"]) == ("TIMED_OUT", described["startDate"] + 50)


async def test_a_name_is_not_given_twice(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.waiting_machine()
    first = await api("StartExecution", stateMachineArn=machine, name="one", input="1")
    api = await lives.begin()
    assert await api("StartExecution", stateMachineArn=machine, name="one", input="1") == first
    code, _ = await api.refusal("StartExecution", stateMachineArn=machine, name="one", input="2")
    assert code == "ExecutionAlreadyExists"


async def test_a_page_token_goes_on(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.machine()
    arns = [(await api.run(machine, name=f"e{number}"))["executionArn"] for number in range(5)]
    page = await api("ListExecutions", stateMachineArn=machine, maxResults=2)
    api = await lives.begin()
    newer = (await api.run(machine, name="newer"))["executionArn"]
    rest = await api("ListExecutions", stateMachineArn=machine, nextToken=page["nextToken"])
    listed = [item["executionArn"] for item in page["executions"] + rest["executions"]]
    assert listed == arns[::-1]
    assert newer not in listed


async def test_a_parent_waits_for_the_child_that_it_started(lives: Lives) -> None:
    api = await lives.begin()
    child = await api.machine("child", definition(W={"Type": "Wait", "Seconds": 30, "End": True}))
    resource = "arn:aws:states:::states:startExecution.sync:2"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child}, "End": True}
    parent = await api.machine("parent", definition(T=task))
    arn = (await api("StartExecution", stateMachineArn=parent))["executionArn"]
    api.advance(0)
    api = await lives.begin()
    described = await api.ended(arn)
    assert described["status"] == "SUCCEEDED"
    children = (await api("ListExecutions", stateMachineArn=child))["executions"]
    assert [item["status"] for item in children] == ["SUCCEEDED"]
    assert children[0]["executionArn"] == json.loads(described["output"])["ExecutionArn"]


async def test_an_archived_execution_is_redriven(lives: Lives) -> None:
    api = await lives.begin()
    arn = (await api.run(await api.machine("fails", FAIL)))["executionArn"]
    api = await lives.begin()
    first = await api("RedriveExecution", executionArn=arn, clientToken="a")
    assert (await api.ended(arn))["redriveCount"] == 1
    api = await lives.begin()
    assert await api("RedriveExecution", executionArn=arn, clientToken="a") == first
    events = (await api("GetExecutionHistory", executionArn=arn))["events"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("ExecutionRedriven") == 1


async def test_an_execution_is_forgotten_after_ninety_days(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.machine()
    arn = (await api.run(machine))["executionArn"]
    api.advance(89 * 86_400)
    api = await lives.begin()
    assert (await api("DescribeExecution", executionArn=arn))["status"] == "SUCCEEDED"
    api.advance(2 * 86_400)
    api = await lives.begin()
    assert (await api.refusal("DescribeExecution", executionArn=arn))[0] == "ExecutionDoesNotExist"
    api = await lives.begin()
    assert (await api("ListExecutions", stateMachineArn=machine))["executions"] == []


async def test_express_executions_are_not_kept(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.machine("fast", PASS, type="EXPRESS")
    assert (await api("StartSyncExecution", stateMachineArn=machine))["status"] == "SUCCEEDED"
    api = await lives.begin()
    assert (await api("DescribeStateMachine", stateMachineArn=machine))["type"] == "EXPRESS"
    assert (await api("StartSyncExecution", stateMachineArn=machine))["status"] == "SUCCEEDED"


async def test_whatever_a_payload_holds_is_kept(lives: Lives) -> None:
    """Half a surrogate pair and an integer of more than 64 bits: some writers of JSON refuse them."""
    api = await lives.begin()
    odd = r'{"half": "\ud800", "large": 123456789012345678901234567890}'
    items = {"Type": "Pass", "Result": {"large": [2**70, 0.1, -0.0, 1e300]}, "Next": "Each"}
    processor = json.loads(definition(W={"Type": "Wait", "Seconds": 5, "End": True}))
    each = {"Type": "Map", "ItemsPath": "$.large", "ItemProcessor": processor, "End": True}
    machine = await api.machine("odd", definition(Items=items, Each=each))
    code, _ = await api.refusal("StartExecution", stateMachineArn=machine, input=odd)
    assert code == "InvalidExecutionInput"
    arn = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    api = await lives.begin()
    assert json.loads((await api.ended(arn))["output"]) == [2**70, 0.1, -0.0, 1e300]


async def test_a_token_of_an_execution_that_ran_out_of_time_meanwhile_is_refused(lives: Lives) -> None:
    api = await lives.begin()
    activity = (await api("CreateActivity", name="work"))["activityArn"]
    task = {"Type": "Task", "Resource": activity, "End": True}
    branches = [json.loads(definition(One=task)), json.loads(definition(Two=task))]
    both = {"Type": "Parallel", "Branches": branches, "End": True}
    machine = await api.machine("late", json.dumps({"StartAt": "P", "TimeoutSeconds": 60, "States": {"P": both}}))
    arn = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    tokens = [(await api("GetActivityTask", activityArn=activity))["taskToken"] for _ in range(2)]
    lives.advance(61)
    api = await lives.begin()
    assert (await api.ended(arn))["status"] == "TIMED_OUT"
    for token in tokens:
        assert (await api.refusal("SendTaskSuccess", taskToken=token, output="1"))[0] == "TaskTimedOut"


async def test_executions_that_are_not_in_memory_any_more_are_as_they_were(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ENDED_IN_MEMORY", 1)
    api = await lives.begin()
    arns = [(await api.run(await api.machine("fails", FAIL), name=f"e{number}"))["executionArn"] for number in range(3)]
    assert isinstance(api.execution(arns[0]), ArchivedExecution)
    kept, archived = [await api("DescribeExecution", executionArn=arn) for arn in (arns[2], arns[0])]
    assert {name for name in kept if kept[name] != archived[name]} <= {"executionArn", "name", "startDate", "stopDate"}
    await api("RedriveExecution", executionArn=arns[0])
    assert (await api.ended(arns[0]))["redriveCount"] == 1
    before = await everything(api)
    api = await lives.begin()
    assert await everything(api) == before
