"""A mailbox table in memory, with its stream; and Step Functions as far as a task token can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callbacks.mailbox import Box, Outcome, RecordedDelivery, Resumption, State, open_for
from callbacks.mailbox_table import Recorded, Wait
from tests.unit.callbacks.stepping import stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from saas.port import Delivery


@dataclass
class Memory:
    """One mailbox, with the conditional writes of the table. Workers stop after each call (`stepping`)."""

    box: Box | None = None
    deliveries: dict[str, RecordedDelivery] = field(default_factory=dict)
    hints: set[str] = field(default_factory=set)
    changes: int = 0
    """How many changes the stream was given."""

    def open(self, correlation_key: str, execution_id: str, _: datetime, *, replays: str = "") -> None:
        opened = open_for(self.box, correlation_key, execution_id, replays)
        if opened is not None:
            self._store(opened)
        stop("open")

    def find(self, _: str) -> Box | None:
        found = self.box
        stop("find")
        return found

    def load(self, _: str) -> tuple[Box | None, tuple[RecordedDelivery, ...]]:
        loaded = self.box, tuple(self.deliveries.values())
        stop("load")
        return loaded

    def save(self, before: Box, after: Box) -> bool:
        assert after.version == before.version + 1, "each box that is stored is a version of its own"
        saved = self.box is not None and self.box.version == before.version
        if saved:
            self._store(after)
        stop("save")
        return saved

    def record(self, _: str, delivery: Delivery, now: datetime) -> Recorded:
        recorded = self._record(delivery, now)
        stop("record")
        return recorded

    def waits(self, before: datetime) -> Iterator[Wait]:
        """The execution that waits, if one does; `before` is when it began, so that it has waited for too long."""
        box = self._waiting()
        stop("waits")
        if box is not None:
            yield Wait(box.correlation_key, box.execution_id, before)

    def nudge(self, _wait: Wait, _now: datetime) -> None:
        if self._waiting():
            self.changes += 1
        stop("nudge")

    def _waiting(self) -> Box | None:
        return self.box if self.box and self.box.state in (State.WAITING, State.RESUMING) else None

    def _record(self, delivery: Delivery, now: datetime) -> Recorded:
        if self.box is None:
            return Recorded.UNKNOWN_MAILBOX
        if delivery.event_id in (self.hints if delivery.status is None else self.deliveries):
            return Recorded.DUPLICATE
        if delivery.status is None:
            self.hints.add(delivery.event_id)
        else:
            self.deliveries[delivery.event_id] = RecordedDelivery(
                delivery.event_id, delivery.status, delivery.occurred_at, now
            )
        self.changes += 1
        return Recorded.NEW

    def _store(self, box: Box) -> None:
        self.box = box
        self.changes += 1


class Reversing:
    """Encryption that anyone can undo, but that is no plain text either."""

    def encrypt(self, token: str, correlation_key: str, attempt: str) -> bytes:
        return f"{correlation_key}|{attempt}|{token[::-1]}".encode()


def token_in(resumption: Resumption) -> str:
    return resumption.token.decode().rpartition("|")[2][::-1]


@dataclass
class Execution:
    """An execution that waits again and again: which token is good now, and which deliveries came through."""

    name: str = "execution"
    waits: int = 0
    attempts: int = 0
    waiting: bool = False
    ended: bool = False
    consumed: list[str] = field(default_factory=list)
    used: dict[str, set[str]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return f"token-{self.name}-{self.attempts}"

    @property
    def last_consumed(self) -> str:
        """What the execution says when it waits again: the delivery that it consumed last."""
        return self.consumed[-1] if self.consumed else ""

    def wait(self) -> None:
        """Enter the waiting state once more, with a new token."""
        self.waits += 1
        self._begin()

    def retry(self) -> None:
        """Try the waiting state once more, with a new token."""
        self._begin()

    def fail(self) -> None:
        """End for good: no token of this execution is any good now."""
        self.waiting, self.ended = False, True

    def redrive(self) -> None:
        """Go on in the waiting state that was entered before, with a new token."""
        self.ended = False
        self._begin()

    def _begin(self) -> None:
        self.attempts, self.waiting = self.attempts + 1, True

    def send(self, token: str, delivery: str) -> Outcome:
        """Take a delivery if the token is that of the attempt that waits."""
        self.used.setdefault(token, set()).add(delivery)
        if not self.waiting or token != self.token:
            return Outcome.TIMED_OUT
        self.waiting = False
        self.consumed.append(delivery)
        return Outcome.ACCEPTED

    def resume(self, resumption: Resumption) -> Outcome:
        outcome = self.send(token_in(resumption), resumption.delivery.event_id)
        stop("send")
        return outcome
