"""Pigeon: campaigns by its HTTP API, webhooks by the Standard Webhooks specification.

The client never tries again by itself: the state machine does, with a backoff that costs no run time.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

import urllib3
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from saas import standard_webhooks
from saas.errors import VendorMisconfigured, VendorRejected, VendorThrottled, VendorUnavailable, WebhookRefused
from saas.port import CampaignDraft, Delivery, Status, Vendor

STATUSES: Mapping[str, Status] = {
    "draft": Status.PENDING,
    "queued": Status.PENDING,
    "sending": Status.PENDING,
    "sent": Status.SUCCESS,
    "bounced": Status.FAILED,
    "cancelled": Status.ARCHIVED,
}
REFUSALS: Mapping[int, str] = {
    401: "it does not accept the API key; check /api-key among the vendor's parameters",
    403: "it does not allow this to the API key; check the account",
    404: "it knows no such campaign",
    409: "it is in conflict with the campaign's state",
    422: "it finds the content invalid",
}
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024
_SECONDS = re.compile(r"[0-9]{1,9}")


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999") from None


class _CampaignStatus(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    campaign_id: str
    status: str


class _StatusChange(BaseModel):
    """The body of a webhook. Fields that Pigeon may add are no reason to refuse it."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: Literal["campaign.status"]
    timestamp: Annotated[AwareDatetime, AfterValidator(_to_utc)]
    data: _CampaignStatus


class _Campaign(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    id: Annotated[str, Field(min_length=1)]
    status: str


class _Refusal(BaseModel):
    error: str = ""


@cache
def _http() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False)


class Pigeon(Vendor):
    """The vendor `pigeon`."""

    name: ClassVar[str] = "pigeon"

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        content = {"subject": draft.subject, "body": draft.body, "recipients": draft.recipients}
        http_status, answer = self._call(
            "create", "POST", "/v1/campaigns", content, {"idempotency-key": idempotency_key}
        )
        self._expect("create", http_status, 200, 201)
        return self._campaign("create", http_status, answer).id

    def _send(self, campaign_id: str) -> None:
        http_status, answer = self._call("send", "POST", f"/v1/campaigns/{quote(campaign_id, safe='')}/send")
        if http_status == 409 and _refusal(answer) == "already_sent":
            return
        self._expect("send", http_status, 202)

    def _status(self, campaign_id: str) -> Status:
        http_status, answer = self._call("status", "GET", f"/v1/campaigns/{quote(campaign_id, safe='')}")
        self._expect("status", http_status, 200)
        campaign = self._campaign("status", http_status, answer)
        status = STATUSES.get(campaign.status)
        if status is None or campaign.id != campaign_id:
            raise VendorRejected(self.name, "status", http_status, "the answer is not a status of this campaign")
        return status

    def _verify(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> None:
        standard_webhooks.verify(headers, raw_body, self._webhook_keys(), now)

    def _read(self, headers: Mapping[str, str], raw_body: bytes) -> Delivery:
        try:
            change = _StatusChange.model_validate_json(raw_body)
        except ValidationError:
            raise WebhookRefused("malformed_body") from None
        status = STATUSES.get(change.data.status)
        if status is None:
            raise WebhookRefused("unknown_status")
        return Delivery(headers["webhook-id"], change.data.campaign_id, status, change.timestamp)

    def _webhook_keys(self) -> list[bytes]:
        try:
            return [standard_webhooks.parse_secret(secret) for secret in self._settings.webhook_secrets()]
        except ValueError as error:
            raise VendorMisconfigured(self.name, "webhook-secret", str(error)) from None

    def _call(
        self, operation: str, method: str, path: str, content: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """One request, one answer. Raises where there is none, or one that says to come back later."""
        url = self._settings.base_url() + path
        sent = {"accept": "application/json", "authorization": f"Bearer {self._settings.api_key()}", **(headers or {})}
        body = None if content is None else json.dumps(content).encode()
        if body is not None:
            sent["content-type"] = "application/json"
        try:
            response = _http().request(method, url, body=body, headers=sent, redirect=False, preload_content=False)
            answer = _read_bounded(response)
        except urllib3.exceptions.HTTPError as error:
            raise VendorUnavailable(self.name, operation, type(error).__name__) from None
        if response.status == 429:
            raise VendorThrottled(self.name, operation, _retry_after(response.headers.get("retry-after", "")))
        if response.status >= 500 or response.status == 408:
            raise VendorUnavailable(self.name, operation, f"HTTP {response.status}")
        return response.status, answer

    def _expect(self, operation: str, http_status: int, *promised: int) -> None:
        if http_status not in promised:
            reason = REFUSALS.get(http_status, "the answer is none that its API promises")
            raise VendorRejected(self.name, operation, http_status, reason)

    def _campaign(self, operation: str, http_status: int, answer: bytes) -> _Campaign:
        try:
            return _Campaign.model_validate_json(answer)
        except ValidationError:
            raise VendorRejected(self.name, operation, http_status, "the answer is not a campaign") from None


def _read_bounded(response: urllib3.BaseHTTPResponse) -> bytes:
    """The answer, cut off one byte after the most that is read; its connection is used again only after all of it."""
    answer = response.read(MAX_ANSWER_BYTES + 1)
    if len(answer) > MAX_ANSWER_BYTES:
        response.close()
    else:
        response.release_conn()
    return answer


def _refusal(answer: bytes) -> str:
    try:
        return _Refusal.model_validate_json(answer).error
    except ValidationError:
        return ""


def _retry_after(header: str) -> float | None:
    """Seconds, where the header gives seconds; a date is left to the state machine's own backoff."""
    return float(header) if _SECONDS.fullmatch(header) else None
