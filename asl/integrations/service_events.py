"""The history events of tasks whose resource is a service integration, `arn:aws:states:::service:action`.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.integrations.protocol import error_details

if TYPE_CHECKING:
    from asl.integrations.protocol import Event, TaskCall

NOT_TRUNCATED: Final = {"truncated": False}


class ServiceEvents:
    """`TaskScheduled`, `TaskStarted` and so on, for one action of one service."""

    __slots__ = ("_resource",)

    def __init__(self, resource_type: str, resource: str) -> None:
        self._resource = {"resourceType": resource_type, "resource": resource}

    def scheduled(self, call: TaskCall) -> Event:
        """`TaskScheduled`."""
        return "TaskScheduled", {
            **self._resource,
            "region": call.caller.region,
            "parameters": call.arguments_text,
            **call.schedule.details(),
        }

    def started(self, worker_name: str | None) -> Event:  # noqa: ARG002 - services have no named workers
        """`TaskStarted`."""
        return "TaskStarted", self._resource

    def submitted(self, output_text: str) -> Event:
        """`TaskSubmitted`."""
        return "TaskSubmitted", self._with_output(output_text)

    def succeeded(self, output_text: str) -> Event:
        """`TaskSucceeded`."""
        return "TaskSucceeded", self._with_output(output_text)

    def failed(self, error: str | None, cause: str | None) -> Event:
        """`TaskFailed`."""
        return "TaskFailed", {**self._resource, **error_details(error, cause)}

    def timed_out(self, error: str) -> Event:
        """`TaskTimedOut`."""
        return "TaskTimedOut", {**self._resource, "error": error}

    def _with_output(self, output_text: str) -> dict[str, Any]:
        return {**self._resource, "output": output_text, "outputDetails": NOT_TRUNCATED}
