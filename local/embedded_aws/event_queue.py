"""Where asynchronous events of a function wait until they are tried: at once, after a pause, or when there is room.

A thread for each would do, but for the thousands of a busy minute: each would hold memory, and ask again every second
when the function is throttled. So a queue has few threads, and none where nothing waits.
"""

from __future__ import annotations

import contextvars
import heapq
import itertools
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Event:
    """An event for a function, since when it is here, how often it was tried, and whether it was throttled last.

    It is tried in the context of the one who made it.
    """

    function: Any
    payload: Any
    accepted: float = field(default_factory=time.time)
    attempts: int = 0
    throttled: bool = False
    context: contextvars.Context = field(default_factory=contextvars.copy_context)


class EventQueue:
    """The events of one function, and the threads that try them: another one as long as none is throttled.

    A thread whose event was throttled leaves the work to the others; the last one goes on.
    """

    def __init__(self, attempt: Callable[[Event], float | None], limit: int) -> None:
        """`attempt` says after how many seconds an event is to be tried again, or None; `limit` is that of threads."""
        self._attempt = attempt
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self._threads = 0

    def put(self, event: Event) -> None:
        """Have an event tried as soon as can be."""
        with self._changed:
            self._add(event, 0)
            self._serve_too()

    def _add(self, event: Event, seconds: float) -> None:
        heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._order), event))
        self._changed.notify()

    def _serve_too(self) -> None:
        if self._waiting and self._threads < self._limit:
            self._threads += 1
            threading.Thread(target=self._serve, name="events", daemon=True).start()

    def _serve(self) -> None:
        while (event := self._next()) is not None:
            again = self._try(event)
            with self._changed:
                if again is not None:
                    self._add(event, again)
                if not event.throttled:
                    self._serve_too()
                elif self._threads > 1:
                    self._threads -= 1
                    return

    def _try(self, event: Event) -> float | None:
        try:
            return event.context.run(self._attempt, event)
        except Exception:
            logger.exception("an event for a function is lost")
            return None

    def _next(self) -> Event | None:
        """The next event when its time has come; None when none waits any more, and the thread is to end."""
        with self._changed:
            while self._waiting:
                seconds = self._waiting[0][0] - time.monotonic()
                if seconds <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(seconds)
            self._threads -= 1
            return None
