"""Deadlines on the engine's clock: TimeoutSeconds and HeartbeatSeconds of a task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from asl.engine.clock import Clock, Timer


class DeadlineExpired(Exception):  # noqa: N818 - what happened, not who is to blame
    """A deadline passed; `name` is that of the one which passed first."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Deadlines:
    """A block of code with named deadlines: when one passes, the block is cancelled and `DeadlineExpired` is raised."""

    __slots__ = ("_cancelling", "_clock", "_expired", "_task", "_timers")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._timers: dict[str, Timer] = {}
        self._expired: str | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0

    def set(self, name: str, seconds: float) -> float:
        """Let the deadline `name` pass in so many seconds from now, whatever was set before, and return when."""
        due = self._clock.now() + seconds
        self.set_at(name, due)
        return due

    def set_at(self, name: str, due: float) -> None:
        """Let the deadline `name` pass at a time, whatever was set before."""
        self.clear(name)
        self._timers[name] = self._clock.call_at(due, lambda: self._expire(name))

    def clear(self, name: str) -> None:
        """Forget the deadline `name`."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task else 0
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for name in list(self._timers):
            self.clear(name)
        if self._expired is None or self._task is None:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise DeadlineExpired(self._expired) from error

    def _expire(self, name: str) -> None:
        if self._expired is None and self._task is not None:
            self._expired = name
            self._task.cancel()
