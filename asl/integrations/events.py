"""`arn:aws:states:::events:putEvents`. Each event names the execution and its state machine among its resources.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from asl.integrations.errors import TaskFailure
from asl.integrations.optimized import OptimizedService

if TYPE_CHECKING:
    from asl.integrations.protocol import Caller

Json = Any


def with_resources(parameters: Json, caller: Caller) -> Json:
    """The parameters with the execution and the state machine added to each entry's resources."""
    entries = parameters.get("Entries") if isinstance(parameters, dict) else None
    if not isinstance(entries, list):
        return parameters
    return {**parameters, "Entries": [_with_resources(entry, caller) for entry in entries]}


def _with_resources(entry: Json, caller: Caller) -> Json:
    if not isinstance(entry, dict):
        return entry
    named = entry.get("Resources")
    if named is not None and not isinstance(named, list):
        return entry
    return {**entry, "Resources": [*(named or []), caller.execution_arn, caller.state_machine_arn]}


def all_accepted(result: dict[str, Json]) -> None:
    """See that the bus took every entry.

    Raises:
        TaskFailure: it did not; the cause is its answer.
    """
    if result.get("FailedEntryCount"):
        cause = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
        raise TaskFailure("EventBridge.FailedEntry", cause)


EVENTS: Final = OptimizedService(
    name="events",
    sdk_name="eventbridge",
    error_class="EventBridge",
    service_title="AmazonEventBridge",
    base_exception="AmazonEventBridgeException",
    actions=frozenset({"putEvents", "putEvents.waitForTaskToken"}),
    prepare=with_resources,
    verify=all_accepted,
)
