"""The mailbox: where the task token of a waiting attempt meets a vendor's deliveries, in whichever order they come.

There is one mailbox per correlation key (a vendor and its campaign id). Here is what it decides, free of I/O; each
decision takes the box as it was read and returns the box to store in its place, one version later, on the condition
that nobody stored another in between.

    open ──register──▶ waiting ──choose──▶ resuming ──settle──▶ settled
                          ▲                   │                    │
                          └──────register─────┴────────────────────┘

Invariants, for any interleaving of registrations, deliveries, repeats and crashes:

- A token is used for one delivery only: `waiting` becomes `resuming` once per attempt, which keeps its delivery.
- A delivery that an execution consumed is never used again. Whether the one in flight was consumed is known from Step
  Functions' answer or, if that got lost, from what the execution says when it waits again.
- An older attempt never takes the place of a newer one.
- Of the deliveries not yet consumed, the one that occurred first is used first.
- A delivery that is meant for one attempt, as one by hand is, is used for no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum


class State(StrEnum):
    """Where the handshake between token and delivery stands."""

    OPEN = "open"
    WAITING = "waiting"
    RESUMING = "resuming"
    SETTLED = "settled"


class Outcome(StrEnum):
    """The final answer to a token: accepted, or why it can't be used any more.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html#API_SendTaskSuccess_Errors
    """

    ACCEPTED = "Accepted"
    TIMED_OUT = "TaskTimedOut"
    UNKNOWN_TASK = "TaskDoesNotExist"
    INVALID = "InvalidToken"
    UNREADABLE = "UnreadableToken"


@dataclass(frozen=True, order=True)
class Attempt:
    """One wait of an execution. Later attempts compare greater, also by `order_key`.

    Within one entry of the state it is the time of the call that tells: a redrive goes on in the same entry and counts
    retries anew. Attempts follow each other by more than the clocks of two functions differ; if one was sent away all
    the same, its wait would only last until its heartbeat is missed.
    """

    waits: int
    entered_at: datetime
    called_at: datetime

    @property
    def order_key(self) -> str:
        """A string that sorts as attempts do: the round of the loop, when its state was entered, when it was called."""
        entered_at, called_at = (
            moment.astimezone(UTC).isoformat(timespec="microseconds") for moment in (self.entered_at, self.called_at)
        )
        return f"{self.waits:05d}#{entered_at}#{called_at}"


@dataclass(frozen=True)
class RecordedDelivery:
    """A delivery on record. `occurred_at` is the vendor's time, `received_at` ours; both UTC.

    `attempt` is the one that it is meant for, "" for whichever waits.
    """

    event_id: str
    status: str
    occurred_at: datetime
    received_at: datetime
    attempt: str = ""


@dataclass(frozen=True)
class Box:
    """What is known about the wait of one execution. `token` is encrypted; `attempt` is an `Attempt.order_key`."""

    correlation_key: str
    execution_id: str
    state: State = State.OPEN
    attempt: str = ""
    token: bytes | None = field(default=None, repr=False)
    delivery: str | None = None
    outcome: Outcome | None = None
    consumed: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True)
class Resumption:
    """The attempt in `box` is to be resumed with `delivery`."""

    box: Box
    token: bytes = field(repr=False)
    delivery: RecordedDelivery


def correlation_key(vendor: str, campaign_id: str) -> str:
    """The name of the mailbox of a campaign. A vendor's name has no `#`, so no two campaigns share one."""
    return f"{vendor}#{campaign_id}"


def campaign_of(key: str) -> tuple[str, str]:
    """The vendor and the campaign id that a correlation key was made of."""
    vendor, _, campaign_id = key.partition("#")
    return vendor, campaign_id


def open_for(box: Box | None, correlation_key: str, execution_id: str, replays: str) -> Box | None:
    """The box of an execution that is going to wait; None where the one that is there already stays as it is.

    The execution that this one `replays` ("" for none), and that has ended, gives its mailbox away: every delivery
    counts as not consumed again, and whoever still holds the old box can't store it any more.
    """
    if box is not None and box.execution_id != replays:
        return None
    return Box(correlation_key, execution_id, version=(box.version if box else 0) + 1)


def register(box: Box, attempt: Attempt, token: bytes, consumed_delivery: str) -> Box | None:
    """Let the attempt wait with its encrypted token; None where it is not newer than the one that was registered.

    `consumed_delivery` is the last delivery that the execution consumed, "" for none. A delivery in flight that is
    another one did not reach the execution, and is undelivered again.
    """
    if attempt.order_key <= box.attempt:
        return None
    return replace(
        box,
        state=State.WAITING,
        attempt=attempt.order_key,
        token=token,
        delivery=None,
        outcome=None,
        consumed=box.consumed | ({consumed_delivery} if consumed_delivery else frozenset()),
        version=box.version + 1,
    )


def choose(box: Box, deliveries: Iterable[RecordedDelivery]) -> Resumption | None:
    """What to resume the waiting attempt with: the first delivery not yet consumed, or again the one in flight.

    The box in the answer is the one to store before the token is used; it is `box` itself where the delivery in flight
    is tried again, because how the earlier try ended is not known.
    """
    if box.token is None:
        return None
    if box.state is State.RESUMING:
        in_flight = next((delivery for delivery in deliveries if delivery.event_id == box.delivery), None)
        return Resumption(box, box.token, in_flight) if in_flight else None
    if box.state is not State.WAITING:
        return None
    undelivered = [
        delivery
        for delivery in deliveries
        if delivery.event_id not in box.consumed and delivery.attempt in ("", box.attempt)
    ]
    if not undelivered:
        return None
    first = min(undelivered, key=lambda delivery: (delivery.occurred_at, delivery.received_at, delivery.event_id))
    resuming = replace(box, state=State.RESUMING, delivery=first.event_id, version=box.version + 1)
    return Resumption(resuming, box.token, first)


def settle(box: Box, outcome: Outcome) -> Box:
    """The token got its final answer: it is forgotten, and the delivery in flight is consumed if it was accepted."""
    consumed = {box.delivery} if box.delivery and outcome is Outcome.ACCEPTED else frozenset()
    return replace(
        box,
        state=State.SETTLED,
        token=None,
        outcome=outcome,
        consumed=box.consumed | consumed,
        version=box.version + 1,
    )
