"""The simulated vendor Pigeon, and what all simulated vendors share, over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING

import pytest
import urllib3
from pydantic import Secret, ValidationError

from local.vendors import posting
from local.vendors.pigeon import Pigeon, PigeonStatus, sign
from local.vendors.server import app
from local.vendors.settings import Account, Behaviour, Fault, Outcome
from tests.unit.local.vendors.bench import Bench, customer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

API_KEY = "key-of-a-customer"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
CAMPAIGN = {"subject": "Hello", "body": "<p>Hello</p>", "recipients": ["a@example.org", "b@example.org"]}


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(posting, "FIRST_BACKOFF_SECONDS", 0.001)
    pigeon = Pigeon()
    async with serving(app({"pigeon": pigeon})) as url:
        bench = Bench(url, pigeon, API_KEY)
        async with customer(bench) as webhook_url:
            pigeon.account = Account(api_key=Secret(API_KEY), webhook_secret=Secret(SECRET), webhook_url=webhook_url)
            pigeon.behaviour = Behaviour(step_seconds=0)
            yield bench


async def sent_campaign(bench: Bench) -> str:
    created = await bench.call("POST", "/v1/campaigns", CAMPAIGN)
    campaign_id: str = created.document["id"]
    assert (await bench.call("POST", f"/v1/campaigns/{campaign_id}/send")).status == 202
    return campaign_id


def posted_statuses(bench: Bench) -> list[str]:
    return [json.loads(body)["data"]["status"] for _, _, body in bench.posts]


def test_the_signature_is_the_one_of_the_specifications_example() -> None:
    signature = sign(
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
    )
    assert signature == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        (Outcome.SUCCESS, ["queued", "sending", "sent"]),
        (Outcome.FAILED, ["queued", "sending", "bounced"]),
        (Outcome.ARCHIVED, ["queued", "cancelled"]),
    ],
)
async def test_a_sent_campaign_announces_each_status_of_its_outcome(
    bench: Bench, outcome: Outcome, statuses: list[str]
) -> None:
    bench.vendor.behaviour = Behaviour(outcome=outcome, step_seconds=0)
    campaign_id = await sent_campaign(bench)
    await bench.until(lambda: len(bench.posts) == len(statuses))
    assert sorted(posted_statuses(bench)) == sorted(statuses)
    assert (await bench.call("GET", f"/v1/campaigns/{campaign_id}")).document["status"] == statuses[-1]
    assert {json.loads(body)["data"]["campaign_id"] for _, _, body in bench.posts} == {campaign_id}


async def test_every_webhook_is_signed_over_its_id_its_timestamp_and_its_raw_body(bench: Bench) -> None:
    await sent_campaign(bench)
    await bench.until(lambda: len(bench.posts) == 3)
    for _, headers, body in bench.posts:
        timestamp = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == sign(SECRET, headers["webhook-id"], timestamp, body)


async def test_a_silent_vendor_finishes_the_campaign_and_posts_nothing(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(outcome=Outcome.SILENT, step_seconds=0)
    campaign_id = await sent_campaign(bench)
    await bench.until(lambda: bench.vendor.campaigns[campaign_id].status is PigeonStatus.SENT)
    assert bench.posts == []


async def test_a_webhook_that_is_not_accepted_is_posted_again_with_the_same_id(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(script=(PigeonStatus.SENT,), step_seconds=0)
    bench.answers = [503, 400]
    await sent_campaign(bench)
    await bench.until(lambda: len(bench.posts) == 3)
    assert len({headers["webhook-id"] for _, headers, _ in bench.posts}) == 1


async def test_a_webhook_is_given_up_after_the_last_attempt(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(script=(PigeonStatus.SENT,), step_seconds=0)
    bench.answers = [500] * 100
    campaign_id = await sent_campaign(bench)
    campaign = bench.vendor.campaigns[campaign_id]
    await bench.until(lambda: bool(campaign.webhooks) and len(campaign.webhooks[0].answers) == posting.MAX_ATTEMPTS)
    await bench.until(lambda: not bench.vendor.sending)
    assert len(bench.posts) == posting.MAX_ATTEMPTS


async def test_duplicates_carry_the_id_of_the_first(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(script=(PigeonStatus.SENT,), duplicates=2, step_seconds=0)
    await sent_campaign(bench)
    await bench.until(lambda: len(bench.posts) == 3)
    assert len({headers["webhook-id"] for _, headers, _ in bench.posts}) == 1


async def test_with_disorder_the_last_status_arrives_first(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(disorder=True, step_seconds=0)
    await sent_campaign(bench)
    await bench.until(lambda: len(bench.posts) == 3)
    assert posted_statuses(bench) == ["sent", "sending", "queued"]


async def test_the_same_idempotency_key_gives_the_same_campaign(bench: Bench) -> None:
    first = await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k1")
    again = await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k1")
    other = await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k2")
    assert (first.status, again.status, other.status) == (201, 200, 201)
    assert first.document["id"] == again.document["id"] != other.document["id"]


async def test_a_campaign_is_sent_once(bench: Bench) -> None:
    campaign_id = await sent_campaign(bench)
    again = await bench.call("POST", f"/v1/campaigns/{campaign_id}/send")
    assert (again.status, again.document) == (409, {"error": "already_sent"})


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"bearer {API_KEY}", API_KEY])
async def test_without_the_api_key_nothing_is_answered(bench: Bench, authorization: str) -> None:
    answer = await bench.call("POST", "/v1/campaigns", CAMPAIGN, authorization=authorization)
    assert (answer.status, answer.document) == (401, {"error": "unauthorized"})
    assert bench.vendor.campaigns == {}


async def test_without_an_account_no_key_is_right(bench: Bench) -> None:
    bench.vendor.account = None
    assert (await bench.call("POST", "/v1/campaigns", CAMPAIGN, authorization="Bearer None")).status == 401


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "body"),
        ({**CAMPAIGN, "subject": ""}, "subject"),
        ({**CAMPAIGN, "recipients": []}, "recipients"),
        ({**CAMPAIGN, "recipients": ["nobody"]}, "recipients.0"),
        ({**CAMPAIGN, "more": 1}, "more"),
    ],
)
async def test_an_unusable_campaign_is_refused_naming_the_field(bench: Bench, document: object, named: str) -> None:
    answer = await bench.call("POST", "/v1/campaigns", document)
    assert (answer.status, answer.document) == (422, {"error": f"invalid: {named}"})


async def test_an_unknown_campaign_is_not_found(bench: Bench) -> None:
    assert (await bench.call("GET", "/v1/campaigns/cmp_none")).status == 404
    assert (await bench.call("POST", "/v1/campaigns/cmp_none/send")).status == 404


async def test_throttled_calls_are_used_up_one_by_one(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(throttled_calls=2)
    answers = [await bench.call("POST", "/v1/campaigns", CAMPAIGN) for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 201]
    assert answers[0].headers["retry-after"] == "1"


async def test_an_unavailable_vendor_answers_503(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(unavailable=True)
    assert (await bench.call("POST", "/v1/campaigns", CAMPAIGN)).status == 503


async def test_a_request_for_another_host_is_refused(bench: Bench) -> None:
    answer = await asyncio.to_thread(
        urllib3.request, "GET", f"{bench.server_url}/simulator", headers={"host": "attacker.example"}
    )
    assert answer.status == 400


async def test_no_endpoint_shows_a_secret(bench: Bench) -> None:
    await sent_campaign(bench)
    shown = json.dumps((await bench.request("GET", "/simulator/pigeon/campaigns")).document)
    assert API_KEY not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("url", ["https://example.org/hooks", "http://10.0.0.1:80/hooks", "http://127.0.0.1.evil:80/"])
def test_webhooks_are_posted_to_this_machine_only(url: str) -> None:
    with pytest.raises(ValidationError):
        Account(api_key=Secret(API_KEY), webhook_secret=Secret(SECRET), webhook_url=url)


async def test_a_call_whose_answer_is_lost_is_done_all_the_same(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(faults=(Fault.LOST, Fault.UNAVAILABLE, Fault.NONE))
    answers = [await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k1") for _ in range(3)]
    assert [answer.status for answer in answers] == [504, 503, 200]
    assert len(bench.vendor.campaigns) == 1


async def test_forged_webhooks_come_before_the_genuine_ones_and_are_signed_with_another_key(bench: Bench) -> None:
    bench.vendor.behaviour = Behaviour(script=(PigeonStatus.SENT,), forged=True, step_seconds=0)
    bench.answers = [400]
    campaign_id = await sent_campaign(bench)
    await bench.until(lambda: len(bench.posts) == 2)
    (_, forged, body), (_, genuine, _) = bench.posts
    timestamp = int(forged["webhook-timestamp"])
    assert forged["webhook-signature"] != sign(SECRET, forged["webhook-id"], timestamp, body)
    assert forged["webhook-id"] == genuine["webhook-id"]
    await bench.until(lambda: bench.vendor.campaigns[campaign_id].webhooks[0].answers == [202])
    assert bench.vendor.campaigns[campaign_id].webhooks[0].forged_answers == [400]


async def test_a_vendor_is_not_made_to_behave_in_a_way_that_it_does_not_know(bench: Bench) -> None:
    answer = await bench.request("PUT", "/simulator/pigeon/behaviour", {"script": ["queued", "exploded"]})
    assert (answer.status, answer.document) == (422, {"error": "pigeon has no status exploded"})
    assert (await bench.request("PUT", "/simulator/albatross/behaviour", {})).status == 404
