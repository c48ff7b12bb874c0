"""Requests are checked against the service model, with AWS's texts."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StringShape

from asl.service.constraints import ENUMERATION_ORDER, RequestCheck, service_model
from asl.service.errors import ApiError


def refusal(operation: str, request: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        RequestCheck(operation)(request)
    return refused.value


def message(operation: str, request: Any) -> str:
    error = refusal(operation, request)
    assert error.code == "ValidationException"
    return error.message


def test_a_missing_member_is_named() -> None:
    assert message("DescribeActivity", {}) == (
        "1 validation error detected: Value null at 'activityArn' failed to satisfy constraint: Member must not be null"
    )


def test_all_broken_constraints_are_told_together() -> None:
    assert message("StartExecution", {"name": ""}) == (
        "2 validation errors detected: "
        "Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null; "
        "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )


def test_a_string_that_is_too_long_is_quoted() -> None:
    name = "x" * 81
    assert message("CreateActivity", {"name": name}) == (
        f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 80"
    )


def test_a_secret_is_never_quoted() -> None:
    assert message("SendTaskFailure", {"taskToken": "t", "error": "e" * 257}) == (
        "1 validation error detected: Value at 'error' failed to satisfy constraint: "
        "Member must have length less than or equal to 256"
    )


@pytest.mark.parametrize(("value", "bound"), [(-1, "greater than or equal to 0"), (1001, "less than or equal to 1000")])
def test_a_number_out_of_range_is_refused(value: int, bound: str) -> None:
    assert message("ListActivities", {"maxResults": value}) == (
        f"1 validation error detected: Value '{value}' at 'maxResults' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )


def test_a_value_that_is_not_of_the_enumeration_is_refused_with_what_may_be() -> None:
    request = {"definition": "{}", "type": "FAST"}
    assert message("ValidateStateMachineDefinition", request).endswith(
        "Value 'FAST' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"
    )


def test_the_values_of_an_enumeration_are_those_of_the_model() -> None:
    for name, values in ENUMERATION_ORDER.items():
        shape = service_model().shape_for(name)
        assert isinstance(shape, StringShape)
        assert sorted(values) == sorted(shape.enum)


def test_a_pattern_is_shown_as_the_model_has_it() -> None:
    request = {"name": "1", "routingConfiguration": [{"stateMachineVersionArn": "a", "weight": 100}]}
    assert message("CreateStateMachineAlias", request) == (
        "1 validation error detected: Value '1' at 'name' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
    )


def test_a_member_of_a_list_is_named_by_its_number() -> None:
    request = {"name": "a", "routingConfiguration": [{"stateMachineVersionArn": "a", "weight": 101}]}
    assert "Value '101' at 'routingConfiguration.1.member.weight'" in message("CreateStateMachineAlias", request)


def test_a_list_that_is_too_long_is_quoted_as_java_writes_it() -> None:
    routes = [{"stateMachineVersionArn": f"v{number}", "weight": 1} for number in range(3)]
    assert message("CreateStateMachineAlias", {"name": "a", "routingConfiguration": routes}) == (
        "1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn=v0, weight=1), "
        "RoutingConfigurationListItem(stateMachineVersionArn=v1, weight=1), "
        "RoutingConfigurationListItem(stateMachineVersionArn=v2, weight=1)]' at 'routingConfiguration' failed to "
        "satisfy constraint: Member must have length less than or equal to 2"
    )


def test_a_null_in_a_list_is_refused() -> None:
    assert "Value null at 'tagKeys.2.member'" in message("UntagResource", {"resourceArn": "a", "tagKeys": ["b", None]})


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 262_144, True), ("x" * 262_145, False), ("é" * 131_072, True), ("é" * 131_073, False)]
)
def test_payloads_are_measured_in_bytes_of_utf8(text: str, fits: bool) -> None:
    request = {"stateMachineArn": "arn", "input": text}
    if fits:
        assert RequestCheck("StartExecution")(request) == request
    else:
        assert "Value at 'input'" in message("StartExecution", request)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1, "NUMBER_VALUE can not be converted to a String"),
        (True, "TRUE_VALUE can not be converted to a String"),
        ([], "Start of list found where not expected"),
        ({}, "Start of structure or map found where not expected"),
    ],
)
def test_a_value_of_another_json_type_ends_the_request(value: Any, told: str) -> None:
    error = refusal("DescribeActivity", {"activityArn": value})
    assert (error.code, error.message) == ("SerializationException", told)


@pytest.mark.parametrize("value", ["1", True, float("inf")])
def test_only_numbers_are_numbers(value: Any) -> None:
    assert refusal("ListActivities", {"maxResults": value}).code == "SerializationException"


def test_unknown_members_and_nulls_are_ignored() -> None:
    assert RequestCheck("ListActivities")({"maxResults": None, "colour": "blue"}) == {}


def test_a_body_that_is_no_object_is_refused() -> None:
    assert refusal("ListActivities", [1]).code == "SerializationException"
