"""Workflows as operators see them: what is deployed, in which versions, and what they can be started with."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.unit.console.bench import BECAUSE, Api, Around, deploy
from tests.unit.console.test_executions import PASS, SORTED_OUT, Machine
from workflows.inputs import INPUTS

if TYPE_CHECKING:
    from tests.unit.cloud import Aws


def test_a_workflow_is_shown_with_its_versions_and_where_its_aliases_lead(
    aws: Aws, function_environment: pytest.MonkeyPatch
) -> None:
    machine = Machine(aws, PASS)
    deploy(aws, function_environment, [machine.arn])
    first = Api().get(f"/workflows/{machine.name}").body
    assert (first["versions"], first["aliases"], first["example"], first["input_schema"]) == ([], [], None, None)
    assert (first["type"], first["logging"], first["tracing"]) == ("STANDARD", "OFF", False)
    sfn = aws.step_functions
    versions = [sfn.publish_state_machine_version(stateMachineArn=machine.arn)["stateMachineVersionArn"]]
    updated = sfn.update_state_machine(
        stateMachineArn=machine.arn,
        definition=json.dumps(SORTED_OUT),
        tracingConfiguration={"enabled": True},
        publish=True,
        versionDescription="sorts",
    )
    versions.append(updated["stateMachineVersionArn"])
    sfn.create_state_machine_alias(
        name="live",
        description="what everybody uses",
        routingConfiguration=[
            {"stateMachineVersionArn": version, "weight": weight}
            for version, weight in zip(versions, (90, 10), strict=True)
        ],
    )
    shown = Api().get(f"/workflows/{machine.name}").body
    assert (shown["tracing"], shown["revision"]) == (True, updated["revisionId"])
    assert [version["version"] for version in shown["versions"]] == [2, 1]
    [alias] = shown["aliases"]
    assert (alias["name"], alias["description"]) == ("live", "what everybody uses")
    assert alias["routes"] == [{"version": 1, "weight": 90}, {"version": 2, "weight": 10}]
    one, two = (Api().get(f"/workflows/{machine.name}/versions/{version}").body for version in (1, 2))
    assert (json.loads(one["definition"]), json.loads(two["definition"])) == (PASS, SORTED_OUT)
    assert (one["description"], two["description"]) == ("", "sorts")
    missing = Api().get(f"/workflows/{machine.name}/versions/3")
    assert (missing.status, "There is no version 3" in missing.body["detail"]) == (404, True)
    name = sfn.start_execution(stateMachineArn=versions[0])["executionArn"].rpartition(":")[2]
    execution = Api().get(f"/workflows/{machine.name}/executions/{name}").body
    assert (execution["version"], execution["alias"]) == (1, None)


@pytest.fixture
def around(aws: Aws, function_environment: pytest.MonkeyPatch) -> Around:
    return deploy(aws, function_environment, [Machine(aws, PASS, "email-campaign").arn])


def start(**asked: Any) -> Any:
    return Api().post("/workflows/email-campaign/executions", {**BECAUSE, **asked})


def test_pressing_start_twice_starts_one(aws: Aws, around: Around) -> None:
    del around
    example, key = INPUTS["email-campaign"].example(), uuid.uuid4().hex
    answers = [start(input=example, key=key), start(input=example, key=key)]
    assert [answer.status for answer in answers] == [200, 200]
    assert {answer.body["name"] for answer in answers} == {f"by-hand-{key}"}
    machine = Machine(aws, PASS, "email-campaign")
    arn = machine.arn_of(f"by-hand-{key}")
    aws.output(arn)
    assert start(input=example, key=key).body["name"] == f"by-hand-{key}"
    other = start(input=INPUTS["email-campaign"].example(), key=key)
    assert (other.status, "with another input" in other.body["detail"]) == (409, True)
    names = [found["name"] for found in aws.step_functions.list_executions(stateMachineArn=machine.arn)["executions"]]
    assert names.count(f"by-hand-{key}") == 1
    assert start(input=example).body["name"] != start(input=example).body["name"]


@pytest.mark.parametrize("key", ["short", "with space", "x" * 65, "a:bcdefgh", 12345678])
def test_a_key_is_one_that_a_name_can_be_made_of(around: Around, key: Any) -> None:
    del around
    answer = start(input={}, key=key)
    assert (answer.status, [field["where"] for field in answer.body["fields"]]) == (422, ["body.key"])


@pytest.mark.parametrize("workflow", INPUTS)
def test_the_schema_tells_what_does_not_fit_before_it_is_sent(workflow: str) -> None:
    contract = INPUTS[workflow]
    schema = Draft202012Validator(contract.schema())
    assert list(schema.iter_errors(contract.example())) == []
    for wrong in ({}, {**contract.example(), "unknown": 1}):
        assert list(schema.iter_errors(wrong))
        assert contract.problems(wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"recipients": []}, {"recipients": ["u1", "u1"]}, {"body": ""}, {"body": "x" * 100_001}, {"vendor": "No"}],
)
def test_the_schema_of_a_campaign_refuses_what_its_contract_refuses(wrong: dict[str, Any]) -> None:
    contract = INPUTS["email-campaign"]
    example = contract.example()
    given = {**example, "request": {**example["request"], **wrong}}
    assert contract.problems(given)
    assert list(Draft202012Validator(contract.schema()).iter_errors(given))
