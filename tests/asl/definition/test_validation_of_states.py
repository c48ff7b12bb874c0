"""What is said of the fields of states. Each row is a state `A`, and the diagnostics that it gets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.definition.validation import Code, validate

SCHEMA = Code.SCHEMA_VALIDATION_FAILED
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"
ONE_STATE = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}

Found = list[tuple[Code, str, str | None]]


def found_in_state(state: Any, *, kind: Any = "STANDARD") -> Found:
    """The diagnostics of a machine with the state `A`, and a terminal state `Z` that A leads to if it names it."""
    states = {"A": state}
    if '"Z"' in json.dumps(state):
        states["Z"] = {"Type": "Succeed"}
    definition = {"StartAt": "A", "States": states}
    return [(found.code, found.message, found.location) for found in validate(json.dumps(definition), kind)]


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, "End": True, **fields}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def mapping(**fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": ONE_STATE, "End": True, **fields}


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return mapping(ItemProcessor={"ProcessorConfig": config, **ONE_STATE}, **fields)


def choosing(**rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{"Next": "Z", **rule}], "Default": "Z"}


JSONPATH_STATES: list[tuple[Any, str, str | None]] = [
    # The state itself
    ("A", "Expected value of type [OBJECT]", "/States/A"),
    ({"End": True}, "These fields are required: [Type]", "/States/A"),
    (
        {"Type": "Sleep", "End": True},
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
        "/States/A/Type",
    ),
    ({"Type": ["Pass"], "End": True}, "Expected value of type [STRING]", "/States/A/Type"),
    (passing(Coment="x"), "Field 'Coment' is not supported", "/States/A"),
    (passing(Comment=1), "Expected value of type [STRING]", "/States/A/Comment"),
    (passing(TimeoutSeconds=3), "Field 'TimeoutSeconds' is not supported", "/States/A"),
    ({"Type": "Succeed", "End": True}, "Field 'End' is not supported", "/States/A"),
    # Next and End
    ({"Type": "Pass"}, "This object should have only one of the following fields: [Next, End]", "/States/A"),
    (
        {"Type": "Pass", "End": False},
        "This object should have only one of the following fields: [Next, End]",
        "/States/A",
    ),
    (passing(Next="Z"), "There should only be one of the following fields: [Next, End]", "/States/A"),
    ({"Type": "Pass", "Next": 1}, "Expected value of type [STRING]", "/States/A/Next"),
    ({"Type": "Pass", "End": "true"}, "Expected value of type [BOOLEAN]", "/States/A/End"),
    # Paths and templates
    (passing(InputPath="a"), "Value must be a valid JSONPath.", "/States/A/InputPath"),
    (passing(InputPath="$.a["), "Value must be a valid JSONPath.", "/States/A/InputPath"),
    (passing(OutputPath=[]), "Expected value of type [STRING]", "/States/A/OutputPath"),
    (
        passing(ResultPath="a"),
        "Value is not a Reference Path: Reference path didn't start with '$'",
        "/States/A/ResultPath",
    ),
    (passing(ResultPath="$.a[*]"), "Value is not a Reference Path", "/States/A/ResultPath"),
    (passing(ResultPath="$.a:b"), "Value is not a Reference Path", "/States/A/ResultPath"),
    (passing(ResultPath="$$.a"), "Value is not a Reference Path", "/States/A/ResultPath"),
    (passing(ResultPath="$x"), "Value is not a Reference Path", "/States/A/ResultPath"),
    (
        passing(Parameters={"a": {"b.$": "c"}}),
        "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
        "/States/A/Parameters/a",
    ),
    (
        passing(Parameters={"a": [{"b.$": 1}]}),
        "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
        "/States/A/Parameters/a[0]",
    ),
    (
        task(ResultSelector={"b.$": "States.Formt('{}', $.x)"}),
        "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
        "/States/A/ResultSelector",
    ),
    # Wait
    (
        {"Type": "Wait", "End": True},
        "This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp]",
        "/States/A",
    ),
    (
        {"Type": "Wait", "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z", "End": True},
        "There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp]",
        "/States/A",
    ),
    ({"Type": "Wait", "Seconds": "1", "End": True}, "Expected value of type Integer", "/States/A/Seconds"),
    ({"Type": "Wait", "Seconds": True, "End": True}, "Expected value of type Integer", "/States/A/Seconds"),
    ({"Type": "Wait", "Seconds": -1, "End": True}, "Minimum value is 0", "/States/A/Seconds"),
    ({"Type": "Wait", "Seconds": 100_000_000, "End": True}, "Maximum value is 99999999", "/States/A/Seconds"),
    (
        {"Type": "Wait", "Timestamp": "2030-01-01 00:00:00Z", "End": True},
        "String does not match RFC3339 timestamp",
        "/States/A/Timestamp",
    ),
    # Fail
    (
        {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"},
        "There should only be one of the following fields: [Error, ErrorPath]",
        "/States/A",
    ),
    (
        {"Type": "Fail", "CausePath": "cause"},
        "Value must be a valid JSONPath or a valid intrinsic function call",
        "/States/A/CausePath",
    ),
    # Task
    ({"Type": "Task", "End": True}, "These fields are required: [Resource]", "/States/A"),
    (task(Resource="lambda"), "Value is not a valid resource ARN", "/States/A/Resource"),
    (task(TimeoutSeconds=0), "Minimum value is 1", "/States/A/TimeoutSeconds"),
    (
        task(TimeoutSeconds=1, TimeoutSecondsPath="$.t"),
        "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath]",
        "/States/A",
    ),
    (
        task(Resource="arn:aws:states:::lambda:invoke.sync", Parameters={}),
        "The resource provided arn:aws:states:::lambda:invoke.sync is not recognized. The value is not a valid "
        "resource ARN, or the resource is not available in this region.",
        "/States/A/Resource",
    ),
    (
        task(Resource="arn:aws:states:::lambda:invoke"),
        "Parameters field is required for resource ARN: arn:aws:states:::lambda:invoke",
        "/States/A/Resource",
    ),
    (
        task(Resource="arn:aws:states:::lambda:invoke", Parameters={"Payload.$": "$"}),
        "The field 'FunctionName' is required but was missing",
        "/States/A/Parameters",
    ),
    (task(Credentials={}), "The field 'RoleArn' is required but was missing", "/States/A/Credentials"),
    (
        task(Resource=ACTIVITY, Credentials={"RoleArn": "r"}),
        "The field 'Credentials' is not supported for activities",
        "/States/A/Credentials",
    ),
    # Retry and Catch
    (task(Retry={}), "Expected value of type [ARRAY]", "/States/A/Retry"),
    (task(Retry=[{}]), "These fields are required: [ErrorEquals]", "/States/A/Retry[0]"),
    (task(Retry=[{"ErrorEquals": []}]), "Value cannot be empty", "/States/A/Retry[0]/ErrorEquals"),
    (
        task(Retry=[{"ErrorEquals": ["E"], "BackoffRate": 0.5}]),
        "Minimum value is 1.0",
        "/States/A/Retry[0]/BackoffRate",
    ),
    (task(Retry=[{"ErrorEquals": ["E"], "MaxAttempts": -1}]), "Minimum value is 0", "/States/A/Retry[0]/MaxAttempts"),
    (
        task(Retry=[{"ErrorEquals": ["E"], "MaxDelaySeconds": 31_622_401}]),
        "Maximum value is 31622400",
        "/States/A/Retry[0]/MaxDelaySeconds",
    ),
    (
        task(Retry=[{"ErrorEquals": ["E"], "JitterStrategy": "full"}]),
        "Value should be one of the following: [NONE, FULL]",
        "/States/A/Retry[0]/JitterStrategy",
    ),
    (
        task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]),
        "States.ALL must appear alone and at end of list",
        "/States/A/Retry[0]/ErrorEquals[0]",
    ),
    (
        task(Catch=[{"ErrorEquals": ["E", "States.ALL"], "Next": "Z"}]),
        "States.ALL must appear alone and at end of list",
        "/States/A/Catch[0]/ErrorEquals[1]",
    ),
    (task(Catch=[{"ErrorEquals": ["E"]}]), "These fields are required: [Next]", "/States/A/Catch[0]"),
    # Choice
    ({"Type": "Choice", "Default": "Z"}, "These fields are required: [Choices]", "/States/A"),
    ({"Type": "Choice", "Choices": [], "Default": "Z"}, "Value cannot be empty", "/States/A/Choices"),
    (
        {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True}], "Default": "Z"},
        "These fields are required: [Next]",
        "/States/A/Choices[0]",
    ),
    (
        choosing(),
        "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]",
        "/States/A/Choices[0]",
    ),
    (
        choosing(Variable="a", IsNull=True),
        "Value is not a Reference Path: Reference path didn't start with '$'",
        "/States/A/Choices[0]/Variable",
    ),
    (choosing(Variable="$.a", StringEquals=1), "Expected value of type [STRING]", "/States/A/Choices[0]/StringEquals"),
    (
        choosing(Variable="$.a", NumericEquals="1"),
        "Expected value of type [NUMBER]",
        "/States/A/Choices[0]/NumericEquals",
    ),
    (
        choosing(Not={"Variable": "$.a", "IsNull": True, "Next": "Z"}),
        "Field 'Next' is not supported",
        "/States/A/Choices[0]/Not",
    ),
    (choosing(And=[]), "Value cannot be empty", "/States/A/Choices[0]/And"),
    (
        choosing(Or=[{"Variable": "$.a", "IsNull": True, "IsNul": True}]),
        "Field 'IsNul' is not supported",
        "/States/A/Choices[0]/Or[0]",
    ),
    (choosing(Variable="$.a", IsNull=True, isNull=True), "Field 'isNull' is not supported", "/States/A/Choices[0]"),
    # Parallel
    ({"Type": "Parallel", "Branches": [], "End": True}, "Value cannot be empty", "/States/A/Branches"),
    (
        {"Type": "Parallel", "Branches": [{"StartAt": "I"}], "End": True},
        "These fields are required: [States]",
        "/States/A/Branches[0]",
    ),
    (
        {"Type": "Parallel", "Branches": [{**ONE_STATE, "QueryLanguage": "JSONata"}], "End": True},
        "Field 'QueryLanguage' is not supported",
        "/States/A/Branches[0]",
    ),
    # Map
    (
        {"Type": "Map", "End": True},
        "This object should have only one of the following fields: [ItemProcessor, Iterator]",
        "/States/A",
    ),
    (
        mapping(Iterator=ONE_STATE),
        "There should only be one of the following fields: [ItemProcessor, Iterator]",
        "/States/A",
    ),
    (mapping(MaxConcurrency=-1), "Minimum value is 0", "/States/A/MaxConcurrency"),
    (mapping(MaxConcurrencyPath="$.l[*]"), "Value is not a Reference Path", "/States/A/MaxConcurrencyPath"),
    (mapping(ToleratedFailurePercentage=101), "Maximum value is 100", "/States/A/ToleratedFailurePercentage"),
    (
        mapping(ItemProcessor={**ONE_STATE, "QueryLanguage": "JSONata"}),
        "Field 'QueryLanguage' is not supported",
        "/States/A/ItemProcessor",
    ),
    (
        mapping(ItemProcessor={**ONE_STATE, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}),
        "These fields are required: [ExecutionType]",
        "/States/A/ItemProcessor/ProcessorConfig",
    ),
    (
        mapping(ItemProcessor={**ONE_STATE, "ProcessorConfig": {"Mode": "INLINE", "ExecutionType": "STANDARD"}}),
        "Field 'ExecutionType' is not supported",
        "/States/A/ItemProcessor/ProcessorConfig",
    ),
    (
        distributed(ItemReader={"Resource": "arn:aws:states:::s3:putObject"}),
        "The field 'Resource' does not match any of the allowed values. Examples: "
        "[arn:<partition>:states:::s3:getObject, arn:<partition>:states:::s3:listObjectsV2]",
        "/States/A/ItemReader/Resource",
    ),
    (
        distributed(ItemReader={"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV"}}),
        "The field 'CSVHeaderLocation' is required",
        "/States/A/ItemReader/ReaderConfig",
    ),
]


@pytest.mark.parametrize(("state", "message", "location"), JSONPATH_STATES)
def test_a_flaw_of_a_jsonpath_state_is_reported_once_and_where_it_is(
    state: Any, message: str, location: str | None
) -> None:
    assert found_in_state(state) == [(SCHEMA, message, location)]


WAITING = {"StartAt": "I", "States": {"I": task(Resource=ACTIVITY)}}
EXPRESS_TASKS = [
    (task(Resource=ACTIVITY), "Express state machine does not support Activity ARN", "/States/A/Resource"),
    (
        task(Resource="arn:aws:states:::ecs:runTask.sync", Parameters={"TaskDefinition": "t"}),
        "Express state machine does not support '.sync' service integration ",
        "/States/A/Resource",
    ),
    (
        task(Resource="arn:aws:states:::sns:publish.waitForTaskToken", Parameters={"Message": "m"}),
        "Express state machine does not support '.waitForTaskToken' service integration ",
        "/States/A/Resource",
    ),
    (
        distributed(),
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
        "/States/A/ItemProcessor/ProcessorConfig/Mode",
    ),
]


@pytest.mark.parametrize(("state", "message", "location"), EXPRESS_TASKS)
def test_an_express_state_machine_refuses_what_waits(state: Any, message: str, location: str) -> None:
    assert found_in_state(state, kind="EXPRESS") == [(SCHEMA, message, location)]
    assert found_in_state(state, kind="STANDARD") == []


@pytest.mark.parametrize(
    ("state", "location"),
    [
        ({"Type": "Parallel", "Branches": [WAITING], "End": True}, "/States/A/Branches[0]/States/I/Resource"),
        (mapping(ItemProcessor=WAITING), "/States/A/ItemProcessor/States/I/Resource"),
    ],
)
def test_what_runs_inside_an_express_execution_can_not_wait(state: Any, location: str) -> None:
    expected = [(SCHEMA, "Express state machine does not support Activity ARN", location)]
    assert found_in_state(state, kind="EXPRESS") == expected


def test_items_processed_in_express_executions_can_not_wait_either() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    state = mapping(ItemProcessor={"ProcessorConfig": config, **WAITING})
    assert found_in_state(state) == [
        (SCHEMA, "Express state machine does not support Activity ARN", "/States/A/ItemProcessor/States/I/Resource")
    ]


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("", "Label cannot be empty"),
        ("x" * 41, "Label cannot exceed 40 characters"),
        ("a b", "Label contains invalid character: ' '"),
        ("a\x9f", "Label contains invalid character: '\\x9f'"),
    ],
)
def test_a_label_can_be_part_of_an_arn(label: str, message: str) -> None:
    assert found_in_state(distributed(Label=label)) == [(Code.INVALID_LABEL_NAME, message, "/States/A/Label")]


WARNINGS = [
    (passing(Parameters={"a": "$.b"}), Code.NO_DOLLAR, "/States/A/Parameters/a"),
    (passing(Parameters={"a": {"b": "States.UUID()"}}), Code.NO_DOLLAR, "/States/A/Parameters/a/b"),
    ({"Type": "Fail", "Cause": "$.cause"}, Code.NO_PATH, "/States/A/Cause"),
    (choosing(Variable="$.a", StringEquals="$.b"), Code.NO_PATH, "/States/A/Choices[0]/StringEquals"),
    (passing(Result={"a.$": "$.b"}), Code.PASS_RESULT_IS_STATIC, "/States/A/Result"),
]


@pytest.mark.parametrize(("state", "code", "location"), WARNINGS)
def test_what_looks_like_a_path_and_is_none_is_warned_of(state: Any, code: Code, location: str) -> None:
    assert [(found[0], found[2]) for found in found_in_state(state)] == [(code, location)]


def test_every_flaw_of_a_state_is_reported() -> None:
    state = {"Type": "Task", "Foo": 1, "TimeoutSeconds": 0, "Retry": [{"ErrorEquals": []}]}
    assert [message for _, message, _ in found_in_state(state)] == [
        "These fields are required: [Resource]",
        "Field 'Foo' is not supported",
        "This object should have only one of the following fields: [Next, End]",
        "Minimum value is 1",
        "Value cannot be empty",
    ]
