"""The simulated Mailchimp, Brevo and SendGrid: what their webhooks look like, and the manners of their APIs.

That their APIs do what the clients in `saas` want is tested with those clients.
"""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from pydantic import Secret

from local.vendors import posting
from local.vendors.brevo import Brevo
from local.vendors.mailchimp import LIST_ID, Mailchimp
from local.vendors.sendgrid import SendGrid, public_key
from local.vendors.server import all_vendors, app
from local.vendors.settings import Account, Behaviour, Fault, Outcome, VendorName
from local.vendors.simulation import Campaign, SimulatedVendor
from saas.ecdsa_signature import any_verifies, parse_public_key
from saas.registry import VENDORS
from tests.unit.local.vendors.bench import Bench, customer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

API_KEY = "key-of-a-customer"
SECRET = "secret-of-a-customer"
RECIPIENTS = ("ada@example.org", "grace@example.org")
KINDS = (Brevo, Mailchimp, SendGrid)


@asynccontextmanager
async def bench_of(kind: type[SimulatedVendor]) -> AsyncIterator[Bench]:
    vendor = kind()
    async with serving(app({vendor.name: vendor})) as url:
        bench = Bench(url, vendor, API_KEY)
        async with customer(bench) as webhook_url:
            vendor.account = Account(api_key=Secret(API_KEY), webhook_secret=Secret(SECRET), webhook_url=webhook_url)
            yield bench


async def sent(bench: Bench, outcome: Outcome = Outcome.SUCCESS, **behaviour: object) -> Campaign:
    """A campaign that has taken its course, and all its webhooks theirs."""
    vendor = bench.vendor
    settings = Behaviour.model_validate({"outcome": outcome, "step_seconds": 0, **behaviour})
    campaign = Campaign("42", "baton-spring", "Spring", "<p>Spring</p>", RECIPIENTS, settings, vendor.draft)
    vendor.campaigns[campaign.id] = campaign
    vendor.send(campaign)
    await bench.until(lambda: not vendor.sending)
    return campaign


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "FIRST_BACKOFF_SECONDS", 0.001)


def test_every_vendor_has_its_simulator() -> None:
    assert set(VendorName) == set(all_vendors()) == set(VENDORS)


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.SUCCESS, "sent"), (Outcome.FAILED, "canceled")])
async def test_mailchimp_posts_one_form_with_the_secret_in_the_address(outcome: Outcome, status: str) -> None:
    async with bench_of(Mailchimp) as bench:
        campaign = await sent(bench, outcome)
        ((query, headers, body),) = bench.posts
    assert parse_qs(query) == {"secret": [SECRET]}
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    fields = {name: value for name, (value,) in parse_qs(body.decode(), keep_blank_values=True).items()}
    assert (fields["type"], fields["data[id]"], fields["data[status]"]) == ("campaign", campaign.id, status)
    assert fields["data[list_id]"] == LIST_ID


@pytest.mark.parametrize(("outcome", "kind"), [(Outcome.SUCCESS, "delivered"), (Outcome.FAILED, "hard_bounce")])
async def test_brevo_posts_an_event_for_every_recipient_with_its_token(outcome: Outcome, kind: str) -> None:
    async with bench_of(Brevo) as bench:
        campaign = await sent(bench, outcome)
    events = [json.loads(body) for _, _, body in bench.posts]
    assert {headers["authorization"] for _, headers, _ in bench.posts} == {f"Bearer {SECRET}"}
    assert sorted(event["email"] for event in events) == sorted(RECIPIENTS)
    assert {(event["event"], event["camp_id"]) for event in events} == {(kind, int(campaign.id))}


@pytest.mark.parametrize(("outcome", "kind"), [(Outcome.SUCCESS, "delivered"), (Outcome.FAILED, "bounce")])
async def test_sendgrid_posts_signed_arrays_of_events(outcome: Outcome, kind: str) -> None:
    async with bench_of(SendGrid) as bench:
        campaign = await sent(bench, outcome)
        assert isinstance(bench.vendor, SendGrid)
        key = parse_public_key(public_key(bench.vendor.signing_key))
    for _, headers, body in bench.posts:
        signed = headers["x-twilio-email-event-webhook-timestamp"].encode() + body
        assert _verifies(key, headers, signed)
        assert not _verifies(key, headers, signed + b" ")
    events = [event for _, _, body in bench.posts for event in json.loads(body)]
    assert sorted(event["event"] for event in events) == sorted([kind, kind, "processed", "processed"])
    assert {event["singlesend_id"] for event in events} == {campaign.id}
    assert len({event["sg_event_id"] for event in events}) == len(events)


