"""Activities, task tokens, and tasks that use Step Functions itself."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"


def task(resource: str, **more: Any) -> str:
    return json.dumps(
        {"StartAt": "Only", "States": {"Only": {"Type": "Task", "Resource": resource, "End": True, **more}}}
    )


async def waiting_task(api: Api) -> tuple[str, str]:
    """An execution whose task a worker has taken, and the task's token."""
    machine = await api.waiting_machine()
    execution = (await api("StartExecution", stateMachineArn=machine, input='{"order": 7}'))["executionArn"]
    answer = await api("GetActivityTask", activityArn=ACTIVITY, workerName="me")
    assert json.loads(answer["input"]) == {"order": 7}
    return execution, answer["taskToken"]


async def test_a_worker_completes_a_task(api: Api) -> None:
    execution, token = await waiting_task(api)
    assert await api("SendTaskHeartbeat", taskToken=token) == {}
    assert await api("SendTaskSuccess", taskToken=token, output='{"done": true}') == {}
    described = await api.ended(execution)
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"done": True})


async def test_a_worker_fails_a_task(api: Api) -> None:
    execution, token = await waiting_task(api)
    await api("SendTaskFailure", taskToken=token, error="Broken", cause="it fell")
    described = await api.ended(execution)
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Broken", "it fell")


@pytest.mark.parametrize(
    ("operation", "more"), [("SendTaskSuccess", {"output": "1"}), ("SendTaskFailure", {}), ("SendTaskHeartbeat", {})]
)
async def test_a_token_is_good_once_and_an_invented_one_never(api: Api, operation: str, more: dict[str, str]) -> None:
    _, token = await waiting_task(api)
    await api("SendTaskSuccess", taskToken=token, output="1")
    assert (await api.refusal(operation, taskToken=token, **more))[0] == "TaskTimedOut"
    assert (await api.refusal(operation, taskToken="invented", **more))[0] == "InvalidToken"


async def test_output_that_is_not_json_leaves_the_task_waiting(api: Api) -> None:
    execution, token = await waiting_task(api)
    assert (await api.refusal("SendTaskSuccess", taskToken=token, output="{"))[0] == "InvalidOutput"
    assert (await api("DescribeExecution", executionArn=execution))["status"] == "RUNNING"


async def test_a_poll_waits_for_a_task(api: Api) -> None:
    machine = await api.waiting_machine()
    poll = asyncio.ensure_future(api("GetActivityTask", activityArn=ACTIVITY))
    await asyncio.sleep(0)
    await api("StartExecution", stateMachineArn=machine, input="1")
    assert (await poll)["input"] == "1"


async def test_a_poll_that_finds_nothing_ends_empty_after_a_minute(api: Api) -> None:
    await api("CreateActivity", name="work")
    assert await api("GetActivityTask", activityArn=ACTIVITY) == {}


async def test_a_poll_ends_when_the_service_closes(api: Api) -> None:
    await api("CreateActivity", name="work")
    poll = asyncio.ensure_future(api("GetActivityTask", activityArn=ACTIVITY))
    await asyncio.sleep(0)
    api.close()
    assert await poll == {}


async def test_a_client_that_has_gone_takes_no_task(api: Api) -> None:
    machine = await api.waiting_machine()
    await api.gone("GetActivityTask", activityArn=ACTIVITY)
    await api("StartExecution", stateMachineArn=machine, input="1")
    assert (await api("GetActivityTask", activityArn=ACTIVITY))["input"] == "1"


async def test_activities_are_created_once_described_listed_and_deleted(api: Api) -> None:
    created = await api("CreateActivity", name="work", tags=[{"key": "team", "value": "red"}])
    assert await api("CreateActivity", name="work") == created
    assert await api("DescribeActivity", activityArn=ACTIVITY) == {
        **created,
        "name": "work",
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    assert await api("ListActivities") == {"activities": [{**created, "name": "work"}]}
    assert (await api("ListTagsForResource", resourceArn=ACTIVITY))["tags"] == [{"key": "team", "value": "red"}]
    for _ in range(2):
        assert await api("DeleteActivity", activityArn=ACTIVITY) == {}
    assert await api.refusal("GetActivityTask", activityArn=ACTIVITY) == (
        "ActivityDoesNotExist",
        f"Activity Does Not Exist: '{ACTIVITY}'",
    )


async def test_an_activity_with_another_encryption_is_another_activity(api: Api) -> None:
    await api("CreateActivity", name="work")
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "key"}
    refused = await api.refusal("CreateActivity", name="work", encryptionConfiguration=encryption)
    assert refused[0] == "ActivityAlreadyExists"


