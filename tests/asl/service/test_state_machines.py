"""State machines through the API: create, describe, update, delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api

ROLE = "arn:aws:iam::123456789012:role/states"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


def definition(comment: str) -> str:
    return json.dumps({"Comment": comment, "StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}})


async def test_a_state_machine_is_described_as_it_was_created(api: Api) -> None:
    arn = await api.machine("orders", definition("first"))
    described = await api("DescribeStateMachine", stateMachineArn=arn)
    assert described.pop("creationDate") > 0
    assert described == {
        "stateMachineArn": MACHINE,
        "name": "orders",
        "status": "ACTIVE",
        "type": "STANDARD",
        "definition": definition("first"),
        "roleArn": ROLE,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }


async def test_creating_the_same_twice_gives_the_same_answer(api: Api) -> None:
    request = {"name": "orders", "definition": definition("first"), "roleArn": ROLE}
    first = await api("CreateStateMachine", **request)
    assert await api("CreateStateMachine", **{**request, "roleArn": f"{ROLE}2"}) == first


@pytest.mark.parametrize(
    "change", [{"definition": definition("second")}, {"type": "EXPRESS"}, {"tracingConfiguration": {"enabled": True}}]
)
async def test_creating_another_with_the_same_name_is_refused(api: Api, change: dict[str, Any]) -> None:
    await api.machine("orders", definition("first"))
    request = {"name": "orders", "definition": definition("first"), "roleArn": ROLE, **change}
    assert await api.refusal("CreateStateMachine", **request) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{MACHINE}'",
    )


async def test_an_invalid_definition_is_refused_with_its_diagnostics(api: Api) -> None:
    invalid = json.dumps({"States": {"Only": {"Type": "Pass", "End": True}}})
    assert await api.refusal("CreateStateMachine", name="orders", definition=invalid, roleArn=ROLE) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /'",
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "or ders"}, ("InvalidName", "Invalid Name: 'or ders'")),
        ({"roleArn": "me"}, ("InvalidArn", "Invalid Role Arn: 'me'")),
        (
            {"loggingConfiguration": {"level": "ALL"}},
            (
                "InvalidLoggingConfiguration",
                "Invalid Logging Configuration: Must specify exactly one Log Destination.",
            ),
        ),
        (
            {"versionDescription": "first"},
            ("ValidationException", "Version description can only be set when publish is true"),
        ),
        (
            {"tags": [{"key": str(number), "value": ""} for number in range(51)]},
            ("TooManyTags", f"Number of tags exceeds resource tag limit: '{MACHINE}'"),
        ),
    ],
)
async def test_a_state_machine_that_cannot_be_is_refused_and_not_kept(
    api: Api, change: dict[str, Any], error: tuple[str, str]
) -> None:
    request = {"name": "orders", "definition": definition("first"), "roleArn": ROLE, **change}
    assert await api.refusal("CreateStateMachine", **request) == error
    assert (await api("ListStateMachines"))["stateMachines"] == []


async def test_an_update_changes_what_it_names_and_nothing_else(api: Api) -> None:
    arn = await api.machine("orders", definition("first"), tracingConfiguration={"enabled": True})
    updated = await api("UpdateStateMachine", stateMachineArn=arn, definition=definition("second"))
    described = await api("DescribeStateMachine", stateMachineArn=arn)
    assert described["definition"] == definition("second")
    assert described["tracingConfiguration"] == {"enabled": True}
    assert described["revisionId"] == updated["revisionId"]


async def test_an_update_that_changes_nothing_makes_no_revision(api: Api) -> None:
    arn = await api.machine("orders", definition("first"))
    assert "revisionId" not in await api("UpdateStateMachine", stateMachineArn=arn, definition=definition("first"))


async def test_an_update_that_names_nothing_is_refused(api: Api) -> None:
    arn = await api.machine()
    assert await api.refusal("UpdateStateMachine", stateMachineArn=arn) == (
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
    )


async def test_an_invalid_update_leaves_everything_as_it_was(api: Api) -> None:
    arn = await api.machine("orders", definition("first"))
    request = {"stateMachineArn": arn, "definition": definition("second"), "roleArn": "me"}
    assert (await api.refusal("UpdateStateMachine", **request))[0] == "InvalidArn"
    assert (await api("DescribeStateMachine", stateMachineArn=arn))["definition"] == definition("first")


async def test_a_deleted_state_machine_is_gone_and_deleting_it_again_is_no_error(api: Api) -> None:
    arn = await api.machine()
    for _ in range(2):
        assert await api("DeleteStateMachine", stateMachineArn=arn) == {}
    assert await api.refusal("DescribeStateMachine", stateMachineArn=arn) == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{arn}'",
    )


async def test_a_state_machine_whose_executions_run_is_deleted_when_they_have_ended(api: Api) -> None:
    arn = await api.waiting_machine()
    running = (await api("StartExecution", stateMachineArn=arn))["executionArn"]
    await api("DeleteStateMachine", stateMachineArn=arn)
    assert (await api("DescribeStateMachine", stateMachineArn=arn))["status"] == "DELETING"
    assert (await api.refusal("StartExecution", stateMachineArn=arn))[0] == "StateMachineDeleting"
    await api("StopExecution", executionArn=running)
    assert (await api.refusal("DescribeStateMachine", stateMachineArn=arn))[0] == "StateMachineDoesNotExist"
    assert (await api("DescribeExecution", executionArn=running))["status"] == "ABORTED"


async def test_accounts_and_regions_do_not_see_each_other(api: Api) -> None:
    arn = await api.machine()
    for other in (api.of(account="999999999999"), api.of(region="eu-west-1")):
        assert (await other("ListStateMachines"))["stateMachines"] == []
        assert (await other.refusal("DescribeStateMachine", stateMachineArn=arn))[0] == "StateMachineDoesNotExist"
    assert (await api.of(region="cn-north-1").machine()).startswith("arn:aws-cn:states:cn-north-1:")


async def test_state_machines_are_listed_by_name_page_by_page(api: Api) -> None:
    arns = sorted([await api.machine(name) for name in ("c", "a", "b")])
    first = await api("ListStateMachines", maxResults=2)
    second = await api("ListStateMachines", nextToken=first["nextToken"])
    assert [item["stateMachineArn"] for item in first["stateMachines"] + second["stateMachines"]] == arns
    assert "nextToken" not in second


async def test_tags_are_put_on_and_taken_off(api: Api) -> None:
    arn = await api.machine(tags=[{"key": "team", "value": "red"}])
    await api("TagResource", resourceArn=arn, tags=[{"key": "team", "value": "blue"}, {"key": "tier", "value": "1"}])
    await api("UntagResource", resourceArn=arn, tagKeys=["tier", "absent"])
    assert await api("ListTagsForResource", resourceArn=arn) == {"tags": [{"key": "team", "value": "blue"}]}


async def test_what_does_not_exist_has_no_tags(api: Api) -> None:
    assert await api.refusal("ListTagsForResource", resourceArn=MACHINE) == (
        "ResourceNotFound",
        f"Resource not found: '{MACHINE}'",
    )


async def test_a_definition_is_diagnosed_without_creating_anything(api: Api) -> None:
    invalid = json.dumps({"States": {}})
    found = await api("ValidateStateMachineDefinition", definition=invalid)
    assert found["result"] == "FAIL"
    first = await api("ValidateStateMachineDefinition", definition=invalid, maxResults=1)
    assert first["diagnostics"] == found["diagnostics"][:1]
    assert first["truncated"] is (len(found["diagnostics"]) > 1)
