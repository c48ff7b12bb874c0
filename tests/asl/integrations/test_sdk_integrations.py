"""`aws-sdk:SERVICE:ACTION` against an embedded AWS."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.asl.integrations.conftest import Bench, Result

if TYPE_CHECKING:
    from tests.asl.integrations.conftest import Cloud

Json = Any


async def test_the_result_is_the_answer_alone(bench: Bench, cloud: Cloud) -> None:
    queue = cloud.queue()
    parameters = {"QueueUrl": queue, "MessageBody": "text"}
    result = await bench.perform("aws-sdk:sqs:sendMessage", parameters)
    assert set(result.output) == {"Md5OfMessageBody", "MessageId"}
    assert result.details("TaskScheduled") | {"parameters": None} == {
        "parameters": None,
        "region": "us-east-1",
        "resource": "sendMessage",
        "resourceType": "aws-sdk:sqs",
    }


async def test_names_begin_with_a_capital_where_the_api_has_small_letters(bench: Bench) -> None:
    created = await bench.perform("aws-sdk:ecs:createCluster", {"ClusterName": "cluster"})
    assert created.output["Cluster"]["ClusterName"] == "cluster"


async def test_a_service_is_found_by_the_name_that_the_java_sdk_has_for_it(bench: Bench) -> None:
    listed = await bench.perform("aws-sdk:eventbridge:listEventBuses", {})
    assert "default" in [bus["Name"] for bus in listed.output["EventBuses"]]


@pytest.mark.parametrize(
    ("body", "stored"), [("text", '"text"'), ({"a": [1, "é"]}, '{"a":[1,"é"]}'), (False, "false"), (0, "0")]
)
async def test_a_blob_is_the_json_text_of_what_is_given(bench: Bench, cloud: Cloud, body: Json, stored: str) -> None:
    bucket = cloud.bucket()
    await bench.perform("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "key", "Body": body})
    read = await bench.perform("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "key"})
    assert read.output["Body"] == stored


async def test_dates_are_iso_8601(bench: Bench, cloud: Cloud) -> None:
    cloud.bucket()
    buckets = (await bench.perform("aws-sdk:s3:listBuckets", {})).output["Buckets"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", buckets[0]["CreationDate"])


async def test_an_error_is_named_and_worded_as_the_java_sdk_does(bench: Bench, cloud: Cloud) -> None:
    result = await bench.perform("aws-sdk:s3:getObject", {"Bucket": cloud.bucket(), "Key": "none"})
    error, cause = result.error
    assert error == "S3.NoSuchKeyException"
    assert cause is not None
    told = r"Service: S3, Status Code: 404, Request ID: \S+, Extended Request ID: \S+"
    assert re.fullmatch(rf"The specified key does not exist\. \({told}\)", cause)


async def test_an_error_that_the_model_lacks_is_the_base_exception_of_the_service(bench: Bench, cloud: Cloud) -> None:
    parameters = {"TableName": cloud.table(), "Key": {"other": {"S": "1"}}}
    error, cause = (await bench.perform("aws-sdk:dynamodb:getItem", parameters)).error
    assert error == "DynamoDb.DynamoDbException"
    assert cause is not None
    assert "Extended" not in cause, "only S3 has a second id for a request, whatever an emulator sends"


async def test_a_required_parameter_that_is_null_is_told_as_the_service_does(bench: Bench) -> None:
    error, cause = (await bench.perform("aws-sdk:dynamodb:putItem", {"TableName": "table", "Item": None})).error
    assert error == "DynamoDb.DynamoDbException"
    assert cause is not None
    constraint = "Value null at 'item' failed to satisfy constraint: Member must not be null"
    assert cause.startswith(f"1 validation error detected: {constraint} (Service: DynamoDb, Status Code: 400, ")


@pytest.mark.parametrize(
    ("resource", "parameters", "missing"),
    [
        ("aws-sdk:nosuch:getThing", {}, "nosuch"),
        ("aws-sdk:sqs:getThing", {}, "getThing"),
        ("aws-sdk:sqs:sendMessage", {"QueueURL": "q"}, '"QueueURL"'),
        ("aws-sdk:sqs:receiveMessage", {"QueueUrl": "q", "WaitTimeSeconds": "1"}, "WaitTimeSeconds"),
        ("aws-sdk:sqs:receiveMessage", {"QueueUrl": "q", "WaitTimeSeconds": 1.5}, "WaitTimeSeconds"),
        ("aws-sdk:sqs:createQueue", {"QueueName": "q", "Attributes": []}, "Attributes"),
        ("aws-sdk:s3:listBuckets", "text", "the parameters"),
        ("aws-sdk:s3:headObject", {"Bucket": "bucket", "Key": "\ud800"}, "headObject"),
        ("aws-sdk:bedrockruntime:converseStream", {"ModelId": "m"}, "converseStream"),
    ],
)
async def test_what_there_is_not_is_named(bench: Bench, resource: str, parameters: Json, missing: str) -> None:
    error, cause = (await bench.perform(resource, parameters)).error
    assert error == "States.Runtime"
    assert missing in (cause or "")


async def test_any_action_can_be_waited_for_with_a_token(bench: Bench, cloud: Cloud) -> None:
    queue = cloud.queue()
    parameters = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}}
    execution = bench.start("aws-sdk:sqs:sendMessage.waitForTaskToken", parameters)
    token = json.loads(await asyncio.to_thread(cloud.next_message, queue))["token"]
    bench.integrations.task_tokens.fail(token, "Refused", "no")
    await execution.wait()
    assert Result(execution).error == ("Refused", "no")


async def test_calls_of_many_executions_go_on_while_others_wait_for_their_answer(bench: Bench, cloud: Cloud) -> None:
    queue = cloud.queue()
    polling = {"QueueUrl": queue, "WaitTimeSeconds": 20}
    waiting = [bench.start("aws-sdk:sqs:receiveMessage", polling) for _ in range(8)]
    assert "QueueUrls" in (await bench.perform("aws-sdk:sqs:listQueues", {})).output
    assert all(execution.status.value == "RUNNING" for execution in waiting)
    await asyncio.gather(
        *(bench.perform("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": "text"}) for _ in waiting)
    )
    await asyncio.gather(*(execution.wait() for execution in waiting))
    assert all("Messages" in Result(execution).output for execution in waiting)


async def test_a_body_that_is_json_is_sent_as_text(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    for key, more, kind in [
        ("text", {}, "text/plain; charset=UTF-8"),
        ("given", {"ContentType": "application/json"}, "application/json"),
    ]:
        await bench.perform("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": key, "Body": {"a": 1}, **more})
        assert cloud.client("s3").get_object(Bucket=bucket, Key=key)["ContentType"] == kind
