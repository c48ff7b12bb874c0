"""Brevo: campaigns by the API v3, JSON webhooks that are not signed.

The recipients become a list of their own in a folder, filled by an import that Brevo does at its leisure. What proves a
webhook is the bearer token that Brevo is told to send. Its events are about single recipients; how the campaign went is
asked of the API.

https://developers.brevo.com/reference/create-email-campaign
https://developers.brevo.com/docs/marketing-webhooks
https://developers.brevo.com/docs/secured-webhooks
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote, urlencode

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from saas import shared_secret
from saas.errors import VendorRejected, WebhookRefused
from saas.http_api import Document, HttpApi, seconds
from saas.port import CampaignDraft, Delivery, Status, Vendor, Webhook, digest
from saas.sending import MAX_PAGES, mailboxes, require_audience, send_once

STATUSES: Mapping[str, Status] = {
    "draft": Status.PENDING,
    "queued": Status.PENDING,
    "inProcess": Status.PENDING,
    "in_process": Status.PENDING,
    "inReview": Status.PENDING,
    "in_review": Status.PENDING,
    "sent": Status.SUCCESS,
    "suspended": Status.FAILED,
    "archive": Status.ARCHIVED,
}
DRAFT = "draft"
HINTS = frozenset({"delivered", "hard_bounce", "soft_bounce", "spam"})
"""Events after which it is worth asking how the campaign went. Others tell nothing of it, and are passed over."""
PAGE = 50
MAX_EVENTS = 1000
LAST_SECOND = 253_402_300_799  # of the year 9999


class BrevoOptions(Document):
    """The options: the folder of the lists that are made, and who writes."""

    model_config = ConfigDict(extra="forbid")

    folder_id: int = Field(ge=1)
    sender_name: str = Field(min_length=1, max_length=100)
    sender_email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class _Id(Document):
    id: int


class _Campaign(Document):
    id: int
    name: str
    status: str


class _Campaigns(Document):
    campaigns: tuple[_Campaign, ...] = ()


class _List(Document):
    id: int
    name: str
    subscribers: int = Field(default=0, alias="uniqueSubscribers")
    blacklisted: int = Field(default=0, alias="totalBlacklisted")

    @property
    def members(self) -> int:
        """How many are on it, with those who may not be written to."""
        return self.subscribers + self.blacklisted


class _Lists(Document):
    lists: tuple[_List, ...] = ()


class _Import(Document):
    process_id: int = Field(alias="processId")


class _Event(Document):
    model_config = ConfigDict(strict=True)

    event: str
    campaign_id: int | None = Field(default=None, alias="camp_id")
    occurred_at: int | None = Field(default=None, alias="ts_event", ge=0, le=LAST_SECOND)


# A webhook that is sent in batches holds an array.
_EVENTS: TypeAdapter[_Event | list[_Event]] = TypeAdapter(_Event | list[_Event], config=ConfigDict(defer_build=True))


def _seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """https://developers.brevo.com/docs/limit-headers ."""
    return seconds(headers.get("x-sib-ratelimit-reset", ""))


