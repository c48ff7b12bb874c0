"""Signed webhooks, posted until they are accepted."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import urllib3

from local.pigeon.settings import Account, PigeonStatus

MAX_ATTEMPTS: Final = 8
FIRST_BACKOFF_SECONDS: Final = 0.5
MAX_BACKOFF_SECONDS: Final = 30.0
REQUEST_TIMEOUT_SECONDS: Final = 15.0

_jitter = random.SystemRandom()


@dataclass
class Webhook:
    """One announcement of a status. Every attempt to deliver it carries the same id and the same body."""

    campaign_id: str
    status: PigeonStatus
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    answers: list[int | None] = field(default_factory=list)
    """The HTTP status of each attempt; None where there was no answer."""

    @property
    def body(self) -> bytes:
        """The JSON document that is signed and posted."""
        document = {
            "type": "campaign.status",
            "timestamp": self.occurred_at.isoformat().replace("+00:00", "Z"),
            "data": {"campaign_id": self.campaign_id, "status": self.status.value},
        }
        return json.dumps(document, separators=(",", ":")).encode()


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.

    `secret` is `whsec_` followed by the key in base64; `timestamp` is in epoch seconds
    (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def backoff_seconds(failures: int) -> float:
    """Seconds to wait after that many failures in a row: doubling, capped, shortened by up to a half at random."""
    ceiling: float = min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (failures - 1))
    return ceiling * (1 - _jitter.random() / 2)


class Poster:
    """Posts webhooks the way a vendor does: again, with backoff, until a 2xx or until it gives up.

    `account` is asked for every attempt, so that a rotated secret or a moved endpoint takes effect at once.
    """

    def __init__(self, account: Callable[[], Account | None]) -> None:
        self._account = account
        self._http = urllib3.PoolManager(retries=False, timeout=REQUEST_TIMEOUT_SECONDS)

    async def deliver(self, webhook: Webhook, copies: int = 1) -> None:
        """Post `copies` of a webhook side by side; return when each is accepted or given up."""
        async with asyncio.TaskGroup() as group:
            for _ in range(copies):
                group.create_task(self._deliver_one(webhook))

    async def _deliver_one(self, webhook: Webhook) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            answer = await asyncio.to_thread(self._post, webhook)
            webhook.answers.append(answer)
            if answer is not None and 200 <= answer < 300:
                return
            if attempt < MAX_ATTEMPTS:
                await asyncio.sleep(backoff_seconds(attempt))

    def _post(self, webhook: Webhook) -> int | None:
        account = self._account()
        if account is None:
            return None
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "Pigeon-Webhooks/1",
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(account.webhook_secret.get_secret_value(), webhook.id, timestamp, webhook.body),
        }
        try:
            return self._http.request("POST", account.webhook_url, body=webhook.body, headers=headers).status
        except urllib3.exceptions.HTTPError:
            return None
