"""What can be set on a simulated vendor."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Secret, StringConstraints

ApiKey = Annotated[str, StringConstraints(min_length=16)]
WebhookSecret = Annotated[str, StringConstraints(min_length=16)]


class VendorName(StrEnum):
    """The vendors that are simulated."""

    BREVO = "brevo"
    MAILCHIMP = "mailchimp"
    PIGEON = "pigeon"
    SENDGRID = "sendgrid"


class Outcome(StrEnum):
    """How a campaign goes. A silent vendor sends the campaign and never posts a webhook."""

    SUCCESS = "success"
    FAILED = "failed"
    ARCHIVED = "archived"
    SILENT = "silent"


class Fault(StrEnum):
    """What becomes of one API call. A lost one is done, but answered 504 as by a gateway that gave up."""

    NONE = "none"
    LOST = "lost"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"


class Behaviour(BaseModel):
    """How a vendor treats API calls, and campaigns created from now on.

    `script` replaces the vendor's statuses that belong to `outcome`. `step_seconds` passes before each status. Every
    webhook is posted `1 + duplicates` times; with `disorder` all webhooks of a campaign are held until its last status
    and posted newest first; with `forged` each is preceded by one that only pretends to be the vendor's. `unavailable`
    answers every API call with 503, `throttled_calls` that many with 429, and `faults` befall the next calls, one each.
    A list of contacts has to be looked at `late_imports` times before those imported are on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome = Outcome.SUCCESS
    script: tuple[str, ...] | None = Field(default=None, min_length=1)
    step_seconds: float = Field(default=0.5, ge=0, le=3600)
    duplicates: int = Field(default=0, ge=0, le=10)
    disorder: bool = False
    forged: bool = False
    unavailable: bool = False
    throttled_calls: int = Field(default=0, ge=0)
    faults: tuple[Fault, ...] = ()
    late_imports: int = Field(default=0, ge=0)

    @property
    def posts_webhooks(self) -> bool:
        """Whether status changes are announced at all."""
        return self.outcome is not Outcome.SILENT


class Account(BaseModel):
    """What a customer sets up with the vendor: the API key, and where and with which secret webhooks are posted.

    A vendor that makes its own signing keys has no use for `webhook_secret`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: Secret[ApiKey]
    webhook_secret: Secret[WebhookSecret]
    webhook_url: str = Field(pattern=r"^http://127\.0\.0\.1:\d+/")
