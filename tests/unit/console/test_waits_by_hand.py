"""What an execution says of its waits: which can be ended by hand, and what came of those that were."""

from __future__ import annotations

import io
import uuid
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.eventually import eventually
from tests.unit.console.bench import BECAUSE, Api, Around, deploy, execution_path
from tests.unit.console.test_executions import Machine, waiting_for
from tests.unit.console.test_waits import wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_lambda import LambdaClient

    from tests.unit.cloud import Aws

IDS = {"Ours": "cmp_1", "Theirs": "cmp_2", "Expired": "cmp_3"}


@pytest.fixture
def function(aws: Aws) -> str:
    """A function that takes a task token, and nothing else."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("app.py", "def handler(event, context):\n    return {}\n")
    name = f"await-{uuid.uuid4().hex}"
    client: LambdaClient = boto3.client("lambda", endpoint_url=aws.url)
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return name


@pytest.fixture
def machine(aws: Aws, function: str) -> Machine:
    """It waits for three campaigns at once, and for what has no mailbox."""

    def waiting(campaign_id: str) -> dict[str, Any]:
        payload = {"vendor": "pigeon", "campaign_id": campaign_id, "task_token.$": "$$.Task.Token"}
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": function, "Payload": payload},
            "TimeoutSeconds": 3600,
            "End": True,
        }

    queue = aws.sqs.create_queue(QueueName=f"tokens-{uuid.uuid4().hex}")["QueueUrl"]
    states = {**{state: waiting(campaign_id) for state, campaign_id in IDS.items()}, "Other": waiting_for(queue)}
    branches = [{"StartAt": state, "States": {state: waits}} for state, waits in states.items()]
    return Machine(aws, {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": branches, "End": True}}})


@pytest.fixture
def around(aws: Aws, machine: Machine, function_environment: pytest.MonkeyPatch) -> Around:
    return deploy(aws, function_environment, [machine.arn])


@pytest.fixture
def waiting(aws: Aws, machine: Machine, around: Around) -> Iterator[str]:
    """The path of an execution that waits. One of its campaigns has the mailbox of another execution, one has none."""
    name = machine.run(until="TaskScheduled")
    arn, path = machine.arn_of(name), execution_path(machine.name, name)
    eventually(lambda: len(Api().get(path).body["waits"]) == len(IDS) + 1, "all its waits")
    wait(around.mailboxes, IDS["Ours"], datetime.now(UTC), execution=arn)
    wait(around.mailboxes, IDS["Theirs"], datetime.now(UTC), execution="arn:elsewhere")
    yield path
    aws.step_functions.stop_execution(executionArn=arn)


def test_a_wait_says_how_it_can_be_ended_by_hand_if_it_can(waiting: str) -> None:
    found = Api().get(waiting).body
    attempts = {wait["state"]: wait["attempt"] for wait in found["waits"]}
    [ours] = [mailbox for mailbox in found["mailboxes"] if mailbox["campaign_id"] == IDS["Ours"]]
    assert attempts == {"Ours": ours["attempt"], "Theirs": None, "Expired": None, "Other": None}
    plain = Api().get(waiting, summary="false").body
    assert (plain["summarized"], plain["waits"], plain["mailboxes"]) == (False, [], [])
    assert plain["definition"] == found["definition"]


@pytest.mark.parametrize("status", ["success", "failed", "archived"])
def test_who_ended_a_wait_how_and_why_is_told_with_the_execution(waiting: str, status: str) -> None:
    [wait] = [wait for wait in Api().get(waiting).body["waits"] if wait["attempt"]]
    path = f"/waits/{wait['vendor']}/{wait['campaign_id']}/end"
    assert Api().post(path, {**BECAUSE, "attempt": wait["attempt"], "status": status}).status == 200
    [mailbox] = [box for box in Api().get(waiting).body["mailboxes"] if box["campaign_id"] == wait["campaign_id"]]
    [arrival] = mailbox["arrivals"]
    assert (arrival["status"], arrival["by"], arrival["reason"]) == (status, "olga", BECAUSE["reason"])
