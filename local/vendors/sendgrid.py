"""SendGrid's API v3 as far as Single Sends to a list of contacts go, and its signed Event Webhook.

https://www.twilio.com/docs/sendgrid/api-reference
"""

import base64
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.vendors.audiences import Audience
from local.vendors.posting import Post, Webhook
from local.vendors.settings import Account, Outcome, VendorName
from local.vendors.simulation import Campaign, RefusedError, SimulatedVendor, parse

SENDER_ID = 11
SUPPRESSION_GROUP_ID = 12
BOUNCED = "triggered, all bounced"
"""Told apart from `triggered` in scripts only: the API says `triggered`, the statistics say the rest."""


class _Enabled(BaseModel):
    enabled: Literal[True]


class _NewList(BaseModel):
    name: str = Field(min_length=1, max_length=100)


class _Contact(BaseModel):
    email: str


class _Contacts(BaseModel):
    list_ids: list[str] = Field(min_length=1)
    contacts: list[_Contact] = Field(min_length=1)


class _Search(BaseModel):
    name: str = Field(min_length=1, max_length=100)


class _SendTo(BaseModel):
    list_ids: list[str] = Field(min_length=1)


class _EmailConfig(BaseModel):
    subject: str = Field(min_length=1)
    html_content: str = Field(min_length=1)
    sender_id: Literal[11]
    suppression_group_id: Literal[12]


