"""The reports that AWS makes of what failed, each in its own format, read as `FailureMessage`.

- An execution ended: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
- A function failed that was invoked asynchronously:
  https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
- Records of a stream could not be processed:
  https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
- A rule could not deliver an event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html

What a report says of inputs and outputs is left out: a task token may be in it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from workflows.failure_message import (
    MAX_CAUSE,
    MAX_EVENT_BYTES,
    FailureMessage,
    FailureSource,
    UndeliveredEvent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

EXECUTION_ENDED: Final = "Step Functions Execution Status Change"
UNKNOWN_EVENT: Final = "UnknownEvent"
CUT: Final = " [cut]"


class UnreadableReportError(Exception):
    """A message in the intake queue that is no report of any known kind. It is left for the dead-letter queue."""


def read(body: str, attributes: Mapping[str, str]) -> FailureMessage:
    """The failure that a message of the intake queue reports; `attributes` are its message attributes.

    Raises:
        UnreadableReportError: it is none of the known reports.
    """
    try:
        report = json.loads(body)
    except ValueError:
        raise UnreadableReportError("not JSON") from None
    if not isinstance(report, dict):
        raise UnreadableReportError("not a JSON object")
    try:
        return _read(report, attributes)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        # What the error says may repeat the report, and a report may hold a secret.
        raise UnreadableReportError(f"not the report it looks like: {type(error).__name__}") from None


def _read(report: dict[str, Any], attributes: Mapping[str, str]) -> FailureMessage:
    if "RULE_ARN" in attributes:
        return _undelivered(report, attributes["RULE_ARN"], attributes)
    if "requestContext" in report:
        return _invocation(report)
    if report["detail-type"] == EXECUTION_ENDED and report["source"] == "aws.states":
        return _execution(report["detail"])
    return _unknown(report)


def _execution(detail: dict[str, Any]) -> FailureMessage:
    """An execution that ended. Its error is None where it was stopped without one, or ran out of time."""
    status = detail["status"]
    return FailureMessage(
        source=FailureSource.EXECUTION,
        workflow=_last(detail["stateMachineArn"]),
        execution=detail["executionArn"],
        error=detail.get("error") or {"TIMED_OUT": "States.Timeout"}.get(status, f"Execution.{status}"),
        cause=_cut(detail.get("cause") or f"The execution ended {status}"),
        input_reference={"stopped_at": str(detail["stopDate"]), **_event_id(detail.get("input"))},
    )


def _invocation(report: dict[str, Any]) -> FailureMessage:
    context = report["requestContext"]
    place = report.get("DDBStreamBatchInfo") or {}
    answer = report.get("responsePayload")
    failure = answer if isinstance(answer, dict) else {}
    stream = {"stream": str(place["streamArn"]), "records_from": str(place["startSequenceNumber"])} if place else {}
    return FailureMessage(
        source=FailureSource.FUNCTION,
        workflow=_function_name(context["functionArn"]),
        error=str(failure.get("errorType") or context["condition"]),
        cause=_cut(str(failure.get("errorMessage") or f"given up: {context['condition']}")),
        input_reference={"request_id": str(context["requestId"]), **stream},
    )


def _undelivered(event: dict[str, Any], rule_arn: str, attributes: Mapping[str, str]) -> FailureMessage:
    reason = attributes.get("ERROR_MESSAGE") or attributes.get("EXHAUSTED_RETRY_CONDITION") or "no reason given"
    return FailureMessage(
        source=FailureSource.EVENT,
        workflow=_last(rule_arn),
        error=attributes.get("ERROR_CODE", "NotDelivered"),
        cause=_cut(f"{reason} (target {attributes.get('TARGET_ARN', 'unknown')})"),
        input_reference={"event_id": str(event["id"])},
        event=_again(event),
    )


def _unknown(event: dict[str, Any]) -> FailureMessage:
    return FailureMessage(
        source=FailureSource.EVENT,
        error=UNKNOWN_EVENT,
        cause=_cut(f"No rule is for {event['detail-type']} from {event['source']}"),
        input_reference={"event_id": str(event["id"])},
        event=_again(event),
    )


def _again(event: dict[str, Any]) -> UndeliveredEvent | None:
    """The event, if it fits into a message; a larger one is found in the bus's archive."""
    if len(json.dumps(event["detail"])) > MAX_EVENT_BYTES:
        return None
    return UndeliveredEvent(source=event["source"], detail_type=event["detail-type"], detail=event["detail"])


def _event_id(execution_input: object) -> dict[str, str]:
    try:
        found = json.loads(execution_input)["event_id"] if isinstance(execution_input, str) else None
    except (ValueError, KeyError, TypeError):
        found = None
    return {"event_id": found} if isinstance(found, str) else {}


def _last(arn: str) -> str:
    return arn.rpartition(":")[2].rpartition("/")[2]


def _function_name(arn: str) -> str:
    """The name in a function's ARN, which may end in a version or alias."""
    return arn.split(":")[6]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CAUSE else text[: MAX_CAUSE - len(CUT)] + CUT
