"""Sweep: who waits too long is looked after, and nobody else; no token is needed for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from callbacks.mailbox import Attempt, Outcome, choose, register, settle
from callbacks.mailbox_table import MailboxTable
from callbacks.sweep import handler
from saas.port import Delivery, Status

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext

HOUR = timedelta(hours=1)


class Mailboxes:
    """The deployed function and its table."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._aws = aws
        self._context = context
        self.name = aws.mailboxes()
        environment.setenv("MAILBOX_TABLE", self.name)
        environment.setenv("SWEEP_AFTER_SECONDS", "3600")
        self.table = MailboxTable(self.name)

    def wait(self, key: str, ago: timedelta) -> None:
        """Let an execution wait for so long."""
        now = datetime.now(UTC)
        self.table.open(key, f"execution of {key}", now)
        box = self.table.find(key)
        assert box is not None
        waiting = register(box, Attempt(0, now - ago, now), b"ciphertext of a token", "")
        assert waiting is not None
        assert self.table.save(box, waiting)

    def sweep(self) -> int:
        swept: int = handler({}, self._context)["waits"]
        return swept

    def item(self, key: str) -> dict[str, Any]:
        """The box as DynamoDB has it."""
        answer = self._aws.dynamodb.get_item(
            TableName=self.name, Key={"correlation_key": {"S": key}, "item": {"S": "mailbox"}}
        )
        return dict(answer["Item"])

    def hints(self, key: str) -> int:
        """How many hints there are for a campaign."""
        items = [item for item in self._aws.items(self.name) if item["correlation_key"] == {"S": key}]
        return len([item for item in items if item["item"]["S"].startswith("unconfirmed#")])


@pytest.fixture
def mailboxes(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Mailboxes:
    return Mailboxes(aws, function_environment, lambda_context)


def test_who_waits_too_long_is_looked_after_and_nobody_else(mailboxes: Mailboxes) -> None:
    mailboxes.wait("pigeon#old", 2 * HOUR)
    mailboxes.wait("pigeon#new", HOUR / 2)
    assert mailboxes.sweep() == 1
    assert "swept_at" in mailboxes.item("pigeon#old")
    assert "swept_at" not in mailboxes.item("pigeon#new")
    assert (mailboxes.hints("pigeon#old"), mailboxes.hints("pigeon#new")) == (1, 0)


def test_an_execution_that_has_been_resumed_does_not_wait(mailboxes: Mailboxes) -> None:
    mailboxes.wait("pigeon#c", 2 * HOUR)
    now = datetime.now(UTC)
    mailboxes.table.record("pigeon#c", Delivery("d", "c", Status.SUCCESS, now), now)
    box, deliveries = mailboxes.table.load("pigeon#c")
    assert box is not None
    resumption = choose(box, deliveries)
    assert resumption is not None
    assert mailboxes.table.save(box, resumption.box)
    assert [wait.correlation_key for wait in mailboxes.table.waits(now)] == ["pigeon#c"]
    assert mailboxes.table.save(resumption.box, settle(resumption.box, Outcome.ACCEPTED))
    assert list(mailboxes.table.waits(now)) == []
    assert mailboxes.sweep() == 0


def test_waits_are_told_with_who_waits_and_since_when(mailboxes: Mailboxes) -> None:
    for number in range(20):
        mailboxes.wait(f"pigeon#{number}", HOUR * (number + 1))
    now = datetime.now(UTC)
    waits = {wait.correlation_key: wait for wait in mailboxes.table.waits(now)}
    assert len(waits) == 20
    assert waits["pigeon#3"].execution_id == "execution of pigeon#3"
    assert now - waits["pigeon#3"].since >= 4 * HOUR
    assert len(list(mailboxes.table.waits(now - 10 * HOUR))) == 11


def test_the_next_change_of_a_box_takes_the_nudge_back(mailboxes: Mailboxes) -> None:
    mailboxes.wait("pigeon#c", 2 * HOUR)
    mailboxes.sweep()
    box = mailboxes.table.find("pigeon#c")
    assert box is not None
    again = register(box, Attempt(1, datetime.now(UTC), datetime.now(UTC)), b"ciphertext", "")
    assert again is not None
    assert mailboxes.table.save(box, again)
    assert "swept_at" not in mailboxes.item("pigeon#c")


def test_a_nudge_is_no_change_that_anybody_has_to_read_again(mailboxes: Mailboxes) -> None:
    mailboxes.wait("pigeon#c", 2 * HOUR)
    box = mailboxes.table.find("pigeon#c")
    mailboxes.sweep()
    assert mailboxes.table.find("pigeon#c") == box


def test_no_part_of_a_token_is_in_what_the_sweep_reads_or_says(mailboxes: Mailboxes, heard: Heard) -> None:
    mailboxes.wait("pigeon#c", 2 * HOUR)
    mailboxes.sweep()
    [wait] = mailboxes.table.waits(datetime.now(UTC))
    assert "token" not in repr(wait)
    assert "ciphertext" not in heard.text
