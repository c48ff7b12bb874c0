"""Mailchimp: campaigns by the Marketing API 3.0, form-encoded webhooks that are not signed.

The recipients become a static segment of one audience, made for the campaign. Addresses that the audience does not have
are subscribed; who unsubscribed stays so. What proves a webhook is a secret in the address that Mailchimp calls, and
what it says is believed only once the API says so too.

https://mailchimp.com/developer/marketing/api/campaigns/
https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import parse_qsl, quote, urlencode

from pydantic import ConfigDict, Field

from saas import shared_secret
from saas.errors import VendorRejected, WebhookRefused
from saas.http_api import Document, HttpApi
from saas.port import CampaignDraft, Delivery, Status, Vendor, Webhook, digest
from saas.sending import MAX_PAGES, send_once

STATUSES: Mapping[str, Status] = {
    "save": Status.PENDING,
    "paused": Status.PENDING,
    "schedule": Status.PENDING,
    "sending": Status.PENDING,
    "canceling": Status.PENDING,
    "sent": Status.SUCCESS,
    "canceled": Status.FAILED,
    "archived": Status.ARCHIVED,
}
DRAFT = "save"
CAMPAIGN_EVENT = "campaign"
DOCUMENTED = frozenset({"type", "fired_at", "data[id]", "data[list_id]"})
PAGE = 100
MAX_FIELDS = 100


class MailchimpOptions(Document):
    """The options: the audience that recipients are in, and who writes to them."""

    model_config = ConfigDict(extra="forbid")

    list_id: str = Field(pattern=r"^[0-9A-Za-z]{1,32}$")
    from_name: str = Field(min_length=1, max_length=100)
    reply_to: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class _Settings(Document):
    title: str = ""


class _Campaign(Document):
    id: str = Field(min_length=1)
    status: str
    settings: _Settings = _Settings()


class _Campaigns(Document):
    campaigns: list[_Campaign]


class _Segment(Document):
    id: int
    name: str


class _Tags(Document):
    tags: list[_Segment]


class _Batch(Document):
    error_count: int = 0


class Mailchimp(Vendor):
    """The vendor `mailchimp`."""

    name: ClassVar[str] = "mailchimp"
    signed: ClassVar[bool] = False

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        api, options = self._api(), self._options(MailchimpOptions)
        campaign = self._find(api, options, idempotency_key)
        if campaign is None:
            segment = self._segment(api, options, draft, idempotency_key)
            campaign = api.ask(
                "create",
                "POST",
                "/3.0/campaigns",
                _Campaign,
                {
                    "type": "regular",
                    "recipients": {"list_id": options.list_id, "segment_opts": {"saved_segment_id": segment}},
                    "settings": {
                        "title": idempotency_key,
                        "subject_line": draft.subject,
                        "from_name": options.from_name,
                        "reply_to": options.reply_to,
                    },
                },
            )
        if campaign.status == DRAFT:
            path = f"/3.0/campaigns/{quote(campaign.id, safe='')}/content"
            api.do("create", "PUT", path, {"html": draft.body}, promised=(200,))
        return campaign.id

    def _send(self, campaign_id: str) -> None:
        api = self._api()
        path = f"/3.0/campaigns/{quote(campaign_id, safe='')}/actions/send"
        send_once(
            lambda: self._read_campaign(api, "send", campaign_id).status == DRAFT,
            lambda: api.do("send", "POST", path, promised=(204,)),
        )

    def _status(self, campaign_id: str) -> Status:
        campaign = self._read_campaign(self._api(), "status", campaign_id)
        status = STATUSES.get(campaign.status)
        if status is None:
            raise VendorRejected(self.name, "status", 200, "the answer is not a status of this campaign")
        return status

    def _verify(self, webhook: Webhook, now: datetime) -> None:
        del now  # there is no time in it that could be trusted
        self._verify_endpoint(webhook)

    def _verify_endpoint(self, webhook: Webhook) -> None:
        shared_secret.verify(self.name, webhook.query.get("secret", ""), self._settings.webhook_secrets())

    def _read(self, webhook: Webhook) -> Iterable[Delivery]:
        fields = _form(webhook.raw_body)
        if fields.get("type", CAMPAIGN_EVENT) != CAMPAIGN_EVENT:
            return ()  # of the audience, for example someone unsubscribed
        if not fields.keys() >= DOCUMENTED:
            raise WebhookRefused("malformed_body")
        return (Delivery(digest(webhook.raw_body), fields["data[id]"], None, _moment(fields["fired_at"])),)

    def _find(self, api: HttpApi, options: MailchimpOptions, title: str) -> _Campaign | None:
        """The campaign of this title, among the newest of the audience."""
        for page in range(MAX_PAGES):
            query = {
                "list_id": options.list_id,
                "sort_field": "create_time",
                "sort_dir": "DESC",
                "count": PAGE,
                "offset": page * PAGE,
                "fields": "campaigns.id,campaigns.status,campaigns.settings.title",
            }
            found = api.ask("create", "GET", f"/3.0/campaigns?{urlencode(query)}", _Campaigns).campaigns
            for campaign in found:
                if campaign.settings.title == title:
                    return campaign
            if len(found) < PAGE:
                break
        return None

    def _segment(self, api: HttpApi, options: MailchimpOptions, draft: CampaignDraft, name: str) -> int:
        """The static segment of this name. Its members are given when it is made, so one that is there is complete."""
        audience = f"/3.0/lists/{options.list_id}"
        query = urlencode({"name": name})
        for tag in api.ask("create", "GET", f"{audience}/tag-search?{query}", _Tags).tags:
            if tag.name == name:
                return tag.id
        # Members that exist are left alone, and counted as errors.
        members = [{"email_address": address, "status": "subscribed"} for address in draft.recipients]
        api.ask("create", "POST", audience, _Batch, {"members": members, "update_existing": False})
        segment = {"name": name, "static_segment": draft.recipients}
        return api.ask("create", "POST", f"{audience}/segments", _Segment, segment).id

    def _read_campaign(self, api: HttpApi, operation: str, campaign_id: str) -> _Campaign:
        campaign = api.ask(operation, "GET", f"/3.0/campaigns/{quote(campaign_id, safe='')}", _Campaign)
        if campaign.id != campaign_id:
            raise VendorRejected(self.name, operation, 200, "the answer is about another campaign")
        return campaign

    def _api(self) -> HttpApi:
        basic = base64.b64encode(f"baton:{self._settings.api_key()}".encode()).decode()
        return HttpApi(self.name, self._settings.base_url(), {"authorization": f"Basic {basic}"})


def _form(raw_body: bytes) -> Mapping[str, str]:
    """The fields of a form, each once."""
    try:
        pairs = parse_qsl(raw_body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise WebhookRefused("malformed_body") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise WebhookRefused("malformed_body")
    return fields


def _moment(fired_at: str) -> datetime:
    try:
        return datetime.strptime(fired_at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise WebhookRefused("malformed_body") from None
