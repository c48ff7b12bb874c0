"""Who waits for what, as operators see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from callbacks import mailbox_table
from callbacks.mailbox import Attempt, Outcome, State, choose, correlation_key, register, settle
from callbacks.mailbox_table import MailboxTable
from console.operations import NotThere, OperationRefused, cursor, waits
from console.operations.waits import Waits
from saas.port import Delivery, Status

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def table(aws: Aws) -> str:
    return aws.mailboxes()


def wait(table: str, campaign_id: str, since: datetime, *, execution: str = "") -> None:
    """Let an execution wait for a campaign."""
    mailboxes = MailboxTable(table)
    key = correlation_key("pigeon", campaign_id)
    mailboxes.open(key, execution or f"execution-{campaign_id}", since)
    box = mailboxes.find(key)
    assert box is not None
    waiting = register(box, Attempt(0, since, since), b"canary", "")
    assert waiting is not None
    assert mailboxes.save(box, waiting)


def test_it_reads_the_table_by_the_names_that_callbacks_give() -> None:
    assert (waits.WAITS_INDEX, waits.WAITS_PARTITIONS) == (mailbox_table.WAITS_INDEX, mailbox_table.WAITS_PARTITIONS)
    assert (waits._BOX, waits._DELIVERY, waits._HINT) == (
        mailbox_table._BOX,
        mailbox_table._DELIVERY,
        mailbox_table._HINT,
    )
    assert (waits._WAITING, waits.RETENTION) == (State.WAITING, mailbox_table.RETENTION)


def test_who_has_waited_longest_comes_first(aws: Aws, table: str) -> None:
    for number in range(12):
        wait(table, f"cmp_{number}", NOW - timedelta(hours=number))
    found = Waits(aws.dynamodb, table).all()
    assert [one.campaign_id for one in found] == [f"cmp_{number}" for number in reversed(range(12))]
    assert (found[0].vendor, found[0].execution, found[0].since) == (
        "pigeon",
        "execution-cmp_11",
        NOW - timedelta(hours=11),
    )


def test_pages_give_each_wait_once_the_longest_first_whoever_begins_to_wait_meanwhile(aws: Aws, table: str) -> None:
    for number in range(12):
        wait(table, f"cmp_{number}", NOW - timedelta(hours=number // 4))
    found = Waits(aws.dynamodb, table)
    given: list[waits.Wait] = []
    after = None
    while True:
        page = found.page(limit=5, after=after)
        given += page.waits
        if (after := page.next) is None:
            break
        wait(table, f"late_{len(given)}", NOW - timedelta(days=1))
    assert {one.campaign_id for one in given} == {f"cmp_{number}" for number in range(12)}
    assert [one.since for one in given] == sorted(one.since for one in given)
    assert len(given) == 12
    assert found.total() == 14


@pytest.mark.parametrize("position", [None, 1, [], ["2026"], ["", ""], [1, "x"], {"a": "b"}])
def test_a_cursor_that_is_none_of_the_waits_is_refused(aws: Aws, table: str, position: Any) -> None:
    for foreign in (cursor.written("waits", position), cursor.written("audit", ["2026", "x"])):
        with pytest.raises(OperationRefused, match="cursor"):
            Waits(aws.dynamodb, table).page(limit=1, after=foreign)


def test_what_came_in_is_told_in_order_with_what_became_of_it(aws: Aws, table: str) -> None:
    wait(table, "cmp_1", NOW)
    mailboxes, key = MailboxTable(table), correlation_key("pigeon", "cmp_1")
    mailboxes.record(key, Delivery("second", "cmp_1", Status.SUCCESS, NOW + timedelta(minutes=2)), NOW)
    mailboxes.record(key, Delivery("first", "cmp_1", Status.PENDING, NOW + timedelta(minutes=1)), NOW)
    mailboxes.record(key, Delivery("sweep:1", "cmp_1", None, NOW + timedelta(minutes=3)), NOW)
    box, deliveries = mailboxes.load(key)
    assert box is not None
    resumption = choose(box, deliveries)
    assert resumption is not None
    assert mailboxes.save(box, resumption.box)
    assert mailboxes.save(resumption.box, settle(resumption.box, Outcome.ACCEPTED))
    mailbox = Waits(aws.dynamodb, table).mailbox("pigeon", "cmp_1")
    assert (mailbox.execution, mailbox.state, mailbox.outcome) == ("execution-cmp_1", "settled", "Accepted")
    assert [(arrival.id, arrival.status, arrival.used) for arrival in mailbox.arrivals] == [
        ("first", "pending", True),
        ("second", "success", False),
        ("sweep:1", None, False),
    ]
    assert "canary" not in repr(mailbox)


def test_a_campaign_that_nobody_waits_for_is_named(aws: Aws, table: str) -> None:
    with pytest.raises(OperationRefused, match="no mailbox for campaign cmp_9 of pigeon"):
        Waits(aws.dynamodb, table).mailbox("pigeon", "cmp_9")


def test_a_wait_that_is_ended_by_hand_is_resumed_once_with_what_the_operator_said(aws: Aws, table: str) -> None:
    wait(table, "cmp_1", NOW)
    found, key = Waits(aws.dynamodb, table), correlation_key("pigeon", "cmp_1")
    attempt = found.mailbox("pigeon", "cmp_1").attempt
    asked: dict[str, Any] = {"by": "anna", "reason": "the vendor told us by phone", "now": NOW}
    delivery = found.end("pigeon", "cmp_1", attempt, Status.SUCCESS, **asked)
    with pytest.raises(OperationRefused, match="by hand before"):
        found.end("pigeon", "cmp_1", attempt, Status.FAILED, **asked)
    box, deliveries = MailboxTable(table).load(key)
    assert box is not None
    resumption = choose(box, deliveries)
    assert resumption is not None
    assert (resumption.delivery.event_id, resumption.delivery.status) == (delivery, "success")
    [arrival] = found.mailbox("pigeon", "cmp_1").arrivals
    assert (arrival.by, arrival.reason) == ("anna", "the vendor told us by phone")


def test_an_attempt_that_does_not_wait_is_not_ended_by_hand(aws: Aws, table: str) -> None:
    wait(table, "cmp_1", NOW)
    found = Waits(aws.dynamodb, table)
    with pytest.raises(OperationRefused, match="does not wait any more"):
        found.end("pigeon", "cmp_1", "another", Status.SUCCESS, by="anna", reason="", now=NOW)
    with pytest.raises(OperationRefused, match="pending ends no wait"):
        found.end("pigeon", "cmp_1", "another", Status.PENDING, by="anna", reason="", now=NOW)
    with pytest.raises(NotThere, match="no mailbox"):
        found.end("pigeon", "cmp_2", "another", Status.SUCCESS, by="anna", reason="", now=NOW)


def test_what_is_meant_for_an_earlier_attempt_never_ends_a_later_one(aws: Aws, table: str) -> None:
    wait(table, "cmp_1", NOW)
    found, mailboxes, key = Waits(aws.dynamodb, table), MailboxTable(table), correlation_key("pigeon", "cmp_1")
    earlier = found.mailbox("pigeon", "cmp_1").attempt
    found.end("pigeon", "cmp_1", earlier, Status.FAILED, by="anna", reason="", now=NOW)
    box, _ = mailboxes.load(key)
    assert box is not None
    later = register(box, Attempt(1, NOW, NOW), b"canary", "")
    assert later is not None
    assert mailboxes.save(box, later)
    box, deliveries = mailboxes.load(key)
    assert box is not None
    assert len(deliveries) == 1
    assert choose(box, deliveries) is None
