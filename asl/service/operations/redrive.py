"""Redrive executions: go on with what did not succeed.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.engine.redrive import reason_against_redrive
from asl.service.errors import execution_not_redrivable
from asl.service.operations.lookup import find_execution

if TYPE_CHECKING:
    from asl.service.call import Answer, Call
    from asl.service.store import StoredExecution

TOKENS_KEPT: Final = 10
TOKEN_SECONDS: Final = 15 * 60


def redrive_execution(call: Call) -> Answer:
    """Redrive an execution; a request that repeats one of the last quarter of an hour gets its answer."""
    stored = find_execution(call.account, call.request["executionArn"])
    token, now = call.request.get("clientToken"), call.service.now()
    _forget_old_tokens(stored, now)
    if token is not None and token in stored.redrives:
        return {"redriveDate": stored.redrives[token]}
    reason = _reason_against(stored, now)
    if reason is None and stored.map_run is not None:
        reason = "Execution is redriven by its Map Run, with the execution that started it"
    if reason is not None:
        raise execution_not_redrivable(reason)
    events = len(stored.execution.history)
    execution = call.service.engine.redrive(stored.execution)
    stored.execution = execution
    if token is not None:
        stored.redrives[token] = now
    call.service.keep_redriven(stored, execution, events)
    call.service.started(execution, stored.revision.logging, events)
    call.service.status_changed(stored)
    return {"redriveDate": execution.redrive_date}


def _forget_old_tokens(stored: StoredExecution, now: float) -> None:
    latest = list(stored.redrives.items())[-TOKENS_KEPT:]
    stored.redrives = {token: date for token, date in latest if now - date < TOKEN_SECONDS}


def redrive_status(stored: StoredExecution, now: float) -> Answer:
    """Whether an execution can be redriven, and why not."""
    reason = _reason_against(stored, now)
    if reason is None:
        return {"redriveStatus": "REDRIVABLE" if stored.map_run is None else "REDRIVABLE_BY_MAP_RUN"}
    return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}


def _reason_against(stored: StoredExecution, now: float) -> str | None:
    if stored.machine.deleting:
        return "State machine is in DELETING status"
    return reason_against_redrive(stored.execution, now)
