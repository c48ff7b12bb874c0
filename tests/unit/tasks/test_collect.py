"""Collect: what AWS reports is published in the one format, or stays in the queue."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tasks.failures import collect
from tests.unit.tasks.test_failure_reports import ended, undelivered

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext


class Deployed:
    """The deployed function with the failure topic, and a queue that gets what is published there."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._context = context
        self.aws = aws
        self.sns = boto3.client("sns", endpoint_url=aws.url)
        self.topic = self.sns.create_topic(Name=f"failures-{uuid.uuid4().hex}")["TopicArn"]
        self.queue = aws.sqs.create_queue(QueueName=f"failures-{uuid.uuid4().hex}")["QueueUrl"]
        attributes = aws.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]
        self.sns.subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
        environment.setenv("FAILURE_TOPIC_ARN", self.topic)

    def collect(self, *reports: tuple[str, dict[str, str]]) -> list[str]:
        """Hand over a batch; which of its messages, numbered from 0, have to be tried again."""
        records = [
            {
                "messageId": str(number),
                "body": body,
                "messageAttributes": {
                    name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()
                },
            }
            for number, (body, attributes) in enumerate(reports)
        ]
        answer = collect.handler({"Records": records}, self._context)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def published(self) -> list[Any]:
        return self.aws.messages(self.queue)


@pytest.fixture
def deployed(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Deployed:
    return Deployed(aws, function_environment, lambda_context)


def test_reports_of_different_kinds_are_published_in_one_format(deployed: Deployed) -> None:
    assert deployed.collect((ended("FAILED", error="States.Runtime"), {}), undelivered()) == []
    published = sorted(deployed.published(), key=lambda message: str(message["source"]))
    assert [(message["version"], message["source"], message["error"]) for message in published] == [
        ("1", "event", "NO_PERMISSIONS"),
        ("1", "execution", "States.Runtime"),
    ]


def test_an_execution_is_reported_with_the_state_it_stood_in(deployed: Deployed) -> None:
    waiting = deployed.aws.waiting_execution()
    deployed.aws.step_functions.stop_execution(executionArn=waiting.execution)
    deployed.collect((ended("ABORTED", executionArn=waiting.execution), {}))
    [message] = deployed.published()
    assert message["state"] == "Wait"


def test_an_execution_that_is_gone_is_reported_all_the_same(deployed: Deployed) -> None:
    assert deployed.collect((ended("FAILED", error="E"), {})) == []
    [message] = deployed.published()
    assert (message["state"], message["error"]) == ("", "E")


def test_what_can_not_be_read_holds_nothing_up_and_stays_in_the_queue(deployed: Deployed) -> None:
    assert deployed.collect(("canary", {}), (ended("FAILED"), {})) == ["0"]
    assert len(deployed.published()) == 1


def test_what_can_not_be_published_now_stays_in_the_queue(deployed: Deployed, heard: Heard) -> None:
    deployed.sns.delete_topic(TopicArn=deployed.topic)
    assert deployed.collect((ended("FAILED", input=json.dumps({"token": "canary"})), {})) == ["0"]
    assert "FailureReportDeferred" in heard.text
    assert "canary" not in heard.text
