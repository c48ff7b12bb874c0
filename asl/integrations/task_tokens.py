"""Task tokens: what a task that waits hands out, and how it is completed from outside.

A token is a secret of its attempt. It carries its own proof of having been handed out, so that a token whose task has
ended is told from an invented one without remembering either.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.integrations.errors import InvalidToken, TaskFailure, TaskTimedOut
from asl.randomness import random_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any

IDENTITY_BYTES: Final = 48
PROOF_BYTES: Final = 48


@dataclass(frozen=True, slots=True)
class Answer:
    """How a task token was answered: with an output, or with an error."""

    succeeded: bool
    output: Json = None
    error: str | None = None
    cause: str | None = None


class PendingTask:
    """A task that waits to be completed.

    `heartbeats` is called whenever a heartbeat arrives, `on_answer` with the answer before the task goes on.
    """

    __slots__ = ("completion", "heartbeats", "on_answer", "token")

    def __init__(self, token: str) -> None:
        self.token = token
        self.completion: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self.heartbeats: Callable[[], None] | None = None
        self.on_answer: Callable[[Answer], None] | None = None

    def answer(self, answer: Answer) -> None:
        """Complete the task."""
        if answer.succeeded:
            self.completion.set_result(answer.output)
        else:
            self.completion.set_exception(TaskFailure(answer.error, answer.cause))


class TaskTokens:
    """The tokens whose tasks are waiting. `key` proves that a token was handed out; it is as secret as they are."""

    def __init__(self) -> None:
        self.key = random_bytes(PROOF_BYTES)
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

    def restore(self, token: str, answer: Answer | None) -> PendingTask:
        """A task whose token an earlier process handed out, with the answer that was given there."""
        task = PendingTask(token)
        if answer is None:
            self._pending[token] = task
        else:
            task.answer(answer)
        return task

    def revoke(self, task: PendingTask) -> None:
        """The task has ended: from now on its token is answered with `TaskTimedOut`."""
        self._pending.pop(task.token, None)

    def succeed(self, token: str, output: Json) -> None:
        """Complete a task with its output."""
        self._answer(token, Answer(succeeded=True, output=output))

    def fail(self, token: str, error: str | None, cause: str | None) -> None:
        """Fail a task."""
        self._answer(token, Answer(succeeded=False, error=error, cause=cause))

    def _answer(self, token: str, answer: Answer) -> None:
        task = self._find(token)
        del self._pending[token]
        if task.on_answer is not None:
            task.on_answer(answer)
        task.answer(answer)

    def heartbeat(self, token: str) -> None:
        """Tell a task that it is being worked on."""
        task = self._find(token)
        if task.heartbeats is not None:
            task.heartbeats()

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
        return hmac.digest(self.key, identity, "sha384")
