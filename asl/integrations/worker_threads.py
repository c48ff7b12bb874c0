"""A bounded number of threads for calls that block. They end with the process, whatever they are doing."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class WorkerThreads:
    """At most `limit` calls run at a time, the others queue. A thread starts when all are busy and stays.

    `ThreadPoolExecutor` would keep the process from ending while a call, such as a long poll, waits for its answer.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._started = 0
        self._idle = Semaphore(0)
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()

    async def run(self, work: Callable[[], T]) -> T:
        """Call `work` on one of the threads and wait for it. Cancelled while it queues, it is not called."""
        future: Future[T] = Future()
        self._queue.put((future, work))
        if not self._idle.acquire(blocking=False) and self._started < self._limit:
            self._started += 1
            Thread(target=self._serve, name=f"aws-call-{self._started}", daemon=True).start()
        return await asyncio.wrap_future(future)

    def _serve(self) -> None:
        while True:
            future, work = self._queue.get()
            if future.set_running_or_notify_cancel():
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 - it belongs to the one who waits for the call
                    future.set_exception(error)
                else:
                    future.set_result(result)
            del future, work
            self._idle.release()
