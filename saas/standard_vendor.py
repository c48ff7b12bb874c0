"""A vendor whose webhooks follow the Standard Webhooks specification: what is its own is a table.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from saas import standard_webhooks
from saas.errors import VendorMisconfigured, WebhookRefused
from saas.port import Delivery, Status, Vendor, Webhook


@dataclass(frozen=True)
class WebhookFormat:
    """Where in its webhooks a vendor says what: `{"type": ..., "timestamp": ..., "data": {...}}` by the specification.

    `campaign_id` and `status` are the names that lead to them inside `data`; `statuses` maps the vendor's to ours.
    """

    event_type: str
    campaign_id: tuple[str, ...]
    status: tuple[str, ...]
    statuses: Mapping[str, Status]


class StandardWebhooksVendor(Vendor):
    """Base of the vendors that follow the specification. A subclass has its `webhooks`, and fills in its API."""

    signed: ClassVar[bool] = True
    webhooks: ClassVar[WebhookFormat]

    def _verify(self, webhook: Webhook, now: datetime) -> None:
        standard_webhooks.verify(webhook, self._webhook_keys(), now)

    def _read(self, webhook: Webhook) -> Iterable[Delivery]:
        try:
            event = _Event.model_validate_json(webhook.raw_body)
        except ValidationError:
            raise WebhookRefused("malformed_body") from None
        if event.type != self.webhooks.event_type:
            raise WebhookRefused("malformed_body")
        campaign_id, theirs = (
            _text_at(event.data, self.webhooks.campaign_id),
            _text_at(event.data, self.webhooks.status),
        )
        status = self.webhooks.statuses.get(theirs)
        if status is None:
            raise WebhookRefused("unknown_status")
        return (Delivery(webhook.headers["webhook-id"], campaign_id, status, event.timestamp),)

    def _webhook_keys(self) -> list[bytes]:
        try:
            return [standard_webhooks.parse_secret(secret) for secret in self._settings.webhook_secrets()]
        except ValueError as error:
            raise VendorMisconfigured(self.name, "webhook-secret", str(error)) from None


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999") from None


class _Event(BaseModel):
    """The body of a webhook. Fields that a vendor may add are no reason to refuse it."""

    model_config = ConfigDict(frozen=True, strict=True, defer_build=True)

    type: str
    timestamp: Annotated[AwareDatetime, AfterValidator(_to_utc)]
    data: dict[str, Any]


def _text_at(data: Any, names: tuple[str, ...]) -> str:
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    if not isinstance(data, str):
        raise WebhookRefused("malformed_body")
    return data
