"""Definitions as people write them, which must be accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.definition.validation import validate

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"


def task(resource: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "End": True, **fields}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def problems(state: dict[str, Any], language: str = "JSONPath") -> list[str]:
    states = {"A": state}
    if '"Z"' in json.dumps(state):
        states["Z"] = {"Type": "Succeed", "Comment": "done"}
    definition = {"Comment": "c", "QueryLanguage": language, "StartAt": "A", "States": states}
    return [str(diagnostic) for diagnostic in validate(json.dumps(definition))]


RESOURCES = [
    LAMBDA,
    LAMBDA + ":PROD",
    "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:$LATEST",
    "arn:aws:states:us-east-1:123456789012:activity:Review",
    "arn:aws-cn:states:::lambda:invoke",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "arn:aws:states:::states:startExecution",
    "arn:aws:states:::states:startExecution.sync",
    "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:states:::states:startExecution.waitForTaskToken",
    "arn:aws:states:::batch:submitJob.sync",
    "arn:aws:states:::ecs:runTask.waitForTaskToken",
    "arn:aws:states:::elasticmapreduce:addStep.sync",
    "arn:aws:states:::glue:startJobRun.sync",
    "arn:aws:states:::sagemaker:createTrainingJob.sync",
    "arn:aws:states:::bedrock:invokeModel",
    "arn:aws:states:::http:invoke",
    "arn:aws:states:::apigateway:invoke.waitForTaskToken",
    "arn:aws:states:::events:putEvents.waitForTaskToken",
    "arn:aws:states:::aws-sdk:s3:listObjectsV2",
    "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
    "arn:aws:states:::aws-sdk:dynamodb:query.waitForTaskToken",
]
REQUEST = {
    "FunctionName": "f",
    "StateMachineArn": "s",
    "Entries": [],
    "TaskDefinition": "t",
    "JobName": "j",
    "Item": {},
}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_task_calls_anything_that_aws_can_call(resource: str) -> None:
    assert problems(task(resource, Parameters=REQUEST)) == []


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::dynamodb:putItem.waitForTaskToken",
        "arn:aws:states:::glue:startJobRun.sync:2",
        "arn:aws:states:::glue:startJobRun.waitForTaskToken",
        "arn:aws:states:::aws-sdk:ecs:runTask.sync",
        "arn:aws:states:::aws-sdk:s3:ListObjectsV2",
        "arn:aws:states:::aws-sdk:s3:listObjectsV3",
        "arn:aws:states:::aws-sdk:dynamo:getItem",
        "arn:aws:states:::sqs:sendMessages",
        "arn:aws:states:::s3:getObject",
        "arn:aws:states:us-east-1:123456789012:stateMachine:child",
        "arn:aws:sqs:us-east-1:123456789012:queue",
    ],
)
def test_a_task_calls_nothing_else(resource: str) -> None:
    (problem,) = problems(task(resource, Parameters=REQUEST))
    assert f"The resource provided {resource} is not recognized." in problem


EXPRESSIONS = [
    "$",
    "$$",
    "$$.Execution.Input.a",
    "$$.Map.Item.Value",
    "$.a['b c'][0]",
    "$.@type",
    "$.detail.aws:region",
    "$.a[*].b",
    "$..b",
    "$.a[1:3]",
    "$.a[-1:]",
    "$.a[?(@.b == 'x' && @.c > 1)].d",
    "$.a[?(@.b == $.c)]",
    "$variable.a[0]",
    "States.UUID()",
    "States.Format('it\\'s {}', $.a)",
    "States.Array($.a, 'b', 1, 1.5, true, null)",
    "States.ArrayGetItem(States.StringSplit($.a, ','), 0)",
    "States.JsonMerge($.a, States.StringToJson('{\"b\": 1}'), false)",
    "States.Hash($.a, 'SHA-256')",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_dynamic_field_holds_a_path_or_an_intrinsic_call(expression: str) -> None:
    assert problems(passing(Parameters={"list": [{"field.$": expression}]})) == []


JSONATA = [
    "{% $states.input.a[0].b %}",
    "{%$states.context.Execution.Id%}",
    "{%\n  ($double := function($x) { $x * 2 }; $map($states.input, $double))\n%}",
    "{% $states.input.items[price > 3]^(>price).{ 'name': name } %}",
    "{% $states.input ~> |$|{'a': 1}| %}",
    "{% $reduce($list, function($sum, $next) { $sum + $next }, 0) %}",
    "{% 'two\nlines' & $string($millis()) %}",
    "{% $partition([1..4], 2) %}",
    "{% true %}",
    "{% null %}",
]


@pytest.mark.parametrize("expression", JSONATA)
def test_a_jsonata_expression_reads_states_and_variables(expression: str) -> None:
    assert problems(passing(Output={"list": [expression, "text", 1, None]}), "JSONata") == []


JSONPATH_STATES: list[dict[str, Any]] = [
    passing(Result=None, ResultPath="$.a.b[0]['c d']", InputPath=None, OutputPath=None),
    passing(Result={"x.$": "not a path"}),
    passing(Parameters="a text"),
    {"Type": "Pass", "Next": "Z", "End": False},
    {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$"},
    {"Type": "Fail"},
    {"Type": "Fail", "Error": "E", "CausePath": "States.Format('{} failed', $.name)"},
    {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$$.Execution.Id"},
    {"Type": "Wait", "Seconds": 0, "Next": "Z"},
    {"Type": "Wait", "SecondsPath": "$.in.seconds", "Next": "Z"},
    {"Type": "Wait", "TimestampPath": "$$.Execution.StartTime", "Next": "Z"},
    {"Type": "Wait", "Timestamp": "2016-03-14T01:59:00.123+02:00", "Next": "Z"},
    {
        "Type": "Choice",
        "InputPath": "$.a",
        "OutputPath": "$.b",
        "Choices": [
            {"Variable": "$.a", "StringMatches": "log-*.txt", "Next": "Z", "Comment": "c", "Assign": {"x.$": "$.y"}},
            {"Not": {"Variable": "$v", "IsPresent": False}, "Next": "Z"},
            {
                "And": [
                    {"Variable": "$.a[0]", "IsTimestamp": True},
                    {"Or": [{"Variable": "$$.Execution.Name", "StringEqualsPath": "$.name"}]},
                ],
                "Next": "Z",
            },
            {"Variable": "$.t", "TimestampLessThan": "2016-03-14T01:59:00Z", "Next": "Z"},
            {"Variable": "$.n", "NumericGreaterThanEqualsPath": "$x", "Next": "Z"},
        ],
    },
    task(
        LAMBDA,
        TimeoutSecondsPath="$.t",
        HeartbeatSecondsPath="$$.Execution.Input.h",
        Credentials={"RoleArn.$": "States.Format('arn:aws:iam::{}:role/r', $.account)"},
        ResultSelector={"x.$": "$.Payload"},
        ResultPath=None,
        Retry=[
            {
                "ErrorEquals": ["States.Timeout", "Custom"],
                "IntervalSeconds": 0,
                "MaxAttempts": 0,
                "BackoffRate": 1,
                "MaxDelaySeconds": 60,
                "JitterStrategy": "FULL",
            },
            {"ErrorEquals": ["States.ALL"]},
        ],
        Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Assign": {"e.$": "$"}, "Next": "Z"}],
    ),
    {
        "Type": "Parallel",
        "Parameters": {"a.$": "$"},
        "Branches": [
            {"Comment": "one", "StartAt": "B", "States": {"B": passing()}},
            {"StartAt": "C", "States": {"C": {"Type": "Fail"}}},
        ],
        "Retry": [],
        "Catch": [],
        "End": True,
    },
    {
        "Type": "Map",
        "ItemsPath": "$$.Execution.Input.items",
        "MaxConcurrency": 0,
        "Iterator": {"StartAt": "B", "States": {"B": passing()}},
        "Parameters": {"i.$": "$$.Map.Item.Index"},
        "End": True,
    },
    {
        "Type": "Map",
        "Label": "Orders_2",
        "MaxConcurrencyPath": "$.limit",
        "ToleratedFailurePercentage": 2.5,
        "ToleratedFailureCountPath": "$.tolerated",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["a", "b"],
                "CSVDelimiter": "PIPE",
                "MaxItemsPath": "$.most",
            },
            "Parameters": {"Bucket": "b", "Key.$": "$.key"},
        },
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
        "ItemBatcher": {"MaxItemsPerBatch": 10, "BatchInput": {"a.$": "$.a"}},
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "B",
            "States": {"B": task("arn:aws:states:::lambda:invoke", Parameters={"FunctionName.$": "$.f"})},
        },
        "End": True,
    },
]


@pytest.mark.parametrize("state", JSONPATH_STATES)
def test_a_well_formed_jsonpath_state_is_accepted(state: dict[str, Any]) -> None:
    assert [problem for problem in problems(state) if not problem.startswith("PASS_RESULT_IS_STATIC")] == []


JSONATA_STATES: list[dict[str, Any]] = [
    passing(Assign={"x": "{% $states.input.x %}", "y": [1, "{% $x %}"]}),
    {"Type": "Fail", "Error": "E", "Cause": "{% $states.input.why %}"},
    {"Type": "Succeed", "Output": "{% $states.input %}"},
    {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Next": "Z", "Output": {}},
    {"Type": "Wait", "Timestamp": "{% $states.input.at %}", "Next": "Z"},
    {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $states.input.a = 1 %}", "Next": "Z", "Output": "{% 1 %}", "Assign": {"x": 1}},
            {"Condition": True, "Next": "Z"},
        ],
        "Assign": {"other": "{% $states.input.b %}"},
        "Output": {},
    },
    task(
        "arn:aws:states:::lambda:invoke",
        Arguments={"FunctionName": "f", "Payload": "{% $states.input %}"},
        Output="{% $states.result.Payload %}",
        TimeoutSeconds="{% $states.input.t %}",
        HeartbeatSeconds=5,
        Credentials={"RoleArn": "{% $role %}"},
        Catch=[
            {
                "ErrorEquals": ["States.ALL"],
                "Output": "{% $states.errorOutput %}",
                "Assign": {"e": "{% $states.errorOutput.Error %}"},
                "Next": "Z",
            }
        ],
    ),
    task("arn:aws:states:::aws-sdk:sfn:listStateMachines", Arguments="{% $states.input.request %}"),
    {
        "Type": "Parallel",
        "Arguments": "{% $states.input %}",
        "Branches": [{"StartAt": "B", "States": {"B": passing()}}],
        "End": True,
    },
    {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"},
        "MaxConcurrency": "{% $limit %}",
        "ToleratedFailureCount": "{% 1 %}",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "B", "States": {"B": passing()}},
        "End": True,
    },
    {
        "Type": "Map",
        "Items": ["{% 1 %}", 2],
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "ReaderConfig": {"MaxItems": "{% $n %}"},
            "Arguments": {"Bucket": "{% $bucket %}"},
        },
        "ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "B",
            "States": {"B": passing()},
        },
        "End": True,
    },
]


@pytest.mark.parametrize("state", JSONATA_STATES)
def test_a_well_formed_jsonata_state_is_accepted(state: dict[str, Any]) -> None:
    assert problems(state, "JSONata") == []


@pytest.mark.parametrize("state", JSONATA_STATES[:3])
def test_a_state_of_a_jsonpath_machine_may_use_jsonata(state: dict[str, Any]) -> None:
    assert problems({**state, "QueryLanguage": "JSONata"}) == []
