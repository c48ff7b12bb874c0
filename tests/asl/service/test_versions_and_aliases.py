"""Versions hold a revision for ever; aliases route to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api


def definition(result: int) -> str:
    state = {"Type": "Pass", "Result": result, "End": True}
    return json.dumps({"StartAt": "Only", "States": {"Only": state}})


async def two_versions(api: Api) -> tuple[str, str, str]:
    arn = await api.machine("orders", definition(1), publish=True)
    await api("UpdateStateMachine", stateMachineArn=arn, definition=definition(2), publish=True)
    return arn, f"{arn}:1", f"{arn}:2"


def routes(*routing: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in routing]


async def test_a_version_keeps_what_was_published(api: Api) -> None:
    arn, first, second = await two_versions(api)
    assert json.loads((await api.run(first))["output"]) == 1
    assert json.loads((await api.run(second))["output"]) == 2
    assert (await api("DescribeStateMachine", stateMachineArn=first))["definition"] == definition(1)
    listed = await api("ListStateMachineVersions", stateMachineArn=arn)
    assert [item["stateMachineVersionArn"] for item in listed["stateMachineVersions"]] == [second, first]


async def test_a_revision_is_published_once(api: Api) -> None:
    arn = await api.machine("orders", definition(1))
    first = await api("PublishStateMachineVersion", stateMachineArn=arn, description="one")
    assert await api("PublishStateMachineVersion", stateMachineArn=arn) == first


async def test_publishing_a_revision_that_is_not_current_is_refused(api: Api) -> None:
    arn = await api.machine("orders", definition(1))
    assert await api.refusal("PublishStateMachineVersion", stateMachineArn=arn, revisionId="other") == (
        "ConflictException",
        "Failed to publish the State Machine version for revision other. "
        "The current State Machine revision is INITIAL.",
    )


async def test_an_execution_belongs_to_the_version_it_was_started_with(api: Api) -> None:
    arn, first, second = await two_versions(api)
    execution = await api.run(first)
    assert execution["stateMachineVersionArn"] == first
    assert execution["stateMachineArn"] == arn
    assert len((await api("ListExecutions", stateMachineArn=first))["executions"]) == 1
    assert len((await api("ListExecutions", stateMachineArn=arn))["executions"]) == 1
    assert (await api("ListExecutions", stateMachineArn=second))["executions"] == []


async def test_an_alias_starts_what_it_routes_to(api: Api) -> None:
    _, first, second = await two_versions(api)
    request = {"name": "LIVE", "routingConfiguration": routes((first, 0), (second, 100))}
    alias = (await api("CreateStateMachineAlias", **request))["stateMachineAliasArn"]
    execution = await api.run(alias)
    assert json.loads(execution["output"]) == 2
    assert (execution["stateMachineAliasArn"], execution["stateMachineVersionArn"]) == (alias, second)
    await api("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=routes((first, 100)))
    assert json.loads((await api.run(alias))["output"]) == 1


async def test_an_alias_is_created_once(api: Api) -> None:
    _, first, second = await two_versions(api)
    request = {"name": "LIVE", "routingConfiguration": routes((first, 100))}
    assert await api("CreateStateMachineAlias", **request) == await api("CreateStateMachineAlias", **request)
    assert await api.refusal("CreateStateMachineAlias", name="LIVE", routingConfiguration=routes((second, 100))) == (
        "ConflictException",
        "Failed to create alias because an alias with the same name and a different routing configuration already "
        "exists.",
    )


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ((70, 29), "Sum of routing configuration weights must equal 100. Received: [70, 29]"),
        ((100, 1), "Sum of routing configuration weights must equal 100. Received: [100, 1]"),
    ],
)
async def test_the_weights_of_an_alias_add_up_to_a_hundred(api: Api, weights: tuple[int, int], told: str) -> None:
    _, first, second = await two_versions(api)
    routing = routes((first, weights[0]), (second, weights[1]))
    assert await api.refusal("CreateStateMachineAlias", name="LIVE", routingConfiguration=routing) == (
        "ValidationException",
        told,
    )


async def test_an_alias_routes_to_versions_only(api: Api) -> None:
    arn, first, _ = await two_versions(api)
    routing = routes((arn, 50), (first, 50))
    assert await api.refusal("CreateStateMachineAlias", name="LIVE", routingConfiguration=routing) == (
        "ValidationException",
        f"Routing configuration must contain state machine version ARNs. Received: [{arn}, {first}]",
    )


async def test_a_version_that_an_alias_routes_to_is_not_deleted(api: Api) -> None:
    _, first, _ = await two_versions(api)
    alias = await api("CreateStateMachineAlias", name="LIVE", routingConfiguration=routes((first, 100)))
    assert await api.refusal("DeleteStateMachineVersion", stateMachineVersionArn=first) == (
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. "
        "Current list of aliases referencing this version: [LIVE]",
    )
    await api("DeleteStateMachineAlias", stateMachineAliasArn=alias["stateMachineAliasArn"])
    assert await api("DeleteStateMachineVersion", stateMachineVersionArn=first) == {}
    assert (await api.refusal("DescribeStateMachine", stateMachineArn=first))[0] == "StateMachineDoesNotExist"


async def test_the_number_of_a_deleted_version_is_not_used_again(api: Api) -> None:
    arn, _, second = await two_versions(api)
    await api("DeleteStateMachineVersion", stateMachineVersionArn=second)
    published = await api("PublishStateMachineVersion", stateMachineArn=arn)
    assert published["stateMachineVersionArn"] == f"{arn}:3"


async def test_an_alias_that_does_not_exist_is_not_found(api: Api) -> None:
    arn = await api.machine()
    request = {"stateMachineAliasArn": f"{arn}:LIVE", "description": "x"}
    assert await api.refusal("UpdateStateMachineAlias", **request) == (
        "ResourceNotFound",
        "Request references a resource that does not exist.",
    )
