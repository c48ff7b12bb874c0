"""Virtual time that passes only when it is told to."""

from __future__ import annotations

import asyncio
import heapq
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asl.engine.clock import IDLE_TURNS, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class SteppedClock(VirtualClock):
    """A virtual clock that does not jump by itself: `drive` lets time pass, from one timer to the next.

    Timers are called in the order of their time, those of one moment in the order in which they were set.
    """

    def __init__(self, start: float) -> None:
        super().__init__(start)
        self._changed: asyncio.Event | None = None

    async def settle(self) -> None:
        """Let everything run that needs no time, and what outside work is in flight come back."""
        self._idle_turns = 0
        while self._idle_turns <= IDLE_TURNS or self._outside:
            if self._outside:
                self._changed = asyncio.Event()
                await self._changed.wait()
            self._idle_turns += 1
            await asyncio.sleep(0)

    async def drive(self, reached: Callable[[], bool], latest: float = math.inf) -> bool:
        """Let time pass until `reached` holds, no timer is left, or it would be later than `latest`.

        Return whether `reached` holds. It is asked whenever nothing more can happen at the moment that the clock shows.
        """
        await self.settle()
        while not reached():
            due = self._next_due()
            if due is None or due > latest:
                return False
            self._jump()
            await self.settle()
        return True

    def move_to(self, when: float) -> None:
        """Show `when`, up to which there is no timer; an earlier time changes nothing."""
        self._now = max(self._now, when)

    @contextmanager
    def inside_work(self) -> Iterator[None]:
        """Let time pass while the block runs, though it is inside of `outside_work`."""
        self._outside -= 1
        self._watch()
        try:
            yield
        finally:
            self._outside += 1

    def _next_due(self) -> float | None:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _watch(self) -> None:
        self._idle_turns = 0
        if self._changed is not None:
            self._changed.set()
