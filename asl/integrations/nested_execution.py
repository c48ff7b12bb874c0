"""Executions of other state machines: `arn:aws:states:::states:startExecution` and what it waits for.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from asl.integrations.errors import TaskFailure
from asl.integrations.service_events import ServiceEvents
from asl.randomness import random_uuid

if TYPE_CHECKING:
    from enum import Enum

    from asl.integrations.protocol import Caller, TaskCall
    from asl.integrations.task_tokens import PendingTask

Json = Any

TASK_FAILED: Final = "States.TaskFailed"
REDRIVE_REASON: Final = {
    "SUCCEEDED": "Execution is SUCCEEDED and cannot be redriven",
    "RUNNING": "Execution is RUNNING and cannot be redriven",
}


class StartedExecution(Protocol):
    """What is told of an execution that was started. Dates are seconds since the epoch."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def state_machine_arn(self) -> str:
        """The ARN of its state machine."""

    @property
    def status(self) -> Enum:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""

    @property
    def input(self) -> str:
        """What it was started with: JSON text."""

    @property
    def output(self) -> str | None:
        """What it ended with: JSON text, None where it has not succeeded."""

    @property
    def error(self) -> str | None:
        """The error that it ended with, where it did."""

    @property
    def cause(self) -> str | None:
        """The cause of the error."""

    @property
    def start_date(self) -> float:
        """When it started."""

    @property
    def stop_date(self) -> float | None:
        """When it ended."""

    @property
    def redrive_count(self) -> int:
        """How often it was redriven."""

    @property
    def redrive_date(self) -> float | None:
        """When it was redriven last."""

    async def wait(self) -> None:
        """Return once it has ended."""

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Abort it."""


class StartError(Exception):
    """The execution was not started: the API's error code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class StateMachines(Protocol):
    """Who knows the state machines that an execution may start."""

    def start_execution(
        self, state_machine_arn: str, execution_input: str, name: str | None, caller: Caller
    ) -> StartedExecution:
        """Start an execution as StartExecution does.

        Raises:
            StartError: it is not started.
        """


@runtime_checkable
class KeptExecutions(Protocol):
    """State machines whose executions outlast the process."""

    def find_execution(self, execution_arn: str, caller: Caller) -> StartedExecution | None:
        """An execution that was started before; None for one that is not kept, as express executions are not."""


class NoStateMachines:
    """Where no state machine is known."""

    def start_execution(
        self,
        state_machine_arn: str,
        execution_input: str,  # noqa: ARG002 - there is nothing to start
        name: str | None,  # noqa: ARG002
        caller: Caller,  # noqa: ARG002
    ) -> StartedExecution:
        """Say that the state machine does not exist."""
        raise StartError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{state_machine_arn}'")


class StartExecutionIntegration:
    """The resource `arn:aws:states:::states:startExecution` with its suffix."""

    def __init__(self, action: str, state_machines: StateMachines) -> None:
        self.events = ServiceEvents("states", action)
        self._waits = ".sync" in action
        self.uses_token = self._waits or action.endswith(".waitForTaskToken")
        self._parses = action.endswith(".sync:2")
        self._state_machines = state_machines

    def check(self) -> None:
        """Whether the state machine exists shows when it is started."""

    async def run(self, call: TaskCall) -> Json:
        """Start the execution and wait as long as the resource's suffix says."""
        call.started(None)
        execution = self._start(call)
        output = _start_output(execution)
        if call.pending is None:
            return output
        call.submitted(output)
        return await self._end_of(execution, call.pending)

    async def resume(self, call: TaskCall, submitted: Json) -> Json:
        """Wait for the execution that was started. One that is not kept is started again."""
        arn = submitted.get("ExecutionArn") if isinstance(submitted, dict) else None
        execution = None
        if arn is not None and isinstance(self._state_machines, KeptExecutions):
            execution = self._state_machines.find_execution(arn, call.caller)
        if execution is None or call.pending is None:
            return await self.run(call)
        return await self._end_of(execution, call.pending)

    async def _end_of(self, execution: StartedExecution, pending: PendingTask) -> Json:
        if not self._waits or await answered_first(pending.completion, execution):
            return await pending.completion
        return self._description(execution)

    def _start(self, call: TaskCall) -> StartedExecution:
        arguments = call.arguments if isinstance(call.arguments, dict) else {}
        payload = arguments.get("Input", {})
        name = arguments.get("Name")
        try:
            return self._state_machines.start_execution(
                str(arguments.get("StateMachineArn")),
                payload if isinstance(payload, str) else _text(payload),
                None if name is None else str(name),
                replace(call.caller, account=call.account),
            )
        except StartError as error:
            raise TaskFailure(
                f"StepFunctions.{error.code.removesuffix('Exception')}Exception",
                f"{error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {error.code}; "
                f"Request ID: {random_uuid()}; Proxy: null)",
            ) from error

    def _description(self, execution: StartedExecution) -> Json:
        description = _description(execution, parsed=self._parses)
        if execution.status.value != "SUCCEEDED":
            raise TaskFailure(TASK_FAILED, _text(description))
        return description


async def answered_first(completion: asyncio.Future[Json], execution: StartedExecution) -> bool:
    """Wait for the task token's answer or the execution's end: whether the token was answered.

    An attempt that is cancelled aborts the execution that it waits for.
    """
    ended = asyncio.ensure_future(execution.wait())
    try:
        await asyncio.wait({ended, completion}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        execution.stop()
        raise
    finally:
        ended.cancel()
    return completion.done()


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _milliseconds(timestamp: float) -> int:
    return int(timestamp * 1000)


def _start_output(execution: StartedExecution) -> Json:
    request_id = random_uuid()
    headers = {"x-amzn-RequestId": request_id, "Content-Type": "application/x-amz-json-1.0"}
    return {
        "ExecutionArn": execution.arn,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StartDate": _milliseconds(execution.start_date),
    }


def _description(execution: StartedExecution, *, parsed: bool) -> Json:
    """An ended execution as `.sync` shows it; `.sync:2` shows its input and output as JSON instead of as text."""

    def shown(text: str) -> Json:
        return json.loads(text) if parsed else text

    status = execution.status.value
    description: dict[str, Json] = {
        "ExecutionArn": execution.arn,
        "Input": shown(execution.input),
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "RedriveCount": execution.redrive_count,
        "StartDate": _milliseconds(execution.start_date),
        "StateMachineArn": execution.state_machine_arn,
        "Status": status,
        "StopDate": _milliseconds(execution.stop_date or execution.start_date),
    }
    if execution.redrive_date is not None:
        description["RedriveDate"] = _milliseconds(execution.redrive_date)
    if status in REDRIVE_REASON:
        description |= {"RedriveStatus": "NOT_REDRIVABLE", "RedriveStatusReason": REDRIVE_REASON[status]}
    else:
        description["RedriveStatus"] = "REDRIVABLE"
    if execution.output is not None:
        description |= {"Output": shown(execution.output), "OutputDetails": {"Included": True}}
    if execution.error is not None:
        description["Error"] = execution.error
    if execution.cause is not None:
        description["Cause"] = execution.cause
    return description
