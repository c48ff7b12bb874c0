"""The engine and Lambda's own runtime inside the embedded AWS, reached by every service that calls them."""

from __future__ import annotations

import base64
import io
import json
import time
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.embedded_aws import (
    ACCOUNT,
    ACCOUNT_CREDENTIALS,
    LOG_EVENTS_PER_GROUP,
    POINTS_PER_METRIC,
    REGION,
    STREAM_RECORDS_KEPT,
)
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

ROLE = f"arn:aws:iam::{ACCOUNT}:role/example"
PASS = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}


@dataclass(frozen=True)
class Cloud:
    """The embedded AWS at `url`, with nothing of ours deployed to it."""

    url: str

    def _client(self, service: Any) -> Any:
        credentials: dict[str, Any] = {name.lower(): value for name, value in ACCOUNT_CREDENTIALS.items()}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **credentials)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        client: CloudFormationClient = self._client("cloudformation")
        return client

    @cached_property
    def cloudwatch(self) -> Any:
        return self._client("cloudwatch")

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def streams(self) -> Any:
        return self._client("dynamodbstreams")

    @cached_property
    def events(self) -> EventBridgeClient:
        client: EventBridgeClient = self._client("events")
        return client

    @cached_property
    def lambda_(self) -> LambdaClient:
        client: LambdaClient = self._client("lambda")
        return client

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @cached_property
    def s3(self) -> S3Client:
        client: S3Client = self._client("s3")
        return client

    @cached_property
    def sns(self) -> SNSClient:
        client: SNSClient = self._client("sns")
        return client

    @cached_property
    def sqs(self) -> SQSClient:
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def step_functions(self) -> SFNClient:
        client: SFNClient = self._client("stepfunctions")
        return client

    def sum_of(self, namespace: str, metric: str, **dimensions: str) -> tuple[float, float]:
        """How many values a metric had in the last hour, and their sum."""
        now = datetime.now(UTC)
        points = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["SampleCount", "Sum"],
        )["Datapoints"]
        return sum(point["SampleCount"] for point in points), sum(point["Sum"] for point in points)

    def function(self, source: str, **settings: Any) -> str:
        """The ARN of a new function whose module `app` has the source."""
        name = unique("function")
        answer = self.lambda_.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": archive({"app.py": dedent(source)})},
            **{"Timeout": 30, **settings},
        )
        self.lambda_.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return answer["FunctionArn"]

    def machine(self, definition: dict[str, Any]) -> str:
        """The ARN of a new state machine."""
        answer = self.step_functions.create_state_machine(
            name=unique("machine"), definition=json.dumps(definition), roleArn=ROLE
        )
        return answer["stateMachineArn"]

    def run(self, definition: dict[str, Any], given: Any = None) -> dict[str, Any]:
        """What DescribeExecution says of an execution that has ended."""
        started = self.step_functions.start_execution(stateMachineArn=self.machine(definition), input=json.dumps(given))
        return self.ended(started["executionArn"])

    def ended(self, execution: str) -> dict[str, Any]:
        """What DescribeExecution says once an execution has ended."""

        def look() -> dict[str, Any] | None:
            found: Any = self.step_functions.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return eventually(look, f"the end of {execution}")

    def executions(self, machine: str) -> list[str]:
        """The ARNs of the executions of a state machine, at least one."""
        return eventually(
            lambda: [
                found["executionArn"]
                for found in self.step_functions.list_executions(stateMachineArn=machine)["executions"]
            ],
            f"an execution of {machine}",
        )

    def query(self, group: str, query: str) -> list[dict[str, str]]:
        """What Logs Insights finds in a log group of what was logged lately."""
        now = int(time.time())
        started = self.logs.start_query(logGroupName=group, startTime=now - 600, endTime=now + 600, queryString=query)
        rows = self.logs.get_query_results(queryId=started["queryId"])["results"]
        return [{field["field"]: field["value"] for field in row} for row in rows]

    def table(self) -> tuple[str, str]:
        """Name of a new table, and the ARN of its stream."""
        created = self.dynamodb.create_table(
            TableName=unique("table"),
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )["TableDescription"]
        return created["TableName"], created["LatestStreamArn"]

    def put_items(self, table: str, ids: Sequence[str]) -> None:
        """Put an item for each id into a table."""
        for first in range(0, len(ids), 25):
            items: Any = [{"PutRequest": {"Item": {"id": {"S": found}}}} for found in ids[first : first + 25]]
            self.dynamodb.batch_write_item(RequestItems={table: items})

    def records(self, stream: str) -> list[str]:
        """The ids of the items whose records are in a stream, oldest first."""
        [shard] = self.streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        iterator = self.streams.get_shard_iterator(
            StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found: list[str] = []
        while page := (answer := self.streams.get_records(ShardIterator=iterator))["Records"]:
            found += [record["dynamodb"]["Keys"]["id"]["S"] for record in page]
            iterator = answer["NextShardIterator"]
        return found

    def queue(self) -> tuple[str, str]:
        """URL and ARN of a new queue that anything may send to."""
        url = self.sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url, arn

    def message(self, queue: str) -> Any:
        """The next message of a queue, JSON."""

        def look() -> Any:
            answer = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=1)
            return answer.get("Messages")

        [message] = eventually(look, "a message")
        self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    def rule(self, pattern: dict[str, Any], target: str) -> None:
        """A rule of the default bus."""
        name = unique("rule")
        self.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        self.events.put_targets(Rule=name, Targets=[{"Id": "target", "Arn": target}])

    def deploy(self, stack: str, template: dict[str, Any]) -> dict[str, str]:
        """The outputs of a stack, created or updated."""
        exists = any(
            found["StackName"] == stack and found["StackStatus"] != "DELETE_COMPLETE"
            for found in self.cloudformation.list_stacks()["StackSummaries"]
        )
        submit = self.cloudformation.update_stack if exists else self.cloudformation.create_stack
        submit(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        found = self.settled(stack)
        assert found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.reasons(stack)
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def settled(self, stack: str) -> Any:
        """A stack that nothing is done to any more."""

        def look() -> Any:
            [found] = self.cloudformation.describe_stacks(StackName=stack)["Stacks"]
            return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

        return eventually(look, f"the end of the deployment of {stack}")

    def reasons(self, stack: str) -> str:
        """Why resources of a stack failed."""
        events = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)


