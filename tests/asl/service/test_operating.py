"""What an operator sees: health, numbers, the server's own log, and changes of the status of executions."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.observability.json_logs import JsonFormatter
from asl.service.app import Application
from asl.service.service import Service
from asl.service.settings import Settings
from tests.asl.service.conftest import PASS, Api

if TYPE_CHECKING:
    from asl.observability.status_changes import StatusChange

FAIL = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "E", "Cause": "C"}}})


async def samples(api: Api) -> dict[str, float]:
    """The numbers that are served, by name and labels."""
    response = await api.get("/metrics")
    assert response.status == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_health_says_whether_it_takes_requests(api: Api) -> None:
    response = await api.get("/health")
    assert (response.status, json.loads(response.body)) == (200, {"status": "ok"})
    api.close()
    response = await api.get("/health")
    assert (response.status, json.loads(response.body)) == (503, {"status": "stopping"})


async def test_executions_transitions_and_requests_are_counted(api: Api) -> None:
    await api.run(await api.machine("passes", PASS), name="one")
    await api.run(await api.machine("fails", FAIL))
    express = await api.machine("express", PASS, type="EXPRESS")
    await api("StartSyncExecution", stateMachineArn=express)
    await api.refusal("StartExecution", stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:none")
    await api.send(b"{}", {})
    found = await samples(api)
    assert found['asl_executions_started_total{type="STANDARD"}'] == 2
    assert found['asl_executions_ended_total{status="SUCCEEDED",type="STANDARD"}'] == 1
    assert found['asl_executions_ended_total{status="FAILED",type="STANDARD"}'] == 1
    assert found['asl_executions_ended_total{status="SUCCEEDED",type="EXPRESS"}'] == 1
    assert found['asl_executions_running{type="STANDARD"}'] == 0
    assert found["asl_state_transitions_total"] == 3
    assert found['asl_api_requests_total{code="OK",operation="StartExecution"}'] == 2
    assert found['asl_api_requests_total{code="StateMachineDoesNotExist",operation="StartExecution"}'] == 1
    assert found['asl_api_requests_total{code="UnknownOperationException",operation="none"}'] == 1


async def test_what_waits_for_a_token_is_told(api: Api) -> None:
    machine = await api.waiting_machine()
    execution = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    activity = (await api("ListActivities"))["activities"][0]["activityArn"]
    token = (await api("GetActivityTask", activityArn=activity))["taskToken"]
    found = await samples(api)
    assert found["asl_open_task_tokens"] == 1
    assert found['asl_executions_running{type="STANDARD"}'] == 1
    await api("SendTaskSuccess", taskToken=token, output="1")
    await api.ended(execution)
    found = await samples(api)
    assert found["asl_open_task_tokens"] == 0
    assert found['asl_executions_running{type="STANDARD"}'] == 0


async def test_children_of_map_runs_are_counted_by_themselves(api: Api) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "No"}], "Default": "Yes"}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Which",
        "States": {"Which": choice, "No": {"Type": "Fail"}, "Yes": {"Type": "Succeed"}},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "ToleratedFailureCount": 1, "End": True}
    machine = await api.machine("map", json.dumps({"StartAt": "M", "States": {"M": state}}))
    assert (await api.run(machine, input="[1, 2, 3]"))["status"] == "SUCCEEDED"
    found = await samples(api)
    assert found['asl_map_run_executions{status="SUCCEEDED"}'] == 2
    assert found['asl_map_run_executions{status="FAILED"}'] == 1
    assert found['asl_map_run_executions{status="RUNNING"}'] == 0
    assert found['asl_executions_started_total{type="STANDARD"}'] == 1
    assert found["asl_state_transitions_total"] == 1 + 3 * 2


class Sink:
    """Keeps what it is given; `broken`, it takes nothing."""

    def __init__(self, *, broken: bool = False) -> None:
        self.changes: list[StatusChange] = []
        self._broken = broken

    def publish(self, change: StatusChange) -> None:
        if self._broken:
            raise ValueError("broken")
        self.changes.append(change)

    async def close(self, seconds: float) -> None:
        raise NotImplementedError(seconds)

    @property
    def statuses(self) -> list[str]:
        return [change.detail["status"] for change in self.changes]


def api_with(sink: Sink) -> Api:
    return Api(Application(Service(Settings(), VirtualClock(), no_lambda, status_changes=sink)))


@pytest.mark.parametrize(("definition", "last"), [(PASS, "SUCCEEDED"), (FAIL, "FAILED")])
async def test_each_change_of_a_status_is_published_once(definition: str, last: str) -> None:
    sink = Sink()
    api = api_with(sink)
    machine = await api.machine("orders", definition, publish=True)
    described = await api.run(f"{machine}:1", name="one", input='{"a": 1}')
    assert sink.statuses == ["RUNNING", last]
    detail = sink.changes[1].detail
    for name in ("executionArn", "stateMachineArn", "name", "status", "input", "inputDetails", "redriveCount"):
        assert detail[name] == described[name]
    for name in ("output", "error", "cause"):
        assert detail[name] == described.get(name)
    assert detail["stateMachineVersionArn"] == f"{machine}:1"
    assert detail["stopDate"] == int(described["stopDate"] * 1000)
    assert sink.changes[0].detail["stopDate"] is None


async def test_a_stopped_execution_is_published_as_aborted_and_a_repeated_start_not_again() -> None:
    sink = Sink()
    api = api_with(sink)
    machine = await api.waiting_machine()
    for _ in range(2):
        arn = (await api("StartExecution", stateMachineArn=machine, name="one"))["executionArn"]
    await api("StopExecution", executionArn=arn, error="E", cause="C")
    assert sink.statuses == ["RUNNING", "ABORTED"]
    assert (sink.changes[1].detail["error"], sink.changes[1].detail["cause"]) == ("E", "C")


async def test_a_redriven_execution_is_published_as_running_again() -> None:
    sink = Sink()
    api = api_with(sink)
    arn = (await api.run(await api.machine("fails", FAIL)))["executionArn"]
    await api("RedriveExecution", executionArn=arn)
    await api.ended(arn)
    assert sink.statuses == ["RUNNING", "FAILED", "RUNNING", "FAILED"]
    again = sink.changes[2].detail
    assert (again["redriveCount"], again["stopDate"], again["error"]) == (1, None, None)
    assert again["redriveDate"] > 0
    found = await samples(api)
    assert found['asl_executions_running{type="STANDARD"}'] == 0


async def test_an_execution_that_takes_too_long_is_published_as_timed_out() -> None:
    sink = Sink()
    api = api_with(sink)
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    await api.run(await api.machine("slow", json.dumps({"StartAt": "W", "TimeoutSeconds": 5, "States": {"W": wait}})))
    assert sink.statuses == ["RUNNING", "TIMED_OUT"]


async def test_express_executions_change_no_status() -> None:
    sink = Sink()
    api = api_with(sink)
    machine = await api.machine("express", PASS, type="EXPRESS")
    await api("StartSyncExecution", stateMachineArn=machine)
    assert sink.changes == []


async def test_a_broken_sink_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    api = api_with(Sink(broken=True))
    with caplog.at_level(logging.CRITICAL):
        assert (await api.run(await api.machine()))["status"] == "SUCCEEDED"


def test_a_line_of_the_log_is_one_json_object() -> None:
    record = logging.makeLogRecord({"name": "asl", "levelname": "INFO", "msg": "two\n%s", "args": ("lines",)})
    record.execution = "arn"
    line = JsonFormatter().format(record)
    assert "\n" not in line
    told: dict[str, Any] = json.loads(line)
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "info", "logger": "asl", "message": "two\nlines", "execution": "arn"}


def test_of_an_exception_the_log_tells_where_it_arose_and_not_its_text() -> None:
    payload = " ".join(("my", "secret"))
    try:
        int(payload)
    except ValueError:
        record = logging.getLogger("asl").makeRecord("asl", logging.ERROR, "", 0, "broken", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert json.loads(line)["exception"] == "ValueError"
    assert "int(payload)" in json.loads(line)["traceback"]
    assert payload not in line
