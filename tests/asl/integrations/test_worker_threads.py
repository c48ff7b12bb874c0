"""Blocking calls on a bounded number of threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from asl.integrations.worker_threads import WorkerThreads


async def test_results_and_errors_come_back() -> None:
    threads = WorkerThreads(1)
    assert await threads.run(lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


async def test_no_more_calls_run_at_a_time_than_the_limit_says() -> None:
    threads, lock, running, most = WorkerThreads(3), threading.Lock(), 0, 0
    full = threading.Barrier(3)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.wait(timeout=30)
        with lock:
            running -= 1

    await asyncio.gather(*(threads.run(work) for _ in range(12)))
    assert most == 3


async def test_a_call_that_is_cancelled_while_it_queues_is_not_made() -> None:
    threads, release, calls = WorkerThreads(1), threading.Event(), []
    blocking = asyncio.ensure_future(threads.run(lambda: release.wait(timeout=30)))
    queued = asyncio.ensure_future(threads.run(lambda: calls.append("queued")))
    await asyncio.sleep(0)
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued
    release.set()
    assert await blocking
    await threads.run(lambda: calls.append("last"))
    assert calls == ["last"]
