from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from asl.definition import parse
from asl.engine import Engine, Execution, StartRequest, VirtualClock, event_to_api
from asl.integrations import Integrations
from asl.integrations.aws_endpoint import AwsEndpoints
from tests.unit.cloud import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.engine import MapRun

Json = Any

ACCOUNT = "210987654321"
OTHER_ACCOUNT = "345678901234"
PREFIX = f"arn:aws:states:us-east-1:{ACCOUNT}"
NAMES = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that needs the embedded AWS runs on one worker, so that there is one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "embedded_aws" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cloud)
            item.add_marker(pytest.mark.xdist_group("embedded-aws"))


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded(tmp_path_factory.mktemp("embedded-aws")) as url:
        yield url


@dataclass(frozen=True)
class Result:
    """How an execution of one Task state ended."""

    execution: Execution

    @property
    def output(self) -> Json:
        """The output of the execution, which succeeded."""
        assert self.execution.status.value == "SUCCEEDED", (self.execution.error, self.execution.cause)
        assert self.execution.output is not None
        return json.loads(self.execution.output)

    @property
    def error(self) -> tuple[str | None, str | None]:
        """The error and cause of the execution, which failed."""
        assert self.execution.status.value == "FAILED", self.execution.output
        return self.execution.error, self.execution.cause

    @property
    def types(self) -> list[str]:
        """The types of the events of the task."""
        types = [event.type for event in self.execution.history]
        return [name for name in types if name.startswith("Task") and not name.startswith("TaskState")]

    def details(self, event_type: str) -> Json:
        """The details of the first event of a type."""
        event = next(event for event in self.execution.history if event.type == event_type)
        return next(value for key, value in event_to_api(event).items() if key.endswith("EventDetails"))


class Bench:
    """An engine on virtual time whose tasks find AWS at one URL."""

    def __init__(self, url: str | None) -> None:
        self.integrations = Integrations(aws=AwsEndpoints(lambda _: url))
        self.map_runs: list[MapRun] = []
        self._engine = Engine(VirtualClock(), self.integrations, on_map_run=self.map_runs.append)

    def start(self, resource: str, parameters: Json, **fields: Json) -> Execution:
        """Start a state machine with one Task."""
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
        return self.start_machine({"StartAt": "Task", "States": {"Task": {**task, **fields}}})

    def start_machine(self, definition: Json, execution_input: Json = None) -> Execution:
        """Start a state machine given as JSON."""
        name = f"execution-{next(NAMES)}"
        return self._engine.start(
            StartRequest(
                execution_arn=f"{PREFIX}:execution:machine:{name}",
                name=name,
                state_machine_arn=f"{PREFIX}:stateMachine:machine",
                state_machine_name="machine",
                role_arn=f"arn:aws:iam::{ACCOUNT}:role/role",
                definition=parse(json.dumps(definition)),
                input=json.dumps(execution_input or {}),
            )
        )

    async def run(self, state: Json, execution_input: Json = None) -> Result:
        """Run a state machine of one state to its end."""
        execution = self.start_machine({"StartAt": "Only", "States": {"Only": state}}, execution_input)
        await execution.wait()
        return Result(execution)

    async def perform(self, resource: str, parameters: Json, **fields: Json) -> Result:
        """Run one Task to its end."""
        execution = self.start(resource, parameters, **fields)
        await execution.wait()
        return Result(execution)


@pytest.fixture
async def bench(embedded_aws: str) -> Bench:
    return Bench(embedded_aws)


@dataclass(frozen=True)
class Cloud:
    """The test's own view of the embedded AWS."""

    url: str

    def client(self, service: Any, account: str = ACCOUNT) -> Any:
        """A client for an account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="none",
        )

    def queue(self) -> str:
        """The URL of a new queue."""
        name = f"queue-{next(NAMES)}"
        return str(self.client("sqs").create_queue(QueueName=name)["QueueUrl"])

    def messages(self, queue: str) -> list[str]:
        """The bodies of the messages that are in a queue."""
        answer = self.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def next_message(self, queue: str) -> str:
        """The body of the next message of a queue, once there is one."""
        answer = self.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        return str(answer["Messages"][0]["Body"])

    def table(self, account: str = ACCOUNT) -> str:
        """The name of a new table with the key `id`."""
        name = f"table-{next(NAMES)}"
        self.client("dynamodb", account).create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def bucket(self) -> str:
        """The name of a new bucket."""
        name = f"bucket-{next(NAMES)}"
        self.client("s3").create_bucket(Bucket=name)
        return name

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object."""
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=content)

    def content(self, bucket: str, key: str) -> bytes:
        """What is in an object."""
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content


@pytest.fixture
def cloud(embedded_aws: str) -> Cloud:
    return Cloud(embedded_aws)