class Brevo(Vendor):
    """The vendor `brevo`."""

    name: ClassVar[str] = "brevo"
    signed: ClassVar[bool] = False
    max_webhook_bytes: ClassVar[int] = 1024 * 1024

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        api, options = self._api(), self._options(BrevoOptions)
        for campaign in self._campaigns(api):
            if campaign.name == idempotency_key:
                return str(campaign.id)
        audience = self._audience(api, options, draft, idempotency_key)
        content = {
            "name": idempotency_key,
            "subject": draft.subject,
            "htmlContent": draft.body,
            "sender": {"name": options.sender_name, "email": options.sender_email},
            "recipients": {"listIds": [audience]},
        }
        return str(api.ask("create", "POST", "/v3/emailCampaigns", _Id, content, promised=(201,)).id)

    def _send(self, campaign_id: str) -> None:
        api = self._api()
        path = f"/v3/emailCampaigns/{quote(campaign_id, safe='')}/sendNow"
        send_once(
            lambda: self._read_campaign(api, "send", campaign_id).status == DRAFT,
            lambda: api.do("send", "POST", path, promised=(204,)),
        )

    def _status(self, campaign_id: str) -> Status:
        status = STATUSES.get(self._read_campaign(self._api(), "status", campaign_id).status)
        if status is None:
            raise VendorRejected(self.name, "status", 200, "the answer is not a status of this campaign")
        return status

    def _verify(self, webhook: Webhook, now: datetime) -> None:
        del now  # there is no time in it that could be trusted
        offered = webhook.headers.get("authorization", "")
        shared_secret.verify(self.name, offered, self._settings.webhook_secrets(), prefix="Bearer ")

    def _read(self, webhook: Webhook) -> Iterable[Delivery]:
        try:
            read = _EVENTS.validate_json(webhook.raw_body)
        except ValidationError:
            raise WebhookRefused("malformed_body") from None
        events = read if isinstance(read, list) else [read]
        if not 1 <= len(events) <= MAX_EVENTS:
            raise WebhookRefused("malformed_body")
        event_id = digest(webhook.raw_body)
        return [_hint(event_id, event) for event in events if event.event in HINTS]

    def _campaigns(self, api: HttpApi) -> Iterator[_Campaign]:
        """The newest campaigns, newest first."""
        for page in range(MAX_PAGES):
            query = urlencode({"limit": PAGE, "offset": page * PAGE, "sort": "desc", "excludeHtmlContent": "true"})
            found = api.ask("create", "GET", f"/v3/emailCampaigns?{query}", _Campaigns).campaigns
            yield from found
            if len(found) < PAGE:
                return

    def _audience(self, api: HttpApi, options: BrevoOptions, draft: CampaignDraft, name: str) -> int:
        """The list of this name with all recipients. Raises `VendorUnavailable` until Brevo has taken them in."""
        known = next((known for known in self._lists(api, options) if known.name == name), None)
        if known is None:
            content = {"name": name, "folderId": options.folder_id}
            list_id = api.ask("create", "POST", "/v3/contacts/lists", _Id, content, promised=(201,)).id
        else:
            list_id = known.id
        if known is None or known.members < mailboxes(draft.recipients):
            contacts = {
                "listIds": [list_id],
                "jsonBody": [{"email": address} for address in draft.recipients],
                "updateExistingContacts": True,
                "emptyContactsAttributes": False,
            }
            api.ask("create", "POST", "/v3/contacts/import", _Import, contacts, promised=(202,))
        audience = api.ask("create", "GET", f"/v3/contacts/lists/{list_id}", _List)
        require_audience(self.name, audience.members, mailboxes(draft.recipients))
        return list_id

    def _lists(self, api: HttpApi, options: BrevoOptions) -> Iterator[_List]:
        for page in range(MAX_PAGES):
            query = urlencode({"limit": PAGE, "offset": page * PAGE, "sort": "desc"})
            path = f"/v3/contacts/folders/{options.folder_id}/lists?{query}"
            found = api.ask("create", "GET", path, _Lists).lists
            yield from found
            if len(found) < PAGE:
                return

    def _read_campaign(self, api: HttpApi, operation: str, campaign_id: str) -> _Campaign:
        campaign = api.ask(operation, "GET", f"/v3/emailCampaigns/{quote(campaign_id, safe='')}", _Campaign)
        if str(campaign.id) != campaign_id:
            raise VendorRejected(self.name, operation, 200, "the answer is about another campaign")
        return campaign

    def _api(self) -> HttpApi:
        credentials = {"api-key": self._settings.api_key()}
        return HttpApi(self.name, self._settings.base_url(), credentials, _seconds_to_reset)


def _hint(event_id: str, event: _Event) -> Delivery:
    if event.campaign_id is None or event.occurred_at is None:
        raise WebhookRefused("malformed_body")
    return Delivery(event_id, str(event.campaign_id), None, datetime.fromtimestamp(event.occurred_at, UTC))
