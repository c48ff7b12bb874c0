"""The handshake of token and delivery: the steps around the mailbox's decisions, over small ports.

Each step reads, decides, stores on condition, and begins again where another was faster.
"""

from enum import Enum, auto
from typing import Protocol

from callbacks.mailbox import Attempt, Box, Outcome, RecordedDelivery, Resumption, choose, register, settle
from saas.errors import AwsUnavailable

MAX_CONFLICTS = 20


class Boxes(Protocol):
    """Where a waiting attempt finds its box."""

    def find(self, correlation_key: str) -> Box | None:
        """The box as it is now."""

    def save(self, before: Box, after: Box) -> bool:
        """Store `after` if `before` is still what is stored."""


class Mailboxes(Protocol):
    """Where a resumption finds the box and its deliveries."""

    def load(self, correlation_key: str) -> tuple[Box | None, tuple[RecordedDelivery, ...]]:
        """The box and its deliveries as they are now."""

    def save(self, before: Box, after: Box) -> bool:
        """Store `after` if `before` is still what is stored."""


class Cipher(Protocol):
    """What makes a token unreadable."""

    def encrypt(self, token: str, correlation_key: str, attempt: str) -> bytes:
        """The token as ciphertext bound to its mailbox and attempt."""


class Resumer(Protocol):
    """What uses a token."""

    def resume(self, resumption: Resumption) -> Outcome:
        """Send the delivery with the token and return the final answer; raise where there is none yet."""


class Registered(Enum):
    """What became of an attempt that was to wait."""

    WAITING = auto()
    OUTDATED = auto()
    NO_MAILBOX = auto()
    FOREIGN_MAILBOX = auto()


def wait_for_delivery(
    boxes: Boxes,
    cipher: Cipher,
    *,
    correlation_key: str,
    execution_id: str,
    attempt: Attempt,
    token: str,
    consumed_delivery: str,
) -> Registered:
    """Register the attempt's token, unless the mailbox is another execution's or the attempt is not the newest.

    Raises `AwsUnavailable` where storage or encryption do not answer now, or the box never stops changing.
    """
    ciphertext = cipher.encrypt(token, correlation_key, attempt.order_key)
    for _ in range(MAX_CONFLICTS):
        box = boxes.find(correlation_key)
        if box is None:
            return Registered.NO_MAILBOX
        if box.execution_id != execution_id:
            return Registered.FOREIGN_MAILBOX
        waiting = register(box, attempt, ciphertext, consumed_delivery)
        if waiting is None:
            return Registered.OUTDATED
        if boxes.save(box, waiting):
            return Registered.WAITING
    raise AwsUnavailable("mailbox:register", "VersionConflict")


def complete(mailboxes: Mailboxes, resumer: Resumer, correlation_key: str) -> Outcome | None:
    """Resume the attempt that waits, if one does and a delivery is there for it; None where there is nothing to do.

    May be called at any time and any number of times. Raises what `resumer` raises where the token got no final answer,
    and `AwsUnavailable` where the box never stops changing; calling again then takes it up where it stopped.
    """
    resumption = _take_up(mailboxes, correlation_key)
    if resumption is None:
        return None
    outcome = resumer.resume(resumption)
    # Where this is not stored, another has settled the box or the next attempt waits already, which says the same.
    mailboxes.save(resumption.box, settle(resumption.box, outcome))
    return outcome


def _take_up(mailboxes: Mailboxes, correlation_key: str) -> Resumption | None:
    for _ in range(MAX_CONFLICTS):
        box, deliveries = mailboxes.load(correlation_key)
        resumption = choose(box, deliveries) if box else None
        if box is None or resumption is None:
            return None
        if resumption.box is box or mailboxes.save(box, resumption.box):
            return resumption
    raise AwsUnavailable("mailbox:resume", "VersionConflict")
