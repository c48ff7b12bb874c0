"""The confirm function: hints become deliveries by what the vendor's API says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from callbacks import confirm as module
from callbacks.confirm import handler
from callbacks.mailbox_table import MailboxTable, Recorded
from saas.errors import (
    AwsUnavailable,
    SaasError,
    VendorMisconfigured,
    VendorRejected,
    VendorThrottled,
    VendorUnavailable,
)
from saas.port import Delivery, Status

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext

KEY = "mailchimp#5aa846c9b7"
OTHER = "brevo#42"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Asked:
    """The vendors' APIs: each campaign has a status or a trouble, and who asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, Status | Exception] = {}
        self.asked: list[str] = []

    def named(self, name: str, _root: str) -> Any:
        asked = self

        class Vendor:
            def __init__(self) -> None:
                self.name = name

            def status(self, campaign_id: str) -> Status:
                key = f"{name}#{campaign_id}"
                asked.asked.append(key)
                answer = asked.answers[key]
                if isinstance(answer, Exception):
                    raise answer
                return answer

        return Vendor()


class Confirming:
    """The deployed function with its table and an open mailbox for each campaign."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._context = context
        self.aws = aws
        self.table = aws.table("correlation_key", "item")
        environment.setenv("MAILBOX_TABLE", self.table)
        environment.setenv("SAAS_PARAMETERS", "/confirming")
        self.vendors = Asked()
        environment.setattr(module, "vendor_named", self.vendors.named)
        self.mailboxes = MailboxTable(self.table)
        for key in (KEY, OTHER):
            self.mailboxes.open(key, "execution", NOW)

    def hint(self, key: str, event_id: str) -> Recorded:
        return self.mailboxes.record(key, Delivery(event_id, key.partition("#")[2], None, NOW), NOW)

    def stream(self, *items: tuple[str, str]) -> list[str]:
        """Invoke the function with a record per item; the numbers of those that it wants again."""
        records = [
            {
                "dynamodb": {
                    "Keys": {"correlation_key": {"S": key}, "item": {"S": item}},
                    "SequenceNumber": str(number),
                }
            }
            for number, (key, item) in enumerate(items)
        ]
        answer = handler({"Records": records}, self._context)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def deliveries(self, key: str = KEY) -> list[tuple[str, str]]:
        _, found = self.mailboxes.load(key)
        return [(delivery.event_id, delivery.status) for delivery in found]


@pytest.fixture
def confirming(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Confirming:
    return Confirming(aws, function_environment, lambda_context)


def test_a_hint_is_no_delivery_until_the_vendor_has_been_asked(confirming: Confirming) -> None:
    assert confirming.hint(KEY, "digest-1") is Recorded.NEW
    assert confirming.hint(KEY, "digest-1") is Recorded.DUPLICATE
    assert confirming.deliveries() == []


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED, Status.ARCHIVED])
def test_what_the_vendor_says_becomes_a_delivery(confirming: Confirming, status: Status) -> None:
    confirming.vendors.answers[KEY] = status
    assert confirming.stream((KEY, "unconfirmed#digest-1")) == []
    assert confirming.deliveries() == [(f"confirmed:{status}", status)]


def test_a_campaign_that_is_not_through_leaves_nothing(confirming: Confirming) -> None:
    confirming.vendors.answers[KEY] = Status.PENDING
    assert confirming.stream((KEY, "unconfirmed#digest-1")) == []
    assert confirming.deliveries() == []


def test_hints_that_come_again_or_late_end_no_second_wait(confirming: Confirming) -> None:
    confirming.vendors.answers[KEY] = Status.SUCCESS
    for number in range(3):
        confirming.stream((KEY, f"unconfirmed#digest-{number}"))
    assert confirming.deliveries() == [("confirmed:success", "success")]


def test_hints_of_one_campaign_are_one_question(confirming: Confirming) -> None:
    confirming.vendors.answers = {KEY: Status.SUCCESS, OTHER: Status.PENDING}
    items = [(key, f"unconfirmed#digest-{number}") for number in range(10) for key in (KEY, OTHER)]
    assert confirming.stream(*items) == []
    assert sorted(confirming.vendors.asked) == sorted([KEY, OTHER])


def test_what_is_no_hint_is_passed_over(confirming: Confirming) -> None:
    assert confirming.stream((KEY, "delivery#msg_1"), (KEY, "mailbox")) == []
    assert confirming.vendors.asked == []


@pytest.mark.parametrize(
    "trouble",
    [
        VendorUnavailable("mailchimp", "status", "HTTP 503"),
        VendorThrottled("mailchimp", "status", 7),
        VendorMisconfigured("mailchimp", "api-key", "there is no such parameter"),
        AwsUnavailable("ssm:GetParameters", "ThrottlingException"),
    ],
)
def test_what_can_not_be_asked_now_is_asked_again_and_keeps_no_other_waiting(
    confirming: Confirming, trouble: SaasError
) -> None:
    confirming.vendors.answers = {KEY: trouble, OTHER: Status.SUCCESS}
    hints = ((KEY, "unconfirmed#1"), (OTHER, "unconfirmed#2"), (KEY, "unconfirmed#3"))
    assert confirming.stream(*hints) == ["0", "2"]
    assert confirming.deliveries(OTHER) == [("confirmed:success", "success")]
    confirming.vendors.answers[KEY] = Status.SUCCESS
    assert confirming.stream(*hints) == []
    assert confirming.deliveries(KEY) == [("confirmed:success", "success")]


def test_a_vendor_that_refuses_is_not_asked_for_ever(confirming: Confirming, heard: Heard) -> None:
    confirming.vendors.answers[KEY] = VendorRejected("mailchimp", "status", 404, "it knows no such campaign")
    assert confirming.stream((KEY, "unconfirmed#1")) == []
    assert confirming.deliveries() == []
    assert "it knows no such campaign" in heard.text


def test_a_mailbox_that_has_expired_is_not_opened_again(confirming: Confirming) -> None:
    confirming.vendors.answers["mailchimp#gone"] = Status.SUCCESS
    assert confirming.stream(("mailchimp#gone", "unconfirmed#1")) == []
    assert confirming.deliveries("mailchimp#gone") == []
