"""Task tokens: what a task that waits hands out, and how it is completed from outside.

A token is a secret of its attempt. It carries its own proof of having been handed out, so that a token whose task has
ended is told from an invented one without remembering either.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Any, Final

from asl.integrations.errors import InvalidToken, TaskFailure, TaskTimedOut
from asl.randomness import random_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any

IDENTITY_BYTES: Final = 48
PROOF_BYTES: Final = 48


class PendingTask:
    """A task that waits to be completed. `heartbeats` is called whenever a heartbeat arrives."""

    __slots__ = ("completion", "heartbeats", "token")

    def __init__(self, token: str) -> None:
        self.token = token
        self.completion: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self.heartbeats: Callable[[], None] | None = None


class TaskTokens:
    """The tokens whose tasks are waiting."""

    def __init__(self) -> None:
        self._key = random_bytes(PROOF_BYTES)
        self._pending: dict[str, PendingTask] = {}

    def __len__(self) -> int:
        """How many tasks wait."""
        return len(self._pending)

    def issue(self) -> PendingTask:
        """Hand out a new token."""
        identity = random_bytes(IDENTITY_BYTES)
        token = base64.b64encode(identity + self._proof(identity)).decode("ascii")
        task = self._pending[token] = PendingTask(token)
        return task

    def revoke(self, task: PendingTask) -> None:
        """The task has ended: from now on its token is answered with `TaskTimedOut`."""
        self._pending.pop(task.token, None)

    def succeed(self, token: str, output: Json) -> None:
        """Complete a task with its output."""
        self._take(token).completion.set_result(output)

    def fail(self, token: str, error: str | None, cause: str | None) -> None:
        """Fail a task."""
        self._take(token).completion.set_exception(TaskFailure(error, cause))

    def heartbeat(self, token: str) -> None:
        """Tell a task that it is being worked on."""
        task = self._find(token)
        if task.heartbeats is not None:
            task.heartbeats()

    def _take(self, token: str) -> PendingTask:
        task = self._find(token)
        del self._pending[token]
        return task

    def _find(self, token: str) -> PendingTask:
        task = self._pending.get(token)
        if task is not None and not task.completion.done():
            return task
        try:
            content = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidToken from None
        identity, proof = content[:IDENTITY_BYTES], content[IDENTITY_BYTES:]
        if not hmac.compare_digest(proof, self._proof(identity)):
            raise InvalidToken
        raise TaskTimedOut

    def _proof(self, identity: bytes) -> bytes:
        return hmac.digest(self._key, identity, "sha384")
