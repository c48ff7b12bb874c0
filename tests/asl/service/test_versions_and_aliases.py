"""Versions hold a revision for ever; aliases route to them."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.randomness import drawing_from
from asl.service.app import Application
from asl.service.identifiers import state_machine_arn
from asl.service.operations import aliases, versions
from asl.service.operations.lookup import find_machine
from asl.service.service import Service
from asl.service.settings import Settings
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


async def test_there_are_at_most_so_many_versions(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MAX_VERSIONS", 2)
    arn, first, second = await two_versions(api)
    more = {"stateMachineArn": arn, "definition": definition(3), "publish": True}
    assert (await api.refusal("UpdateStateMachine", **more))[0] == "ServiceQuotaExceededException"
    described = await api("DescribeStateMachine", stateMachineArn=arn)
    assert described["definition"] == definition(2), "what is refused changes nothing"
    assert (await api("PublishStateMachineVersion", stateMachineArn=arn))["stateMachineVersionArn"] == second
    await api("DeleteStateMachineVersion", stateMachineVersionArn=first)
    assert (await api("UpdateStateMachine", **more))["stateMachineVersionArn"] == f"{arn}:3"


async def test_there_are_at_most_so_many_aliases(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliases, "MAX_ALIASES", 1)
    _, first, _ = await two_versions(api)
    routing = routes((first, 100))
    for _ in range(2):
        await api("CreateStateMachineAlias", name="LIVE", routingConfiguration=routing)
    refused = await api.refusal("CreateStateMachineAlias", name="NEXT", routingConfiguration=routing)
    assert refused[0] == "ServiceQuotaExceededException"


async def test_an_express_version_or_alias_runs_what_was_published(api: Api) -> None:
    arn = await api.machine("orders", definition(1), type="EXPRESS", publish=True)
    await api("UpdateStateMachine", stateMachineArn=arn, definition=definition(2))
    await api("CreateStateMachineAlias", name="LIVE", routingConfiguration=routes((f"{arn}:1", 100)))
    for qualified, result in ((f"{arn}:1", "1"), (f"{arn}:LIVE", "1"), (arn, "2")):
        answer = await api("StartSyncExecution", stateMachineArn=qualified, traceHeader="Root=1")
        assert (answer["output"], answer["traceHeader"]) == (result, "Root=1")


def new_api() -> Api:
    return Api(Application(Service(Settings(), VirtualClock(), no_lambda)))


@given(st.integers(0, 100))
@settings(max_examples=15, deadline=None)
def test_executions_are_spread_by_weight(weight: int) -> None:
    async def chosen() -> Counter[int]:
        api = new_api()
        arn, first, second = await two_versions(api)
        routing = routes((first, weight), (second, 100 - weight))
        await api("CreateStateMachineAlias", name="LIVE", routingConfiguration=routing)
        account = api._application._service.account("123456789012", "us-east-1")
        targets = (find_machine(account, state_machine_arn(f"{arn}:LIVE")) for _ in range(draws))
        return Counter(target.version.number for target in targets if target.version is not None)

    draws = 2_000
    with drawing_from(Random(weight)):
        counted, share = asyncio.run(chosen()), weight / 100
    assert counted.total() == draws
    assert abs(counted[1] - share * draws) <= 4 * math.sqrt(draws * share * (1 - share))


STEPS = st.one_of(
    st.tuples(st.just("update"), st.integers(0, 3)),
    st.tuples(st.just("publish"), st.just(0)),
    st.tuples(st.just("delete"), st.integers(1, 4)),
    st.tuples(st.just("create"), st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 100))),
    st.tuples(st.just("route"), st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 100))),
    st.tuples(st.just("drop"), st.just(0)),
)


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_whatever_is_done_an_alias_routes_to_versions_that_are_there(steps: list[tuple[str, Any]]) -> None:
    """Numbers ascend and are never used again; a published definition never changes."""

    async def run() -> None:
        api = new_api()
        arn = await api.machine("orders", definition(0))
        published: dict[str, str] = {}
        for step, detail in steps:
            answer = await do(api, arn, step, detail)
            described = await api("DescribeStateMachine", stateMachineArn=arn)
            if step == "publish":
                version = answer["stateMachineVersionArn"]
                published.setdefault(version, described["definition"])
            listed = (await api("ListStateMachineVersions", stateMachineArn=arn))["stateMachineVersions"]
            there = [item["stateMachineVersionArn"] for item in listed]
            assert there == sorted(there, key=lambda each: -int(each.rpartition(":")[2]))
            for version in there:
                assert (await api("DescribeStateMachine", stateMachineArn=version))["definition"] == published[version]
            for alias in (await api("ListStateMachineAliases", stateMachineArn=arn))["stateMachineAliases"]:
                found = await api("DescribeStateMachineAlias", stateMachineAliasArn=alias["stateMachineAliasArn"])
                routed = found["routingConfiguration"]
                assert {route["stateMachineVersionArn"] for route in routed} <= set(there)
                assert sum(route["weight"] for route in routed) == 100

    asyncio.run(run())


async def do(api: Api, arn: str, step: str, detail: Any) -> Any:
    """One step; what is refused answers with an error and changes nothing."""
    requests: dict[str, Any] = {
        "update": lambda: ("UpdateStateMachine", {"stateMachineArn": arn, "definition": definition(detail)}),
        "publish": lambda: ("PublishStateMachineVersion", {"stateMachineArn": arn}),
        "delete": lambda: ("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{arn}:{detail}"}),
        "create": lambda: ("CreateStateMachineAlias", {"name": "LIVE", "routingConfiguration": between(arn, *detail)}),
        "route": lambda: (
            "UpdateStateMachineAlias",
            {"stateMachineAliasArn": f"{arn}:LIVE", "routingConfiguration": between(arn, *detail)},
        ),
        "drop": lambda: ("DeleteStateMachineAlias", {"stateMachineAliasArn": f"{arn}:LIVE"}),
    }
    operation, request = requests[step]()
    response = await api.post(operation, request)
    assert response.status in (200, 400)
    return json.loads(response.body)


def between(arn: str, one: int, other: int, weight: int) -> list[dict[str, Any]]:
    if one == other:
        return routes((f"{arn}:{one}", 100))
    return routes((f"{arn}:{one}", weight), (f"{arn}:{other}", 100 - weight))
