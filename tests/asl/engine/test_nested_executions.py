from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from asl.definition import parse
from asl.engine import Engine, Execution, ExecutionStatus, StartRequest, VirtualClock
from asl.integrations import Caller, Integrations, StartError
from tests.asl.engine.conftest import PREFIX, details, machine, output, types

if TYPE_CHECKING:
    from tests.asl.engine.conftest import Json

CHILD = f"{PREFIX}:stateMachine:child"
DOUBLE = machine({"A": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, $.n)"}, "End": True}})
SLEEP = machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}})
FAIL = machine({"F": {"Type": "Fail", "Error": "Broken", "Cause": "rust"}})


class Machines:
    """State machines by their ARN, on one engine."""

    def __init__(self, child: Json) -> None:
        self.definitions = {CHILD: child}
        self.started: list[Execution] = []
        self.child_started = asyncio.Event()
        self.engine = Engine(VirtualClock(), Integrations(state_machines=self))

    def start_execution(
        self, state_machine_arn: str, execution_input: str, name: str | None, caller: Caller
    ) -> Execution:
        if state_machine_arn not in self.definitions:
            raise StartError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{state_machine_arn}'")
        name = name or f"started-by-{caller.execution_arn.rpartition(':')[2]}"
        execution = self.engine.start(
            StartRequest(
                execution_arn=f"{state_machine_arn.replace('stateMachine', 'execution')}:{name}",
                name=name,
                state_machine_arn=state_machine_arn,
                state_machine_name=state_machine_arn.rpartition(":")[2],
                role_arn="role",
                definition=parse(json.dumps(self.definitions[state_machine_arn])),
                input=execution_input,
            )
        )
        self.started.append(execution)
        if state_machine_arn == CHILD:
            self.child_started.set()
        return execution

    def start_parent(self, suffix: str, arn: str = CHILD, **fields: Json) -> Execution:
        parameters = {"StateMachineArn": arn, "Input.$": "$"}
        resource = f"arn:aws:states:::states:startExecution{suffix}"
        task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **fields}
        parent = f"{PREFIX}:stateMachine:parent"
        self.definitions[parent] = machine({"T": task})
        return self.start_execution(parent, '{"n":2}', "parent", Caller("", "", "", "us-east-1", "123456789012"))


async def test_a_plain_start_does_not_wait() -> None:
    machines = Machines(SLEEP)
    parent = machines.start_parent("")
    await parent.wait()
    assert output(parent)["ExecutionArn"] == f"{PREFIX}:execution:child:started-by-parent"
    assert machines.started[1].status is ExecutionStatus.RUNNING
    assert types(parent)[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


async def test_sync_shows_input_and_output_as_texts() -> None:
    parent = Machines(DOUBLE).start_parent(".sync")
    await parent.wait()
    answer = output(parent)
    assert (answer["Input"], answer["Output"], answer["Status"]) == ('{"n":2}', '{"n":4}', "SUCCEEDED")
    assert types(parent)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert details(parent, "TaskScheduled")["resource"] == "startExecution.sync"


async def test_sync_2_shows_them_as_json() -> None:
    parent = Machines(DOUBLE).start_parent(".sync:2")
    await parent.wait()
    assert (output(parent)["Input"], output(parent)["Output"]) == ({"n": 2}, {"n": 4})


async def test_the_failure_of_a_child_is_the_failure_of_the_task() -> None:
    parent = Machines(FAIL).start_parent(".sync")
    await parent.wait()
    assert parent.error == "States.TaskFailed"
    assert parent.cause is not None
    assert json.loads(parent.cause) | {"Error": "Broken", "Cause": "rust", "Status": "FAILED"} == json.loads(
        parent.cause
    )


async def test_an_unknown_state_machine_is_an_error_of_the_service() -> None:
    parent = Machines(FAIL).start_parent("", arn=f"{PREFIX}:stateMachine:missing")
    await parent.wait()
    assert parent.error == "StepFunctions.StateMachineDoesNotExistException"
    assert parent.cause is not None
    assert "Error Code: StateMachineDoesNotExist;" in parent.cause


@pytest.mark.parametrize("suffix", [".sync", ".sync:2"])
async def test_a_child_that_is_waited_for_ends_with_its_parent(suffix: str) -> None:
    machines = Machines(SLEEP)
    parent = machines.start_parent(suffix, TimeoutSeconds=5)
    await parent.wait()
    assert parent.error == "States.Timeout"
    assert machines.started[1].status is ExecutionStatus.ABORTED


async def test_the_token_of_a_task_that_waits_for_an_execution_completes_it_first() -> None:
    machines = Machines(SLEEP)
    parameters = {"StateMachineArn": CHILD, "Input": {"token.$": "$$.Task.Token"}}
    parent = machines.start_parent(".sync", Parameters=parameters)
    await machines.child_started.wait()
    child = machines.started[1]
    machines.engine.send_task_success(json.loads(child.input)["token"], '"answered"')
    await parent.wait()
    assert output(parent) == "answered"
    assert child.status is ExecutionStatus.RUNNING
