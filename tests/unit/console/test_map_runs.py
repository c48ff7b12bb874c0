"""Executions and their relatives as operators see them: Map Runs with their children, and nested executions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from console.operations.map_runs import MapRuns
from tests.eventually import eventually
from tests.unit.console.bench import Api, deploy, execution_path
from tests.unit.console.test_executions import PASS, SORTED_OUT, Machine

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

ITEMS = {"items": [{}, {"error": "Broken"}, {}]}


def each(execution_type: str) -> dict[str, Any]:
    """A distributed Map that takes any failure, over items of which each ends as it says."""
    processor = {**SORTED_OUT, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type}}
    state = {
        "Type": "Map",
        "Label": "each",
        "ItemsPath": "$.items",
        "ItemProcessor": processor,
        "ToleratedFailurePercentage": 100,
        "End": True,
    }
    return {"StartAt": "Each", "States": {"Each": state}}


@pytest.fixture
def machine(aws: Aws, function_environment: pytest.MonkeyPatch) -> Machine:
    machine = Machine(aws, each("STANDARD"))
    deploy(aws, function_environment, [machine.arn])
    return machine


def test_an_execution_leads_to_its_map_runs_and_these_to_their_children_and_back(machine: Machine) -> None:
    api, name = Api(), machine.run(ITEMS)
    [run] = api.get(f"{execution_path(machine.name, name)}/map-runs").body["map_runs"]
    assert (run["label"], run["parent"], run["status"]) == ("each", name, "SUCCEEDED")
    for counts in (run["items"], run["executions"]):
        assert [counts[status] for status in ("succeeded", "failed", "total")] == [2, 1, 3]
    path = f"/workflows/{machine.name}/map-runs/{run['name']}"
    assert api.get(path).body == run
    [failed] = api.get(f"{path}/executions", status="FAILED").body["executions"]
    assert failed["items"] == 1
    child = api.get(execution_path(machine.name, failed["name"])).body
    assert (child["error"], child["map_run"]) == ("Broken", run["name"])
    assert child["parent"] == {"arn": machine.arn_of(name), "workflow": machine.name, "name": name}
    assert [state["name"] for state in child["states"]] == ["Sort", "Fail"]
    assert json.loads(child["definition"])["StartAt"] == "Sort"
    events = api.get(f"{execution_path(machine.name, failed['name'])}/history").body["events"]
    assert events[-1]["executionFailedEventDetails"]["error"] == "Broken"


def test_children_come_a_page_at_a_time_each_once(machine: Machine) -> None:
    api, name = Api(), machine.run({"items": [{}] * 5})
    [run] = api.get(f"{execution_path(machine.name, name)}/map-runs").body["map_runs"]
    path = f"/workflows/{machine.name}/map-runs/{run['name']}/executions"
    found: list[str] = []
    query = {"limit": "2"}
    while True:
        page = api.get(path, **query).body
        found += [child["name"] for child in page["executions"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert (len(found), len(set(found))) == (5, 5)
    other = api.get(path, **query, status="FAILED")
    assert (other.status, "cursor" in other.body["detail"]) == (409, True)


def test_a_child_is_not_redriven_by_itself(machine: Machine) -> None:
    api, name = Api(), machine.run(ITEMS)
    [run] = api.get(f"{execution_path(machine.name, name)}/map-runs").body["map_runs"]
    path = f"/workflows/{machine.name}/map-runs/{run['name']}/executions"
    [failed] = api.get(path, status="FAILED").body["executions"]
    answer = api.post(f"{execution_path(machine.name, failed['name'])}/redrive")
    assert (answer.status, "not redriven by itself" in answer.body["detail"]) == (409, True)


def test_a_child_of_the_type_express_is_shown_without_a_history(
    aws: Aws, function_environment: pytest.MonkeyPatch
) -> None:
    machine = Machine(aws, each("EXPRESS"))
    deploy(aws, function_environment, [machine.arn])
    api, name = Api(), machine.run(ITEMS)
    [run] = api.get(f"{execution_path(machine.name, name)}/map-runs").body["map_runs"]
    page = api.get(f"/workflows/{machine.name}/map-runs/{run['name']}/executions", status="FAILED").body
    [failed] = page["executions"]
    child = api.get(execution_path(machine.name, failed["name"]))
    assert (child.status, child.body["status"]) == (200, "FAILED")
    assert (child.body["map_run"], child.body["parent"]["name"]) == (run["name"], name)
    assert (child.body["summarized"], child.body["states"]) == (False, [])
    history = api.get(f"{execution_path(machine.name, failed['name'])}/history")
    assert (history.status, "no history" in history.body["what_to_do"]) == (404, True)


@pytest.mark.parametrize("name", ["each:nobody", "nothing:00000000-0000-0000-0000-000000000000"])
def test_a_map_run_that_is_not_there_is_named(machine: Machine, name: str) -> None:
    for path in (f"/workflows/{machine.name}/map-runs/{name}", f"/workflows/{machine.name}/map-runs/{name}/executions"):
        answer = Api().get(path)
        assert (answer.status, f"There is no Map Run {name}" in answer.body["detail"]) == (404, True)
    missing = Api().get(f"{execution_path(machine.name, name)}/map-runs")
    assert (missing.status, f"There is no execution {name}" in missing.body["detail"]) == (404, True)


def test_an_execution_that_a_task_has_started_leads_to_its_parent_and_back(
    aws: Aws, function_environment: pytest.MonkeyPatch
) -> None:
    inner = Machine(aws, PASS)

    def starting(resource: str) -> dict[str, Any]:
        given = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}
        return {
            "Type": "Task",
            "Resource": f"arn:aws:states:::states:startExecution{resource}",
            "Parameters": {"StateMachineArn": inner.arn, "Input": given},
            "ResultPath": None,
        }

    states = {"Start": {**starting(""), "Next": "StartAndWait"}, "StartAndWait": {**starting(".sync:2"), "End": True}}
    outer = Machine(aws, {"StartAt": "Start", "States": states})
    deploy(aws, function_environment, [inner.arn, outer.arn])
    api, name = Api(), outer.run()
    children = api.get(execution_path(outer.name, name)).body["children"]
    assert [(child["state"], child["workflow"]) for child in children] == [
        ("Start", inner.name),
        ("StartAndWait", inner.name),
    ]
    for child in children:
        found = api.get(execution_path(inner.name, child["name"])).body
        assert found["parent"] == {"arn": outer.arn_of(name), "workflow": outer.name, "name": name}
    function_environment.setenv("STATE_MACHINES", outer.arn)
    strangers = api.get(execution_path(outer.name, name)).body["children"]
    assert {(child["workflow"], child["name"]) for child in strangers} == {(None, None)}


def test_map_runs_come_a_page_at_a_time(aws: Aws) -> None:
    first = {**each("STANDARD")["States"]["Each"], "Label": "first", "ResultPath": None, "Next": "Second"}
    del first["End"]
    other = {"StartAt": "Other", "States": {"Other": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": first["ItemProcessor"]["ProcessorConfig"], **other}
    second = {**each("STANDARD")["States"]["Each"], "Label": "second", "ItemProcessor": processor}
    machine = Machine(aws, {"StartAt": "First", "States": {"First": first, "Second": second}})
    name = machine.run({"items": [{}]})
    runs = MapRuns(aws.step_functions, machine.machines)
    newest = runs.of_execution(machine.name, name, limit=1)
    older = runs.of_execution(machine.name, name, limit=1, after=newest.next)
    assert [run.label for run in (*newest.map_runs, *older.map_runs)] == ["second", "first"]
    assert older.next is None


def test_a_child_is_followed_while_it_runs(aws: Aws, function_environment: pytest.MonkeyPatch) -> None:
    definition = each("STANDARD")
    pause = {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    processor = definition["States"]["Each"]["ItemProcessor"]
    definition["States"]["Each"]["ItemProcessor"] = {"ProcessorConfig": processor["ProcessorConfig"], **pause}
    machine = Machine(aws, definition)
    deploy(aws, function_environment, [machine.arn])
    api, name = Api(), machine.run({"items": [{}]}, until="MapRunStarted")
    [run] = api.get(f"{execution_path(machine.name, name)}/map-runs").body["map_runs"]
    path = f"/workflows/{machine.name}/map-runs/{run['name']}/executions"
    [child] = eventually(lambda: api.get(path, status="RUNNING").body["executions"], "a child that runs")
    assert api.post(f"{execution_path(machine.name, child['name'])}/stop").status == 200
    stopped = api.get(execution_path(machine.name, child["name"])).body
    assert (stopped["status"], stopped["error"]) == ("ABORTED", "StoppedByHand")
