"""When an execution can be redriven.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from asl.engine.execution import ExecutionStatus
from asl.engine.history import MAX_EVENTS

if TYPE_CHECKING:
    from asl.engine.history import History

DAY: Final = 86_400
REDRIVABLE_DAYS: Final = 14
LONGEST_EXECUTION_DAYS: Final = 365
MAX_REDRIVES: Final = 1_000
# ExecutionRedriven and one event more have to find room.
EVENTS_TO_COME: Final = 2


class Ended(Protocol):
    """What decides whether an execution can be redriven. Dates are seconds since the epoch."""

    @property
    def status(self) -> ExecutionStatus:
        """Where it stands."""

    @property
    def history(self) -> History:
        """Its events."""

    @property
    def start_date(self) -> float:
        """When it started."""

    @property
    def stop_date(self) -> float | None:
        """When it ended."""

    @property
    def redrive_count(self) -> int:
        """How often it was redriven."""


def reason_against_redrive(execution: Ended, now: float) -> str | None:
    """Why an execution can't be redriven at the time `now`, in AWS's words; None where it can."""
    if execution.status in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED):
        return f"Execution is {execution.status.value} and cannot be redriven"
    if len(execution.history) > MAX_EVENTS - EVENTS_TO_COME:
        return "Execution history event limit exceeded"
    if now - execution.start_date > LONGEST_EXECUTION_DAYS * DAY:
        return "Execution has exceeded the max execution time"
    if now - (execution.stop_date or now) > REDRIVABLE_DAYS * DAY:
        return "Execution redrivable period exceeded"
    if execution.redrive_count >= MAX_REDRIVES:
        return f"Execution has been redriven {MAX_REDRIVES} times"
    return None
