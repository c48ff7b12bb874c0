"""The queue of a function's asynchronous events: each is tried until it needs no more, on few threads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from local.embedded_aws.event_queue import Event, EventQueue

if TYPE_CHECKING:
    import pytest

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.001


@dataclass
class Function:
    """A function that fails so many times for each event, and runs at most `reserved` at once: others are throttled."""

    failures: list[int]
    reserved: int
    limit: int
    tries: Counter[int] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    threads: set[threading.Thread] = field(default_factory=set)
    done: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, event: Event) -> float | None:
        """Run once; what `EventQueue` asks for."""
        with self._lock:
            self.threads.add(threading.current_thread())
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            event.throttled = self.at_once > self.reserved
        try:
            if event.throttled:
                return PAUSE_SECONDS
            time.sleep(0)  # others get their turn
            with self._lock:
                self.tries[event.payload] += 1
                if self.tries[event.payload] <= self.failures[event.payload]:
                    return PAUSE_SECONDS
            self.done.release()
            return None
        finally:
            with self._lock:
                self.at_once -= 1

    def run(self) -> None:
        """Queue an event for each entry of `failures` and wait until all have ended."""
        queue = EventQueue(self.attempt, self.limit)
        for number in range(len(self.failures)):
            queue.put(Event(self, number))
        for number in range(len(self.failures)):
            assert self.done.acquire(timeout=PATIENCE_SECONDS), f"only {number} events have ended"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(1, 4), st.integers(1, 6))
def test_each_event_is_tried_until_it_needs_no_more(failures: list[int], reserved: int, limit: int) -> None:
    function = Function(failures, reserved, limit)
    function.run()
    assert function.tries == Counter({number: failed + 1 for number, failed in enumerate(failures)})
    assert function.most_at_once <= limit


def test_no_thread_is_left_when_nothing_waits() -> None:
    function = Function([1] * 20, reserved=2, limit=4)
    function.run()
    for thread in function.threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def test_events_that_need_each_other_run_at_once() -> None:
    together = threading.Barrier(3)
    ended = threading.Semaphore(0)

    def attempt(_event: Event) -> None:
        together.wait(PATIENCE_SECONDS)
        ended.release()

    queue = EventQueue(attempt, limit=3)
    for number in range(3):
        queue.put(Event(attempt, number))
    assert all(ended.acquire(timeout=PATIENCE_SECONDS) for _ in range(3))


def test_an_attempt_that_raises_is_told_and_the_next_event_is_tried(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def attempt(event: Event) -> None:
        if event.payload == "bad":
            raise LookupError("no such function")
        ended.set()

    queue = EventQueue(attempt, limit=1)
    for payload in ("bad", "good"):
        queue.put(Event(attempt, payload))
    assert ended.wait(PATIENCE_SECONDS)
    assert "no such function" in caplog.text
