"""The failure queue: who looks takes nothing out, who repairs takes out what was repaired."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from console.operations import OperationRefused
from console.operations.failures import FailureQueue
from console.operations.replay import Replayer
from workflows.failure_message import FailureMessage, FailureSource, UndeliveredEvent

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

FAILED = FailureMessage(
    source=FailureSource.WORKFLOW,
    workflow="email-campaign",
    execution="arn:aws:states:us-east-1:000000000000:execution:email-campaign:one",
    state="SendCampaign",
    error="VendorRejected",
)


class Queue:
    """A failure queue of the test's own."""

    def __init__(self, aws: Aws) -> None:
        self.sqs = aws.sqs
        self.url = aws.sqs.create_queue(QueueName=f"failures-{uuid.uuid4().hex}")["QueueUrl"]
        self.failures = FailureQueue(aws.sqs, self.url, wait_seconds=0)

    def put(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def ids(self) -> list[str]:
        return [failure.id for failure in self.failures.failures()]


class Recorded:
    """A replay that says what it was given, or refuses."""

    def __init__(self, refusal: str | None = None) -> None:
        self.given: list[FailureMessage] = []
        self._refusal = refusal

    def replay(self, _failure_id: str, message: FailureMessage) -> str:
        self.given.append(message)
        if self._refusal is not None:
            raise OperationRefused(self._refusal)
        return "done"


@pytest.fixture
def queue(aws: Aws) -> Queue:
    return Queue(aws)


def test_looking_takes_nothing_out_however_often(queue: Queue) -> None:
    queue.put(FAILED.model_dump_json())
    assert queue.ids() == queue.ids() == queue.ids() == [FAILED.id]


def test_more_messages_than_one_call_hands_out_are_all_listed(queue: Queue) -> None:
    messages = [FAILED.model_copy(update={"execution": f"{FAILED.execution}-{number}"}) for number in range(25)]
    for message in messages:
        queue.put(message.model_dump_json())
    assert sorted(queue.ids()) == sorted(message.id for message in messages)


def test_copies_of_a_failure_are_one_failure_and_go_together(queue: Queue) -> None:
    queue.put(FAILED.model_dump_json())
    queue.put(FAILED.model_dump_json())
    [failure] = queue.failures.failures()
    assert (failure.copies, failure.message) == (2, FAILED)
    queue.failures.discard(FAILED.id)
    assert queue.ids() == []


def test_a_message_of_the_dead_letter_queue_that_is_none_of_ours_is_shown_and_can_be_discarded(queue: Queue) -> None:
    queue.put(json.dumps({"version": "2", "new": True}))
    [failure] = queue.failures.failures()
    assert (failure.message, json.loads(failure.body)) == (None, {"version": "2", "new": True})
    with pytest.raises(OperationRefused, match="can't be read"):
        queue.failures.replay(failure.id, Recorded())
    queue.failures.discard(failure.id)
    assert queue.ids() == []


def test_what_was_replayed_is_taken_out_and_the_rest_stays(queue: Queue) -> None:
    other = FAILED.model_copy(update={"execution": "another"})
    queue.put(FAILED.model_dump_json())
    queue.put(other.model_dump_json())
    replay = Recorded()
    assert queue.failures.replay(FAILED.id, replay) == "done"
    assert replay.given == [FAILED]
    assert queue.ids() == [other.id]


def test_what_can_not_be_replayed_stays(queue: Queue) -> None:
    queue.put(FAILED.model_dump_json())
    with pytest.raises(OperationRefused, match="not now"):
        queue.failures.replay(FAILED.id, Recorded(refusal="not now"))
    assert queue.ids() == [FAILED.id]


def test_a_failure_that_is_not_there_is_named(queue: Queue) -> None:
    with pytest.raises(OperationRefused, match="no failure 0123456789abcdef"):
        queue.failures.discard("0123456789abcdef")


@pytest.fixture
def replayer(aws: Aws) -> Replayer:
    return Replayer(aws.step_functions, aws.events, "no-such-bus")


def test_an_event_is_put_on_the_bus_again(aws: Aws) -> None:
    bus, queue = aws.bus_with_queue()
    event = UndeliveredEvent(source="baton.email-campaign", detail_type="CampaignSent", detail={"version": "1"})
    message = FailureMessage(source=FailureSource.EVENT, error="NO_PERMISSIONS", event=event)
    done = Replayer(aws.step_functions, aws.events, bus).replay(message.id, message)
    [arrived] = aws.messages(queue)
    assert (arrived["source"], arrived["detail-type"], arrived["detail"]) == (
        "baton.email-campaign",
        "CampaignSent",
        {"version": "1"},
    )
    assert arrived["id"] in done


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (FailureMessage(source=FailureSource.EVENT, error="E"), "too large"),
        (FailureMessage(source=FailureSource.FUNCTION, workflow="Sweep", error="E"), "is not kept"),
        (FAILED, "no execution"),
        (FAILED.model_copy(update={"source": FailureSource.EXECUTION}), "no execution"),
        (FailureMessage(source=FailureSource.WORKFLOW), "names no execution"),
    ],
)
def test_what_can_not_be_done_again_is_refused_with_the_reason(
    replayer: Replayer, message: FailureMessage, reason: str
) -> None:
    with pytest.raises(OperationRefused, match=reason) as refused:
        replayer.replay(message.id, message)
    assert refused.value.what_to_do


def test_an_execution_that_runs_is_not_replaced(aws: Aws, replayer: Replayer) -> None:
    waiting = aws.waiting_execution()
    running = FAILED.model_copy(update={"execution": waiting.execution})
    with pytest.raises(OperationRefused, match="still runs"):
        replayer.replay(running.id, running)
    going_on = running.model_copy(update={"source": FailureSource.EXECUTION})
    assert "replayed before" in replayer.replay(going_on.id, going_on)
