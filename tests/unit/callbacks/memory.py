"""A mailbox in memory, and Step Functions as far as a task token can tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from callbacks.mailbox import Box, Outcome, RecordedDelivery, Resumption


@dataclass
class Memory:
    """One mailbox, with the conditional writes of the table."""

    box: Box | None
    deliveries: dict[str, RecordedDelivery] = field(default_factory=dict)

    def find(self, _: str) -> Box | None:
        return self.box

    def load(self, _: str) -> tuple[Box | None, tuple[RecordedDelivery, ...]]:
        return self.box, tuple(self.deliveries.values())

    def save(self, before: Box, after: Box) -> bool:
        assert after.version == before.version + 1, "each box that is stored is a version of its own"
        if self.box is None or self.box.version != before.version:
            return False
        self.box = after
        return True

    def record(self, delivery: RecordedDelivery) -> None:
        self.deliveries.setdefault(delivery.event_id, delivery)


class Reversing:
    """Encryption that anyone can undo, but that is no plain text either."""

    def encrypt(self, token: str, correlation_key: str, attempt: str) -> bytes:
        return f"{correlation_key}|{attempt}|{token[::-1]}".encode()


def token_in(resumption: Resumption) -> str:
    return resumption.token.decode().rpartition("|")[2][::-1]


@dataclass
class Execution:
    """An execution that waits again and again: which token is good now, and which deliveries came through."""

    waits: int = 0
    retry_count: int = 0
    waiting: bool = False
    consumed: list[str] = field(default_factory=list)
    used: dict[str, set[str]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return f"token-{self.waits}-{self.retry_count}"

    def wait(self) -> None:
        """Enter the waiting state once more, with a new token."""
        self.waits, self.retry_count, self.waiting = self.waits + 1, 0, True

    def retry(self) -> None:
        """Try the waiting state once more, with a new token."""
        self.retry_count, self.waiting = self.retry_count + 1, True

    def send(self, token: str, delivery: str) -> Outcome:
        """Take a delivery if the token is that of the attempt that waits."""
        self.used.setdefault(token, set()).add(delivery)
        if not self.waiting or token != self.token:
            return Outcome.TIMED_OUT
        self.waiting = False
        self.consumed.append(delivery)
        return Outcome.ACCEPTED

    def resume(self, resumption: Resumption) -> Outcome:
        return self.send(token_in(resumption), resumption.delivery.event_id)
