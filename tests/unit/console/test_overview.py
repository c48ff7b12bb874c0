"""How the workflows have been doing, as operators see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from console.operations import overview as operation
from console.operations.overview import overview
from console.operations.state_machines import StateMachines
from console.operations.waits import Waits
from tests.unit.console.bench import VIEWER, Api, deploy
from tests.unit.console.test_executions import SORTED_OUT, Machine
from tests.unit.console.test_waits import wait

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
FIRST_HOUR = datetime(2026, 2, 28, 13, 0, tzinfo=UTC)
ARN = "arn:aws:states:eu-central-1:000000000000:stateMachine:"


class Listed:
    """Step Functions with executions of any age, a few on each page."""

    def __init__(self, executions: list[dict[str, Any]], definition: str = "{}", page: int = 2) -> None:
        self._executions = sorted(executions, key=lambda execution: execution["startDate"], reverse=True)
        self._definition = definition
        self._page = page
        self.pages = 0

    def describe_state_machine(self, **_: Any) -> dict[str, Any]:
        return {"definition": self._definition}

    def list_executions(
        self,
        *,
        nextToken: str = "0",  # noqa: N803 - as boto3 has it
        statusFilter: str | None = None,  # noqa: N803 - as boto3 has it
        **_: Any,
    ) -> dict[str, Any]:
        self.pages += 1
        fitting = [found for found in self._executions if statusFilter in (None, found["status"])]
        start = int(nextToken)
        following = {"nextToken": str(start + self._page)} if start + self._page < len(fitting) else {}
        return {"executions": fitting[start : start + self._page], **following}


def execution(status: str, started: timedelta, ended: timedelta | None = None) -> dict[str, Any]:
    """An execution that started, and perhaps ended, so long before now."""
    stop = {} if ended is None else {"stopDate": NOW - ended}
    return {"status": status, "startDate": NOW - started, **stop}


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def no_waits(aws: Aws) -> Waits:
    return Waits(aws.dynamodb, aws.mailboxes())


def read(listed: Any, waits: Waits, *names: str) -> operation.Overview:
    return overview(listed, StateMachines([ARN + name for name in names or ("one",)]), waits, now=NOW)


def test_what_started_and_ended_is_told_hour_by_hour(no_waits: Waits) -> None:
    listed = Listed(
        [
            execution("RUNNING", minutes(29)),
            execution("SUCCEEDED", minutes(91), minutes(1)),
            execution("FAILED", minutes(91), minutes(31)),
            execution("TIMED_OUT", timedelta(days=3), minutes(31)),
            execution("ABORTED", timedelta(days=2), timedelta(hours=23, minutes=30)),
            execution("SUCCEEDED", timedelta(days=2), timedelta(hours=23, minutes=31)),
        ]
    )
    found = read(listed, no_waits).workflows["one"]
    assert (found.running, found.complete) == (1, True)
    assert found.ended == {"SUCCEEDED": 1, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": 1}
    assert [hour.since for hour in found.hours] == [FIRST_HOUR + timedelta(hours=number) for number in range(24)]
    told = {number: (hour.started, dict(hour.ended)) for number, hour in enumerate(found.hours)}
    assert {number: what for number, what in told.items() if what != (0, {})} == {
        0: (0, {"ABORTED": 1}),
        21: (2, {}),
        22: (0, {"FAILED": 1, "TIMED_OUT": 1}),
        23: (1, {"SUCCEEDED": 1}),
    }


def test_nothing_older_is_read_than_can_have_ended_within_the_day(no_waits: Waits) -> None:
    old = [execution("SUCCEEDED", timedelta(days=10, minutes=number), timedelta(days=10)) for number in range(100)]
    recent = [execution("SUCCEEDED", timedelta(days=2), minutes(5))]
    listed = Listed(recent + old, '{"TimeoutSeconds": 259200}')
    found = read(listed, no_waits).workflows["one"]
    assert (found.ended, found.complete, listed.pages) == ({"SUCCEEDED": 1}, True, 2)


def test_a_bound_on_what_is_read_is_said_to_have_been_met(no_waits: Waits) -> None:
    listed = Listed([execution("SUCCEEDED", minutes(5), minutes(1))] * 100)
    found = read(listed, no_waits)
    assert listed.pages == 1 + operation.MAX_PAGES // 2
    assert (found.workflows["one"].complete, found.all.complete) == (False, False)
    assert found.all.ended == {"SUCCEEDED": operation.MAX_PAGES}
    shared = Listed([execution("RUNNING", minutes(5))] * 100)
    read(shared, no_waits, *(f"machine-{number}" for number in range(5)))
    assert shared.pages == operation.MAX_PAGES


def test_all_is_the_sum_of_the_workflows_and_waits_belong_to_theirs(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    table = aws.mailboxes()
    for number in range(12):
        owner = "one" if number < 7 else "stranger"
        arn = f"{ARN.replace('stateMachine', 'execution')}{owner}:name"
        wait(table, f"cmp_{number}", NOW - timedelta(hours=number), execution=arn)
    listed = Listed([execution("RUNNING", minutes(5)), execution("FAILED", minutes(5), minutes(1))])
    waits = Waits(aws.dynamodb, table)
    found = read(listed, waits, "one", "two")
    assert [found.workflows[name].waiting for name in ("one", "two")] == [7, 0]
    assert (found.all.waiting, found.all.running, found.all.ended, found.all.complete) == (12, 2, {"FAILED": 2}, True)
    assert [wait.campaign_id for wait in found.oldest] == [f"cmp_{number}" for number in range(11, 1, -1)]
    monkeypatch.setattr(operation, "MAX_WAITS", 11)
    cut = read(listed, waits, "one", "two")
    assert (cut.all.waiting, cut.all.complete, cut.workflows["two"].complete) == (11, False, False)


def test_a_viewer_sees_how_the_workflows_have_been_doing(aws: Aws, function_environment: pytest.MonkeyPatch) -> None:
    machine, idle = Machine(aws, SORTED_OUT), Machine(aws, SORTED_OUT)
    around = deploy(aws, function_environment, [machine.arn, idle.arn])
    failed = machine.run({"error": "Broken"})
    machine.run()
    wait(around.mailboxes, "cmp_1", datetime.now(UTC), execution=machine.arn_of(failed))
    for _ in range(2):
        aws.sqs.send_message(QueueUrl=around.failures, MessageBody="{}")
    aws.sqs.receive_message(QueueUrl=around.failures, MaxNumberOfMessages=1)
    found = Api(VIEWER).get("/overview").body
    assert (found["failures"], found["dead_letters"]) == (2, 0)
    by_name = {figures["workflow"]: figures for figures in found["workflows"]}
    for figures in (found["all"], by_name[machine.name]):
        assert [figures[what] for what in ("running", "waiting", "succeeded", "failed")] == [0, 1, 1, 1]
        assert (sum(hour["started"] for hour in figures["hours"]), len(figures["hours"])) == (2, 24)
        assert figures["complete"] is True
    assert by_name[idle.name]["succeeded"] == 0
    [oldest] = found["oldest_waits"]
    assert (oldest["workflow"], oldest["execution"], oldest["campaign_id"]) == (machine.name, failed, "cmp_1")