async def test_a_nested_execution_is_an_execution_like_any_other(api: Api) -> None:
    inner = await api.machine("inner")
    parameters = {"StateMachineArn": inner, "Name": "nested", "Input": {"order": 7}}
    outer = await api.machine("outer", task("arn:aws:states:::states:startExecution.sync:2", Parameters=parameters))
    described = await api.run(outer)
    assert json.loads(described["output"])["Output"] == {"order": 7}
    nested = inner.replace(":stateMachine:", ":execution:") + ":nested"
    assert (await api("DescribeExecution", executionArn=nested))["status"] == "SUCCEEDED"


async def test_a_nested_execution_that_cannot_start_fails_the_task(api: Api) -> None:
    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:none"}
    outer = await api.machine("outer", task("arn:aws:states:::states:startExecution", Parameters=parameters))
    assert (await api.run(outer))["error"] == "StepFunctions.StateMachineDoesNotExistException"


async def test_a_task_calls_an_action_of_the_service(api: Api) -> None:
    definition = task("arn:aws:states:::aws-sdk:sfn:describeStateMachine", Parameters={"StateMachineArn.$": "$.arn"})
    outer = await api.machine("outer", definition)
    described = await api.run(outer, input=json.dumps({"arn": outer}))
    result = json.loads(described["output"])
    assert (result["Name"], result["LoggingConfiguration"]["Level"]) == ("outer", "OFF")


async def test_an_action_that_takes_a_text_of_json_takes_the_json_too(api: Api) -> None:
    await api.machine("inner", json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}))
    inner = "arn:aws:states:us-east-1:123456789012:stateMachine:inner"
    parameters = {"StateMachineArn": inner, "Name": "nested", "Input": {"Order": {"Number": 7}}}
    outer = await api.machine("outer", task("arn:aws:states:::aws-sdk:sfn:startExecution", Parameters=parameters))
    started = json.loads((await api.run(outer))["output"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", started["StartDate"])
    assert json.loads((await api.ended(started["ExecutionArn"]))["input"]) == {"Order": {"Number": 7}}


async def test_an_action_refuses_a_parameter_that_it_does_not_have(api: Api) -> None:
    parameters = {"StateMachineArn": "x", "Priority": 1}
    machine = await api.machine("outer", task("arn:aws:states:::aws-sdk:sfn:startExecution", Parameters=parameters))
    described = await api.run(machine)
    assert described["error"] == "States.Runtime"
    assert described["cause"] == 'The field "Priority" is not supported by Step Functions'


async def test_an_action_that_is_refused_fails_the_task(api: Api) -> None:
    definition = task("arn:aws:states:::aws-sdk:sfn:describeExecution", Parameters={"ExecutionArn": "none"})
    described = await api.run(await api.machine("outer", definition))
    assert described["error"] == "Sfn.InvalidArnException"
    assert described["cause"].startswith("Invalid Arn: 'Invalid ARN prefix: none' (Service: Sfn, Status Code: 400")


OTHER_ROLE = "arn:aws:iam::210987654321:role/there"


async def test_a_task_with_credentials_starts_an_execution_in_the_account_of_its_role(api: Api) -> None:
    there = await api.of("210987654321").machine("child")
    parameters = {"StateMachineArn": there}
    resource = "arn:aws:states:::states:startExecution"
    described = await api.run(await api.machine("without", task(resource, Parameters=parameters)))
    assert described["error"] == "StepFunctions.StateMachineDoesNotExistException"
    credentials = {"RoleArn": OTHER_ROLE}
    machine = await api.machine("with", task(resource, Parameters=parameters, Credentials=credentials))
    described = await api.run(machine)
    assert json.loads(described["output"])["ExecutionArn"].startswith("arn:aws:states:us-east-1:210987654321:")


async def test_an_action_of_step_functions_works_in_the_account_of_the_role(api: Api) -> None:
    await api.of("210987654321").machine("theirs")
    resource = "arn:aws:states:::aws-sdk:sfn:listStateMachines"
    machine = await api.machine("lists", task(resource, Parameters={}, Credentials={"RoleArn": OTHER_ROLE}))
    described = await api.run(machine)
    assert [item["Name"] for item in json.loads(described["output"])["StateMachines"]] == ["theirs"]
