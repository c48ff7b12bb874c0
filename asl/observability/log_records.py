"""What CloudWatch Logs is told of an execution: one record for each event that the log level lets through.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from asl.engine.history import DETAILS_KEYS, TERMINAL_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine import HistoryEvent

Json = Any

MAX_ESCAPED_BYTES: Final = 248 * 1024
MAX_RECORD_BYTES: Final = 256 * 1024
EXECUTION_DATA: Final = ("input", "output", "parameters", "assignedVariables")
TRUNCATED: Final = {"truncated": True}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class LogLevel(Enum):
    """Which events are logged.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level
    """

    ALL = "ALL"
    ERROR = "ERROR"
    FATAL = "FATAL"
    OFF = "OFF"

    def lets_through(self, event_type: str) -> bool:
        """Whether an event of the type is logged."""
        if self is LogLevel.ALL:
            return True
        if self is LogLevel.ERROR:
            return event_type.endswith(("Failed", "Aborted", "TimedOut")) or event_type == "FailStateEntered"
        return self is LogLevel.FATAL and event_type in TERMINAL_TYPES and event_type != "ExecutionSucceeded"


def log_record(event: HistoryEvent, execution_arn: str, redrive_count: int, *, include_data: bool) -> str:
    """The record of an event, as JSON text. Numbers are texts in it, and the time is in milliseconds.

    A text that would take more than 248 KiB is cut. Without execution data there are no inputs, outputs, parameters or
    variables, and nothing is said about them.
    """
    record: dict[str, Json] = {"id": str(event.id), "type": event.type}
    if event.type in DETAILS_KEYS:
        record["details"] = _cut(event.details) if include_data else _without_data(event.details)
    record |= {
        "redrive_count": str(redrive_count),
        "previous_event_id": str(event.previous_id),
        "event_timestamp": str(int(event.timestamp * 1000)),
        "execution_arn": execution_arn,
    }
    text = _encode(record)
    if size_in_bytes(text) > MAX_RECORD_BYTES and "assignedVariables" in event.details:
        record["details"] |= {"assignedVariables": {}, "assignedVariablesDetails": TRUNCATED}
        text = _encode(record)
    return text


def size_in_bytes(text: str) -> int:
    """The bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _without_data(details: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in details.items() if name.removesuffix("Details") not in EXECUTION_DATA}


def _cut(details: Mapping[str, Json]) -> dict[str, Json]:
    kept = dict(details)
    for name in EXECUTION_DATA:
        text = kept.get(name)
        if isinstance(text, str) and len(text) * 6 > MAX_ESCAPED_BYTES and _escaped_bytes(text) > MAX_ESCAPED_BYTES:
            kept[name] = _beginning(text)
            if f"{name}Details" in kept:
                kept[f"{name}Details"] = TRUNCATED
    return kept


def _beginning(text: str) -> str:
    """As much of a text as may be told."""
    fits, too_many = 0, len(text)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _escaped_bytes(text[:middle]) > MAX_ESCAPED_BYTES:
            too_many = middle
        else:
            fits = middle
    return text[:fits]


def _escaped_bytes(text: str) -> int:
    return size_in_bytes(_encode(text)) - 2
