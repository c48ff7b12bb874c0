"""Mailchimp's Marketing API 3.0 as far as campaigns to a static segment go, and its campaign webhooks.

https://mailchimp.com/developer/marketing/api/
"""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.vendors.posting import Post, Webhook
from local.vendors.settings import Account, Outcome, VendorName
from local.vendors.simulation import Campaign, RefusedError, SimulatedVendor, parse

LIST_ID = "b1c2d3e4f5"
"""The one audience of the account."""
ANNOUNCED = ("sent", "canceled")
TITLES = {
    400: "Bad Request",
    401: "API Key Invalid",
    404: "Resource Not Found",
    422: "Invalid Resource",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


class _Member(BaseModel):
    email_address: str
    status: Literal["subscribed", "unsubscribed", "cleaned", "pending", "transactional"]


class _Members(BaseModel):
    members: list[_Member] = Field(max_length=500)
    update_existing: bool = False


class _NewSegment(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    static_segment: list[str]


class _SegmentOptions(BaseModel):
    saved_segment_id: int


class _Recipients(BaseModel):
    list_id: str
    segment_opts: _SegmentOptions


class _Settings(BaseModel):
    title: str
    subject_line: str = Field(min_length=1, max_length=150)
    from_name: str
    reply_to: str


class _NewCampaign(BaseModel):
    type: Literal["regular"]
    recipients: _Recipients
    settings: _Settings


class _Content(BaseModel):
    html: str


@dataclass(frozen=True)
class _Segment:
    id: int
    name: str
    members: tuple[str, ...]

    def answer(self) -> dict[str, object]:
        return {"id": self.id, "name": self.name, "member_count": len(self.members), "type": "static"}


class Mailchimp(SimulatedVendor):
    """The vendor `mailchimp`."""

    name: ClassVar[str] = VendorName.MAILCHIMP
    draft: ClassVar[str] = "save"
    scripts: ClassVar[Mapping[Outcome, tuple[str, ...]]] = {
        Outcome.SUCCESS: ("sending", "sent"),
        Outcome.FAILED: ("sending", "canceling", "canceled"),
        Outcome.ARCHIVED: ("sending", "archived"),
        Outcome.SILENT: ("sending", "sent"),
    }

    def __init__(self) -> None:
        super().__init__()
        self._members: set[str] = set()
        self._segments: dict[int, _Segment] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Audience, segments, campaigns."""
        return [
            Route("/3.0/lists/{list}", self.guarded(self._add_members), methods=["POST"]),
            Route("/3.0/lists/{list}/tag-search", self.guarded(self._search_tags), methods=["GET"]),
            Route("/3.0/lists/{list}/segments", self.guarded(self._add_segment), methods=["POST"]),
            Route("/3.0/campaigns", self.guarded(self._list), methods=["GET"]),
            Route("/3.0/campaigns", self.guarded(self._create), methods=["POST"]),
            Route("/3.0/campaigns/{id}", self.guarded(self._read), methods=["GET"]),
            Route("/3.0/campaigns/{id}/content", self.guarded(self._set_content), methods=["PUT"]),
            Route("/3.0/campaigns/{id}/actions/send", self.guarded(self._send), methods=["POST"]),
        ]

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """Basic authentication; the user's name does not matter."""
        return {"authorization": "Basic " + base64.b64encode(f"baton:{api_key}".encode()).decode()}

    def refusal(self, refused: RefusedError) -> Response:
        """A problem document (https://mailchimp.com/developer/marketing/docs/errors/)."""
        document = {
            "type": "https://mailchimp.com/developer/marketing/docs/errors/",
            "title": TITLES.get(refused.status, "Error"),
            "status": refused.status,
            "detail": refused.code,
            "instance": str(uuid.uuid4()),
        }
        return JSONResponse(document, refused.status, refused.headers, "application/problem+json")

    def throttled_headers(self) -> dict[str, str]:
        """It tells no time to wait."""
        return {}

    def announce(self, campaign: Campaign, status: str) -> Sequence[Webhook]:
        """A webhook once the sending has ended, one way or the other."""
        if status not in ANNOUNCED:
            return []
        webhook = Webhook(campaign.id, status, b"")
        fields = {
            "type": "campaign",
            "fired_at": f"{webhook.occurred_at:%Y-%m-%d %H:%M:%S}",
            "data[id]": campaign.id,
            "data[subject]": campaign.subject,
            "data[status]": status,
            "data[reason]": "",
            "data[list_id]": LIST_ID,
        }
        webhook.body = urlencode(fields).encode()
        return [webhook]

    def prepare(self, webhook: Webhook, account: Account) -> Post:
        """Not signed; the secret is in the address that the customer registered."""
        secret = urlencode({"secret": account.webhook_secret.get_secret_value()})
        headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "MailChimp"}
        return Post(f"{account.webhook_url}?{secret}", headers, webhook.body)

    async def _add_members(self, request: Request) -> Response:
        self._require_list(request.path_params["list"])
        batch = await parse(request, _Members)
        known = [member.email_address for member in batch.members if member.email_address in self._members]
        self._members.update(member.email_address for member in batch.members)
        errors = [
            {"email_address": address, "error": "is already a list member", "error_code": "ERROR_CONTACT_EXISTS"}
            for address in known
        ]
        created = len(batch.members) - len(known)
        return JSONResponse({"total_created": created, "total_updated": 0, "error_count": len(known), "errors": errors})

    async def _search_tags(self, request: Request) -> Response:
        self._require_list(request.path_params["list"])
        wanted = request.query_params.get("name", "")
        found = [segment for segment in self._segments.values() if segment.name.startswith(wanted)]
        return JSONResponse(
            {"tags": [{"id": segment.id, "name": segment.name} for segment in found], "total_items": len(found)}
        )

    async def _add_segment(self, request: Request) -> Response:
        self._require_list(request.path_params["list"])
        new = await parse(request, _NewSegment)
        if any(segment.name == new.name for segment in self._segments.values()):
            raise RefusedError(400, "Sorry, that tag already exists.")
        members = tuple(address for address in new.static_segment if address in self._members)
        segment = _Segment(len(self._segments) + 1, new.name, members)
        self._segments[segment.id] = segment
        return JSONResponse(segment.answer())

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        newest = list(reversed(self.campaigns.values()))
        offset, count = int(query.get("offset", 0)), int(query.get("count", 10))
        page = newest[offset : offset + count] if query.get("list_id", LIST_ID) == LIST_ID else []
        return JSONResponse({"campaigns": [_document(campaign) for campaign in page], "total_items": len(newest)})

    async def _create(self, request: Request) -> Response:
        new = await parse(request, _NewCampaign)
        self._require_list(new.recipients.list_id)
        segment = self._segments.get(new.recipients.segment_opts.saved_segment_id)
        if segment is None:
            raise RefusedError(400, "The segment does not exist.")
        campaign = Campaign(
            id=uuid.uuid4().hex[:10],
            name=new.settings.title,
            subject=new.settings.subject_line,
            body="",
            recipients=segment.members,
            behaviour=self.behaviour,
            status=self.draft,
        )
        self.campaigns[campaign.id] = campaign
        return JSONResponse(_document(campaign))

    async def _read(self, request: Request) -> Response:
        return JSONResponse(_document(self._campaign(request)))

    async def _set_content(self, request: Request) -> Response:
        campaign = self._campaign(request)
        content = await parse(request, _Content)
        if campaign.status != self.draft:
            raise RefusedError(400, "The campaign can not be edited any more.")
        campaign.body = content.html
        return JSONResponse({"html": campaign.body})

    async def _send(self, request: Request) -> Response:
        campaign = self._campaign(request)
        if campaign.status != self.draft:
            raise RefusedError(400, "This campaign has been sent already.")
        if not campaign.body or not campaign.recipients:
            raise RefusedError(400, "Your Campaign is not ready to send.")
        self.send(campaign)
        return Response(status_code=204)

    def _campaign(self, request: Request) -> Campaign:
        campaign = self.campaigns.get(request.path_params["id"])
        if campaign is None:
            raise RefusedError(404, "The requested resource could not be found.")
        return campaign

    def _require_list(self, list_id: str) -> None:
        if list_id != LIST_ID:
            raise RefusedError(404, "The requested resource could not be found.")


def _document(campaign: Campaign) -> dict[str, object]:
    return {
        "id": campaign.id,
        "type": "regular",
        "status": campaign.status,
        "recipients": {"list_id": LIST_ID, "recipient_count": len(campaign.recipients)},
        "settings": {"title": campaign.name, "subject_line": campaign.subject},
    }
