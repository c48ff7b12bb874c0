"""SendGrid: Single Sends by the Marketing Campaigns API v3, the signed Event Webhook.

The recipients become a list of their own, filled by an upsert that SendGrid does at its leisure. A Single Send is
`triggered` once its mails are handed over. It counts as a success once one of them arrived, and as a failure if none
can. A webhook is an array of events about single recipients: a mail that arrived says all there is to say, one that is
lost is a hint to look at the statistics.

https://www.twilio.com/docs/sendgrid/api-reference/single-sends
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

import base64
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar
from urllib.parse import quote

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from saas.errors import VendorMisconfigured, VendorRejected, WebhookRefused
from saas.http_api import Document, HttpApi, seconds
from saas.port import CampaignDraft, Delivery, Status, Vendor, Webhook, digest
from saas.sending import mailboxes, require_audience, send_once

TOLERANCE_SECONDS = 300
STATUSES: Mapping[str, Status] = {
    "draft": Status.PENDING,
    "scheduled": Status.PENDING,
    "triggered": Status.SUCCESS,
}
DRAFT = "draft"
EVENTS: Mapping[str, Status | None] = {
    "delivered": Status.SUCCESS,
    "bounce": None,
    "dropped": None,
}
"""What events of a Single Send tell of it; None is a hint to ask. Others tell nothing, and are passed over."""
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SendGridOptions(Document):
    """The options: the verified sender, and the group that recipients may unsubscribe from."""

    model_config = ConfigDict(extra="forbid")

    sender_id: int = Field(ge=1)
    suppression_group_id: int = Field(ge=1)


class _List(Document):
    id: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    name: str
    contact_count: int = 0


class _Lists(Document):
    result: list[_List]


class _Job(Document):
    job_id: str


class _SingleSend(Document):
    id: str = Field(min_length=1)
    name: str
    status: str


class _SingleSends(Document):
    result: list[_SingleSend]


class _Statistics(Document):
    requests: int = 0
    delivered: int = 0
    bounces: int = 0
    bounce_drops: int = 0
    invalid_emails: int = 0
    spam_report_drops: int = 0

    @property
    def lost(self) -> int:
        """How many mails will never arrive."""
        return self.bounces + self.bounce_drops + self.invalid_emails + self.spam_report_drops


class _Total(Document):
    stats: _Statistics


class _Totals(Document):
    results: tuple[_Total, ...] = ()


class _Event(Document):
    model_config = ConfigDict(strict=True)

    event: str
    timestamp: Annotated[int, Field(ge=0, le=253_402_300_799)]
    sg_event_id: str
    singlesend_id: str | None = None


_EVENTS = TypeAdapter(list[_Event], config=ConfigDict(defer_build=True))


def _seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """The moment of the reset is given in epoch seconds.

    https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
    """
    reset = seconds(headers.get("x-ratelimit-reset", ""))
    return None if reset is None else max(0.0, reset - time.time())


class SendGrid(Vendor):
    """The vendor `sendgrid`. Its webhook secrets are the public keys that SendGrid shows: base64, without PEM lines."""

    name: ClassVar[str] = "sendgrid"
    signed: ClassVar[bool] = True
    max_webhook_bytes: ClassVar[int] = 1024 * 1024  # a batch has at most 768 kilobytes

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        api, options = self._api(), self._options(SendGridOptions)
        found = api.ask(
            "create", "POST", "/v3/marketing/singlesends/search?page_size=50", _SingleSends, {"name": idempotency_key}
        )
        for single_send in found.result:
            if single_send.name == idempotency_key:
                return single_send.id
        audience = self._audience(api, draft, idempotency_key)
        content = {
            "name": idempotency_key,
            "send_to": {"list_ids": [audience]},
            "email_config": {
                "subject": draft.subject,
                "html_content": draft.body,
                "sender_id": options.sender_id,
                "suppression_group_id": options.suppression_group_id,
            },
        }
        return api.ask("create", "POST", "/v3/marketing/singlesends", _SingleSend, content, promised=(201,)).id

    def _send(self, campaign_id: str) -> None:
        api = self._api()
        path = f"/v3/marketing/singlesends/{quote(campaign_id, safe='')}/schedule"
        send_once(
            lambda: self._read_single_send(api, "send", campaign_id).status == DRAFT,
            lambda: api.do("send", "PUT", path, {"send_at": "now"}, promised=(200, 201)),
        )

    def _status(self, campaign_id: str) -> Status:
        api = self._api()
        status = STATUSES.get(self._read_single_send(api, "status", campaign_id).status)
        if status is None:
            raise VendorRejected(self.name, "status", 200, "the answer is not a status of this Single Send")
        return status if status is not Status.SUCCESS else self._arrived(api, campaign_id)

    def _arrived(self, api: HttpApi, campaign_id: str) -> Status:
        """What became of a Single Send that was triggered: a success once a mail arrived, a failure if none can."""
        path = f"/v3/marketing/stats/singlesends/{quote(campaign_id, safe='')}"
        totals = [total.stats for total in api.ask("status", "GET", path, _Totals).results]
        if any(stats.delivered for stats in totals):
            return Status.SUCCESS
        requests, lost = sum(stats.requests for stats in totals), sum(stats.lost for stats in totals)
        return Status.FAILED if 0 < requests <= lost else Status.PENDING

    def _verify(self, webhook: Webhook, now: datetime) -> None:
        # Only this vendor needs it, and loading it takes its time.
        from saas import ecdsa_signature  # noqa: PLC0415

        try:
            keys = [ecdsa_signature.parse_public_key(secret) for secret in self._settings.webhook_secrets()]
        except ValueError as error:
            raise VendorMisconfigured(self.name, "webhook-secret", str(error)) from None
        signature, timestamp = webhook.header(SIGNATURE), webhook.header(TIMESTAMP)
        if not _TIMESTAMP.fullmatch(timestamp):
            raise WebhookRefused("malformed_timestamp")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
            raise WebhookRefused("outside_tolerance")
        try:
            offered = base64.b64decode(signature, validate=True)
        except ValueError:
            raise WebhookRefused("malformed_signature") from None
        if not ecdsa_signature.any_verifies(keys, offered, timestamp.encode() + webhook.raw_body):
            raise WebhookRefused("wrong_signature")

    def _read(self, webhook: Webhook) -> Iterable[Delivery]:
        try:
            events = _EVENTS.validate_json(webhook.raw_body)
        except ValidationError:
            raise WebhookRefused("malformed_body") from None
        deliveries: dict[str, Delivery] = {}
        for event in events:
            # Mails that belong to no Single Send are told of through the same webhook.
            if event.event not in EVENTS or event.singlesend_id is None:
                continue
            known = deliveries.get(event.singlesend_id)
            if known is None or known.status is None:
                deliveries[event.singlesend_id] = _delivery(event, event.singlesend_id)
        return deliveries.values()

    def _audience(self, api: HttpApi, draft: CampaignDraft, name: str) -> str:
        """The list of this name with all recipients. Raises `VendorUnavailable` until SendGrid has taken them in."""
        lists = api.ask("create", "GET", "/v3/marketing/lists?page_size=1000", _Lists).result
        known = next((known for known in lists if known.name == name), None)
        if known is None:
            known = api.ask("create", "POST", "/v3/marketing/lists", _List, {"name": name}, promised=(201,))
        if known.contact_count < mailboxes(draft.recipients):
            contacts = {"list_ids": [known.id], "contacts": [{"email": address} for address in draft.recipients]}
            api.ask("create", "PUT", "/v3/marketing/contacts", _Job, contacts, promised=(202,))
            known = api.ask("create", "GET", f"/v3/marketing/lists/{known.id}", _List)
        require_audience(self.name, known.contact_count, mailboxes(draft.recipients))
        return known.id

    def _read_single_send(self, api: HttpApi, operation: str, campaign_id: str) -> _SingleSend:
        path = f"/v3/marketing/singlesends/{quote(campaign_id, safe='')}"
        single_send = api.ask(operation, "GET", path, _SingleSend)
        if single_send.id != campaign_id:
            raise VendorRejected(self.name, operation, 200, "the answer is about another Single Send")
        return single_send

    def _api(self) -> HttpApi:
        credentials = {"authorization": f"Bearer {self._settings.api_key()}"}
        return HttpApi(self.name, self._settings.base_url(), credentials, _seconds_to_reset)


def _delivery(event: _Event, campaign_id: str) -> Delivery:
    """One for all mails that arrived, however many tell of it; a hint for each that did not."""
    status = EVENTS[event.event]
    event_id = digest(event.sg_event_id.encode()) if status is None else event.event
    return Delivery(event_id, campaign_id, status, datetime.fromtimestamp(event.timestamp, UTC))
