"""The port that every vendor implements: how to ask it, and how to read what it sends.

A vendor is one module with one subclass of `Vendor`. The public methods are final: what they check (identifiers, sizes,
that a webhook was verified before it is read) can't be skipped by a subclass, which only fills in the hooks.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, final

from saas.errors import VendorRejected, WebhookRefused

MAX_WEBHOOK_BYTES = 64 * 1024
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


_CHECKED = frozenset({"create", "send", "status", "read_webhook"})


class Status(StrEnum):
    """Where a campaign stands, in our words. Everything but `PENDING` is final."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class CampaignDraft:
    """What a vendor is asked to send. `recipients` are e-mail addresses, kept out of every representation."""

    subject: str
    body: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Delivery:
    """One verified webhook: the vendor's event id, the campaign it is about, its status then (`occurred_at`, UTC)."""

    event_id: str
    campaign_id: str
    status: Status
    occurred_at: datetime


class VendorSettings(Protocol):
    """Where a vendor's settings come from. Each may raise `VendorMisconfigured` or `AwsUnavailable`."""

    def api_key(self) -> str:
        """The key that authorizes requests to the vendor's API."""

    def base_url(self) -> str:
        """Where the vendor's API is, without a slash at the end."""

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that sign webhooks: one, or two while they are rotated."""


class Vendor(ABC):
    """A SaaS that sends campaigns and reports on them by webhook."""

    name: ClassVar[str]

    def __init__(self, settings: VendorSettings) -> None:
        self._settings = settings

    def __init_subclass__(cls) -> None:
        skipped = _CHECKED & cls.__dict__.keys()
        if skipped:
            raise TypeError(
                f"{cls.__name__} must not replace {', '.join(sorted(skipped))}: implement the hooks instead"
            )
        super().__init_subclass__()

    @final
    def create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        """Create the draft of a campaign, which sends nothing, and return the vendor's campaign id.

        The same `idempotency_key` gives the same campaign. Raises the errors of `saas.errors.SaasError`.
        """
        campaign_id = self._create(draft, idempotency_key)
        if not _IDENTIFIER.fullmatch(campaign_id):
            raise VendorRejected(self.name, "create", 200, "the campaign id in the answer is not an identifier")
        return campaign_id

    @final
    def send(self, campaign_id: str) -> None:
        """Start sending the campaign; one that is being sent or was sent already is left alone.

        Raises the errors of `saas.errors.SaasError`.
        """
        self._send(campaign_id)

    @final
    def status(self, campaign_id: str) -> Status:
        """Ask the vendor where the campaign stands. Raises the errors of `saas.errors.SaasError`."""
        return self._status(campaign_id)

    @final
    def read_webhook(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Delivery:
        """Verify a webhook over its raw body, then read it. `headers` may be in any case; `now` is aware.

        Raises `WebhookRefused` for everything a stranger can get wrong, and nothing else for it; `VendorMisconfigured`
        or `AwsUnavailable` where our own secret can't be had.
        """
        if len(raw_body) > MAX_WEBHOOK_BYTES:
            raise WebhookRefused("too_large")
        lowered = {name.lower(): value for name, value in headers.items()}
        self._verify(lowered, raw_body, now)
        delivery = self._read(lowered, raw_body)
        if not _IDENTIFIER.fullmatch(delivery.event_id) or not _IDENTIFIER.fullmatch(delivery.campaign_id):
            raise WebhookRefused("malformed_identifier")
        return delivery

    @abstractmethod
    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str: ...

    @abstractmethod
    def _send(self, campaign_id: str) -> None: ...

    @abstractmethod
    def _status(self, campaign_id: str) -> Status: ...

    @abstractmethod
    def _verify(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> None:
        """Raise `WebhookRefused` unless the vendor sent this body. `headers` have lower-case names."""

    @abstractmethod
    def _read(self, headers: Mapping[str, str], raw_body: bytes) -> Delivery:
        """Read a verified body. Raise `WebhookRefused` where it isn't what the vendor's documentation promises."""
