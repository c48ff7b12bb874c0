"""The vendor's campaigns and how they progress."""

import asyncio
import uuid
from dataclasses import dataclass, field

from local.pigeon.settings import Account, Behaviour, PigeonStatus
from local.pigeon.webhooks import Poster, Webhook


class AlreadySentError(Exception):
    """The campaign was sent before; sending is done once."""


@dataclass
class Campaign:
    """A campaign with the behaviour that was set when it was created."""

    subject: str
    recipients: tuple[str, ...]
    behaviour: Behaviour
    id: str = field(default_factory=lambda: f"cmp_{uuid.uuid4().hex[:20]}")
    status: PigeonStatus = PigeonStatus.DRAFT
    webhooks: list[Webhook] = field(default_factory=list)


class Pigeon:
    """The state of the vendor. It lives as long as its server: nothing is written to disk."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.behaviour = Behaviour()
        self.campaigns: dict[str, Campaign] = {}
        self._by_idempotency_key: dict[str, Campaign] = {}
        self._poster = Poster(lambda: self.account)
        self._running: set[asyncio.Task[None]] = set()

    def create(self, subject: str, recipients: tuple[str, ...], idempotency_key: str | None) -> tuple[Campaign, bool]:
        """A draft and whether it is new. The same idempotency key gives the same campaign."""
        if idempotency_key is not None and idempotency_key in self._by_idempotency_key:
            return self._by_idempotency_key[idempotency_key], False
        campaign = Campaign(subject, recipients, self.behaviour)
        self.campaigns[campaign.id] = campaign
        if idempotency_key is not None:
            self._by_idempotency_key[idempotency_key] = campaign
        return campaign, True

    def send(self, campaign: Campaign) -> None:
        """Start sending a draft.

        Raises:
            AlreadySentError: it is not a draft any more.
        """
        if campaign.status is not PigeonStatus.DRAFT:
            raise AlreadySentError
        campaign.status = PigeonStatus.QUEUED
        task = asyncio.get_running_loop().create_task(self._progress(campaign))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def take_throttled_call(self) -> bool:
        """Whether this API call is to be throttled; each throttled call uses up one of those that were set."""
        left = self.behaviour.throttled_calls
        if left:
            self.behaviour = self.behaviour.model_copy(update={"throttled_calls": left - 1})
        return left > 0

    @property
    def sending(self) -> bool:
        """Whether a campaign still progresses or a webhook is on its way."""
        return bool(self._running)

    async def close(self) -> None:
        """Stop every campaign and every webhook that is on its way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _progress(self, campaign: Campaign) -> None:
        behaviour = campaign.behaviour
        async with asyncio.TaskGroup() as deliveries:
            for status in behaviour.statuses:
                await asyncio.sleep(behaviour.step_seconds)
                campaign.status = status
                if behaviour.posts_webhooks:
                    campaign.webhooks.append(Webhook(campaign.id, status))
                    if not behaviour.disorder:
                        deliveries.create_task(self._poster.deliver(campaign.webhooks[-1], 1 + behaviour.duplicates))
            if behaviour.disorder:
                for webhook in reversed(campaign.webhooks):
                    await self._poster.deliver(webhook, 1 + behaviour.duplicates)
