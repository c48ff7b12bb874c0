"""The vendor Pigeon: what is asked of its API, what its answers mean, what its webhooks may be."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.errors import (
    SaasError,
    VendorMisconfigured,
    VendorRejected,
    VendorThrottled,
    VendorUnavailable,
    WebhookRefused,
)
from saas.http_api import MAX_ANSWER_BYTES
from saas.pigeon import STATUSES, Pigeon
from saas.port import CampaignDraft, Delivery, Status, Webhook
from tests.unit.saas.settings_of import API_KEY, FixedSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
SETTINGS = FixedSettings(secrets=(SECRET,))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DRAFT = CampaignDraft("Spring", "<p>Spring</p>", ("ada@example.org", "grace@example.org"))


@dataclass
class Api:
    """A vendor's API that gives the answers it is told to give, and keeps what it was asked."""

    url: str = ""
    answers: deque[tuple[int, dict[str, str], bytes]] = field(default_factory=deque)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def will_answer(self, status: int, content: Any = None, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append((self.command, self.path, headers, body))
            status, more, answer = api.answers.popleft()
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(answer)), "connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def log_request(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield api
        server.shutdown()


@pytest.fixture
def pigeon(api: Api) -> Pigeon:
    return Pigeon(FixedSettings(api.url))


def test_a_campaign_is_created_under_its_idempotency_key(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(201, {"id": "cmp_1", "status": "draft"})
    assert pigeon.create(DRAFT, "baton-spring") == "cmp_1"
    method, path, headers, body = api.asked[0]
    assert (method, path) == ("POST", "/v1/campaigns")
    assert headers["idempotency-key"] == "baton-spring"
    assert headers["authorization"] == f"Bearer {API_KEY}"
    assert json.loads(body) == {"subject": "Spring", "body": "<p>Spring</p>", "recipients": list(DRAFT.recipients)}


def test_a_campaign_that_was_created_before_is_the_same_campaign(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(200, {"id": "cmp_1", "status": "draft"})
    assert pigeon.create(DRAFT, "baton-spring") == "cmp_1"


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", b'{"id": 7}', b'{"id": ""}', b'{"id": "../x", "status": "draft"}']
)
def test_an_answer_that_is_no_campaign_is_a_rejection(api: Api, pigeon: Pigeon, answer: bytes) -> None:
    api.will_answer(201, answer)
    with pytest.raises(VendorRejected):
        pigeon.create(DRAFT, "baton-spring")


def test_a_campaign_is_sent(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(202, {"id": "cmp_1", "status": "pending"})
    pigeon.send("cmp_1")
    assert api.asked[0][:2] == ("POST", "/v1/campaigns/cmp_1/send")


def test_a_campaign_that_was_sent_already_counts_as_sent(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(409, {"error": "already_sent"})
    pigeon.send("cmp_1")


def test_any_other_conflict_is_a_rejection(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(409, {"error": "archived"})
    with pytest.raises(VendorRejected) as rejected:
        pigeon.send("cmp_1")
    assert rejected.value.http_status == 409


@pytest.mark.parametrize(("theirs", "ours"), STATUSES.items())
def test_a_status_is_translated(api: Api, pigeon: Pigeon, theirs: str, ours: Status) -> None:
    api.will_answer(200, {"id": "cmp_1", "status": theirs})
    assert pigeon.status("cmp_1") is ours


@pytest.mark.parametrize("answer", [{"id": "cmp_1", "status": "exploded"}, {"id": "cmp_2", "status": "sent"}])
def test_a_status_that_is_unknown_or_of_another_campaign_is_a_rejection(api: Api, pigeon: Pigeon, answer: Any) -> None:
    api.will_answer(200, answer)
    with pytest.raises(VendorRejected):
        pigeon.status("cmp_1")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, VendorRejected),
        (400, VendorRejected),
        (401, VendorRejected),
        (404, VendorRejected),
        (408, VendorUnavailable),
        (422, VendorRejected),
        (429, VendorThrottled),
        (500, VendorUnavailable),
        (503, VendorUnavailable),
    ],
)
def test_each_refusal_has_its_name(api: Api, pigeon: Pigeon, status: int, error: type[SaasError]) -> None:
    api.will_answer(status, {"error": "ada@example.org"}, location="http://127.0.0.1:9/")
    with pytest.raises(error) as raised:
        pigeon.status("cmp_1")
    assert type(raised.value) is error
    assert "ada@example.org" not in str(raised.value)
    assert API_KEY not in str(raised.value)
    assert len(api.asked) == 1, "trying again is the state machine's part"


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)])
def test_throttling_carries_the_seconds_that_the_vendor_asks_for(
    api: Api, pigeon: Pigeon, header: str, seconds: float | None
) -> None:
    api.will_answer(429, retry_after=header)
    with pytest.raises(VendorThrottled) as throttled:
        pigeon.status("cmp_1")
    assert throttled.value.retry_after == seconds


