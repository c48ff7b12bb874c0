"""Sending in the background: what is to be sent waits in memory, never makes its sender wait, and is tried again."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from asl.integrations.aws_api import AwsError

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsUnreachableError

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
SILENCE: Final = 60.0
MESSAGES: Final = 100
SERVER_ERROR: Final = 500
PASSING_CODES: Final = ("Throttl", "TooManyRequests", "ServiceUnavailable", "InternalFailure", "InternalException")


def passes(error: AwsError | AwsUnreachableError) -> bool:
    """Whether what a service refused may be taken when it is sent again."""
    if not isinstance(error, AwsError):
        return True
    return error.status_code >= SERVER_ERROR or is_passing_code(error.code)


def is_passing_code(code: str) -> bool:
    """Whether an error's code says that the service can not now, rather than that it will not."""
    return any(part in code for part in PASSING_CODES)


class Delivery(ABC):
    """Runs on the event loop that wakes it, as one task that ends when nothing is left to send.

    `name` is what the metrics call it. `dropped` counts what was given up, `failures` the attempts that failed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.dropped = 0
        self.failures = 0
        self._said: dict[str, tuple[int, float]] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @property
    @abstractmethod
    def pending(self) -> int:
        """How much waits to be sent."""

    @abstractmethod
    async def deliver(self) -> bool:
        """Send some of what waits; False where it has to be tried again, after a pause."""

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return self.pending > 0

    async def rest(self) -> None:  # noqa: B027 - most have no reason to rest
        """Let more come together before the next delivery."""

    def wake(self) -> None:
        """Begin to send, unless that is under way."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self, seconds: float) -> None:
        """Send what waits, for at most so many seconds; what is left then is given up and counted."""
        self._closing.set()
        if self.pending:
            self.wake()
        if self._task is not None:
            await asyncio.wait((self._task,), timeout=seconds)
            self._task.cancel()
        if self.pending:
            self.drop(self.pending, "the process ends before they are sent")

    def drop(self, count: int, reason: str) -> None:
        """Count what is given up, and say why. Nothing of what is dropped is told."""
        self.dropped += count
        self._warn(f"{self.name} dropped: {reason}", count)

    def failed(self, message: str) -> None:
        """Count an attempt that will be repeated, and say why."""
        self.failures += 1
        self._warn(f"{self.name} could not be delivered, which is tried again: {message}", 1)

    def _warn(self, message: str, count: int) -> None:
        """Log a message, with how often it was said since it was last logged: at most once a minute."""
        now = time.monotonic()
        said, last = self._said.get(message, (0, -math.inf))
        if now - last < SILENCE:
            self._said[message] = (said + count, last)
            return
        if len(self._said) >= MESSAGES:
            self._said.clear()
        self._said[message] = (0, now)
        logger.warning(message, extra={"count": said + count})

    async def pause(self, seconds: float) -> None:
        """Wait, but not while the process ends."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while self.busy:
            await self.rest()
            try:
                done = await self.deliver()
            except Exception:
                # A defect must neither be repeated for ever nor reach an execution.
                logger.exception("%s could not be prepared", self.name)
                self.abandon()
                return
            if done:
                pause = FIRST_PAUSE
            else:
                await (asyncio.sleep(FIRST_PAUSE) if self._closing.is_set() else self.pause(pause))
                pause = min(pause * 2, LONGEST_PAUSE)

    @abstractmethod
    def abandon(self) -> None:
        """Give up all that waits."""
