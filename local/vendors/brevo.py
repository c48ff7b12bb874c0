"""Brevo's API v3 as far as campaigns to a list of contacts go, and its marketing webhooks.

https://developers.brevo.com/reference
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.vendors.audiences import Audience
from local.vendors.posting import Post, Webhook
from local.vendors.settings import Account, Outcome, VendorName
from local.vendors.simulation import Campaign, RefusedError, SimulatedVendor, parse

FOLDER_ID = 7
"""The one folder of the account."""
WEBHOOK_ID = 4711
ANNOUNCED = {"sent": "delivered", "suspended": "hard_bounce"}
CODES = {400: "bad_request", 401: "unauthorized", 404: "document_not_found", 422: "invalid_parameter"}


class _NewList(BaseModel):
    name: str = Field(min_length=1)
    folder_id: int = Field(alias="folderId")


class _Contact(BaseModel):
    email: str


class _Import(BaseModel):
    list_ids: list[int] = Field(alias="listIds", min_length=1)
    contacts: list[_Contact] = Field(alias="jsonBody", min_length=1)


class _Sender(BaseModel):
    name: str
    email: str


class _Recipients(BaseModel):
    list_ids: list[int] = Field(alias="listIds", min_length=1)


class _NewCampaign(BaseModel):
    name: str = Field(min_length=1)
    subject: str = Field(min_length=1)
    html: str = Field(alias="htmlContent", min_length=10)
    sender: _Sender
    recipients: _Recipients


class Brevo(SimulatedVendor):
    """The vendor `brevo`."""

    name: ClassVar[str] = VendorName.BREVO
    draft: ClassVar[str] = "draft"
    scripts: ClassVar[Mapping[Outcome, tuple[str, ...]]] = {
        Outcome.SUCCESS: ("queued", "in_process", "sent"),
        Outcome.FAILED: ("queued", "in_process", "suspended"),
        Outcome.ARCHIVED: ("queued", "archive"),
        Outcome.SILENT: ("queued", "in_process", "sent"),
    }

    def __init__(self) -> None:
        super().__init__()
        self._lists: dict[int, Audience[int]] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Contacts, lists, campaigns."""
        return [
            Route("/v3/contacts/folders/{folder:int}/lists", self.guarded(self._all_lists), methods=["GET"]),
            Route("/v3/contacts/lists", self.guarded(self._add_list), methods=["POST"]),
            Route("/v3/contacts/lists/{id:int}", self.guarded(self._read_list), methods=["GET"]),
            Route("/v3/contacts/import", self.guarded(self._import), methods=["POST"]),
            Route("/v3/emailCampaigns", self.guarded(self._list), methods=["GET"]),
            Route("/v3/emailCampaigns", self.guarded(self._create), methods=["POST"]),
            Route("/v3/emailCampaigns/{id}", self.guarded(self._read), methods=["GET"]),
            Route("/v3/emailCampaigns/{id}/sendNow", self.guarded(self._send), methods=["POST"]),
        ]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """A header of its own."""
        return {"api-key": api_key}

    def refusal(self, refused: RefusedError) -> Response:
        """`{"code": ..., "message": ...}`."""
        document = {"code": CODES.get(refused.status, "error"), "message": refused.code}
        # What other vendors call unprocessable is a bad request here.
        return JSONResponse(document, 400 if refused.status == 422 else refused.status, refused.headers)

    def throttled_headers(self) -> dict[str, str]:
        """https://developers.brevo.com/docs/limit-headers ."""
        return {"x-sib-ratelimit-limit": "100", "x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": "1"}

    def announce(self, campaign: Campaign, status: str) -> Sequence[Webhook]:
        """An event for every recipient, once the campaign has gone out or was stopped."""
        if status not in ANNOUNCED:
            return []
        return [self._event(campaign, status, address) for address in campaign.recipients]

    def prepare(self, webhook: Webhook, account: Account) -> Post:
        """Not signed; with the bearer token that the customer registered."""
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {account.webhook_secret.get_secret_value()}",
        }
        return Post(account.webhook_url, headers, webhook.body)

    def _event(self, campaign: Campaign, status: str, address: str) -> Webhook:
        webhook = Webhook(campaign.id, status, b"")
        moment = int(webhook.occurred_at.timestamp())
        document = {
            "id": WEBHOOK_ID,
            "event": ANNOUNCED[status],
            "email": address,
            "camp_id": int(campaign.id),
            "campaign name": campaign.name,
            "tag": "",
            "date_sent": f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}",
            "date_event": f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}",
            "ts_sent": moment,
            "ts_event": moment,
            "ts": moment,
        }
        webhook.body = json.dumps(document).encode()
        return webhook

    async def _all_lists(self, request: Request) -> Response:
        self._require_folder(request.path_params["folder"])
        newest = list(reversed(self._lists.values()))
        page = newest[_slice(request)]
        return JSONResponse({"lists": [_list_document(audience) for audience in page], "count": len(newest)})

    async def _add_list(self, request: Request) -> Response:
        new = await parse(request, _NewList)
        self._require_folder(new.folder_id)
        audience = Audience(len(self._lists) + 1, new.name)
        self._lists[audience.id] = audience
        return JSONResponse({"id": audience.id}, 201)

    async def _read_list(self, request: Request) -> Response:
        return JSONResponse(_list_document(self._audience(request.path_params["id"])))

    async def _import(self, request: Request) -> Response:
        wanted = await parse(request, _Import)
        for list_id in wanted.list_ids:
            self._audience(list_id).take_in((contact.email for contact in wanted.contacts), self.behaviour.late_imports)
        return JSONResponse({"processId": 1}, 202)

    async def _list(self, request: Request) -> Response:
        newest = list(reversed(self.campaigns.values()))
        page = newest[_slice(request)]
        return JSONResponse({"campaigns": [_document(campaign) for campaign in page], "count": len(newest)})

    async def _create(self, request: Request) -> Response:
        new = await parse(request, _NewCampaign)
        members = [self._audience(list_id).members for list_id in new.recipients.list_ids]
        campaign = Campaign(
            id=str(len(self.campaigns) + 1),
            name=new.name,
            subject=new.subject,
            body=new.html,
            recipients=tuple(sorted(set().union(*members))),
            behaviour=self.behaviour,
            status=self.draft,
        )
        self.campaigns[campaign.id] = campaign
        return JSONResponse({"id": int(campaign.id)}, 201)

    async def _read(self, request: Request) -> Response:
        return JSONResponse(_document(self._campaign(request)))

    async def _send(self, request: Request) -> Response:
        campaign = self._campaign(request)
        if campaign.status != self.draft:
            raise RefusedError(400, "Campaign has been sent already")
        self.send(campaign)
        return Response(status_code=204)

    def _campaign(self, request: Request) -> Campaign:
        campaign = self.campaigns.get(request.path_params["id"])
        if campaign is None:
            raise RefusedError(404, "Campaign ID does not exist")
        return campaign

    def _audience(self, list_id: int) -> Audience[int]:
        audience = self._lists.get(list_id)
        if audience is None:
            raise RefusedError(404, "List ID does not exist")
        return audience

    def _require_folder(self, folder_id: int) -> None:
        if folder_id != FOLDER_ID:
            raise RefusedError(404, "Folder ID does not exist")


def _slice(request: Request) -> slice:
    offset, limit = int(request.query_params.get("offset", 0)), int(request.query_params.get("limit", 50))
    return slice(offset, offset + limit)


def _document(campaign: Campaign) -> dict[str, object]:
    return {
        "id": int(campaign.id),
        "name": campaign.name,
        "subject": campaign.subject,
        "type": "classic",
        "status": campaign.status,
    }


def _list_document(audience: Audience[int]) -> dict[str, object]:
    count = audience.look()
    return {
        "id": audience.id,
        "name": audience.name,
        "totalSubscribers": count,
        "uniqueSubscribers": count,
        "totalBlacklisted": 0,
        "folderId": FOLDER_ID,
    }
