"""The simulated vendor, over real HTTP."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
import uvicorn
from pydantic import Secret, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.pigeon import webhooks
from local.pigeon.campaigns import Pigeon
from local.pigeon.server import app
from local.pigeon.settings import Account, Behaviour, Outcome, PigeonStatus
from local.ports import listen

API_KEY = "key-of-a-customer"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
CAMPAIGN = {"subject": "Hello", "body": "<p>Hello</p>", "recipients": ["a@example.org", "b@example.org"]}


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    document: Any
    headers: dict[str, str]


@dataclass
class Bench:
    """The vendor under test and a customer's endpoint that its webhooks are posted to."""

    url: str
    pigeon: Pigeon
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """What the customer's endpoint answers next; 202 when there is nothing left."""

    async def call(self, method: str, path: str, document: object = None, **headers: str) -> Answer:
        sent = {"authorization": f"Bearer {API_KEY}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        body = None if document is None else json.dumps(document)
        answer = await asyncio.to_thread(
            urllib3.request, method, self.url + path, body=body, headers=sent, retries=False, timeout=10.0
        )
        return Answer(answer.status, answer.json() if answer.data else None, dict(answer.headers))

    async def sent_campaign(self) -> str:
        created = await self.call("POST", "/v1/campaigns", CAMPAIGN)
        campaign_id: str = created.document["id"]
        assert (await self.call("POST", f"/v1/campaigns/{campaign_id}/send")).status == 202
        return campaign_id

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(2000):
            if condition():
                return
            await asyncio.sleep(0.005)
        pytest.fail("this did not come true within ten seconds")

    def posted_statuses(self) -> list[str]:
        return [json.loads(body)["data"]["status"] for _, body in self.posts]


@asynccontextmanager
async def serving(application: Starlette) -> AsyncIterator[str]:
    with listen(0) as listener:
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="on", ws="none"))
        port = listener.getsockname()[1]
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.should_exit = True


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(webhooks, "FIRST_BACKOFF_SECONDS", 0.001)
    pigeon = Pigeon()
    async with serving(app(pigeon)) as url:
        bench = Bench(url, pigeon)

        async def receive(request: Request) -> Response:
            bench.posts.append((dict(request.headers), await request.body()))
            return Response(status_code=bench.answers.pop(0) if bench.answers else 202)

        async with serving(Starlette(routes=[Route("/webhooks/pigeon", receive, methods=["POST"])])) as customer:
            pigeon.account = Account(
                api_key=Secret(API_KEY),
                webhook_secret=Secret(SECRET),
                webhook_url=f"{customer}/webhooks/pigeon",
            )
            pigeon.behaviour = Behaviour(step_seconds=0)
            yield bench


