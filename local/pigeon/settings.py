"""What can be set on the simulated vendor."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, Secret, StringConstraints

ApiKey = Annotated[str, StringConstraints(min_length=16)]
WebhookSecret = Annotated[str, StringConstraints(pattern=r"^whsec_[A-Za-z0-9+/]+={0,2}$")]


class PigeonStatus(StrEnum):
    """The vendor's own statuses of a campaign."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How a campaign goes. A silent vendor sends the campaign and never posts a webhook."""

    SUCCESS = "success"
    FAILED = "failed"
    ARCHIVED = "archived"
    SILENT = "silent"


SCRIPTS: Final[dict[Outcome, tuple[PigeonStatus, ...]]] = {
    Outcome.SUCCESS: (PigeonStatus.QUEUED, PigeonStatus.SENDING, PigeonStatus.SENT),
    Outcome.FAILED: (PigeonStatus.QUEUED, PigeonStatus.SENDING, PigeonStatus.BOUNCED),
    Outcome.ARCHIVED: (PigeonStatus.QUEUED, PigeonStatus.CANCELLED),
    Outcome.SILENT: (PigeonStatus.QUEUED, PigeonStatus.SENDING, PigeonStatus.SENT),
}


class Behaviour(BaseModel):
    """How the vendor treats campaigns created from now on.

    `script` replaces the statuses that belong to `outcome`. `step_seconds` passes before each status. Every webhook is
    posted `1 + duplicates` times with the same id; with `disorder` all webhooks of a campaign are held until its last
    status and posted newest first. `unavailable` answers every API call with 503, and `throttled_calls` answers that
    many calls with 429 before the next one succeeds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome = Outcome.SUCCESS
    script: tuple[PigeonStatus, ...] | None = Field(default=None, min_length=1)
    step_seconds: float = Field(default=0.5, ge=0, le=3600)
    duplicates: int = Field(default=0, ge=0, le=10)
    disorder: bool = False
    unavailable: bool = False
    throttled_calls: int = Field(default=0, ge=0)

    @property
    def statuses(self) -> tuple[PigeonStatus, ...]:
        """The statuses a campaign goes through once it is sent, in order."""
        return self.script or SCRIPTS[self.outcome]

    @property
    def posts_webhooks(self) -> bool:
        """Whether status changes are announced at all."""
        return self.outcome is not Outcome.SILENT


class Account(BaseModel):
    """What a customer sets up with the vendor: the API key, and where and with which secret webhooks are posted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: Secret[ApiKey]
    webhook_secret: Secret[WebhookSecret]
    webhook_url: str = Field(pattern=r"^http://127\.0\.0\.1:\d+/")
