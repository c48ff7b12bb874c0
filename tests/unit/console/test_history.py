"""The history of an execution, a page at a time and as a whole."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from console.operations import OperationRefused, history
from console.operations.summary import summarize
from tests.unit.console.test_executions import Machine, waiting_for

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from tests.unit.cloud import Aws

ROUNDS = 700


def counting(rounds: int, padding: int = 1) -> dict[str, Any]:
    """A machine that goes round a loop so often, with four events each time; its input grows by `padding` bytes."""
    return {
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Result": {"count": 0, "padding": "x" * padding}, "Next": "Count"},
            "Count": {
                "Type": "Pass",
                "Parameters": {"count.$": "States.MathAdd($.count, 1)", "padding.$": "$.padding"},
                "Next": "Enough",
            },
            "Enough": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.count", "NumericLessThan": rounds, "Next": "Count"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


@pytest.fixture
def long(aws: Aws) -> str:
    """The ARN of an execution with nearly 3,000 events."""
    machine = Machine(aws, counting(ROUNDS))
    return machine.arn_of(machine.run())


class Calls:
    """A client of Step Functions of the test's own, and what was asked of it."""

    def __init__(self, aws: Aws) -> None:
        self.client: SFNClient = boto3.client("stepfunctions", endpoint_url=aws.url)
        self.made: Counter[str] = Counter()
        self.client.meta.events.register("before-call.sfn.*", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.made[model.name] += 1


def pages(client: SFNClient, execution: str, limit: int) -> list[history.HistoryPage]:
    found = [history.page(client, execution, limit=limit)]
    while found[-1].more:
        found.append(history.page(client, execution, limit=limit, after=found[-1].next))
    return found


@pytest.mark.parametrize("limit", [1000, 700])
def test_each_event_comes_once_and_in_order(aws: Aws, long: str, limit: int) -> None:
    found = pages(aws.step_functions, long, limit)
    whole = [event["id"] for page in found for event in page.events]
    assert whole == list(range(1, len(whole) + 1))
    assert found[-1].events[-1]["type"] == "ExecutionSucceeded"
    assert [len(page.events) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_a_page_costs_one_request_however_far_on_it_is(aws: Aws, long: str) -> None:
    calls = Calls(aws)
    found = pages(calls.client, long, 1000)
    assert len(found) == 3
    assert calls.made == {"GetExecutionHistory": 3}
    history.page(calls.client, long, limit=1000, after=found[-1].next)
    assert calls.made == {"GetExecutionHistory": 4}


def test_a_summary_reads_each_event_once(aws: Aws, long: str) -> None:
    calls = Calls(aws)
    told = summarize(history.events(calls.client, long))
    assert calls.made == {"GetExecutionHistory": 3}
    assert (told.states["Count"].visits, told.events) == (ROUNDS, 4 * ROUNDS + 6)


def test_an_answer_is_read_as_botocore_reads_it(aws: Aws, queue: str) -> None:
    machine = Machine(aws, {"StartAt": "Wait", "States": {"Wait": waiting_for(queue)}})
    arn = machine.arn_of(machine.run(until="TaskSubmitted"))
    by_botocore = Calls(aws).client.get_execution_history(executionArn=arn)["events"]
    assert list(history.events(aws.step_functions, arn)) == by_botocore
    aws.step_functions.stop_execution(executionArn=arn)


@pytest.mark.parametrize("most", [4_000, 100])
def test_a_page_has_so_many_bytes_at_most_or_a_single_event(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    machine = Machine(aws, counting(5, padding=1_000))
    arn = machine.arn_of(machine.run())
    whole = [event["id"] for event in history.events(aws.step_functions, arn)]
    monkeypatch.setattr(history, "MAX_BYTES", most)
    found = pages(aws.step_functions, arn, 1000)
    assert [event["id"] for page in found for event in page.events] == whole
    for page in found:
        assert len(page.events) == 1 or sum(len(json.dumps(event, default=str)) for event in page.events) <= most


def test_a_history_is_read_as_a_whole_up_to_so_many_bytes(aws: Aws, long: str) -> None:
    whole = list(history.events(aws.step_functions, long))
    with pytest.raises(history.TooLarge):
        list(history.events(aws.step_functions, long, max_bytes=len(json.dumps(whole, default=str)) // 2))


def test_a_page_of_aws_that_has_expired_is_found_again_from_the_beginning(
    aws: Aws, long: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = history.page(aws.step_functions, long, limit=1000)
    calls = Calls(aws)
    expired = calls.client.exceptions.InvalidToken(
        {"Error": {"Code": "InvalidToken", "Message": "Expired"}}, "GetExecutionHistory"
    )
    ask, refusals = calls.client.get_execution_history, [expired]

    def refuse_once(**asked: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return ask(**asked)

    monkeypatch.setattr(calls.client, "get_execution_history", refuse_once)
    second = history.page(calls.client, long, limit=1000, after=first.next)
    assert [event["id"] for event in second.events] == list(range(1001, 2001))


def test_pages_of_a_history_hold_each_event_once_and_go_on_where_it_ended(aws: Aws, queue: str) -> None:
    wait = waiting_for(queue)
    machine = Machine(aws, {"StartAt": "Wait", "States": {"Wait": wait}})
    arn = machine.arn_of(machine.run(until="TaskSubmitted"))
    first = history.page(aws.step_functions, arn, limit=2)
    rest = history.page(aws.step_functions, arn, limit=100, after=first.next)
    assert (first.more, rest.more) == (True, False)
    assert [event["id"] for event in (*first.events, *rest.events)] == list(range(1, 6))
    assert history.page(aws.step_functions, arn, limit=100, after=rest.next).events == ()
    aws.step_functions.stop_execution(executionArn=arn)
    news = history.page(aws.step_functions, arn, limit=100, after=rest.next)
    assert [event["type"] for event in news.events] == ["ExecutionAborted"]
    with pytest.raises(OperationRefused, match="cursor"):
        history.page(aws.step_functions, machine.arn_of("another"), limit=1, after=first.next)


@pytest.fixture
def queue(aws: Aws) -> str:
    return aws.sqs.create_queue(QueueName=f"tokens-{uuid.uuid4().hex}")["QueueUrl"]
