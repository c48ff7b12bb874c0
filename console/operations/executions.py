"""One execution: how it stands, and starting, stopping and redriving it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from console.operations.errors import OperationRefused
from console.operations.state_machines import FAILING, refused, there
from workflows.inputs import INPUTS

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient

    from console.operations.state_machines import StateMachines

BY_HAND: Final = "by-hand-"


@dataclass(frozen=True)
class Workflow:
    """A workflow as it is deployed. `definition` is ASL; `example` an input it can be started with, if it has one."""

    name: str
    definition: str
    changed_at: datetime
    example: dict[str, Any] | None


@dataclass(frozen=True)
class Execution:
    """An execution. `definition` is the one that it runs; inputs, outputs and definitions are JSON texts."""

    workflow: str
    name: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    input: str | None
    output: str | None
    error: str | None
    cause: str | None
    redrives: int
    definition: str


class Executions:
    """The executions of some state machines."""

    def __init__(self, step_functions: SFNClient, machines: StateMachines) -> None:
        self._step_functions = step_functions
        self._machines = machines

    def workflow(self, name: str) -> Workflow:
        """A workflow. Raises `NotThere`."""
        found = self._step_functions.describe_state_machine(stateMachineArn=self._machines.arn(name))
        contract = INPUTS.get(name)
        return Workflow(
            name=name,
            definition=found["definition"],
            changed_at=found["creationDate"],
            example=contract.example() if contract else None,
        )

    def describe(self, workflow: str, name: str) -> Execution:
        """An execution with its definition. Raises `NotThere`."""
        arn = self._machines.execution(workflow, name)
        with there(workflow, name):
            found = self._step_functions.describe_execution(executionArn=arn)
            machine = self._step_functions.describe_state_machine_for_execution(executionArn=arn)
        return Execution(
            workflow=workflow,
            name=name,
            status=found["status"],
            started_at=found["startDate"],
            ended_at=found.get("stopDate"),
            input=found.get("input"),
            output=found.get("output"),
            error=found.get("error"),
            cause=found.get("cause"),
            redrives=found.get("redriveCount", 0),
            definition=machine["definition"],
        )

    def start(self, workflow: str, given: dict[str, Any]) -> str:
        """Start an execution with an input that fits the workflow's contract; its name.

        Raises:
            NotThere: there is no such workflow.
            OperationRefused: the input does not fit, or the workflow has no contract to check it against.
        """
        arn = self._machines.arn(workflow)
        contract = INPUTS.get(workflow)
        if contract is None:
            raise OperationRefused(f"{workflow} can't be started by hand: nothing says what its input is.")
        if problems := contract.problems(given):
            raise OperationRefused(
                f"The input does not fit {workflow}: {'; '.join(problems)}.",
                "The workflow's example fits: begin there.",
            )
        name = f"{BY_HAND}{uuid.uuid4()}"
        self._step_functions.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))
        return name

    def stop(self, workflow: str, name: str, *, by: str, reason: str) -> None:
        """End an execution that runs, which its history says was stopped by whom and why.

        Raises:
            NotThere: there is no such execution.
            OperationRefused: it has ended.
        """
        arn = self._machines.execution(workflow, name)
        with there(workflow, name):
            status = self._step_functions.describe_execution(executionArn=arn)["status"]
            if status not in ("RUNNING", "PENDING_REDRIVE"):
                raise OperationRefused(f"The execution has ended already: it is {status}.")
            self._step_functions.stop_execution(executionArn=arn, error="StoppedByHand", cause=f"{by}: {reason}")

    def redrive(self, workflow: str, name: str) -> None:
        """Let an execution that did not succeed go on from where it stood.

        Raises:
            NotThere: there is no such execution.
            OperationRefused: it can't be redriven.
        """
        arn = self._machines.execution(workflow, name)
        with there(workflow, name):
            status = self._step_functions.describe_execution(executionArn=arn)["status"]
            if status not in FAILING:
                raise OperationRefused(f"The execution is {status}, so there is nothing to redrive.")
            try:
                self._step_functions.redrive_execution(executionArn=arn)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("ExecutionNotRedrivable", "ExecutionLimitExceeded"):
                    raise
                raise refused(error, "The execution can't be redriven", "Start a new one with its input.") from error
