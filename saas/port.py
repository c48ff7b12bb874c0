"""The port that every vendor implements: how to ask it, and how to read what it sends.

A vendor is one module with one subclass of `Vendor`. The public methods are final: what they check (identifiers, sizes,
that a webhook was verified before it is read) can't be skipped by a subclass, which only fills in the hooks.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, TypeVar, final

from pydantic import BaseModel, ValidationError

from saas.errors import VendorMisconfigured, VendorRejected, WebhookRefused
from saas.validation import problems

DEFAULT_MAX_WEBHOOK_BYTES = 64 * 1024
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_CHECKED = frozenset({"create", "send", "status", "read_webhook", "verify_endpoint"})

Options = TypeVar("Options", bound=BaseModel)


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
class Webhook:
    """A request to the webhook endpoint, kept out of representations. Hooks see header names in lower case."""

    headers: Mapping[str, str] = field(repr=False)
    raw_body: bytes = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def header(self, name: str) -> str:
        """The value of a header. Raises `WebhookRefused` where it is missing or empty."""
        value = self.headers.get(name)
        if not value:
            raise WebhookRefused("missing_header")
        return value


@dataclass(frozen=True)
class Delivery:
    """What a webhook says: the vendor's event id, the campaign it is about, its status then (`occurred_at`, UTC).

    `status` is None where the webhook is only a hint that something happened to the campaign: the vendor's API is asked
    then. The id has to be the same when the vendor delivers the same again; where the vendor has none it is a digest.
    """

    event_id: str
    campaign_id: str
    status: Status | None
    occurred_at: datetime


class VendorSettings(Protocol):
    """Where a vendor's settings come from. Each may raise `VendorMisconfigured` or `AwsUnavailable`."""

    def api_key(self) -> str:
        """The key that authorizes requests to the vendor's API."""

    def base_url(self) -> str:
        """Where the vendor's API is, without a slash at the end."""

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that prove webhooks genuine: one, or two while they are rotated."""

    def options(self) -> str:
        """A JSON object with what a vendor wants to know beside that, such as the sender of campaigns."""


class Vendor(ABC):
    """A SaaS that sends campaigns and reports on them by webhook."""

    name: ClassVar[str]
    signed: ClassVar[bool]
    """Whether its webhooks are signed. The status in one that isn't is never believed."""
    max_webhook_bytes: ClassVar[int] = DEFAULT_MAX_WEBHOOK_BYTES

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
    def read_webhook(self, webhook: Webhook, now: datetime) -> tuple[Delivery, ...]:
        """Verify a webhook over its raw body, then read it: at most one delivery per campaign; `now` is aware.

        None at all where a genuine webhook tells nothing of campaigns. Raises `WebhookRefused` for everything a
        stranger can get wrong, and nothing else for it; `VendorMisconfigured` or `AwsUnavailable` where our own secret
        can't be had.
        """
        if len(webhook.raw_body) > self.max_webhook_bytes:
            raise WebhookRefused("too_large")
        webhook = _with_lower_case_names(webhook)
        self._verify(webhook, now)
        deliveries: dict[str, Delivery] = {}
        for delivery in self._read(webhook):
            if not _IDENTIFIER.fullmatch(delivery.event_id) or not _IDENTIFIER.fullmatch(delivery.campaign_id):
                raise WebhookRefused("malformed_identifier")
            believed = delivery if self.signed else replace(delivery, status=None)
            deliveries.setdefault(delivery.campaign_id, believed)
        return tuple(deliveries.values())

    @final
    def verify_endpoint(self, webhook: Webhook) -> None:
        """Decide on a GET or HEAD with which the vendor finds out whether the endpoint is there. It has no effect.

        Raises what `read_webhook` raises.
        """
        self._verify_endpoint(_with_lower_case_names(webhook))

    @abstractmethod
    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str: ...

    @abstractmethod
    def _send(self, campaign_id: str) -> None: ...

    @abstractmethod
    def _status(self, campaign_id: str) -> Status: ...

    @abstractmethod
    def _verify(self, webhook: Webhook, now: datetime) -> None:
        """Raise `WebhookRefused` unless the vendor sent this body."""

    @abstractmethod
    def _read(self, webhook: Webhook) -> Iterable[Delivery]:
        """Read a verified body. Raise `WebhookRefused` where it isn't what the vendor's documentation promises."""

    def _verify_endpoint(self, webhook: Webhook) -> None:
        """Raise `WebhookRefused` unless it may be told. Where the address holds no secret anyone may."""
        del webhook

    @final
    def _options(self, model: type[Options]) -> Options:
        """The options as a model. Raises `VendorMisconfigured`, which names the fields and not what is in them."""
        try:
            return model.model_validate_json(self._settings.options())
        except ValidationError as error:
            raise VendorMisconfigured(self.name, "options", "; ".join(problems(error, "document"))) from None


def digest(content: bytes) -> str:
    """A delivery's id where the vendor has none that could be used: the same for the same content."""
    return f"digest-{hashlib.sha256(content).hexdigest()[:32]}"


def _with_lower_case_names(webhook: Webhook) -> Webhook:
    return replace(webhook, headers={name.lower(): value for name, value in webhook.headers.items()})