class _NewSingleSend(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    send_to: _SendTo
    email_config: _EmailConfig


class _Schedule(BaseModel):
    send_at: Literal["now"]


class SendGrid(SimulatedVendor):
    """The vendor `sendgrid`. It makes its own signing keys, as the real one does."""

    name: ClassVar[str] = VendorName.SENDGRID
    draft: ClassVar[str] = "draft"
    scripts: ClassVar[Mapping[Outcome, tuple[str, ...]]] = {
        Outcome.SUCCESS: ("scheduled", "triggered"),
        Outcome.FAILED: ("scheduled", BOUNCED),
        Outcome.SILENT: ("scheduled", "triggered"),
    }

    def __init__(self) -> None:
        super().__init__()
        self.signing_key = generate_private_key(SECP256R1())
        self._lists: dict[str, Audience[str]] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Contacts, lists, Single Sends and their statistics, the security of the webhook."""
        base = "/v3/marketing"
        return [
            Route("/v3/user/webhooks/event/settings/signed", self.guarded(self._sign), methods=["PATCH"]),
            Route(f"{base}/lists", self.guarded(self._all_lists), methods=["GET"]),
            Route(f"{base}/lists", self.guarded(self._add_list), methods=["POST"]),
            Route(f"{base}/lists/{{id}}", self.guarded(self._read_list), methods=["GET"]),
            Route(f"{base}/contacts", self.guarded(self._add_contacts), methods=["PUT"]),
            Route(f"{base}/singlesends/search", self.guarded(self._search), methods=["POST"]),
            Route(f"{base}/singlesends", self.guarded(self._create), methods=["POST"]),
            Route(f"{base}/singlesends/{{id}}", self.guarded(self._read), methods=["GET"]),
            Route(f"{base}/singlesends/{{id}}/schedule", self.guarded(self._schedule), methods=["PUT"]),
            Route(f"{base}/stats/singlesends/{{id}}", self.guarded(self._statistics), methods=["GET"]),
        ]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """A bearer token."""
        return {"authorization": f"Bearer {api_key}"}

    def refusal(self, refused: RefusedError) -> Response:
        """`{"errors": [{"message": ..., "field": ...}]}`."""
        document = {"errors": [{"message": refused.code, "field": None}]}
        return JSONResponse(document, 400 if refused.status == 422 else refused.status, refused.headers)

    def throttled_headers(self) -> dict[str, str]:
        """The moment of the reset, in epoch seconds."""
        reset = str(int(time.time()) + 1)
        return {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}

    def announce(self, campaign: Campaign, status: str) -> Sequence[Webhook]:
        """Two batches of events, one of each kind for every recipient, once the mails are handed over."""
        if status not in ("triggered", BOUNCED):
            return []
        kinds = ("processed", "bounce" if status == BOUNCED else "delivered")
        return [self._batch(campaign, kind) for kind in kinds]

    def prepare(self, webhook: Webhook, account: Account) -> Post:
        """Signed with the vendor's own key, at this moment."""
        return self._signed(webhook, account, self.signing_key)

    def forge(self, webhook: Webhook, account: Account) -> Post:
        """Signed with a key of the stranger's own."""
        return self._signed(webhook, account, generate_private_key(SECP256R1()))

    def _signed(self, webhook: Webhook, account: Account, key: EllipticCurvePrivateKey) -> Post:
        timestamp = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "user-agent": "SendGrid Event API",
            "x-twilio-email-event-webhook-timestamp": timestamp,
            "x-twilio-email-event-webhook-signature": sign(key, timestamp, webhook.body),
        }
        return Post(account.webhook_url, headers, webhook.body)

    def _batch(self, campaign: Campaign, kind: str) -> Webhook:
        webhook = Webhook(campaign.id, kind, b"")
        events = [
            {
                "email": address,
                "timestamp": int(webhook.occurred_at.timestamp()),
                "event": kind,
                "sg_event_id": base64.urlsafe_b64encode(uuid.uuid4().bytes).decode(),
                "sg_message_id": f"{uuid.uuid4().hex}.filterdrecv-0",
                "singlesend_id": campaign.id,
                "singlesend_name": campaign.name,
            }
            for address in campaign.recipients
        ]
        webhook.body = json.dumps(events).encode()
        return webhook

    async def _sign(self, request: Request) -> Response:
        await parse(request, _Enabled)
        return JSONResponse({"public_key": public_key(self.signing_key)})

    async def _all_lists(self, _: Request) -> Response:
        return JSONResponse({"result": [_list_document(audience) for audience in self._lists.values()]})

    async def _add_list(self, request: Request) -> Response:
        new = await parse(request, _NewList)
        if any(audience.name == new.name for audience in self._lists.values()):
            raise RefusedError(400, "a list with this name exists already")
        audience = Audience(str(uuid.uuid4()), new.name)
        self._lists[audience.id] = audience
        return JSONResponse(_list_document(audience), 201)

    async def _read_list(self, request: Request) -> Response:
        return JSONResponse(_list_document(self._audience(request.path_params["id"])))

    async def _add_contacts(self, request: Request) -> Response:
        wanted = await parse(request, _Contacts)
        for list_id in wanted.list_ids:
            self._audience(list_id).take_in((contact.email for contact in wanted.contacts), self.behaviour.late_imports)
        return JSONResponse({"job_id": str(uuid.uuid4())}, 202)

    async def _search(self, request: Request) -> Response:
        wanted = await parse(request, _Search)
        found = [campaign for campaign in self.campaigns.values() if wanted.name in campaign.name]
        return JSONResponse({"result": [_document(campaign) for campaign in found]})

    async def _create(self, request: Request) -> Response:
        new = await parse(request, _NewSingleSend)
        members = [self._audience(list_id).members for list_id in new.send_to.list_ids]
        campaign = Campaign(
            id=str(uuid.uuid4()),
            name=new.name,
            subject=new.email_config.subject,
            body=new.email_config.html_content,
            recipients=tuple(sorted(set().union(*members))),
            behaviour=self.behaviour,
            status=self.draft,
        )
        self.campaigns[campaign.id] = campaign
        return JSONResponse(_document(campaign), 201)

    async def _read(self, request: Request) -> Response:
        return JSONResponse(_document(self._campaign(request)))

    async def _schedule(self, request: Request) -> Response:
        campaign = self._campaign(request)
        schedule = await parse(request, _Schedule)
        if campaign.status != self.draft:
            raise RefusedError(400, "only a draft can be scheduled")
        self.send(campaign)
        return JSONResponse({"send_at": schedule.send_at, "status": "scheduled"}, 201)

    async def _statistics(self, request: Request) -> Response:
        campaign = self._campaign(request)
        mails = len(campaign.recipients)
        statistics = {"requests": 0, "delivered": 0, "bounces": 0, "bounce_drops": 0, "invalid_emails": 0}
        if campaign.status == "triggered":
            statistics |= {"requests": mails, "delivered": mails}
        elif campaign.status == BOUNCED:
            statistics |= {"requests": mails, "bounces": mails}
        return JSONResponse({"results": [{"id": campaign.id, "aggregation": "total", "stats": statistics}]})

    def _campaign(self, request: Request) -> Campaign:
        campaign = self.campaigns.get(request.path_params["id"])
        if campaign is None:
            raise RefusedError(404, "not found")
        return campaign

    def _audience(self, list_id: str) -> Audience[str]:
        audience = self._lists.get(list_id)
        if audience is None:
            raise RefusedError(404, "not found")
        return audience


def sign(key: EllipticCurvePrivateKey, timestamp: str, body: bytes) -> str:
    """The signature header: the base64 of an ECDSA signature (DER) of the timestamp and the body."""
    return base64.b64encode(key.sign(timestamp.encode() + body, ECDSA(SHA256()))).decode()


def public_key(key: EllipticCurvePrivateKey) -> str:
    """The key that verifies, as SendGrid shows it: the base64 of its SubjectPublicKeyInfo."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _document(campaign: Campaign) -> dict[str, object]:
    status = "triggered" if campaign.status == BOUNCED else campaign.status
    return {"id": campaign.id, "name": campaign.name, "status": status}


def _list_document(audience: Audience[str]) -> dict[str, object]:
    return {"id": audience.id, "name": audience.name, "contact_count": audience.look()}
