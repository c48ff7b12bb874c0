"""Time as a dependency: a wall clock, and a virtual one that jumps to the next timer when nothing else can run."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

IDLE_TURNS = 8


class Timer(Protocol):
    """A callback that is due at some time."""

    def cancel(self) -> None:
        """Forget the callback. Cancelling twice, or after it ran, does nothing."""


class Clock(Protocol):
    """Where the engine takes the time from. Seconds since the epoch, as a float."""

    def now(self) -> float:
        """The current time."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` on the running loop at `when`, or as soon as possible where that has passed."""

    def end_of_wait(self, when: float) -> float:
        """When a wait that is to last until `when`, and begins now, really ends: scaled time shortens it."""

    def outside_work(self) -> AbstractContextManager[None]:
        """Hold while something outside the engine is being waited for that takes real time."""


async def sleep_until(clock: Clock, when: float) -> None:
    """Wait until the clock shows `when`. `Clock.end_of_wait` says when that is for a wait that begins now.

    The timers of an event loop are exact to a millisecond and may come early: then it waits for the rest.
    """
    while clock.now() < when:
        due = asyncio.Event()
        timer = clock.call_at(when, due.set)
        try:
            await due.wait()
        finally:
            timer.cancel()


class WallClock:
    """Real time. `scale` multiplies every wait, as `WAIT_TIME_SCALE` of Step Functions Local does.

    Only what waits for time to pass is scaled, Wait states and pauses between retries. Time limits and heartbeats are
    about work that others do at their own pace: scaled by 0, every task would time out at once.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` at `when`."""
        return asyncio.get_running_loop().call_later(max(0.0, when - time.time()), callback)

    def end_of_wait(self, when: float) -> float:
        """The time until `when`, scaled."""
        now = time.time()
        return now + max(0.0, when - now) * self._scale

    @contextmanager
    def outside_work(self) -> Iterator[None]:
        """Nothing to hold: real time goes on by itself."""
        yield


class VirtualClock:
    """Time that stands still while anything can run, and then jumps to the next timer.

    Something can run while work outside the engine is in flight (`outside_work`), and for some turns of the event loop
    after the time was last asked for, which the engine does with every event. Code beside the engine that waits for
    real time (a socket, a thread) has to say so with `outside_work`.
    """

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start
        self._timers: list[tuple[float, int, VirtualTimer]] = []
        self._order = itertools.count()
        self._outside = 0
        self._watching = False
        self._idle_turns = 0

    def now(self) -> float:
        """Virtual seconds since the epoch."""
        self._idle_turns = 0
        return self._now

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` once virtual time has come to `when`."""
        timer = VirtualTimer(callback)
        heapq.heappush(self._timers, (max(when, self._now), next(self._order), timer))
        self._watch()
        return timer

    def end_of_wait(self, when: float) -> float:
        """`when`: virtual waits take no time as it is."""
        return when

    @contextmanager
    def outside_work(self) -> Iterator[None]:
        """Keep virtual time still while the block runs."""
        self._outside += 1
        try:
            yield
        finally:
            self._outside -= 1
            self._watch()

    def _watch(self) -> None:
        self._idle_turns = 0
        if not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        if self._outside or not self._timers:
            self._watching = False
            return
        self._idle_turns += 1
        if self._idle_turns > IDLE_TURNS:
            self._jump()
        asyncio.get_running_loop().call_soon(self._turn)

    def _jump(self) -> None:
        when, _, timer = heapq.heappop(self._timers)
        if timer.callback is None:
            return
        self._now = max(self._now, when)
        self._idle_turns = 0
        timer.callback()


class VirtualTimer:
    """A callback waiting in a `VirtualClock`."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        """Forget the callback."""
        self.callback = None
