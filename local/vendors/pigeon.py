"""Pigeon, a fictional vendor: an API with idempotency keys, webhooks by the Standard Webhooks specification.

https://www.standardwebhooks.com
"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.vendors.posting import Post, Webhook
from local.vendors.settings import Account, Outcome, VendorName
from local.vendors.simulation import Campaign, RefusedError, SimulatedVendor, parse


class PigeonStatus(StrEnum):
    """Pigeon's own statuses of a campaign."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class _NewCampaign(BaseModel):
    """The body of `POST /v1/campaigns`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    subject: str = Field(min_length=1)
    body: str = Field(min_length=1)
    recipients: list[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]] = Field(min_length=1)


class Pigeon(SimulatedVendor):
    """The vendor `pigeon`."""

    name: ClassVar[str] = VendorName.PIGEON
    draft: ClassVar[str] = PigeonStatus.DRAFT
    scripts: ClassVar[Mapping[Outcome, tuple[str, ...]]] = {
        Outcome.SUCCESS: (PigeonStatus.QUEUED, PigeonStatus.SENDING, PigeonStatus.SENT),
        Outcome.FAILED: (PigeonStatus.QUEUED, PigeonStatus.SENDING, PigeonStatus.BOUNCED),
        Outcome.ARCHIVED: (PigeonStatus.QUEUED, PigeonStatus.CANCELLED),
        Outcome.SILENT: (PigeonStatus.QUEUED, PigeonStatus.SENDING, PigeonStatus.SENT),
    }

    def __init__(self) -> None:
        super().__init__()
        self._by_idempotency_key: dict[str, Campaign] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """`/v1/campaigns` and what is below."""
        return [
            Route("/v1/campaigns", self.guarded(self._create), methods=["POST"]),
            Route("/v1/campaigns/{id}", self.guarded(self._read), methods=["GET"]),
            Route("/v1/campaigns/{id}/send", self.guarded(self._send), methods=["POST"]),
        ]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """A bearer token."""
        return {"authorization": f"Bearer {api_key}"}

    def refusal(self, refused: RefusedError) -> Response:
        """`{"error": <code>}`."""
        return JSONResponse({"error": refused.code}, refused.status, refused.headers)

    def announce(self, campaign: Campaign, status: str) -> Sequence[Webhook]:
        """One webhook for every status."""
        webhook = Webhook(campaign.id, status, b"")
        document = {
            "type": "campaign.status",
            "timestamp": webhook.occurred_at.isoformat().replace("+00:00", "Z"),
            "data": {"campaign_id": campaign.id, "status": status},
        }
        webhook.body = json.dumps(document, separators=(",", ":")).encode()
        return [webhook]

    def prepare(self, webhook: Webhook, account: Account) -> Post:
        """Signed with the account's secret, at this moment."""
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "Pigeon-Webhooks/1",
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(account.webhook_secret.get_secret_value(), webhook.id, timestamp, webhook.body),
        }
        return Post(account.webhook_url, headers, webhook.body)

    def forge(self, webhook: Webhook, account: Account) -> Post:
        """Signed with a key of the stranger's own."""
        genuine = self.prepare(webhook, account)
        foreign = sign("whsec_" + base64.b64encode(b"x" * 32).decode(), webhook.id, int(time.time()), webhook.body)
        return Post(genuine.url, {**genuine.headers, "webhook-signature": foreign}, genuine.body)

    async def _create(self, request: Request) -> Response:
        new = await parse(request, _NewCampaign)
        key = request.headers.get("idempotency-key")
        campaign = self._by_idempotency_key.get(key) if key is not None else None
        if campaign is not None:
            return _answer(campaign, 200)
        campaign = Campaign(
            id=f"cmp_{uuid.uuid4().hex[:20]}",
            name=key or "",
            subject=new.subject,
            body=new.body,
            recipients=tuple(new.recipients),
            behaviour=self.behaviour,
            status=self.draft,
        )
        self.campaigns[campaign.id] = campaign
        if key is not None:
            self._by_idempotency_key[key] = campaign
        return _answer(campaign, 201)

    async def _send(self, request: Request) -> Response:
        campaign = self._campaign(request)
        if campaign.status != self.draft:
            raise RefusedError(409, "already_sent")
        self.send(campaign)
        return JSONResponse({"id": campaign.id, "status": "pending"}, 202)

    async def _read(self, request: Request) -> Response:
        return _answer(self._campaign(request), 200)

    def _campaign(self, request: Request) -> Campaign:
        campaign = self.campaigns.get(request.path_params["id"])
        if campaign is None:
            raise RefusedError(404, "not_found")
        return campaign


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.

    `secret` is `whsec_` followed by the key in base64; `timestamp` is in epoch seconds
    (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _answer(campaign: Campaign, status: int) -> Response:
    return JSONResponse({"id": campaign.id, "status": campaign.status}, status)
