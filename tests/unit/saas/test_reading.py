"""What genuine webhooks of Mailchimp, Brevo and SendGrid say, one delivery for each campaign."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from saas.errors import WebhookRefused
from saas.port import Delivery, Status, Webhook
from saas.registry import VENDORS
from tests.unit.genuine import BREVO, MAILCHIMP, NOW, SENDGRID
from tests.unit.saas.settings_of import FixedSettings

if TYPE_CHECKING:
    from tests.unit.genuine import Genuine

HAPPENED = datetime(2026, 3, 1, 11, 59, 58, tzinfo=UTC)


def read(genuine: Genuine, body: bytes) -> tuple[Delivery, ...]:
    sent = genuine.made(body)
    vendor = VENDORS[genuine.vendor](FixedSettings(secrets=(genuine.secret(),)))
    return vendor.read_webhook(Webhook(sent.headers, sent.body, sent.query), NOW)


def refusal(genuine: Genuine, body: bytes) -> str:
    with pytest.raises(WebhookRefused) as refused:
        read(genuine, body)
    return refused.value.reason


def events(*documents: dict[str, object]) -> bytes:
    return json.dumps(documents).encode()


@pytest.mark.parametrize("genuine", [BREVO, MAILCHIMP], ids=lambda genuine: genuine.vendor)
def test_what_is_not_signed_is_a_hint(genuine: Genuine) -> None:
    (delivery,) = read(genuine, genuine.body(genuine.campaign_id))
    assert (delivery.campaign_id, delivery.status, delivery.occurred_at) == (genuine.campaign_id, None, HAPPENED)
    assert read(genuine, genuine.body(genuine.campaign_id)) == (delivery,), "the same again has the same id"


def test_a_mail_that_arrived_makes_a_single_send_a_success_once() -> None:
    first = read(SENDGRID, events(SENDGRID.event("one", sg_event_id="1")))
    second = read(SENDGRID, events(SENDGRID.event("one", sg_event_id="2", email="grace@example.org")))
    assert first == second == (Delivery("delivered", "one", Status.SUCCESS, HAPPENED),)


@pytest.mark.parametrize("lost", ["bounce", "dropped"])
def test_a_mail_that_is_lost_is_a_hint(lost: str) -> None:
    (hint,) = read(SENDGRID, events(SENDGRID.event("one", event=lost)))
    assert (hint.campaign_id, hint.status) == ("one", None)


@pytest.mark.parametrize("order", [("bounce", "delivered"), ("delivered", "bounce")])
def test_of_several_mails_one_that_arrived_counts(order: tuple[str, str]) -> None:
    (delivery,) = read(SENDGRID, events(*(SENDGRID.event("one", event=kind) for kind in order)))
    assert delivery.status is Status.SUCCESS


def test_an_array_is_a_delivery_for_each_campaign() -> None:
    told = events(*(SENDGRID.event(name) for name in ("one", "two", "one")))
    assert [delivery.campaign_id for delivery in read(SENDGRID, told)] == ["one", "two"]
    batch = events(*(BREVO.event(number, email=f"{number}@example.org") for number in ("1", "2", "1")))
    assert [delivery.campaign_id for delivery in read(BREVO, batch)] == ["1", "2"]


@pytest.mark.parametrize(
    ("genuine", "body"),
    [
        (MAILCHIMP, b"type=upemail&fired_at=2026-03-01+12%3A00%3A00&data%5Bnew_email%5D=ada%40example.org"),
        (BREVO, events(BREVO.event("1", event="opened"), BREVO.event("1", event="an event of next year"))),
        (BREVO, json.dumps({"event": "list_addition", "email": "ada@example.org", "list_id": [1]}).encode()),
        (
            SENDGRID,
            events(SENDGRID.event("one", event="processed"), SENDGRID.event("one", event="an event of next year")),
        ),
        (SENDGRID, events(SENDGRID.event(None))),
        (SENDGRID, b"[]"),
    ],
)
def test_what_tells_nothing_of_campaigns_is_genuine_and_no_delivery(genuine: Genuine, body: bytes) -> None:
    assert read(genuine, body) == ()


@pytest.mark.parametrize(
    ("genuine", "body"),
    [
        (MAILCHIMP, b""),
        (MAILCHIMP, b"type=campaign"),
        (MAILCHIMP, MAILCHIMP.body("1") + b"&data%5Bid%5D=2"),
        (MAILCHIMP, MAILCHIMP.body("1").replace(b"2026-03-01", b"2026-13-01")),
        (MAILCHIMP, MAILCHIMP.body("1").replace(b"type=campaign", b"kind=campaign")),
        (MAILCHIMP, b"&".join(b"a%d=1" % number for number in range(101))),
        (BREVO, b"[]"),
        (BREVO, events(*[BREVO.event("1")] * 1001)),
        (BREVO, events(BREVO.event("1", event=None))),
        (BREVO, events(BREVO.event("1", camp_id=None))),
        (BREVO, events(BREVO.event("1", ts_event=-1))),
        (BREVO, events(BREVO.event("1", ts_event=10**15))),
        (SENDGRID, json.dumps(SENDGRID.event("one")).encode()),
        (SENDGRID, events(SENDGRID.event("one", event=None))),
        (SENDGRID, events(SENDGRID.event("one", timestamp="now"))),
        (SENDGRID, events(SENDGRID.event("one", timestamp=10**15))),
        (SENDGRID, events(SENDGRID.event("one", sg_event_id=None))),
    ],
)
def test_what_no_documentation_promises_is_refused(genuine: Genuine, body: bytes) -> None:
    assert refusal(genuine, body) == "malformed_body"


def test_an_identifier_that_is_none_is_refused() -> None:
    assert refusal(SENDGRID, events(SENDGRID.event("a#b"))) == "malformed_identifier"