def test_the_signature_is_the_one_of_the_specifications_example() -> None:
    signature = webhooks.sign(
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
    bench.pigeon.behaviour = Behaviour(outcome=outcome, step_seconds=0)
    campaign_id = await bench.sent_campaign()
    await bench.until(lambda: len(bench.posts) == len(statuses))
    assert sorted(bench.posted_statuses()) == sorted(statuses)
    assert (await bench.call("GET", f"/v1/campaigns/{campaign_id}")).document["status"] == statuses[-1]
    assert {json.loads(body)["data"]["campaign_id"] for _, body in bench.posts} == {campaign_id}


async def test_every_webhook_is_signed_over_its_id_its_timestamp_and_its_raw_body(bench: Bench) -> None:
    await bench.sent_campaign()
    await bench.until(lambda: len(bench.posts) == 3)
    for headers, body in bench.posts:
        timestamp = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == webhooks.sign(SECRET, headers["webhook-id"], timestamp, body)


async def test_a_silent_vendor_finishes_the_campaign_and_posts_nothing(bench: Bench) -> None:
    bench.pigeon.behaviour = Behaviour(outcome=Outcome.SILENT, step_seconds=0)
    campaign_id = await bench.sent_campaign()
    await bench.until(lambda: bench.pigeon.campaigns[campaign_id].status is PigeonStatus.SENT)
    assert bench.posts == []


async def test_a_webhook_that_is_not_accepted_is_posted_again_with_the_same_id(bench: Bench) -> None:
    bench.pigeon.behaviour = Behaviour(script=(PigeonStatus.SENT,), step_seconds=0)
    bench.answers = [503, 400]
    await bench.sent_campaign()
    await bench.until(lambda: len(bench.posts) == 3)
    assert len({headers["webhook-id"] for headers, _ in bench.posts}) == 1


async def test_a_webhook_is_given_up_after_the_last_attempt(bench: Bench) -> None:
    bench.pigeon.behaviour = Behaviour(script=(PigeonStatus.SENT,), step_seconds=0)
    bench.answers = [500] * 100
    campaign_id = await bench.sent_campaign()
    campaign = bench.pigeon.campaigns[campaign_id]
    await bench.until(lambda: bool(campaign.webhooks) and len(campaign.webhooks[0].answers) == webhooks.MAX_ATTEMPTS)
    await bench.until(lambda: not bench.pigeon.sending)
    assert len(bench.posts) == webhooks.MAX_ATTEMPTS


async def test_duplicates_carry_the_id_of_the_first(bench: Bench) -> None:
    bench.pigeon.behaviour = Behaviour(script=(PigeonStatus.SENT,), duplicates=2, step_seconds=0)
    await bench.sent_campaign()
    await bench.until(lambda: len(bench.posts) == 3)
    assert len({headers["webhook-id"] for headers, _ in bench.posts}) == 1


async def test_with_disorder_the_last_status_arrives_first(bench: Bench) -> None:
    bench.pigeon.behaviour = Behaviour(disorder=True, step_seconds=0)
    await bench.sent_campaign()
    await bench.until(lambda: len(bench.posts) == 3)
    assert bench.posted_statuses() == ["sent", "sending", "queued"]


async def test_the_same_idempotency_key_gives_the_same_campaign(bench: Bench) -> None:
    first = await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k1")
    again = await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k1")
    other = await bench.call("POST", "/v1/campaigns", CAMPAIGN, idempotency_key="k2")
    assert (first.status, again.status, other.status) == (201, 200, 201)
    assert first.document["id"] == again.document["id"] != other.document["id"]


async def test_a_campaign_is_sent_once(bench: Bench) -> None:
    campaign_id = await bench.sent_campaign()
    again = await bench.call("POST", f"/v1/campaigns/{campaign_id}/send")
    assert (again.status, again.document) == (409, {"error": "already_sent"})


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"bearer {API_KEY}", API_KEY])
async def test_without_the_api_key_nothing_is_answered(bench: Bench, authorization: str) -> None:
    answer = await bench.call("POST", "/v1/campaigns", CAMPAIGN, authorization=authorization)
    assert (answer.status, answer.document) == (401, {"error": "unauthorized"})
    assert bench.pigeon.campaigns == {}


async def test_without_an_account_no_key_is_right(bench: Bench) -> None:
    bench.pigeon.account = None
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
    bench.pigeon.behaviour = Behaviour(throttled_calls=2)
    answers = [await bench.call("POST", "/v1/campaigns", CAMPAIGN) for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 201]
    assert answers[0].headers["retry-after"] == "1"


async def test_an_unavailable_vendor_answers_503(bench: Bench) -> None:
    bench.pigeon.behaviour = Behaviour(unavailable=True)
    assert (await bench.call("POST", "/v1/campaigns", CAMPAIGN)).status == 503


async def test_a_request_for_another_host_is_refused(bench: Bench) -> None:
    answer = await asyncio.to_thread(
        urllib3.request, "GET", f"{bench.url}/simulator/campaigns", headers={"host": "attacker.example"}
    )
    assert answer.status == 400


async def test_no_endpoint_shows_a_secret(bench: Bench) -> None:
    await bench.sent_campaign()
    shown = json.dumps((await bench.call("GET", "/simulator/campaigns")).document)
    assert API_KEY not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("url", ["https://example.org/hooks", "http://10.0.0.1:80/hooks", "http://127.0.0.1.evil:80/"])
def test_webhooks_are_posted_to_this_machine_only(url: str) -> None:
    with pytest.raises(ValidationError):
        Account(api_key=Secret(API_KEY), webhook_secret=Secret(SECRET), webhook_url=url)
