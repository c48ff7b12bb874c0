"""One execution of a state machine."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from asl.engine.errors import TIMEOUT, ExecutionLimitError, StateError
from asl.engine.frame import Frame
from asl.engine.history import TRUNCATED_FALSE, History
from asl.engine.payload import Payload
from asl.engine.timestamps import isoformat
from asl.integrations import Caller
from asl.integrations.protocol import error_details

if TYPE_CHECKING:
    from asl.definition import StateMachine
    from asl.engine.clock import Timer
    from asl.engine.environment import Environment
    from asl.engine.flow import CompiledFlow
    from asl.integrations.mocked import TaskMocks

logger = logging.getLogger(__name__)


class ExecutionStatus(Enum):
    """Where an execution stands."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """What an execution is started with. `input` is JSON text; ARNs and names are taken as they are.

    `redrivable` is False for Express executions: their context object knows no redrives. `mocks` do the work of tasks
    in an execution that is a test.
    """

    execution_arn: str
    name: str
    state_machine_arn: str
    state_machine_name: str
    role_arn: str
    definition: StateMachine
    input: str = "{}"
    redrivable: bool = True
    mocks: TaskMocks | None = None


class Execution:
    """A running or ended execution. Dates are seconds since the epoch; `stop_date` is None while it runs.

    `output`, and `error` and `cause`, are what DescribeExecution says: JSON text, and texts that may be None. An
    execution that ran out of time has no error: only its last event names one. `transitions` counts the states that
    have been entered.
    """

    __slots__ = (
        "__weakref__",
        "_ended",
        "_environment",
        "_frame",
        "_task",
        "_timer",
        "caller",
        "cause",
        "context",
        "error",
        "history",
        "input",
        "output",
        "output_payload",
        "request",
        "start_date",
        "status",
        "stop_date",
        "transitions",
    )

    def __init__(self, request: StartRequest, environment: Environment) -> None:
        self.request = request
        self.status = ExecutionStatus.RUNNING
        self.start_date = environment.clock.now()
        self.stop_date: float | None = None
        self.transitions = 0
        self.output: str | None = None
        self.output_payload: Payload | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.history = History(environment.clock)
        payload = Payload.parse(request.input)
        self.input = request.input
        self.context = {
            "Execution": {
                "Id": request.execution_arn,
                "Input": payload.value,
                "StartTime": isoformat(self.start_date),
                "Name": request.name,
                "RoleArn": request.role_arn,
                **({"RedriveCount": 0} if request.redrivable else {}),
            },
            "StateMachine": {"Id": request.state_machine_arn, "Name": request.state_machine_name},
        }
        _, _, _, region, account, *_ = request.execution_arn.split(":")
        self.caller = Caller(
            request.execution_arn, request.state_machine_arn, request.role_arn, region=region, account=account
        )
        self._environment = environment
        self._frame = Frame(self, environment)
        self._ended: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self.history.append(
            "ExecutionStarted",
            0,
            {"input": request.input, "inputDetails": TRUNCATED_FALSE, "roleArn": request.role_arn},
        )
        environment.started(self)

    @property
    def arn(self) -> str:
        """The execution's ARN."""
        return self.request.execution_arn

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.request.name

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the state machine it runs."""
        return self.request.state_machine_arn

    async def wait(self) -> None:
        """Return once the execution has ended."""
        if self.status is not ExecutionStatus.RUNNING:
            return
        if self._ended is None:
            self._ended = asyncio.Event()
        await self._ended.wait()

    def start(self, flow: CompiledFlow, timeout_seconds: int | None = None) -> None:
        """Begin to run on the running event loop, for at most `timeout_seconds` where there is such a limit."""
        if timeout_seconds is not None:
            self._timer = self._environment.clock.call_at(self.start_date + timeout_seconds, self._time_out)
        payload = Payload(self.context["Execution"]["Input"], self.input)
        self._task = asyncio.get_running_loop().create_task(self._run(flow, payload))
        self._task.add_done_callback(self._report_defect)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Abort the execution as StopExecution does. One that has ended stays as it is."""
        if self.status is ExecutionStatus.RUNNING:
            self.error, self.cause = error, cause
            self._end_from_outside(ExecutionStatus.ABORTED, "ExecutionAborted", error_details(error, cause))

    async def _run(self, flow: CompiledFlow, payload: Payload) -> None:
        try:
            output = await flow.run(self._frame, payload)
        except StateError as failure:
            self._fail(failure.error, failure.cause, self._frame.previous_id)
        except ExecutionLimitError as failure:
            self._fail(failure.error, failure.cause, self.history[-1].id)
        else:
            self.output = output.text
            self.output_payload = output
            details = {"output": output.text, "outputDetails": TRUNCATED_FALSE}
            self._end(ExecutionStatus.SUCCEEDED, "ExecutionSucceeded", self._frame.previous_id, details)

    def _fail(self, error: str | None, cause: str | None, previous_id: int) -> None:
        self.error, self.cause = error, cause
        self._end(ExecutionStatus.FAILED, "ExecutionFailed", previous_id, error_details(error, cause))

    def _time_out(self) -> None:
        if self.status is ExecutionStatus.RUNNING:
            self._end_from_outside(ExecutionStatus.TIMED_OUT, "ExecutionTimedOut", {"error": TIMEOUT})

    def _end_from_outside(self, status: ExecutionStatus, event_type: str, details: dict[str, Any]) -> None:
        """End what no state of the execution ended: the event follows none."""
        self._end(status, event_type, 0, details)
        if self._task is not None:
            self._task.cancel()

    def _end(self, status: ExecutionStatus, event_type: str, previous_id: int, details: dict[str, Any]) -> None:
        self.history.append(event_type, previous_id, details)
        self.history.close()
        self.status = status
        self.stop_date = self.history[-1].timestamp
        if self._timer is not None:
            self._timer.cancel()
        if self._ended is not None:
            self._ended.set()
        self._environment.ended(self)

    def _report_defect(self, task: asyncio.Task[None]) -> None:
        """A defect of the engine must not leave the execution running."""
        if task.cancelled() or (defect := task.exception()) is None:
            return
        logger.error("execution %s ended by a defect of the engine", self.arn, exc_info=defect)
        if self.status is ExecutionStatus.RUNNING:
            self._fail("States.Runtime", "An internal error occurred while the execution ran.", self.history[-1].id)