def _verifies(key: EllipticCurvePublicKey, headers: dict[str, str], signed: bytes) -> bool:
    return any_verifies([key], base64.b64decode(headers["x-twilio-email-event-webhook-signature"]), signed)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_silent_vendor_posts_nothing(kind: type[SimulatedVendor]) -> None:
    async with bench_of(kind) as bench:
        campaign = await sent(bench, Outcome.SILENT)
        assert campaign.status == kind.scripts[Outcome.SILENT][-1]
    assert bench.posts == []


@pytest.mark.parametrize("kind", KINDS)
async def test_forged_webhooks_prove_nothing(kind: type[SimulatedVendor]) -> None:
    async with bench_of(kind) as bench:
        campaign = await sent(bench, forged=True, disorder=True)
    assert len(bench.posts) == 2 * len(campaign.webhooks)
    assert all(hook.forged_answers == [202] for hook in campaign.webhooks)
    proofs = ("authorization", "x-twilio-email-event-webhook-signature")
    forged, genuine = (
        {(query, *(headers.get(name) for name in proofs)) for query, headers, _ in posts}
        for posts in (bench.posts[::2], bench.posts[1::2])
    )
    assert not forged & genuine


@pytest.mark.parametrize("kind", KINDS)
async def test_duplicates_are_the_same_byte_for_byte(kind: type[SimulatedVendor]) -> None:
    async with bench_of(kind) as bench:
        campaign = await sent(bench, duplicates=2)
    bodies = [body for _, _, body in bench.posts]
    assert {bodies.count(hook.body) for hook in campaign.webhooks} == {3}


@pytest.mark.parametrize(
    ("kind", "path", "status", "document"),
    [
        (Brevo, "/v3/emailCampaigns/9", 404, {"code": "document_not_found", "message": "Campaign ID does not exist"}),
        (SendGrid, "/v3/marketing/singlesends/9", 404, {"errors": [{"message": "not found", "field": None}]}),
    ],
)
async def test_errors_are_told_as_the_vendor_tells_them(
    kind: type[SimulatedVendor], path: str, status: int, document: object
) -> None:
    async with bench_of(kind) as bench:
        answer = await bench.call("GET", path)
    assert (answer.status, answer.document) == (status, document)


async def test_mailchimp_tells_errors_as_problem_documents() -> None:
    async with bench_of(Mailchimp) as bench:
        answer = await bench.call("GET", "/3.0/campaigns/9")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.document["status"], answer.document["title"]) == (404, "Resource Not Found")


@pytest.mark.parametrize(
    ("kind", "path", "header"),
    [
        (Brevo, "/v3/emailCampaigns", "x-sib-ratelimit-reset"),
        (SendGrid, "/v3/marketing/lists", "x-ratelimit-reset"),
        (Mailchimp, "/3.0/campaigns", None),
    ],
)
async def test_throttling_is_told_as_the_vendor_tells_it(
    kind: type[SimulatedVendor], path: str, header: str | None
) -> None:
    async with bench_of(kind) as bench:
        bench.vendor.behaviour = Behaviour(faults=(Fault.THROTTLED,))
        answer = await bench.call("GET", path)
    assert answer.status == 429
    assert "retry-after" not in answer.headers
    assert header is None or header in answer.headers


@pytest.mark.parametrize("kind", KINDS)
async def test_without_the_api_key_nothing_is_answered(kind: type[SimulatedVendor]) -> None:
    async with bench_of(kind) as bench:
        wrong = {name.replace("-", "_"): "wrong" for name in bench.vendor.credentials(API_KEY)}
        for route in bench.vendor.routes():
            path = route.path.replace("{folder:int}", "1").replace("{id:int}", "1").replace("{id}", "1")  # type: ignore[attr-defined]
            method = next(iter(route.methods - {"HEAD"}))  # type: ignore[attr-defined]
            assert (await bench.call(method, path.replace("{list}", "1"), {}, **wrong)).status == 401
