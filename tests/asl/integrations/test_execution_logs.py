"""Execution logs and status changes of `python -m asl serve`, with the embedded AWS behind it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.asl.integrations.conftest import ACCOUNT, Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 20
ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
CHAIN = json.dumps(
    {
        "StartAt": "First",
        "States": {
            "First": {"Type": "Pass", "Result": {"secret": 1}, "Next": "Last"},
            "Last": {"Type": "Fail", "Error": "E", "Cause": "C"},
        },
    }
)


@contextmanager
def served(cloud: Cloud, *options: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "asl", "serve", "--port", "0", *options],
        env={**os.environ, "AWS_ENDPOINT_URL": cloud.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        listening = re.search(r"http://\S+", process.stdout.readline())
        assert listening is not None
        yield process, Cloud(listening[0]).client("stepfunctions")
    finally:
        process.kill()
        process.communicate()


def logged_machine(states: Any, group: str, level: str, definition: str = CHAIN, **more: Any) -> str:
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:*"
    configuration = {"level": level, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}], **more}
    created = states.create_state_machine(
        name=group.rpartition("/")[2], definition=definition, roleArn=ROLE, loggingConfiguration=configuration
    )
    return str(created["stateMachineArn"])


def records(cloud: Cloud, group: str) -> list[Any]:
    """What is in a log group, once there is something."""
    logs, deadline = cloud.client("logs"), time.monotonic() + TIMEOUT
    while not (found := logs.filter_log_events(logGroupName=group)["events"]):
        assert time.monotonic() < deadline, "nothing was logged"
    return [json.loads(event["message"]) for event in found]


def test_the_log_holds_the_history(cloud: Cloud) -> None:
    group = "/aws/vendedlogs/states/all"
    cloud.client("logs").create_log_group(logGroupName=group)
    with served(cloud) as (process, states):
        machine = logged_machine(states, group, "ALL", includeExecutionData=True)
        arn = states.start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0
    found = records(cloud, group)
    assert [(record["id"], record["type"], record["previous_event_id"]) for record in found] == [
        ("1", "ExecutionStarted", "0"),
        ("2", "PassStateEntered", "0"),
        ("3", "PassStateExited", "2"),
        ("4", "FailStateEntered", "3"),
        ("5", "ExecutionFailed", "4"),
    ]
    assert {record["execution_arn"] for record in found} == {arn}
    assert found[0]["details"]["input"] == '{"a": 1}'
    assert found[4]["details"] == {"error": "E", "cause": "C"}


def test_a_level_and_data_left_out_hold_while_it_serves(cloud: Cloud) -> None:
    group = "/aws/vendedlogs/states/errors"
    cloud.client("logs").create_log_group(logGroupName=group)
    with served(cloud) as (_, states):
        machine = logged_machine(states, group, "ERROR")
        states.start_execution(stateMachineArn=machine, input='{"a": 1}')
        found = records(cloud, group)
    assert [record["type"] for record in found] == ["FailStateEntered", "ExecutionFailed"]
    assert "secret" not in json.dumps(found)


def ended(states: Any, arn: str) -> None:
    deadline = time.monotonic() + TIMEOUT
    while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline, "the execution still runs"


def test_what_a_redrive_does_is_logged_once_and_counted(cloud: Cloud) -> None:
    group = "/aws/vendedlogs/states/redriven"
    cloud.client("logs").create_log_group(logGroupName=group)
    with served(cloud) as (process, states):
        machine = logged_machine(states, group, "ALL")
        arn = states.start_execution(stateMachineArn=machine)["executionArn"]
        ended(states, arn)
        states.redrive_execution(executionArn=arn)
        ended(states, arn)
        history = states.get_execution_history(executionArn=arn)["events"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0
    found = records(cloud, group)
    assert [(int(record["id"]), record["type"]) for record in found] == [(each["id"], each["type"]) for each in history]
    before = [record["redrive_count"] for record in found].index("1")
    assert found[before]["type"] == "ExecutionRedriven"
    assert {record["redrive_count"] for record in found[before:]} == {"1"}


def test_the_children_of_a_map_run_are_logged_as_their_parent(cloud: Cloud) -> None:
    group = "/aws/vendedlogs/states/children"
    cloud.client("logs").create_log_group(logGroupName=group)
    state = {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "Only",
            "States": {"Only": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    with served(cloud) as (process, states):
        machine = logged_machine(states, group, "ALL", json.dumps({"StartAt": "M", "States": {"M": state}}))
        arn = states.start_execution(stateMachineArn=machine, input="[1, 2, 3]")["executionArn"]
        ended(states, arn)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0
    by_execution: dict[str, list[str]] = {}
    for record in records(cloud, group):
        by_execution.setdefault(record["execution_arn"], []).append(record["type"])
    assert by_execution.pop(arn)[-1] == "ExecutionSucceeded"
    one = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert list(by_execution.values()) == [one] * 3
    assert all(":express:children/" in child for child in by_execution)


def test_a_log_group_that_was_deleted_is_told_in_the_log_and_nowhere_else(cloud: Cloud) -> None:
    group = "/aws/vendedlogs/states/deleted"
    with served(cloud) as (process, states):
        cloud.client("logs").create_log_group(logGroupName=group)
        machine = logged_machine(states, group, "ALL")
        cloud.client("logs").delete_log_group(logGroupName=group)
        arn = states.start_execution(stateMachineArn=machine)["executionArn"]
        assert states.describe_execution(executionArn=arn)["status"] in ("RUNNING", "FAILED")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=TIMEOUT)
    lines = [json.loads(line) for line in log.splitlines()]
    dropped = [line["message"] for line in lines if line["message"].startswith("execution log records dropped")]
    assert len(dropped) == 1
    assert group in dropped[0]