def test_a_vendor_that_can_not_be_reached_is_unavailable() -> None:
    with pytest.raises(VendorUnavailable, match="NewConnectionError"):
        Pigeon(FixedSettings("http://127.0.0.1:9")).status("cmp_1")


def test_a_connection_that_breaks_off_is_unavailable(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(200, b"{}", content_encoding="gzip")
    with pytest.raises(VendorUnavailable, match="DecodeError"):
        pigeon.status("cmp_1")


def test_an_endless_answer_is_cut_off(api: Api, pigeon: Pigeon) -> None:
    api.will_answer(200, b"x" * (MAX_ANSWER_BYTES + 2))
    with pytest.raises(VendorRejected):
        pigeon.status("cmp_1")


def webhook(body: bytes | None = None, *, key: bytes = KEY, **changes: Any) -> Webhook:
    document = {
        "type": "campaign.status",
        "timestamp": "2026-03-01T11:59:58.25Z",
        "data": {"campaign_id": "cmp_1", "status": "sent"},
        **changes,
    }
    raw = json.dumps(document).encode() if body is None else body
    timestamp = str(int(NOW.timestamp()))
    digest = hmac.new(key, f"msg_1.{timestamp}.".encode() + raw, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return Webhook({"Webhook-Id": "msg_1", "Webhook-Timestamp": timestamp, "WEBHOOK-SIGNATURE": signature}, raw)


def refusal(sent: Webhook) -> str:
    with pytest.raises(WebhookRefused) as refused:
        Pigeon(SETTINGS).read_webhook(sent, NOW)
    return refused.value.reason


def test_a_webhook_is_read_as_a_delivery() -> None:
    (delivery,) = Pigeon(SETTINGS).read_webhook(webhook(), NOW)
    occurred_at = datetime(2026, 3, 1, 11, 59, 58, 250_000, UTC)
    assert delivery == Delivery("msg_1", "cmp_1", Status.SUCCESS, occurred_at)


def test_a_webhook_may_say_more_than_is_known() -> None:
    assert Pigeon(SETTINGS).read_webhook(webhook(version=2), NOW)[0].campaign_id == "cmp_1"


def test_a_webhook_is_genuine_under_both_secrets_of_a_rotation() -> None:
    rotating = Pigeon(FixedSettings(secrets=("whsec_" + base64.b64encode(b"n" * 32).decode(), SECRET)))
    assert rotating.read_webhook(webhook(), NOW)[0].event_id == "msg_1"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "campaign.opened"}, "malformed_body"),
        ({"timestamp": "yesterday"}, "malformed_body"),
        ({"timestamp": "2026-03-01T12:00:00"}, "malformed_body"),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, "malformed_body"),
        ({"timestamp": 1}, "malformed_body"),
        ({"data": {"campaign_id": "cmp_1"}}, "malformed_body"),
        ({"data": {"campaign_id": "cmp_1", "status": "exploded"}}, "unknown_status"),
        ({"data": {"campaign_id": "cmp#1", "status": "sent"}}, "malformed_identifier"),
        ({"data": {"campaign_id": "", "status": "sent"}}, "malformed_identifier"),
    ],
)
def test_a_signed_webhook_that_is_not_as_documented_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert refusal(webhook(**changes)) == reason


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff\xfe", b"[" * 50_000, b'{"type": "\\ud800"}'])
def test_a_signed_body_that_is_no_document_is_refused(body: bytes) -> None:
    assert refusal(webhook(body)) == "malformed_body"


def test_a_webhook_is_verified_before_it_is_read() -> None:
    assert refusal(webhook(b"{", key=b"x" * 32)) == "wrong_signature"


def test_a_webhook_that_is_too_large_is_refused_before_anything_else() -> None:
    assert refusal(Webhook({}, b"x" * (Pigeon.max_webhook_bytes + 1))) == "too_large"


def test_an_unusable_secret_is_our_own_fault_and_is_not_shown() -> None:
    with pytest.raises(VendorMisconfigured) as misconfigured:
        Pigeon(FixedSettings(secrets=("plain-secret",))).read_webhook(webhook(), NOW)
    assert "plain-secret" not in str(misconfigured.value)


@given(st.dictionaries(st.text(), st.text()), st.binary() | st.text().map(str.encode))
def test_whatever_a_stranger_sends_is_refused(headers: dict[str, str], raw: bytes) -> None:
    refusal(Webhook(headers, raw))


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_whatever_the_vendor_signs_is_refused_or_a_delivery(raw: bytes) -> None:
    with contextlib.suppress(WebhookRefused):
        Pigeon(SETTINGS).read_webhook(webhook(raw), NOW)
