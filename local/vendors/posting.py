"""Webhooks, posted until they are accepted."""

import asyncio
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import urllib3

MAX_ATTEMPTS: Final = 8
FIRST_BACKOFF_SECONDS: Final = 0.5
MAX_BACKOFF_SECONDS: Final = 30.0
REQUEST_TIMEOUT_SECONDS: Final = 15.0

_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Post:
    """One request to the customer's endpoint."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Webhook:
    """One announcement of a status. Every attempt to deliver it carries the same id and the same body."""

    campaign_id: str
    status: str
    body: bytes
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    answers: list[int | None] = field(default_factory=list)
    """The HTTP status of each attempt; None where there was no answer."""
    forged_answers: list[int | None] = field(default_factory=list)
    """The same for what only pretended to be the vendor's."""


def backoff_seconds(failures: int) -> float:
    """Seconds to wait after that many failures in a row: doubling, capped, shortened by up to a half at random."""
    ceiling: float = min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (failures - 1))
    return ceiling * (1 - _jitter.random() / 2)


class Poster:
    """Posts webhooks the way a vendor does: again, with backoff, until a 2xx or until it gives up.

    `prepare` is asked for every attempt, so that a rotated secret or a moved endpoint takes effect at once.
    """

    def __init__(self, prepare: Callable[[Webhook], Post | None]) -> None:
        self._prepare = prepare
        self._http = urllib3.PoolManager(retries=False, timeout=REQUEST_TIMEOUT_SECONDS)

    async def deliver(self, webhook: Webhook, copies: int = 1) -> None:
        """Post `copies` of a webhook side by side; return when each is accepted or given up."""
        async with asyncio.TaskGroup() as group:
            for _ in range(copies):
                group.create_task(self._deliver_one(webhook))

    async def post(self, post: Post | None) -> int | None:
        """Post once; the HTTP status of the answer, or None where there is none."""
        return None if post is None else await asyncio.to_thread(self._post, post)

    async def _deliver_one(self, webhook: Webhook) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            answer = await self.post(self._prepare(webhook))
            webhook.answers.append(answer)
            if answer is not None and 200 <= answer < 300:
                return
            if attempt < MAX_ATTEMPTS:
                await asyncio.sleep(backoff_seconds(attempt))

    def _post(self, post: Post) -> int | None:
        try:
            return self._http.request("POST", post.url, body=post.body, headers=post.headers).status
        except urllib3.exceptions.HTTPError:
            return None
