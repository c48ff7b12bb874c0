"""The thread that commits: one transaction for all that has come together while the last one was being written."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0


class Write(NamedTuple):
    """A statement, and the rows that it is executed for."""

    statement: str
    rows: Sequence[Sequence[Any]]


class Writer:
    """Commits batches one after the other, on a thread of its own, and tells the event loop of each.

    A batch is called on the thread, and returns what is to be written. One that cannot be committed, as where the disk
    is full, is tried again until it can.
    """

    def __init__(
        self, connection: sqlite3.Connection, committed: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        self._connection = connection
        self._committed = committed
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Callable[[], Sequence[Write]] | None] = SimpleQueue()
        self._giving_up = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._thread.start()

    def submit(self, batch: Callable[[], Sequence[Write]]) -> None:
        """Commit a batch."""
        self._queue.put(batch)

    def close(self) -> None:
        """Commit what was submitted and end; what cannot be committed at once is given up."""
        self._queue.put(None)
        self._giving_up.set()
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while (batch := self._queue.get()) is not None:
            writes = batch()
            while not self._commit(writes):
                if self._giving_up.wait(RETRY_SECONDS):
                    return

    def _commit(self, writes: Sequence[Write]) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for write in writes:
                self._connection.executemany(write.statement, write.rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            self._tell(self._failed, error)
            return False
        self._tell(self._committed)
        return True

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)