def archive(files: dict[str, str]) -> bytes:
    """A zip archive with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return buffer.getvalue()


def unique(what: str) -> str:
    """A name that was not used before."""
    return f"{what}-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def cloud(embedded_aws: str) -> Cloud:
    return Cloud(embedded_aws)


# Step Functions


def test_a_wait_ends_with_its_heartbeat(cloud: Cloud) -> None:
    queue, _ = cloud.queue()
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "HeartbeatSeconds": 1,
        "TimeoutSeconds": 3600,
        "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"}],
        "End": True,
    }
    definition = {
        "StartAt": "Wait",
        "States": {"Wait": wait, "Silent": {"Type": "Pass", "Result": "silent", "End": True}},
    }
    assert json.loads(cloud.run(definition)["output"]) == "silent"


def test_a_retry_names_the_exception_that_a_function_raises(cloud: Cloud) -> None:
    function = cloud.function("""
        class Throttled(Exception): pass
        seen = []
        def handler(event, context):
            seen.append(event)
            if len(seen) < 3:
                raise Throttled("later")
            return len(seen)
    """)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function},
        "OutputPath": "$.Payload",
        "Retry": [{"ErrorEquals": ["Throttled"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 2}],
        "End": True,
    }
    found = cloud.run({"StartAt": "Ask", "States": {"Ask": task}})
    assert (found["status"], found.get("output")) == ("SUCCEEDED", "3"), found.get("cause")


def test_a_failure_has_the_error_of_the_function(cloud: Cloud) -> None:
    function = cloud.function("def handler(event, context): raise KeyError('why')")
    task = {"Type": "Task", "Resource": function, "End": True}
    found = cloud.run({"StartAt": "Ask", "States": {"Ask": task}})
    assert (found["status"], found["error"]) == ("FAILED", "KeyError")
    assert json.loads(found["cause"])["errorMessage"] == "'why'"


def test_a_rule_starts_an_execution(cloud: Cloud) -> None:
    machine, source = cloud.machine(PASS), unique("source")
    cloud.rule({"source": [source]}, machine)
    cloud.events.put_events(Entries=[{"Source": source, "DetailType": "asked", "Detail": '{"number": 7}'}])
    [execution] = cloud.executions(machine)
    found = cloud.ended(execution)
    assert json.loads(found["input"])["detail"] == {"number": 7}


def test_a_change_of_status_is_an_event(cloud: Cloud) -> None:
    machine = cloud.machine(PASS)
    queue, arn = cloud.queue()
    cloud.rule({"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}, arn)
    execution = cloud.step_functions.start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
    running, succeeded = cloud.message(queue), cloud.message(queue)
    assert running["detail-type"] == "Step Functions Execution Status Change"
    assert (running["detail"]["status"], succeeded["detail"]["status"]) == ("RUNNING", "SUCCEEDED")
    assert succeeded["resources"] == [execution]
    assert succeeded["detail"]["output"] == '{"a": 1}'


def test_a_worker_that_goes_away_takes_no_task_with_it(cloud: Cloud) -> None:
    import socket

    arn = cloud.step_functions.create_activity(name=unique("activity"))["activityArn"]
    body = json.dumps({"activityArn": arn}).encode()
    host, port = cloud.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as gone:
        head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSStepFunctions.GetActivityTask\r\n"
        gone.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        cloud.step_functions.list_activities()  # by now the other request is being answered
    task = {"Type": "Task", "Resource": arn, "End": True}
    machine = cloud.machine({"StartAt": "Work", "States": {"Work": task}})
    execution = cloud.step_functions.start_execution(stateMachineArn=machine)["executionArn"]
    token = cloud.step_functions.get_activity_task(activityArn=arn)["taskToken"]
    cloud.step_functions.send_task_success(taskToken=token, output='"worked"')
    assert cloud.ended(execution)["output"] == '"worked"'


# CloudFormation


def template(result: str, **resources: dict[str, Any]) -> dict[str, Any]:
    """A stack with a state machine that ends with `result`, and a version, an alias and an activity."""
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": "${Result}", "End": True}}}
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": ROLE,
            "DefinitionString": json.dumps(definition),
            "DefinitionSubstitutions": {"Result": result},
            "TracingConfiguration": {"Enabled": "true"},
            "Tags": [{"Key": "team", "Value": result}],
        },
    }
    version = {
        "Type": "AWS::StepFunctions::StateMachineVersion",
        "Properties": {
            "StateMachineArn": {"Ref": "Machine"},
            "StateMachineRevisionId": {"Fn::GetAtt": ["Machine", "StateMachineRevisionId"]},
        },
    }
    alias = {
        "Type": "AWS::StepFunctions::StateMachineAlias",
        "Properties": {
            "Name": "live",
            "RoutingConfiguration": [{"StateMachineVersionArn": {"Ref": "Version"}, "Weight": "100"}],
        },
    }
    activity = {"Type": "AWS::StepFunctions::Activity", "Properties": {"Tags": [{"Key": "team", "Value": result}]}}
    outputs = {"Machine": "Arn", "Version": "Arn", "Alias": "Arn", "Activity": "Name"}
    return {
        "Resources": {"Machine": machine, "Version": version, "Alias": alias, "Activity": activity, **resources},
        "Outputs": {name: {"Value": {"Fn::GetAtt": [name, attribute]}} for name, attribute in outputs.items()},
    }


def test_a_stack_makes_changes_and_removes_what_step_functions_has(cloud: Cloud) -> None:
    stack = unique("stack")
    first = cloud.deploy(stack, template("one"))
    machine = first["Machine"]
    tags = cloud.step_functions.list_tags_for_resource(resourceArn=machine)["tags"]
    assert {"key": "team", "value": "one"} in tags
    assert {"key": "aws:cloudformation:stack-name", "value": stack} in tags
    assert cloud.step_functions.describe_state_machine(stateMachineArn=machine)["tracingConfiguration"] == {
        "enabled": True
    }
    assert first["Version"] == f"{machine}:1"
    assert first["Alias"] == f"{machine}:live"
    assert cloud.ended(started(cloud, first["Alias"]))["output"] == '"one"'
    second = cloud.deploy(stack, template("two"))
    assert second["Machine"] == machine
    assert second["Version"] == f"{machine}:2"
    assert cloud.ended(started(cloud, second["Alias"]))["output"] == '"two"'
    cloud.cloudformation.delete_stack(StackName=stack)
    eventually(lambda: not present(cloud, machine), "the end of the state machine")


def started(cloud: Cloud, machine: str) -> str:
    """The ARN of a new execution."""
    return cloud.step_functions.start_execution(stateMachineArn=machine)["executionArn"]


def present(cloud: Cloud, machine: str) -> bool:
    """Whether there is such a state machine."""
    listed = cloud.step_functions.list_state_machines(maxResults=1000)["stateMachines"]
    return machine in [found["stateMachineArn"] for found in listed]


def test_a_definition_may_be_an_object_of_s3(cloud: Cloud) -> None:
    bucket = unique("bucket")
    cloud.s3.create_bucket(Bucket=bucket)
    cloud.s3.put_object(Bucket=bucket, Key="definition.json", Body=json.dumps(PASS).encode())
    location = {"Bucket": bucket, "Key": "definition.json"}
    properties = {"RoleArn": ROLE, "DefinitionS3Location": location}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    outputs = {"Machine": {"Value": {"Ref": "Machine"}}}
    deployed = cloud.deploy(unique("stack"), {"Resources": {"Machine": machine}, "Outputs": outputs})
    assert cloud.ended(started(cloud, deployed["Machine"]))["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"DefinitionString": '{"StartAt": "Gone", "States": {}}'}, "Invalid State Machine Definition"),
        ({}, "Exactly one of DefinitionString, Definition, DefinitionS3Location must be specified"),
        (
            {"DefinitionString": json.dumps(PASS), "LoggingConfiguration": {"Level": "ALL"}},
            "Must specify exactly one Log Destination",
        ),
        ({"DefinitionS3Location": {"Bucket": "no-such-bucket", "Key": "k"}}, "s3://no-such-bucket/k"),
    ],
    ids=["definition", "no definition", "logging", "location"],
)
def test_a_stack_says_why_a_state_machine_is_refused(cloud: Cloud, properties: dict[str, Any], told: str) -> None:
    stack = unique("stack")
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": ROLE, **properties}}
    cloud.cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"Machine": machine}}))
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert told in cloud.reasons(stack)


# Lambda

ECHO = "def handler(event, context): return event"


def test_an_invocation_tells_error_and_log(cloud: Cloud) -> None:
    function = cloud.function("def handler(event, context):\n    print('said')\n    return 1 / event")
    answer = cloud.lambda_.invoke(FunctionName=function, Payload=b"0", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "ZeroDivisionError"
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("START RequestId: ")
    assert "\nsaid\n" in log
    answer = cloud.lambda_.invoke(FunctionName=function, Payload=b"2")
    assert "FunctionError" not in answer
    assert answer["Payload"].read() == b"0.5"
    assert cloud.lambda_.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204


def test_what_a_function_logs_is_in_its_log_group(cloud: Cloud) -> None:
    function = cloud.function("def handler(event, context):\n    print('said', event)")
    for number in (b"1", b"2"):
        cloud.lambda_.invoke(FunctionName=function, Payload=number)
    group = f"/aws/lambda/{function.rpartition(':')[2]}"

    def messages() -> list[str] | None:
        try:
            events = cloud.logs.filter_log_events(logGroupName=group)["events"]
        except cloud.logs.exceptions.ResourceNotFoundException:
            return None
        found = [event["message"] for event in events]
        return found if sum(message.startswith("REPORT") for message in found) == 2 else None

    found = eventually(messages, "two reports")
    assert [message.split(" RequestId")[0] for message in found if message[:3] in ("STA", "sai", "END", "REP")] == [
        *("START", "said 1", "END", "REPORT"),
        *("START", "said 2", "END", "REPORT"),
    ]
    [stream] = cloud.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert "/[$LATEST]" in stream["logStreamName"]
    [fields] = cloud.query(group, "fields @message, @ptr | filter @message like /said 2/")
    assert fields["@message"].rstrip() == "said 2"
    assert cloud.logs.get_log_record(logRecordPointer=fields["@ptr"])["logRecord"]["@message"] == fields["@message"]


def test_a_log_group_keeps_its_latest_events_and_drops_the_oldest_of_all_streams(cloud: Cloud) -> None:
    group, streams, many = unique("/group"), ("even", "odd"), LOG_EVENTS_PER_GROUP + 2
    cloud.logs.create_log_group(logGroupName=group)
    began = int(time.time() * 1000) - many
    for first, stream in enumerate(streams):
        cloud.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events: Any = [{"timestamp": began + number, "message": f"<{number}>"} for number in range(first, many, 2)]
        cloud.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    found = cloud.logs.filter_log_events(logGroupName=group)["events"]
    kept = len(found)
    assert 0.8 * LOG_EVENTS_PER_GROUP < kept <= LOG_EVENTS_PER_GROUP
    latest = [f"<{number}>" for number in range(many - kept, many)]
    assert [event["message"] for event in found] == latest
    for first, stream in enumerate(streams):
        page = cloud.logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
        assert [event["message"] for event in page["events"]] == latest[first::2]
    described = cloud.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [stream["firstEventTimestamp"] - began for stream in described] == [many - kept, many - kept + 1]
    fields = "fields @message, @ptr | filter @message = "
    assert not cloud.query(group, f"{fields}'<0>'")
    [row] = cloud.query(group, f"{fields}'{latest[0]}'")
    assert cloud.logs.get_log_record(logRecordPointer=row["@ptr"])["logRecord"]["@message"] == latest[0]


def test_every_invocation_counts_in_the_metrics_of_its_function(cloud: Cloud) -> None:
    function = cloud.function("def handler(event, context):\n    if event: raise ValueError(event)")
    payloads = (b"0", b"1", b"0", b"2", b"0")
    for payload in payloads:
        cloud.lambda_.invoke(FunctionName=function, Payload=payload)
    name = function.rpartition(":")[2]
    assert cloud.sum_of("AWS/Lambda", "Invocations", FunctionName=name) == (len(payloads), len(payloads))
    assert cloud.sum_of("AWS/Lambda", "Errors", FunctionName=name) == (len(payloads), 2)
    durations, milliseconds = cloud.sum_of("AWS/Lambda", "Duration", FunctionName=name)
    assert durations == len(payloads) < milliseconds


def test_a_metric_keeps_its_latest_points(cloud: Cloud) -> None:
    namespace, many = unique("namespace"), POINTS_PER_METRIC + 200
    for first in range(0, many, 100):  # points are dropped when others are added
        values = [float(number) for number in range(first, first + 100)]
        cloud.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "size", "Values": values}])
    kept, total = cloud.sum_of(namespace, "size")
    assert 0.8 * POINTS_PER_METRIC < kept <= POINTS_PER_METRIC
    assert total == sum(range(many - int(kept), many))


def test_a_stream_keeps_what_a_mapping_has_not_read_and_the_latest_records(cloud: Cloud) -> None:
    source = """
    def handler(event, context):
        print("read", *[record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]])
    """
    function, ids = cloud.function(source), [str(number) for number in range(STREAM_RECORDS_KEPT + 150)]
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    (read, stream), (unread, stream_of_unread) = cloud.table(), cloud.table()
    mapping: Any = {"FunctionName": function, "StartingPosition": "TRIM_HORIZON"}
    cloud.lambda_.create_event_source_mapping(EventSourceArn=stream, **mapping)
    stopped = cloud.lambda_.create_event_source_mapping(EventSourceArn=stream_of_unread, Enabled=False, **mapping)
    for table in (read, unread):
        cloud.put_items(table, ids)

    def ids_read() -> list[str]:
        events = cloud.logs.filter_log_events(logGroupName=group)["events"]
        return [found for event in events if event["message"][:4] == "read" for found in event["message"].split()[1:]]

    left = eventually(lambda: found if (found := cloud.records(stream))[0] != "0" else None, "records that are dropped")
    assert len(left) >= STREAM_RECORDS_KEPT
    assert left == ids[-len(left) :]
    assert eventually(lambda: found if len(found := ids_read()) >= len(ids) else None, "all records being read") == ids
    assert cloud.records(stream_of_unread) == ids

    cloud.lambda_.update_event_source_mapping(UUID=stopped["UUID"], Enabled=True)
    twice = ids + ids
    assert eventually(lambda: found if len(found := ids_read()) >= len(twice) else None, "the others read") == twice


def test_a_version_and_an_alias_run_what_was_published(cloud: Cloud) -> None:
    function = cloud.function("def handler(event, context): return [context.function_version, 'old']")
    version = cloud.lambda_.publish_version(FunctionName=function)["Version"]
    cloud.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    source = "def handler(event, context): return [context.function_version, 'new']"
    cloud.lambda_.update_function_code(FunctionName=function, ZipFile=archive({"app.py": source}))

    def answered(name: str) -> Any:
        return json.loads(cloud.lambda_.invoke(FunctionName=name)["Payload"].read())

    assert answered(f"{function}:live") == ["1", "old"]
    assert answered(function) == ["$LATEST", "new"]


def test_an_event_is_tried_three_times_and_then_reported(cloud: Cloud) -> None:
    tries, tries_arn = cloud.queue()
    failures, failures_arn = cloud.queue()
    del tries_arn
    function = cloud.function(f"""
        import boto3
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl="{tries}", MessageBody="1")
            raise ValueError("never")
    """)
    cloud.lambda_.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig={"OnFailure": {"Destination": failures_arn}}
    )
    assert cloud.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"a": 1}')["StatusCode"] == 202
    record = cloud.message(failures)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"] == f"{function}:$LATEST"
    assert record["requestPayload"] == {"a": 1}
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert [cloud.message(tries) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("way", ["api", "rule", "topic"])
def test_what_became_of_an_event_goes_to_its_destination(cloud: Cloud, way: str) -> None:
    function = cloud.function(ECHO)
    results, results_arn = cloud.queue()
    cloud.lambda_.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig={"OnSuccess": {"Destination": results_arn}}
    )
    if way == "api":
        cloud.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"number": 7}')
    elif way == "rule":
        source = unique("source")
        cloud.rule({"source": [source]}, function)
        cloud.events.put_events(Entries=[{"Source": source, "DetailType": "asked", "Detail": '{"number": 7}'}])
    else:
        topic = cloud.sns.create_topic(Name=unique("topic"))["TopicArn"]
        cloud.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
        cloud.sns.publish(TopicArn=topic, Message='{"number": 7}')
    record = cloud.message(results)
    assert record["requestContext"]["condition"] == "Success"
    payload = record["responsePayload"]
    found = {"api": lambda: payload, "rule": lambda: payload["detail"], "topic": lambda: sns_message(payload)}[way]()
    assert found == {"number": 7}


def sns_message(event: Any) -> Any:
    """What was published, in the event that a function gets from a topic."""
    return json.loads(event["Records"][0]["Sns"]["Message"])


def test_a_queue_keeps_the_messages_that_a_function_reports_as_failed(cloud: Cloud) -> None:
    done, _ = cloud.queue()
    source, source_arn = cloud.queue()
    function = cloud.function(f"""
        import boto3
        seen = set()
        def handler(event, context):
            failed = []
            for record in event["Records"]:
                if record["body"] == '"once more"' and record["messageId"] not in seen:
                    seen.add(record["messageId"])
                    failed.append({{"itemIdentifier": record["messageId"]}})
                else:
                    boto3.client("sqs").send_message(QueueUrl="{done}", MessageBody=record["body"])
            return {{"batchItemFailures": failed}}
    """)
    cloud.sqs.set_queue_attributes(QueueUrl=source, Attributes={"VisibilityTimeout": "1"})
    cloud.lambda_.create_event_source_mapping(
        EventSourceArn=source_arn, FunctionName=function, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    for body in ("at once", "once more"):
        cloud.sqs.send_message(QueueUrl=source, MessageBody=json.dumps(body))
    # What is not handled within the second that it stays invisible may be handled twice.
    seen: set[str] = set()
    while seen != {"at once", "once more"}:
        seen.add(cloud.message(done))
