"""The mailbox in DynamoDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from callbacks.clients import dynamodb
from callbacks.mailbox import Attempt, Box, Outcome, RecordedDelivery, State, choose, open_for, register, settle
from callbacks.mailbox_table import MailboxTable, Recorded
from saas.errors import AwsUnavailable
from saas.port import Delivery, Status

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

KEY = "pigeon#cmp_1"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EXPIRES_AT = str(int((NOW + timedelta(days=90)).timestamp()))
ATTEMPT = Attempt(0, NOW, NOW)


def delivery(event_id: str, seconds: int = 0) -> Delivery:
    return Delivery(event_id, "cmp_1", Status.PENDING, NOW + timedelta(seconds=seconds, microseconds=1))


@pytest.fixture
def table(aws: Aws) -> str:
    return aws.mailboxes()


@pytest.fixture
def mailboxes(table: str) -> MailboxTable:
    mailboxes = MailboxTable(table)
    mailboxes.open(KEY, "execution", NOW)
    return mailboxes


def found(mailboxes: MailboxTable) -> Box:
    box = mailboxes.find(KEY)
    assert box is not None
    return box


def waiting(mailboxes: MailboxTable) -> Box:
    box = found(mailboxes)
    waits = register(box, ATTEMPT, b"\x00ciphertext", "")
    assert waits is not None
    assert mailboxes.save(box, waits)
    return waits


def test_a_mailbox_is_not_there_before_it_is_opened(table: str) -> None:
    assert MailboxTable(table).find(KEY) is None
    assert MailboxTable(table).load(KEY) == (None, ())


def test_an_open_mailbox_belongs_to_its_execution(mailboxes: MailboxTable) -> None:
    assert replace(found(mailboxes), version=0) == Box(KEY, "execution")


def test_opening_a_mailbox_again_changes_nothing(mailboxes: MailboxTable) -> None:
    waits = waiting(mailboxes)
    mailboxes.open(KEY, "execution", NOW + timedelta(days=1))
    assert found(mailboxes) == waits


def test_an_execution_that_replays_another_gets_its_mailbox_with_every_delivery_unread(mailboxes: MailboxTable) -> None:
    mailboxes.record(KEY, delivery("sent"), NOW)
    box = waiting(mailboxes)
    resumption = choose(box, mailboxes.load(KEY)[1])
    assert resumption is not None
    assert mailboxes.save(box, resumption.box)
    mailboxes.save(resumption.box, settle(resumption.box, Outcome.ACCEPTED))
    mailboxes.open(KEY, "replay", NOW + timedelta(hours=1), replays="execution")
    taken, deliveries = mailboxes.load(KEY)
    assert taken is not None
    assert replace(taken, version=0) == Box(KEY, "replay")
    assert [found.event_id for found in deliveries] == ["sent"]


def test_whoever_holds_the_box_of_a_replayed_execution_can_not_store_it_any_more(mailboxes: MailboxTable) -> None:
    stale = waiting(mailboxes)
    mailboxes.open(KEY, "replay", NOW + timedelta(hours=1), replays="execution")
    before = found(mailboxes)
    assert before == open_for(stale, KEY, "replay", "execution")
    assert not mailboxes.save(stale, settle(stale, Outcome.TIMED_OUT))
    assert found(mailboxes) == before


def test_a_mailbox_that_changed_hands_waits_for_nothing(mailboxes: MailboxTable) -> None:
    waits = waiting(mailboxes)
    long_after = NOW + timedelta(days=1)
    assert [wait.execution_id for wait in mailboxes.waits(long_after)] == [waits.execution_id]
    mailboxes.open(KEY, "replay", long_after, replays="execution")
    assert list(mailboxes.waits(long_after)) == []


@pytest.mark.parametrize("replays", ["", "a third one"])
def test_an_execution_that_replays_no_owner_leaves_the_mailbox_alone(mailboxes: MailboxTable, replays: str) -> None:
    before = found(mailboxes)
    mailboxes.open(KEY, "another", NOW, replays=replays)
    assert found(mailboxes) == before


def test_every_field_of_a_box_survives_storage_in_every_state(mailboxes: MailboxTable) -> None:
    waits = waiting(mailboxes)
    assert found(mailboxes) == waits
    mailboxes.record(KEY, delivery("d1"), NOW)
    resumption = choose(*_present(mailboxes))
    assert resumption is not None
    assert mailboxes.save(waits, resumption.box)
    assert found(mailboxes) == resumption.box
    settled = settle(resumption.box, Outcome.ACCEPTED)
    assert mailboxes.save(resumption.box, settled)
    assert found(mailboxes) == settled
    assert settled.state is State.SETTLED


def _present(mailboxes: MailboxTable) -> tuple[Box, tuple[RecordedDelivery, ...]]:
    box, deliveries = mailboxes.load(KEY)
    assert box is not None
    return box, deliveries


def test_a_used_token_is_gone_from_the_table(aws: Aws, table: str, mailboxes: MailboxTable) -> None:
    waits = waiting(mailboxes)
    assert mailboxes.save(waits, settle(waits, Outcome.TIMED_OUT))
    (item,) = aws.items(table)
    assert "token" not in item


def test_only_one_of_many_that_read_the_same_box_can_store_another(mailboxes: MailboxTable) -> None:
    box = found(mailboxes)
    keys = [Attempt(number, NOW, NOW).order_key for number in range(16)]
    others = [replace(box, state=State.WAITING, attempt=key, version=box.version + 1) for key in keys]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda other: mailboxes.save(box, other), others))
    assert stored.count(True) == 1
    assert found(mailboxes) == others[stored.index(True)]


def test_a_delivery_without_a_mailbox_is_not_recorded(aws: Aws, table: str) -> None:
    assert MailboxTable(table).record(KEY, delivery("d1"), NOW) is Recorded.UNKNOWN_MAILBOX
    assert aws.items(table) == []


def test_a_delivery_is_recorded_once(mailboxes: MailboxTable) -> None:
    assert mailboxes.record(KEY, delivery("d1"), NOW) is Recorded.NEW
    assert mailboxes.record(KEY, delivery("d1", seconds=9), NOW + timedelta(minutes=1)) is Recorded.DUPLICATE
    _, deliveries = _present(mailboxes)
    assert deliveries == (RecordedDelivery("d1", "pending", NOW + timedelta(microseconds=1), NOW),)


def test_of_many_deliveries_of_one_event_at_once_one_is_new(mailboxes: MailboxTable) -> None:
    with ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(lambda _: mailboxes.record(KEY, delivery("d1"), NOW), range(16)))
    assert recorded.count(Recorded.NEW) == 1
    assert recorded.count(Recorded.DUPLICATE) == 15


def test_everything_expires_after_ninety_days(aws: Aws, table: str, mailboxes: MailboxTable) -> None:
    mailboxes.record(KEY, delivery("d1"), NOW)
    assert [item["expires_at"] for item in aws.items(table)] == [{"N": EXPIRES_AT}] * 2


def test_a_box_and_deliveries_of_more_than_one_page_are_all_loaded(mailboxes: MailboxTable) -> None:
    long = "d" * 100
    dynamodb().meta.events.register("before-parameter-build.dynamodb.Query", _two_per_page)
    for number in range(5):
        mailboxes.record(KEY, delivery(f"{long}{number}"), NOW)
    box, deliveries = _present(mailboxes)
    assert box.execution_id == "execution"
    assert [found.event_id for found in deliveries] == [f"{long}{number}" for number in range(5)]


def _two_per_page(params: dict[str, object], **_: object) -> None:
    params["Limit"] = 2


def _fail_with(operation: str, error: Exception) -> None:
    def fail(**_: object) -> None:
        raise error

    dynamodb().meta.events.register(f"before-call.dynamodb.{operation}", fail)


def _cancelled(*codes: str) -> ClientError:
    response = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": c} for c in codes]}
    return dynamodb().exceptions.TransactionCanceledException(response, "TransactWriteItems")  # type: ignore[arg-type]


def test_a_delivery_whose_transaction_is_always_in_conflict_is_to_be_tried_again(mailboxes: MailboxTable) -> None:
    _fail_with("TransactWriteItems", _cancelled("TransactionConflict", "None"))
    with pytest.raises(AwsUnavailable, match="TransactionConflict"):
        mailboxes.record(KEY, delivery("d1"), NOW)


def test_a_delivery_whose_transaction_is_throttled_is_to_be_tried_again(mailboxes: MailboxTable) -> None:
    _fail_with("TransactWriteItems", _cancelled("None", "ThrottlingError"))
    with pytest.raises(AwsUnavailable, match="ThrottlingError"):
        mailboxes.record(KEY, delivery("d1"), NOW)


def test_a_box_in_the_middle_of_a_transaction_is_one_that_has_changed(mailboxes: MailboxTable) -> None:
    box = found(mailboxes)
    error = dynamodb().exceptions.TransactionConflictException({"Error": {"Code": "TransactionConflictException"}}, "U")
    _fail_with("UpdateItem", error)
    assert not mailboxes.save(box, replace(box, version=box.version + 1))


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_throttling_is_passing_trouble(mailboxes: MailboxTable, code: str) -> None:
    _fail_with("GetItem", ClientError({"Error": {"Code": code}}, "GetItem"))
    with pytest.raises(AwsUnavailable, match=code):
        mailboxes.find(KEY)


@pytest.mark.usefixtures("aws")
def test_a_missing_table_is_not_passing_trouble() -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        MailboxTable("no-such-table").find(KEY)
