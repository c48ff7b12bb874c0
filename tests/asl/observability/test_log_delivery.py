"""Execution logs reach CloudWatch Logs whole and in order, and nothing that goes wrong there reaches an execution."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.definition import parse
from asl.engine import Engine, Execution, StartRequest, VirtualClock
from asl.observability import log_delivery
from asl.observability.log_delivery import ExecutionLogs
from tests.asl.observability.conftest import RecordingAws, refused, unreachable

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsRequest, AwsResponse

GROUP = "arn:aws:logs:eu-west-1:210987654321:log-group:/aws/vendedlogs/states/orders:*"
PREFIX = "arn:aws:states:us-east-1:123456789012"


def configuration(level: str = "ALL", group: str = GROUP) -> dict[str, Any]:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group}}
    return {"level": level, "includeExecutionData": True, "destinations": [destination]}


def start(engine: Engine, name: str, states: int = 1) -> Execution:
    chain = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(1, states)}
    definition = {"StartAt": "S1", "States": {**chain, f"S{states}": {"Type": "Pass", "End": True}}}
    return engine.start(
        StartRequest(
            execution_arn=f"{PREFIX}:execution:orders:{name}",
            name=name,
            state_machine_arn=f"{PREFIX}:stateMachine:orders",
            state_machine_name="orders",
            role_arn="arn:aws:iam::123456789012:role/orders",
            definition=parse(json.dumps(definition)),
        )
    )


def told(aws: RecordingAws) -> list[tuple[str, str]]:
    """The execution and the type of every event that was put."""
    puts = [request.parameters["LogEvents"] for request in aws.requests if request.action == "putLogEvents"]
    messages = [json.loads(event["Message"]) for events in puts for event in events]
    return [(message["execution_arn"].rpartition(":")[2], message["type"]) for message in messages]


PASSED = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]


async def test_each_event_is_put_once_to_the_log_group_in_its_own_account(aws: RecordingAws) -> None:
    logs, execution = ExecutionLogs(aws), start(Engine(VirtualClock()), "one")
    logs.follow(execution, configuration())
    await execution.wait()
    await logs.close(10)
    assert told(aws) == [("one", name) for name in PASSED]
    create, put = aws.requests
    assert {(request.account, request.region) for request in aws.requests} == {("210987654321", "eu-west-1")}
    assert put.parameters["LogStreamName"] == create.parameters["LogStreamName"]
    assert create.parameters["LogStreamName"].startswith("states/orders/2026-01-01-00-00/")
    assert (logs.pending, logs.dropped, logs.failures) == (0, 0, 0)


@pytest.mark.parametrize("level", ["ERROR", "FATAL", "OFF"])
async def test_a_level_that_lets_nothing_through_sends_nothing(aws: RecordingAws, level: str) -> None:
    logs, execution = ExecutionLogs(aws), start(Engine(VirtualClock()), "one")
    logs.follow(execution, configuration(level))
    await execution.wait()
    await logs.close(10)
    assert aws.requests == []


async def test_what_passes_is_tried_again_and_nothing_is_lost_or_told_twice(aws: RecordingAws) -> None:
    logs, engine = ExecutionLogs(aws), Engine(VirtualClock())
    aws.plan = [unreachable(), {}, refused("ThrottlingException"), refused("Anything", 503), {}]
    executions = [start(engine, name, states=20) for name in ("one", "two")]
    for execution in executions:
        logs.follow(execution, configuration())
        await execution.wait()
    await logs.close(10)
    for name in ("one", "two"):
        types = [event_type for execution, event_type in told(aws) if execution == name]
        assert types == ["ExecutionStarted", *["PassStateEntered", "PassStateExited"] * 20, "ExecutionSucceeded"]
    assert (logs.failures, logs.dropped) == (3, 0)


async def test_a_log_group_that_is_not_there_costs_its_records_and_no_others(aws: RecordingAws) -> None:
    logs, engine = ExecutionLogs(aws), Engine(VirtualClock())
    aws.plan = [refused("ResourceNotFoundException")]
    one, two = start(engine, "one"), start(engine, "two")
    logs.follow(one, configuration())
    logs.follow(two, configuration(group=GROUP.replace("orders", "other")))
    await one.wait()
    await two.wait()
    await logs.close(10)
    assert told(aws) == [("two", name) for name in PASSED]
    assert logs.dropped == len(PASSED)


async def test_no_more_wait_than_there_is_room_for(aws: RecordingAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_delivery, "MAX_WAITING", 10)
    logs, engine = ExecutionLogs(aws), Engine(VirtualClock())
    aws.plan = [unreachable() for _ in range(3)]
    for number in range(20):
        execution = start(engine, str(number))
        logs.follow(execution, configuration())
        await execution.wait()
    await logs.close(10)
    assert len(told(aws)) + logs.dropped == 20 * len(PASSED)
    assert logs.dropped > 0


class SilentAws(RecordingAws):
    """Never answers."""

    async def call(self, request: AwsRequest) -> AwsResponse:
        await asyncio.Event().wait()
        raise NotImplementedError(request)


async def test_an_endpoint_that_never_answers_keeps_no_execution_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_delivery, "MAX_WAITING", 100)
    monkeypatch.setattr(log_delivery, "FOLLOWED_PER_PULL", 10)
    monkeypatch.setattr(log_delivery, "INTERVAL", 0.0)
    logs, engine = ExecutionLogs(SilentAws()), Engine(VirtualClock())
    for number in range(500):
        execution = start(engine, str(number))
        logs.follow(execution, configuration())
        await execution.wait()
    assert logs.pending <= 200
    assert logs.pending + logs.dropped == 500 * len(PASSED)
    await logs.close(0)


async def test_what_can_not_be_sent_before_the_process_ends_is_counted(aws: RecordingAws) -> None:
    logs, execution = ExecutionLogs(aws), start(Engine(VirtualClock()), "one")
    aws.plan = [unreachable()] * 10_000
    logs.follow(execution, configuration())
    await execution.wait()
    await logs.close(0.05)
    assert logs.dropped == len(PASSED)


async def test_a_batch_holds_no_more_than_a_request_may(aws: RecordingAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_delivery, "MAX_BATCH_BYTES", 1_000)
    logs, execution = ExecutionLogs(aws), start(Engine(VirtualClock()), "one", states=10)
    logs.follow(execution, configuration())
    await execution.wait()
    await logs.close(10)
    puts = [request.parameters["LogEvents"] for request in aws.requests if request.action == "putLogEvents"]
    assert len(puts) > 5
    assert all(sum(len(event["Message"]) + 26 for event in events) <= 1_000 for events in puts)
    assert len(told(aws)) == 22
