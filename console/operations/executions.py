"""One execution: how it stands, and starting, stopping and redriving it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from console.operations.errors import InputRefused, NotThere, OperationRefused
from console.operations.state_machines import FAILING, refused, there, version_of
from workflows.inputs import INPUTS

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from console.operations.state_machines import StateMachines

BY_HAND: Final = "by-hand-"
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html
STARTED_BY: Final = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"


@dataclass(frozen=True)
class Relative:
    """Another execution, or a Map Run. `workflow` and `name` are None where it is none of these workflows'."""

    arn: str
    workflow: str | None
    name: str | None


@dataclass(frozen=True)
class Execution:
    """An execution; inputs, outputs and definitions are JSON texts.

    `definition` is the one that it runs, None where no more than its end is kept of a child. `parent` is the execution
    that it was started by, as far as AWS or its input says, and `map_run` the Map Run that it is a child of. `version`
    and `alias` are what it was started with.
    """

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
    redrive_status: str | None
    redrive_status_reason: str | None
    version: int | None
    alias: str | None
    parent: Relative | None
    map_run: str | None
    definition: str | None


class Executions:
    """The executions of some state machines."""

    def __init__(self, step_functions: SFNClient, machines: StateMachines) -> None:
        self._step_functions = step_functions
        self._machines = machines

    def describe(self, workflow: str, name: str) -> Execution:
        """An execution with its definition. Raises `NotThere`."""
        arn = self._machines.execution(workflow, name)
        with there(workflow, name):
            found = self._step_functions.describe_execution(executionArn=arn)
        map_run = found.get("mapRunArn")
        version, alias = found.get("stateMachineVersionArn"), found.get("stateMachineAliasArn")
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
            redrive_status=found.get("redriveStatus"),
            redrive_status_reason=found.get("redriveStatusReason"),
            version=version_of(version) if version else None,
            alias=alias.rpartition(":")[2] if alias else None,
            parent=self._parent(found),
            map_run=self.relative(map_run).name if map_run else None,
            definition=self._definition(workflow, name),
        )

    def relative(self, arn: str) -> Relative:
        """The execution, or Map Run, with an ARN."""
        workflow, name = self._machines.named(arn) or (None, None)
        return Relative(arn, workflow, name)

    def _definition(self, workflow: str, name: str) -> str | None:
        arn = self._machines.execution(workflow, name)
        try:
            with there(workflow, name):
                return self._step_functions.describe_state_machine_for_execution(executionArn=arn)["definition"]
        except NotThere:
            return None

    def _parent(self, found: DescribeExecutionOutputTypeDef) -> Relative | None:
        if map_run := found.get("mapRunArn"):
            return self.relative(self._step_functions.describe_map_run(mapRunArn=map_run)["executionArn"])
        try:
            given = json.loads(found.get("input", "null"))
        except ValueError:
            return None
        starter = given.get(STARTED_BY) if isinstance(given, dict) else None
        return self.relative(starter) if isinstance(starter, str) and starter.startswith("arn:") else None

    def start(self, workflow: str, given: dict[str, Any], key: str | None = None) -> str:
        """Start an execution with an input that fits the workflow's contract; its name.

        Asked again with the same `key`, it is the name of the execution that was started then.

        Raises:
            NotThere: there is no such workflow.
            InputRefused: the input does not fit.
            OperationRefused: the workflow has no contract to check it against, or the key belongs to another input.
        """
        arn = self._machines.arn(workflow)
        contract = INPUTS.get(workflow)
        if contract is None:
            raise OperationRefused(f"{workflow} can't be started by hand: nothing says what its input is.")
        if problems := contract.problems(given):
            raise InputRefused(
                f"The input does not fit {workflow}.", "The workflow's example fits: begin there.", problems
            )
        name = f"{BY_HAND}{key or uuid.uuid4()}"
        try:
            self._step_functions.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))
        except self._step_functions.exceptions.ExecutionAlreadyExists:
            # It has ended since, or was started with another input.
            execution = self._machines.execution(workflow, name)
            before = self._step_functions.describe_execution(executionArn=execution).get("input", "null")
            if json.loads(before) != given:
                raise OperationRefused(
                    f"The key {key} was used to start {name}, with another input.", "Choose a new key."
                ) from None
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
            if ":" in name:
                raise OperationRefused(
                    "A child of a Map Run is not redriven by itself.", "Redrive the execution that the Map Run is of."
                )
            if status not in FAILING:
                raise OperationRefused(f"The execution is {status}, so there is nothing to redrive.")
            try:
                self._step_functions.redrive_execution(executionArn=arn)
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("ExecutionNotRedrivable", "ExecutionLimitExceeded"):
                    raise
                raise refused(error, "The execution can't be redriven", "Start a new one with its input.") from error
