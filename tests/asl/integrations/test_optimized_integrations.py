"""`sqs:sendMessage`, `sns:publish`, `dynamodb:*` and `events:putEvents` against an embedded AWS."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from asl.integrations.aws_api import AwsError
from asl.integrations.aws_endpoint import AwsEndpoints
from asl.integrations.errors import TaskFailure
from asl.integrations.events import all_accepted
from tests.asl.integrations.conftest import ACCOUNT, NAMES, OTHER_ACCOUNT, PREFIX, Bench, Result

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsRequest, AwsResponse
    from tests.asl.integrations.conftest import Cloud

Json = Any


@pytest.mark.parametrize(("body", "sent"), [("text", "text"), ({"a": [1, "é"]}, '{"a":[1,"é"]}')])
async def test_a_message_body_is_sent_as_text(bench: Bench, cloud: Cloud, body: Json, sent: str) -> None:
    queue = cloud.queue()
    result = await bench.perform("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": body})
    assert cloud.messages(queue) == [sent]
    assert result.types == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    assert result.details("TaskSucceeded")["resourceType"] == "sqs"


async def test_the_result_has_the_answer_and_what_is_told_of_the_response(bench: Bench, cloud: Cloud) -> None:
    output = (await bench.perform("sqs:sendMessage", {"QueueUrl": cloud.queue(), "MessageBody": "text"})).output
    assert set(output) == {"MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"}
    http = output["SdkHttpMetadata"]
    assert http["HttpStatusCode"] == 200
    assert http["AllHttpHeaders"] == {name: [value] for name, value in http["HttpHeaders"].items()}


async def test_a_message_with_a_token_is_waited_for(bench: Bench, cloud: Cloud) -> None:
    queue = cloud.queue()
    parameters = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}}
    execution = bench.start("sqs:sendMessage.waitForTaskToken", parameters)
    body = await asyncio.to_thread(cloud.next_message, queue)
    token = json.loads(body)["token"]
    bench.integrations.task_tokens.succeed(token, {"answer": 42})
    await execution.wait()
    assert execution.output == '{"answer":42}'
    assert Result(execution).types == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


async def test_an_error_of_a_service_is_named_and_worded(bench: Bench) -> None:
    item = {"id": {"S": "1"}}
    error, cause = (await bench.perform("dynamodb:putItem", {"TableName": "no-such-table", "Item": item})).error
    assert error == "DynamoDB.ResourceNotFoundException"
    assert cause is not None
    assert re.fullmatch(
        r".+ \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; "
        r"Request ID: \S+; Proxy: null\)",
        cause,
    )


async def test_an_error_that_the_model_lacks_is_the_base_exception_of_the_service(bench: Bench, cloud: Cloud) -> None:
    wrong_key = {"TableName": cloud.table(), "Key": {"other": {"S": "1"}}}
    error, cause = (await bench.perform("dynamodb:getItem", wrong_key)).error
    assert error == "DynamoDB.AmazonDynamoDBException"
    assert cause is not None
    assert "Error Code: ValidationException" in cause


async def test_an_error_can_be_retried_by_name(bench: Bench) -> None:
    parameters = {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:no-such-topic", "Message": "text"}
    retry = [{"ErrorEquals": ["SNS.NotFoundException"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    result = await bench.perform("sns:publish", parameters, Retry=retry)
    assert result.error[0] == "SNS.NotFoundException"
    assert result.types.count("TaskFailed") == 2


async def test_items_are_put_read_changed_and_deleted(bench: Bench, cloud: Cloud) -> None:
    table, key = cloud.table(), {"id": {"S": "1"}}
    await bench.perform("dynamodb:putItem", {"TableName": table, "Item": {**key, "count": {"N": 1}}})
    changed = await bench.perform(
        "dynamodb:updateItem",
        {
            "TableName": table,
            "Key": key,
            "UpdateExpression": "ADD #c :one",
            "ExpressionAttributeNames": {"#c": "count"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW",
        },
    )
    assert changed.output["Attributes"] == {"count": {"N": "2"}}
    read = await bench.perform("dynamodb:getItem", {"TableName": table, "Key": key})
    assert read.output["Item"] == {**key, "count": {"N": "2"}}
    await bench.perform("dynamodb:deleteItem", {"TableName": table, "Key": key})
    assert "Item" not in (await bench.perform("dynamodb:getItem", {"TableName": table, "Key": key})).output


async def test_a_condition_that_does_not_hold_has_a_name(bench: Bench, cloud: Cloud) -> None:
    parameters = {
        "TableName": cloud.table(),
        "Item": {"id": {"S": "1"}},
        "ConditionExpression": "attribute_exists(id)",
    }
    result = await bench.perform("dynamodb:putItem", parameters)
    assert result.error[0] == "DynamoDB.ConditionalCheckFailedException"


async def test_an_event_names_the_execution_among_its_resources(bench: Bench, cloud: Cloud) -> None:
    queue = cloud.queue()
    bus, events = f"bus-{next(NAMES)}", cloud.client("events")
    events.create_event_bus(Name=bus)
    events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["test"]}))
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue.rpartition('/')[2]}"
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    entry = {"Source": "test", "DetailType": "t", "Detail": {"a": 1}, "EventBusName": bus, "Resources": ["mine"]}
    result = await bench.perform("events:putEvents", {"Entries": [entry]})
    assert result.output["FailedEntryCount"] == 0
    event = json.loads(await asyncio.to_thread(cloud.next_message, queue))
    assert event["detail"] == {"a": 1}
    assert event["resources"] == ["mine", result.execution.arn, f"{PREFIX}:stateMachine:machine"]


def test_an_entry_that_the_bus_refuses_fails_the_task() -> None:
    answer = {"Entries": [{"ErrorCode": "InternalFailure"}], "FailedEntryCount": 1}
    with pytest.raises(TaskFailure) as raised:
        all_accepted(answer)
    assert raised.value.error == "EventBridge.FailedEntry"
    assert json.loads(raised.value.cause or "") == answer


async def test_a_task_with_credentials_works_in_the_account_of_its_role(bench: Bench, cloud: Cloud) -> None:
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/writer"
    parameters = {"TableName": cloud.table(OTHER_ACCOUNT), "Item": {"id": {"S": "1"}}}
    result = await bench.perform("dynamodb:putItem", parameters, Credentials={"RoleArn": role})
    assert result.details("TaskScheduled")["taskCredentials"] == {"roleArn": role}
    assert result.output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    without = await bench.perform("dynamodb:putItem", parameters)
    assert without.error[0] == "DynamoDB.ResourceNotFoundException"


async def test_without_an_endpoint_the_error_says_what_to_set() -> None:
    result = await Bench(None).perform("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "text"})
    assert result.error[0] == "SQS.SdkClientException"
    assert "AWS_ENDPOINT_URL_SQS" in (result.error[1] or "")


async def test_an_endpoint_where_nothing_listens_fails_the_task() -> None:
    result = await Bench("http://127.0.0.1:9").perform("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "text"})
    assert result.error[0] == "SQS.SdkClientException"


async def test_without_an_endpoint_of_sts_the_account_of_the_role_is_enough(embedded_aws: str, cloud: Cloud) -> None:
    bench = Bench(embedded_aws)
    bench.integrations.aws = AwsEndpoints(lambda service: None if service == "sts" else embedded_aws)
    parameters = {"TableName": cloud.table(OTHER_ACCOUNT), "Item": {"id": {"S": "1"}}}
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/writer"
    result = await bench.perform("dynamodb:putItem", parameters, Credentials={"RoleArn": role})
    assert result.output["SdkHttpMetadata"]["HttpStatusCode"] == 200


async def test_a_task_is_who_its_role_is(bench: Bench) -> None:
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/writer"
    result = await bench.perform("aws-sdk:sts:getCallerIdentity", {}, Credentials={"RoleArn": role})
    assert result.output["Account"] == OTHER_ACCOUNT
    assert result.output["Arn"] == f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/writer/StepFunctions"


class SuspiciousAws(AwsEndpoints):
    """Refuses every role."""

    async def call(self, request: AwsRequest) -> AwsResponse:
        if request.service == "sts":
            raise AwsError("STS", "AccessDenied", "no", status_code=403, request_id="1")
        return await super().call(request)


async def test_a_role_that_may_not_be_assumed_fails_the_task_as_on_aws(embedded_aws: str) -> None:
    bench = Bench(embedded_aws)
    bench.integrations.aws = SuspiciousAws(lambda _: embedded_aws)
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/writer"
    result = await bench.perform("aws-sdk:sqs:listQueues", {}, Credentials={"RoleArn": role})
    mine = f"arn:aws:iam::{ACCOUNT}:role/role"
    cause = f"The role {mine} is not authorized to assume the task state's role, {role}."
    assert result.error == ("States.TaskFailed", cause)
