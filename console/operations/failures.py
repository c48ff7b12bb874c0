"""The failure queue: looking at it, taking failures out of it, and replaying them.

SQS shows a message only by handing it out. So whoever looks holds every message for `HOLD_SECONDS` at most, and gives
back what is not taken out; who dies in between gives everything back by doing nothing.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import ValidationError

from console.operations.errors import NotThere, OperationRefused
from workflows.failure_message import FailureMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HOLD_SECONDS: Final = 30
MAX_LISTED: Final = 1_000
_BATCH: Final = 10


@dataclass(frozen=True)
class Failure:
    """A failure in the queue. `message` is None where its body is none of ours, or of a newer version.

    `copies` is how often it is there: topics and queues deliver at least once. `sent_at` is aware, UTC, that of the
    first copy.
    """

    id: str
    message: FailureMessage | None
    body: str
    sent_at: datetime
    copies: int


class Replay(Protocol):
    """What does again what a failure kept from being done."""

    def replay(self, failure_id: str, message: FailureMessage) -> str:
        """Do it, and say what was done. Doing it twice does no harm.

        Raises:
            OperationRefused: it can't be done, or makes no sense.
        """


@dataclass(frozen=True)
class _Held:
    failure_id: str
    message: FailureMessage | None
    body: str
    sent_at: datetime
    receipt: str


class FailureQueue:
    """A queue with failures: the failure queue, or its dead-letter queue."""

    def __init__(self, sqs: SQSClient, url: str, *, wait_seconds: int = 1) -> None:
        """`wait_seconds` above 0 makes SQS ask all its servers, so that an empty answer means an empty queue."""
        self._sqs = sqs
        self._url = url
        self._wait_seconds = wait_seconds

    def failures(self) -> list[Failure]:
        """Every failure in the queue, the oldest first; at most about 1,000 messages are looked at."""
        with self._holding() as held:
            return _grouped(held)

    def count(self) -> int:
        """About how many messages are in the queue, held ones included."""
        names: list[QueueAttributeNameType] = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def find(self, failure_id: str) -> Failure:
        """One failure.

        Raises:
            OperationRefused: it is not in the queue.
        """
        with self._holding() as held:
            return _only(_grouped(held), failure_id)

    def discard(self, failure_id: str) -> Failure:
        """Take a failure out of the queue for good, with all its copies, and return it.

        Raises:
            OperationRefused: it is not in the queue.
        """
        with self._holding() as held:
            failure = _only(_grouped(held), failure_id)
            self._delete([copy for copy in held if copy.failure_id == failure_id])
            return failure

    def replay(self, failure_id: str, replay: Replay) -> str:
        """Do again what failed, and then take the failure out of the queue; say what was done.

        Raises:
            OperationRefused: it is not in the queue, or can't be replayed. Then it stays there.
        """
        with self._holding() as held:
            failure = _only(_grouped(held), failure_id)
            if failure.message is None:
                raise OperationRefused(
                    "Its message can't be read: it is none of ours, or of a newer version.",
                    "Look at it, then discard it.",
                )
            done = replay.replay(failure_id, failure.message)
            self._delete([copy for copy in held if copy.failure_id == failure_id])
            return done

    @contextmanager
    def _holding(self) -> Iterator[list[_Held]]:
        held: list[_Held] = []
        try:
            held += self._receive()
            yield held
        finally:
            self._give_back(held)

    def _receive(self) -> Iterator[_Held]:
        received = 0
        while received < MAX_LISTED:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HOLD_SECONDS,
                WaitTimeSeconds=self._wait_seconds,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            received += len(messages)
            yield from (_held(message) for message in messages)

    def _delete(self, copies: Sequence[_Held]) -> None:
        for copy in copies:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=copy.receipt)

    def _give_back(self, held: Sequence[_Held]) -> None:
        """Let others see the messages at once. Those that were deleted are refused, which does not matter."""
        for start in range(0, len(held), _BATCH):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": copy.receipt, "VisibilityTimeout": 0}
                    for number, copy in enumerate(held[start : start + _BATCH])
                ],
            )


def _held(message: MessageTypeDef) -> _Held:
    body = message["Body"]
    try:
        failure: FailureMessage | None = FailureMessage.read(body)
    except ValidationError:
        failure = None
    unread = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return _Held(
        failure_id=failure.id if failure else unread,
        message=failure,
        body=body,
        sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
        receipt=message["ReceiptHandle"],
    )


def _grouped(held: Sequence[_Held]) -> list[Failure]:
    copies: dict[str, list[_Held]] = {}
    for message in sorted(held, key=lambda message: message.sent_at):
        copies.setdefault(message.failure_id, []).append(message)
    return [
        Failure(failure_id, first.message, first.body, first.sent_at, len(found))
        for failure_id, found in copies.items()
        for first in found[:1]
    ]


def _only(failures: Sequence[Failure], failure_id: str) -> Failure:
    found = [failure for failure in failures if failure.id == failure_id]
    if not found:
        raise NotThere(
            f"There is no failure {failure_id} in the queue.",
            "List them. One that somebody else looks at right now is back within half a minute.",
        )
    return found[0]
