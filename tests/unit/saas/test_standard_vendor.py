"""A vendor that follows the Standard Webhooks specification is a table; this one words its webhooks otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from saas.errors import WebhookRefused
from saas.port import CampaignDraft, Delivery, Status, Webhook
from saas.standard_vendor import StandardWebhooksVendor, WebhookFormat
from tests.unit.saas.settings_of import FixedSettings

if TYPE_CHECKING:
    from typing import ClassVar

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Swallow(StandardWebhooksVendor):
    name = "swallow"
    webhooks: ClassVar[WebhookFormat] = WebhookFormat(
        event_type="mailing.changed",
        campaign_id=("mailing", "id"),
        status=("mailing", "progress", "state"),
        statuses={"flying": Status.PENDING, "landed": Status.SUCCESS},
    )

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        raise AssertionError((draft, idempotency_key))

    def _send(self, campaign_id: str) -> None:
        raise AssertionError(campaign_id)

    def _status(self, campaign_id: str) -> Status:
        raise AssertionError(campaign_id)


def read(data: Any, event_type: str = "mailing.changed") -> tuple[Delivery, ...]:
    body = json.dumps({"type": event_type, "timestamp": "2026-03-01T11:59:00Z", "data": data}).encode()
    timestamp = str(int(NOW.timestamp()))
    digest = hmac.digest(KEY, f"evt_1.{timestamp}.".encode() + body, hashlib.sha256)
    headers = {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": "v1," + base64.b64encode(digest).decode(),
    }
    settings = FixedSettings(secrets=("whsec_" + base64.b64encode(KEY).decode(),))
    return Swallow(settings).read_webhook(Webhook(headers, body), NOW)


def test_its_webhooks_are_read_by_its_table() -> None:
    told = read({"mailing": {"id": "m-1", "progress": {"state": "landed", "percent": 100}}})
    assert told == (Delivery("evt_1", "m-1", Status.SUCCESS, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),)


@pytest.mark.parametrize(
    ("data", "event_type", "reason"),
    [
        ({"mailing": {"id": "m-1", "progress": {"state": "sent"}}}, "mailing.changed", "unknown_status"),
        ({"mailing": {"id": "m-1", "progress": {"state": "landed"}}}, "mailing.opened", "malformed_body"),
        ({"mailing": {"id": "m-1", "progress": "landed"}}, "mailing.changed", "malformed_body"),
        ({"mailing": {"id": 1, "progress": {"state": "landed"}}}, "mailing.changed", "malformed_body"),
        ({"campaign_id": "m-1", "status": "landed"}, "mailing.changed", "malformed_body"),
        ([], "mailing.changed", "malformed_body"),
    ],
)
def test_what_is_not_in_its_table_is_refused(data: Any, event_type: str, reason: str) -> None:
    with pytest.raises(WebhookRefused) as refused:
        read(data, event_type)
    assert refused.value.reason == reason
