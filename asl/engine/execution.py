"""One execution of a state machine."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from asl.engine.errors import TIMEOUT, ExecutionLimitError, StateError
from asl.engine.frame import Frame
from asl.engine.history import TRUNCATED_FALSE, History
from asl.engine.payload import Payload
from asl.engine.position import read_position
from asl.engine.timestamps import isoformat
from asl.integrations import Caller
from asl.integrations.protocol import error_details

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.definition import StateMachine
    from asl.engine.clock import Timer
    from asl.engine.environment import Environment
    from asl.engine.flow import CompiledFlow
    from asl.engine.position import FramePosition
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What there is already of an execution that goes on: its history, and how often it was redriven and when last."""

    history: History
    start_date: float
    transitions: int
    redrive_count: int = 0
    redrive_date: float | None = None


class EndedExecution(Protocol):
    """An execution that has ended, wherever it is kept."""

    @property
    def request(self) -> StartRequest:
        """What it was started with."""

    def past(self) -> Past:
        """What there is to go on with when it is redriven."""


class Execution:
    """A running or ended execution. Dates are seconds since the epoch; `stop_date` is None while it runs.

    One that goes on, redriven or after an interruption, is another object with the same ARN and the same events; the
    object that has ended stays so.

    `output`, and `error` and `cause`, are what DescribeExecution says: JSON text, and texts that may be None. An
    execution that ran out of time has no error: only its last event names one. `transitions` counts the states that
    have been entered.
    """

    __slots__ = (
        "__weakref__",
        "_ended",
        "_environment",
        "_held",
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
        "redrive_count",
        "redrive_date",
        "request",
        "start_date",
        "status",
        "stop_date",
        "transitions",
    )

    def __init__(self, request: StartRequest, environment: Environment, past: Past | None = None) -> None:
        self.request = request
        self.status = ExecutionStatus.RUNNING
        self.start_date = environment.clock.now() if past is None else past.start_date
        self.stop_date: float | None = None
        self.redrive_count = 0 if past is None else past.redrive_count
        self.redrive_date = None if past is None else past.redrive_date
        self.transitions = 0 if past is None else past.transitions
        self.output: str | None = None
        self.output_payload: Payload | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.history = History(environment.clock) if past is None else past.history
        payload = Payload.parse(request.input)
        self.input = request.input
        self.context = {
            "Execution": {
                "Id": request.execution_arn,
                "Input": payload.value,
                "StartTime": isoformat(self.start_date),
                "Name": request.name,
                "RoleArn": request.role_arn,
                **self._redrive_context(),
            },
            "StateMachine": {"Id": request.state_machine_arn, "Name": request.state_machine_name},
        }
        _, _, _, region, account, *_ = request.execution_arn.split(":")
        self.caller = Caller(
            request.execution_arn, request.state_machine_arn, request.role_arn, region=region, account=account
        )
        self._environment = environment
        self._ended: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._held: list[Callable[[], None]] = []
        if past is None:
            self.history.append(
                "ExecutionStarted",
                0,
                {"input": request.input, "inputDetails": TRUNCATED_FALSE, "roleArn": request.role_arn},
            )
            environment.started(self)

    def _redrive_context(self) -> dict[str, Any]:
        if not self.request.redrivable:
            return {}
        if self.redrive_date is None:
            return {"RedriveCount": self.redrive_count}
        return {"RedriveCount": self.redrive_count, "RedriveTime": isoformat(self.redrive_date)}

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
        self._begin(flow, Frame(self, self._environment), None, timeout_seconds)

    def resume(self, flow: CompiledFlow, timeout_seconds: int | None = None) -> None:
        """Go on from where the history ends. The time limit counts from the start or the last redrive."""
        position = read_position(self.history)
        frame = Frame(self, self._environment)
        flow.reopen(frame, position)
        self._begin(flow, frame, position, timeout_seconds)

    def hold(self, release: Callable[[], None]) -> None:
        """Let what a state that has not gone on yet keeps be released when the execution ends before that."""
        self._held.append(release)

    def past(self) -> Past:
        """What there is to go on with when this execution, which has ended, is redriven."""
        return Past(
            history=self.history.reopened(),
            start_date=self.start_date,
            transitions=self.transitions,
            redrive_count=self.redrive_count,
            redrive_date=self.redrive_date,
        )

    @classmethod
    def redriven(cls, request: StartRequest, environment: Environment, past: Past) -> Execution:
        """What goes on in place of an execution that did not succeed; it has not begun to run."""
        past = replace(past, redrive_count=past.redrive_count + 1, redrive_date=environment.clock.now())
        execution = cls(request, environment, past)
        details = {"redriveCount": execution.redrive_count}
        execution.history.append("ExecutionRedriven", len(execution.history), details)
        return execution

    def _begin(
        self, flow: CompiledFlow, frame: Frame, position: FramePosition | None, timeout_seconds: int | None
    ) -> None:
        # The frame knows the execution, not the other way round: what has ended needs no collector to be freed.
        if timeout_seconds is not None:
            begun = self.start_date if self.redrive_date is None else self.redrive_date
            self._timer = self._environment.clock.call_at(begun + timeout_seconds, self._time_out)
        self._task = asyncio.get_running_loop().create_task(self._run(flow, frame, position))
        self._task.add_done_callback(self._report_defect)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Abort the execution as StopExecution does. One that has ended stays as it is."""
        if self.status is ExecutionStatus.RUNNING:
            self.error, self.cause = error, cause
            self._end_from_outside(ExecutionStatus.ABORTED, "ExecutionAborted", error_details(error, cause))

    async def _run(self, flow: CompiledFlow, frame: Frame, position: FramePosition | None) -> None:
        payload = Payload(self.context["Execution"]["Input"], self.input)
        try:
            if position is None:
                output = await flow.run(frame, payload)
            else:
                output = await flow.resume(frame, position, payload)
        except StateError as failure:
            self._fail(failure.error, failure.cause, frame.previous_id)
        except ExecutionLimitError as failure:
            self._fail(failure.error, failure.cause, self.history[-1].id)
        else:
            self.output = output.text
            self.output_payload = output
            details = {"output": output.text, "outputDetails": TRUNCATED_FALSE}
            self._end(ExecutionStatus.SUCCEEDED, "ExecutionSucceeded", frame.previous_id, details)

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
        for release in self._held:
            release()
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
