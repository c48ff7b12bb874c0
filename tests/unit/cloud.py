"""An embedded AWS of the test session's own, and what tests put into it and read from it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3

from callbacks.mailbox_table import WAITS_INDEX
from local import embedded_aws

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

    from local.console import ConsoleFolders

START_SECONDS = 60.0


@contextmanager
def embedded(folder: Path, console: tuple[socket.socket, ConsoleFolders] | None = None) -> Iterator[str]:
    """The URL of a fresh embedded AWS on the loopback interface. It ends with the block, or with this process.

    With a listening socket and folders for it, it serves the console, too.
    """
    reading, writing = os.pipe()
    options, descriptors = [], [reading]
    if console is not None:
        listening, folders_of_console = console
        options = ["--console-socket", str(listening.fileno())]
        options += ["--console-pages", str(folders_of_console.pages)]
        options += ["--console-reports", str(folders_of_console.reports)]
        descriptors.append(listening.fileno())
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("wb") as log:
        port = listener.getsockname()[1]
        folders = embedded_aws.Folders(scratch=folder, packages=folder / "packages")
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "local.embedded_aws"),
                *("--socket", str(listener.fileno()), "--lifeline", str(reading), *options),
            ],
            env=embedded_aws.environment(port, folders, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(listener.fileno(), *descriptors),
            process_group=0,
        )
    os.close(reading)
    url = f"http://127.0.0.1:{port}"
    try:
        # The socket listens already, so one request is enough: it is answered as soon as anyone serves.
        with urllib3.PoolManager(retries=False, timeout=START_SECONDS) as http:
            http.request("GET", f"{url}{embedded_aws.HEALTH_PATH}")
        yield url
    except urllib3.exceptions.HTTPError:
        pytest.fail(f"the embedded AWS did not start:\n{(folder / 'log').read_text()[-2000:]}")
    finally:
        os.close(writing)
        process.wait()


@dataclass(frozen=True)
class Waiting:
    """An execution that waits for its token to come back."""

    execution: str
    token: str


@dataclass(frozen=True)
class Aws:
    """The test's own view of the embedded AWS at `url`."""

    url: str

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", endpoint_url=self.url)

    @cached_property
    def kms(self) -> KMSClient:
        return boto3.client("kms", endpoint_url=self.url)

    @cached_property
    def ssm(self) -> SSMClient:
        return boto3.client("ssm", endpoint_url=self.url)

    @cached_property
    def sqs(self) -> SQSClient:
        return boto3.client("sqs", endpoint_url=self.url)

    @cached_property
    def events(self) -> EventBridgeClient:
        return boto3.client("events", endpoint_url=self.url)

    @cached_property
    def step_functions(self) -> SFNClient:
        return boto3.client("stepfunctions", endpoint_url=self.url)

    def table(self, *keys: str) -> str:
        """A new table with a partition key and perhaps a sort key."""
        name = f"table-{uuid.uuid4().hex}"
        kinds = ("HASH", "RANGE")
        self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)],  # type: ignore[typeddict-item]
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def mailboxes(self) -> str:
        """A new mailbox table, with its index of what waits."""
        name = f"mailboxes-{uuid.uuid4().hex}"
        texts = ("correlation_key", "item", "waits", "waiting_since")
        self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": text, "AttributeType": "S"} for text in texts],
            KeySchema=[
                {"AttributeName": "correlation_key", "KeyType": "HASH"},
                {"AttributeName": "item", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": WAITS_INDEX,
                    "KeySchema": [
                        {"AttributeName": "waits", "KeyType": "HASH"},
                        {"AttributeName": "waiting_since", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["execution_id", "state"]},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def put(self, table: str, **attributes: str) -> None:
        """Put an item whose attributes are strings."""
        self.dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in attributes.items()})

    def items(self, table: str) -> Sequence[dict[str, AttributeValueTypeDef]]:
        """All items of a small table."""
        return self.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]

    def key(self) -> str:
        """The ARN of a new KMS key."""
        return self.kms.create_key()["KeyMetadata"]["Arn"]

    def secret(self, name: str, value: str) -> None:
        """Store a SecureString."""
        self.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def bus_with_queue(self) -> tuple[str, str]:
        """A new event bus, and the URL of a queue that gets every event of the source `baton.email-campaign`."""
        name = f"bus-{uuid.uuid4().hex}"
        self.events.create_event_bus(Name=name)
        queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["baton.email-campaign"]})
        self.events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
        self.events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
        return name, queue

    def messages(self, queue: str) -> list[Any]:
        """What is in a queue now."""
        answer = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def waiting_execution(self) -> Waiting:
        """A new execution, once it has put its task token into a queue and waits."""
        queue = self.sqs.create_queue(QueueName=f"tokens-{uuid.uuid4().hex}")["QueueUrl"]
        definition = {
            "StartAt": "Wait",
            "States": {
                "Wait": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
                    "End": True,
                }
            },
        }
        machine = self.step_functions.create_state_machine(
            name=f"waits-{uuid.uuid4().hex}",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/waits",
        )["stateMachineArn"]
        execution = self.step_functions.start_execution(stateMachineArn=machine)["executionArn"]
        answer = self.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        return Waiting(execution, json.loads(answer["Messages"][0]["Body"])["token"])

    def output(self, execution: str) -> Any:
        """The output of an execution, once it has succeeded."""
        deadline = time.monotonic() + START_SECONDS
        while (found := self.step_functions.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution still runs"
        assert found["status"] == "SUCCEEDED"
        return json.loads(found["output"])
