"""Status changes of executions, as events on the default bus of the embedded AWS.

See https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import TYPE_CHECKING, Any, Final

from ministack.services import eventbridge

from asl.engine import Engine, ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.engine import Execution, StartRequest

logger = logging.getLogger(__name__)

MAX_PAYLOAD_CHARACTERS: Final = 248 * 1024
"""Input and output that are longer are left out of the event."""


class StatusEvents:
    """Publishes status changes in their order, on a thread of its own: a target may call the engine at once."""

    def __init__(self, in_scope: Callable[[str, str, Callable[[], None]], None]) -> None:
        """`in_scope` calls a function on behalf of an account in a region."""
        self._in_scope = in_scope
        self._queue: queue.SimpleQueue[tuple[str, str, dict[str, Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._publish_all, name="status-events", daemon=True).start()

    def changed(self, execution: Execution) -> None:
        """Tell that the status of an execution is now what it is. Express executions have no such events."""
        if execution.request.redrivable:
            self._queue.put((execution.caller.account, execution.caller.region, _detail(execution)))

    def _publish_all(self) -> None:
        while True:
            account, region, detail = self._queue.get()
            try:
                self._in_scope(account, region, lambda detail=detail: _publish(detail))  # type: ignore[misc]
            except Exception:
                logger.exception("the event for %s %s is lost", detail["executionArn"], detail["status"])


class ReportingEngine(Engine):
    """An engine that reports when executions start and end."""

    def __init__(self, engine: Engine, changed: Callable[[Execution], None]) -> None:
        super().__init__(engine.clock, engine.integrations, on_end=changed)
        self._changed = changed

    def start(self, request: StartRequest) -> Execution:
        """Start an execution and report it."""
        execution = super().start(request)
        self._changed(execution)
        return execution


def _publish(detail: dict[str, Any]) -> None:
    entry = {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": json.dumps(detail),
        "Resources": [detail["executionArn"]],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)  # noqa: SLF001 - the seam


def _detail(execution: Execution) -> dict[str, Any]:
    status = execution.status
    redrivable = status not in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED)
    return {
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status.value,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        **_payload("input", execution.input),
        **_payload("output", execution.output),
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
        "redriveStatusReason": None if redrivable else f"Execution is {status.value} and cannot be redriven",
        "error": execution.error,
        "cause": execution.cause,
    }


def _payload(name: str, text: str | None) -> dict[str, Any]:
    if text is None:
        return {name: None, f"{name}Details": None}
    included = len(text) <= MAX_PAYLOAD_CHARACTERS
    return {name: text if included else None, f"{name}Details": {"included": included}}


def _milliseconds(date: float | None) -> int | None:
    return None if date is None else int(date * 1000)
