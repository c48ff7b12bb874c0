"""Pigeon: campaigns by its HTTP API, webhooks by the Standard Webhooks specification."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from urllib.parse import quote

from pydantic import ConfigDict, Field, ValidationError

from saas.errors import VendorRejected
from saas.http_api import Document, HttpApi
from saas.port import CampaignDraft, Status
from saas.standard_vendor import StandardWebhooksVendor, WebhookFormat

STATUSES: Mapping[str, Status] = {
    "draft": Status.PENDING,
    "queued": Status.PENDING,
    "sending": Status.PENDING,
    "sent": Status.SUCCESS,
    "bounced": Status.FAILED,
    "cancelled": Status.ARCHIVED,
}


class _Campaign(Document):
    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(min_length=1)]
    status: str


class _Refusal(Document):
    error: str = ""


class Pigeon(StandardWebhooksVendor):
    """The vendor `pigeon`. Creating takes an idempotency key, and a second sending is refused as `already_sent`."""

    name: ClassVar[str] = "pigeon"
    webhooks: ClassVar[WebhookFormat] = WebhookFormat("campaign.status", ("campaign_id",), ("status",), STATUSES)

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        api = self._api()
        content = {"subject": draft.subject, "body": draft.body, "recipients": draft.recipients}
        key = {"idempotency-key": idempotency_key}
        http_status, answer = api.call("create", "POST", "/v1/campaigns", content, key)
        api.expect("create", http_status, 200, 201)
        return api.read("create", http_status, answer, _Campaign).id

    def _send(self, campaign_id: str) -> None:
        api = self._api()
        http_status, answer = api.call("send", "POST", f"/v1/campaigns/{quote(campaign_id, safe='')}/send")
        if http_status == 409 and _refusal(answer) == "already_sent":
            return
        api.expect("send", http_status, 202)

    def _status(self, campaign_id: str) -> Status:
        campaign = self._api().ask("status", "GET", f"/v1/campaigns/{quote(campaign_id, safe='')}", _Campaign)
        status = STATUSES.get(campaign.status)
        if status is None or campaign.id != campaign_id:
            raise VendorRejected(self.name, "status", 200, "the answer is not a status of this campaign")
        return status

    def _api(self) -> HttpApi:
        credentials = {"authorization": f"Bearer {self._settings.api_key()}"}
        return HttpApi(self.name, self._settings.base_url(), credentials)


def _refusal(answer: bytes) -> str:
    try:
        return _Refusal.model_validate_json(answer).error
    except ValidationError:
        return ""
