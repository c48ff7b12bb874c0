"""The events "Step Functions Execution Status Change" that standard executions send to EventBridge.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any

SOURCE: Final = "aws.states"
DETAIL_TYPE: Final = "Step Functions Execution Status Change"
MAX_ESCAPED_BYTES: Final = 248 * 1024
MOST_BYTES_PER_CHARACTER: Final = 6

FIELDS: Final = (
    "executionArn",
    "stateMachineArn",
    "name",
    "status",
    "startDate",
    "stopDate",
    "input",
    "output",
    "stateMachineVersionArn",
    "stateMachineAliasArn",
    "redriveCount",
    "redriveDate",
    "redriveStatus",
    "redriveStatusReason",
    "inputDetails",
    "outputDetails",
    "error",
    "cause",
)
DATES: Final = frozenset({"startDate", "stopDate", "redriveDate"})


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A change of an execution's status: `detail` as the event has it, `time` in seconds since the epoch."""

    account: str
    region: str
    time: float
    execution_arn: str
    detail: dict[str, Json]

    def entry(self) -> dict[str, Json]:
        """The event as an entry of PutEvents."""
        return {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": self.time,
            "Resources": [self.execution_arn],
            "Detail": json.dumps(self.detail, separators=(",", ":")),
        }


class StatusChangeSink(Protocol):
    """Where status changes go. Those of one execution arrive in their order."""

    def publish(self, change: StatusChange) -> None:
        """Take a change. Called on the event loop of the engine, it neither blocks nor waits."""

    async def close(self, seconds: float) -> None:
        """Pass on what was taken, for at most so many seconds: the process is about to end."""


def status_change(description: Mapping[str, Json], time: float) -> StatusChange:
    """The event for an execution as DescribeExecution describes it.

    All fields are there, null where there is nothing to say; dates are milliseconds. Output, and then input, are left
    out where they would not fit into an event.
    """
    detail = {name: _value(name, description.get(name)) for name in FIELDS}
    _leave_out_what_is_too_long(detail)
    arn: str = description["executionArn"]
    _, _, _, region, account, *_ = arn.split(":")
    return StatusChange(account, region, time, arn, detail)


def _leave_out_what_is_too_long(detail: dict[str, Json]) -> None:
    characters = len(detail["input"] or "") + len(detail["output"] or "")
    if characters * MOST_BYTES_PER_CHARACTER <= MAX_ESCAPED_BYTES:
        return
    output_size = _escaped_bytes(detail["output"])
    if output_size + _escaped_bytes(detail["input"]) > MAX_ESCAPED_BYTES:
        detail |= {"input": None, "inputDetails": {"included": False}}
    if output_size > MAX_ESCAPED_BYTES:
        detail |= {"output": None, "outputDetails": {"included": False}}


def _value(name: str, value: Json) -> Json:
    return int(value * 1000) if name in DATES and value is not None else value


def _escaped_bytes(text: str | None) -> int:
    """The bytes that a text takes inside the event's JSON."""
    return 0 if text is None else len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")) - 2
