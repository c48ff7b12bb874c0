"""Writes log events into the CloudWatch Logs of the embedded AWS."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING, Any

from ministack.services import cloudwatch_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.lambda_runtime.output import LogEvent

logger = logging.getLogger(__name__)


class LogWriter:
    """Writes in the order given, on a thread of its own: those who log don't wait. Groups and streams are made."""

    def __init__(self, in_scope: Callable[[str, str, Callable[[], None]], None]) -> None:
        """`in_scope` calls a function on behalf of an account in a region."""
        self._in_scope = in_scope
        self._queue: queue.SimpleQueue[tuple[str, str, dict[str, Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._write_all, name="log-writer", daemon=True).start()

    def write(self, scope: tuple[str, str], group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """Write events for an account in a region, `scope`, to a stream of a group."""
        found = [{"timestamp": event.timestamp, "message": event.message} for event in events]
        request = {"logGroupName": group, "logStreamName": stream, "logEvents": found}
        self._queue.put((*scope, request))

    def _write_all(self) -> None:
        while True:
            account, region, request = self._queue.get()
            try:
                self._in_scope(account, region, lambda request=request: _put(request))  # type: ignore[misc]
            except Exception:
                logger.exception("events for the log group %s are lost", request["logGroupName"])


def _put(request: dict[str, Any]) -> None:
    status, _, body = cloudwatch_logs._put_log_events(request)  # noqa: SLF001 - the seam
    if status != 200:
        cloudwatch_logs._create_log_group({"logGroupName": request["logGroupName"]})  # noqa: SLF001 - the seam
        stream = {name: request[name] for name in ("logGroupName", "logStreamName")}
        cloudwatch_logs._create_log_stream(stream)  # noqa: SLF001 - the seam
        status, _, body = cloudwatch_logs._put_log_events(request)  # noqa: SLF001 - the seam
    if status != 200:
        logger.error("the log group %s takes no events: %s", request["logGroupName"], body)
