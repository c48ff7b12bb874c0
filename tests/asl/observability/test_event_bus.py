"""Status changes: what the events say, and that those of one execution arrive once, in their order."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asl.observability import delivery, event_bus
from asl.observability.event_bus import EventBus
from asl.observability.status_changes import MAX_ESCAPED_BYTES, StatusChange, status_change
from tests.asl.observability.conftest import RecordingAws, refused, unreachable

ARN = "arn:aws:states:eu-west-1:210987654321:execution:orders:one"


def description(**more: Any) -> dict[str, Any]:
    return {
        "executionArn": ARN,
        "stateMachineArn": "arn:aws:states:eu-west-1:210987654321:stateMachine:orders",
        "name": "one",
        "status": "RUNNING",
        "startDate": 1_700_000_000.1239,
        "input": "{}",
        "inputDetails": {"included": True},
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
        **more,
    }


def test_an_event_has_all_fields_and_null_where_there_is_nothing_to_say() -> None:
    change = status_change(description(), 1_700_000_001.0)
    entry = change.entry()
    assert (change.account, change.region) == ("210987654321", "eu-west-1")
    assert {name: entry[name] for name in ("Source", "DetailType", "Time", "Resources")} == {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Time": 1_700_000_001.0,
        "Resources": [ARN],
    }
    assert json.loads(entry["Detail"]) == {
        **description(),
        "startDate": 1_700_000_000_123,
        "stopDate": None,
        "output": None,
        "outputDetails": None,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveDate": None,
        "error": None,
        "cause": None,
    }


@given(st.integers(0, MAX_ESCAPED_BYTES + 10), st.integers(0, MAX_ESCAPED_BYTES + 10), st.sampled_from(["x", '"', "é"]))
@example(MAX_ESCAPED_BYTES, 0, "x")
@example(MAX_ESCAPED_BYTES - 4, 4, "x")
@settings(max_examples=40)
def test_input_and_output_are_left_out_where_they_do_not_fit(taken: int, given: int, unit: str) -> None:
    per_unit = 1 if unit == "x" else 2
    before, after = unit * (given // per_unit), unit * (taken // per_unit)
    ended = description(input=before, output=after, outputDetails={"included": True})
    detail = status_change(ended, 0.0).detail
    together = per_unit * (len(before) + len(after))
    assert (detail["input"] is not None) == detail["inputDetails"]["included"] == (together <= MAX_ESCAPED_BYTES)
    fits = per_unit * len(after) <= MAX_ESCAPED_BYTES
    assert (detail["output"] is not None) == detail["outputDetails"]["included"] == fits


def change(execution: str, number: int) -> StatusChange:
    detail: dict[str, Any] = {"number": number, "input": None, "output": None, "error": None, "cause": None}
    return StatusChange("123456789012", "us-east-1", 0.0, execution, detail)


def numbers(aws: RecordingAws) -> dict[str, list[int]]:
    """What was put, by execution, entries that the service refused included."""
    taken: dict[str, list[int]] = {}
    for request in aws.requests:
        for entry in request.parameters["Entries"]:
            taken.setdefault(entry["Resources"][0], []).append(json.loads(entry["Detail"])["number"])
    return taken


class ForgetfulAws(RecordingAws):
    """Refuses the entries that the next numbers say, each for a passing reason, and does not record those."""

    def __init__(self, refusals: list[set[int]]) -> None:
        super().__init__()
        self._refusals = refusals

    async def call(self, request: Any) -> Any:
        refusals = self._refusals.pop(0) if self._refusals else set()
        entries = request.parameters["Entries"]
        taken = [entry for n, entry in enumerate(entries) if n not in refusals]
        answer = await super().call(replace(request, parameters={"Entries": taken}))
        told = [{"ErrorCode": "ThrottlingException"} if n in refusals else {} for n in range(len(entries))]
        answer.result["Entries"] = told
        return answer


@given(
    st.lists(st.sampled_from("abcdefghijklmno"), max_size=60),
    st.lists(st.sets(st.integers(0, 9)), max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_every_change_arrives_once_and_in_order_whatever_is_refused_for_now(
    executions: list[str], refusals: list[set[int]]
) -> None:
    async def run() -> ForgetfulAws:
        aws = ForgetfulAws(refusals)
        bus = EventBus(aws)
        for number, execution in enumerate(executions):
            bus.publish(change(execution, number))
        await bus.close(10)
        assert (bus.pending, bus.dropped) == (0, 0)
        return aws

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "FIRST_PAUSE", 0.0)
        aws = asyncio.run(run())
    expected: dict[str, list[int]] = {}
    for number, execution in enumerate(executions):
        expected.setdefault(execution, []).append(number)
    assert numbers(aws) == expected


async def test_an_endpoint_that_is_away_for_a_while_loses_nothing(aws: RecordingAws) -> None:
    aws.plan = [unreachable(), refused("InternalFailure", 500), refused("ThrottlingException")]
    bus = EventBus(aws)
    bus.publish(change("a", 1))
    bus.publish(change("a", 2))
    await bus.close(10)
    assert numbers(aws) == {"a": [1, 2]}
    assert bus.failures == 3


async def test_what_is_refused_for_good_is_counted_and_the_next_is_sent(aws: RecordingAws) -> None:
    aws.plan = [refused("ValidationException")]
    bus = EventBus(aws)
    bus.publish(change("a", 1))
    bus.publish(change("a", 2))
    await bus.close(10)
    assert numbers(aws) == {"a": [2]}
    assert bus.dropped == 1


async def test_an_endpoint_that_takes_no_events_of_aws_is_not_asked_again(aws: RecordingAws) -> None:
    aws.plan = [{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "NotAuthorizedForSourceException"}]}]
    bus = EventBus(aws)
    bus.publish(change("a", 1))
    await bus.close(10)
    bus.publish(change("a", 2))
    assert (len(aws.requests), bus.pending, bus.dropped) == (1, 0, 2)


async def test_no_more_wait_than_there_is_room_for(aws: RecordingAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bus, "MAX_PENDING", 3)
    bus = EventBus(aws)
    for number in range(5):
        bus.publish(change("a", number))
    await bus.close(10)
    assert numbers(aws) == {"a": [0, 1, 2]}
    assert bus.dropped == 2
