"""Mocked results of tasks against the models of the APIs they stand for."""

from __future__ import annotations

from typing import Any

import pytest

from asl.service.errors import ApiError
from asl.service.mock_results import check_mock_result

START = "arn:aws:states:::states:startExecution"
STARTED = {"ExecutionArn": "arn", "StartDate": "2026-01-01T00:00:00Z"}
DESCRIBED = {**STARTED, "StateMachineArn": "arn", "Status": "SUCCEEDED"}
GET_OBJECT = "arn:aws:states:::aws-sdk:s3:getObject"


@pytest.mark.parametrize(
    ("resource", "result"),
    [
        (START, STARTED),
        (START, {**STARTED, "SdkHttpMetadata": {"HttpStatusCode": 200}}),
        (GET_OBJECT, {"Metadata": {"a": "b"}, "ContentLength": 3, "DeleteMarker": False, "StorageClass": "GLACIER"}),
        ("arn:aws:states:::lambda:invoke", {"Payload": {"any": ["json"]}}),
        ("arn:aws:states:::aws-sdk:dynamodb:getItem", {"Item": {"id": {"S": "x", "L": [{"BOOL": True}]}}}),
        ("arn:aws:states:::aws-sdk:sfn:listExecutions", {"Executions": []}),
        ("arn:aws:states:::aws-sdk:eventbridge:putEvents", {"FailedEntryCount": 0}),
        ("arn:aws:states:::states:startExecution.waitForTaskToken", "whatever the token was answered with"),
        (START + ".sync:2", {**DESCRIBED, "Output": {"any": "json"}}),
        (START + ".sync", {**DESCRIBED, "Output": '{"any": "json"}'}),
        ("arn:aws:states:::aws-sdk:s3:headObject", {"SsekmsKeyId": "key"}),
        ("arn:aws:states:::ecs:runTask.sync", {"Whatever": "the job's description has"}),
        ("arn:aws:states:::apigateway:invoke", {"approved": True}),
        ("arn:aws:states:::http:invoke", 7),
        ("arn:aws:states:::aws-sdk:nowhere:nothing", 7),
        ("arn:aws:lambda:us-east-1:123456789012:function:work", 7),
        ("arn:aws:states:us-east-1:123456789012:activity:work", 7),
    ],
)
def test_an_answer_that_the_api_could_give_is_accepted(resource: str, result: Any) -> None:
    check_mock_result(resource, result, strict=True)


@pytest.mark.parametrize(
    ("resource", "result", "message"),
    [
        (START, {"executionArn": "arn", "startDate": "now"}, "Required field 'ExecutionArn' is missing"),
        (START, {**STARTED, "StartDate": 7}, "Field 'StartDate' must be a string"),
        (START + ".sync", {**DESCRIBED, "Output": {}}, "Field 'Output' must be a string"),
        ("arn:aws:states:::aws-sdk:s3:headObject", {"SsekmsKeyId": 1}, "Field 'SsekmsKeyId' must be a string"),
        (START + ".sync", STARTED, "Required field 'StateMachineArn' is missing"),
        (GET_OBJECT, {"ContentLength": "3"}, "Field 'ContentLength' must be a number"),
        (GET_OBJECT, {"ContentLength": True}, "Field 'ContentLength' must be a number"),
        (GET_OBJECT, {"DeleteMarker": 0}, "Field 'DeleteMarker' must be a boolean"),
        (GET_OBJECT, {"Metadata": []}, "Field 'Metadata' must be an object"),
        (GET_OBJECT, {"Metadata": {"a": 1}}, "Field 'Metadata' must be a string"),
        (GET_OBJECT, {"StorageClass": "CELLAR"}, "Field 'StorageClass' is not an expected value"),
        ("arn:aws:states:::aws-sdk:kms:encrypt", {"CiphertextBlob": 1}, "Field 'CiphertextBlob' must be a string"),
        ("arn:aws:states:::aws-sdk:sfn:listExecutions", {"Executions": {}}, "Field 'Executions' must be an array"),
        ("arn:aws:states:::aws-sdk:dynamodb:getItem", {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
        ("arn:aws:states:::aws-sdk:lambda:invoke", {"Payload": {}}, "Field 'Payload' must be a string"),
    ],
)
def test_an_answer_that_the_api_would_not_give_is_refused(resource: str, result: Any, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_mock_result(resource, result, strict=True)
    assert refused.value.message == f"Mock result schema validation error: {message}"


def test_only_a_strict_check_asks_for_what_is_missing() -> None:
    check_mock_result(START, {}, strict=False)
    with pytest.raises(ApiError):
        check_mock_result(START, {"StartDate": 7}, strict=False)
    with pytest.raises(ApiError):
        check_mock_result(START, {}, strict=True)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("result", [7, [], "text", None])
def test_an_answer_is_an_object(result: Any, strict: bool) -> None:
    with pytest.raises(ApiError, match="must be a JSON object"):
        check_mock_result(START, result, strict=strict)
