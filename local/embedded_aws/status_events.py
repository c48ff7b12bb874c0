"""Status changes of executions, as events on the default bus of the embedded AWS.

PutEvents refuses events of AWS services, here as on AWS; what AWS's services use instead is MiniStack's own function.

See https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from typing import TYPE_CHECKING

from ministack.services import eventbridge

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.observability.status_changes import StatusChange

logger = logging.getLogger(__name__)


class DefaultBus:
    """A `StatusChangeSink`. It publishes in order, on a thread of its own: a rule may call the engine at once."""

    def __init__(self, in_scope: Callable[[str, str, Callable[[], None]], None]) -> None:
        """`in_scope` calls a function on behalf of an account in a region."""
        self._in_scope = in_scope
        self._queue: queue.SimpleQueue[StatusChange | threading.Event] = queue.SimpleQueue()
        threading.Thread(target=self._publish_all, name="status-changes", daemon=True).start()

    def publish(self, change: StatusChange) -> None:
        """Take a change, to be published soon."""
        self._queue.put(change)

    async def close(self, seconds: float) -> None:
        """Wait until all that was taken is published, for at most so many seconds."""
        done = threading.Event()
        self._queue.put(done)
        await asyncio.to_thread(done.wait, seconds)

    def _publish_all(self) -> None:
        while True:
            taken = self._queue.get()
            if isinstance(taken, threading.Event):
                taken.set()
                continue
            try:
                self._in_scope(taken.account, taken.region, lambda change=taken: _publish(change))  # type: ignore[misc]
            except Exception:
                logger.exception("the status change of %s is lost", taken.execution_arn)


def _publish(change: StatusChange) -> None:
    eventbridge._put_events({"Entries": [change.entry()]}, allow_aws_source=True)  # noqa: SLF001 - the seam
