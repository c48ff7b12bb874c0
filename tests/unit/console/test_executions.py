"""Executions as operators see them: found, looked into, repaired."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from console.operations import InputRefused, NotThere, OperationRefused, cursor, history
from console.operations.executions import Executions
from console.operations.search import Search, find
from console.operations.state_machines import StateMachines
from console.operations.summary import summarize
from tests.eventually import eventually
from workflows.inputs import INPUTS

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

PASS = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
SORTED_OUT = {
    "StartAt": "Sort",
    "States": {
        "Sort": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.error", "IsPresent": True, "Next": "Fail"}],
            "Default": "Done",
        },
        "Fail": {"Type": "Fail", "ErrorPath": "$.error", "Cause": "as was asked for"},
        "Done": {"Type": "Succeed"},
    },
}


class Machine:
    """A state machine of the test's own."""

    def __init__(self, aws: Aws, definition: dict[str, Any], name: str | None = None) -> None:
        self._sfn = aws.step_functions
        self.name = name or f"machine-{uuid.uuid4().hex}"
        self.arn = self._sfn.create_state_machine(
            name=self.name, definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
        )["stateMachineArn"]
        self.machines = StateMachines([self.arn])

    def run(self, given: Any = None, *, until: str | None = None) -> str:
        """The name of a new execution, once it has ended or, if told so, an event of this type is there."""
        arn = self._sfn.start_execution(stateMachineArn=self.arn, input=json.dumps(given or {}))["executionArn"]
        eventually(lambda: self.reached(arn, until), until or "its end")
        return arn.rpartition(":")[2]

    def reached(self, arn: str, event: str | None) -> bool:
        """Whether an execution has this event, or has ended."""
        if event is None:
            return self._sfn.describe_execution(executionArn=arn)["status"] != "RUNNING"
        return event in {found["type"] for found in self._sfn.get_execution_history(executionArn=arn)["events"]}

    def arn_of(self, name: str) -> str:
        return self.machines.execution(self.name, name)


def waiting_for(queue: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 3600,
        "HeartbeatSeconds": 600,
        "End": True,
    }


@pytest.fixture
def queue(aws: Aws) -> str:
    return aws.sqs.create_queue(QueueName=f"tokens-{uuid.uuid4().hex}")["QueueUrl"]


def test_pages_give_each_execution_once_newest_first_whatever_starts_meanwhile(aws: Aws) -> None:
    first, second = Machine(aws, PASS), Machine(aws, PASS)
    machines = StateMachines([first.arn, second.arn])
    expected = [machine.run() for machine in (first, second, first, first, second, second, first)]
    found: list[str] = []
    after = None
    while True:
        page = find(aws.step_functions, machines, Search(), limit=2, after=after)
        found += [execution.name for execution in page.executions]
        if (after := page.next) is None:
            break
        second.run()
    assert found == expected[::-1]


def test_executions_are_filtered_by_workflow_status_error_and_time(aws: Aws) -> None:
    machine, other = Machine(aws, SORTED_OUT), Machine(aws, PASS)
    machines = StateMachines([machine.arn, other.arn])
    done = machine.run()
    refused, broken = machine.run({"error": "Refused"}), machine.run({"error": "Broken"})
    other.run()

    def names(**wanted: Any) -> list[str]:
        page = find(aws.step_functions, machines, Search(**wanted), limit=10)
        assert page.next is None
        return [execution.name for execution in page.executions]

    assert names(workflow=machine.name) == [broken, refused, done]
    assert names(workflow=machine.name, status="SUCCEEDED") == [done]
    assert names(status="FAILED") == [broken, refused]
    assert names(error="Refused") == [refused]
    [middle] = find(aws.step_functions, machines, Search(error="Refused"), limit=10).executions
    assert middle.error == "Refused"
    assert names(workflow=machine.name, started_after=middle.started_at) == [broken, refused]
    assert names(workflow=machine.name, started_before=middle.started_at) == [done]
    assert names(started_after=middle.started_at + timedelta(days=1)) == []


def test_a_cursor_of_another_search_or_of_nobody_is_refused(aws: Aws) -> None:
    machine = Machine(aws, PASS)
    machine.run()
    machine.run()
    page = find(aws.step_functions, machine.machines, Search(), limit=1)
    assert page.next is not None
    foreign = [page.next, "", "zz", "00ff", cursor.written(Search(status="FAILED").question, {"start": 1})]
    for text in foreign:
        with pytest.raises(OperationRefused, match="cursor"):
            find(aws.step_functions, machine.machines, Search(status="FAILED"), limit=1, after=text)


def test_a_wait_is_told_with_its_limits_and_whom_it_waits_for(aws: Aws, queue: str) -> None:
    wait = waiting_for(queue)
    machine = Machine(aws, {"StartAt": "Wait", "States": {"Wait": wait}})
    name = machine.run(until="TaskSubmitted")
    told = summarize(history.events(aws.step_functions, machine.arn_of(name)))
    [found] = told.waits
    assert (found.state, found.timeout_seconds, found.heartbeat_seconds) == ("Wait", 3600, 600)
    assert told.states["Wait"].status == "WAITING"
    Executions(aws.step_functions, machine.machines).stop(machine.name, name, by="anna", reason="not needed")
    ended = summarize(history.events(aws.step_functions, machine.arn_of(name)))
    assert (ended.waits, ended.states["Wait"].status) == ([], "ABORTED")


def test_a_wait_in_a_branch_that_was_given_up_is_none(aws: Aws, queue: str) -> None:
    parallel = {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Wait", "States": {"Wait": waiting_for(queue)}},
            {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 1, "Next": "Fail"},
                                            "Fail": {"Type": "Fail", "Error": "GaveUp"}}},
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}],
        "End": True,
    }  # fmt: skip
    after = waiting_for(queue)
    machine = Machine(aws, {"StartAt": "Both", "States": {"Both": parallel, "After": after}})
    name = machine.run(until="ParallelStateExited")
    told = summarize(history.events(aws.step_functions, machine.arn_of(name)))
    assert "Wait" not in {wait.state for wait in told.waits}
    assert {state: told.states[state].status for state in ("Both", "Wait", "Fail")} == {
        "Both": "CAUGHT",
        "Wait": "ABORTED",
        "Fail": "FAILED",
    }
    aws.step_functions.stop_execution(executionArn=machine.arn_of(name))


def test_an_execution_is_redriven_only_if_it_did_not_succeed(aws: Aws) -> None:
    machine = Machine(aws, SORTED_OUT)
    executions = Executions(aws.step_functions, machine.machines)
    failed, done = machine.run({"error": "Broken"}), machine.run()
    executions.redrive(machine.name, failed)
    assert executions.describe(machine.name, failed).redrives == 1
    with pytest.raises(OperationRefused, match="SUCCEEDED, so there is nothing to redrive"):
        executions.redrive(machine.name, done)
    with pytest.raises(OperationRefused, match="has ended already"):
        executions.stop(machine.name, done, by="anna", reason="late")


def test_what_is_not_there_is_named(aws: Aws) -> None:
    machine = Machine(aws, PASS)
    executions = Executions(aws.step_functions, machine.machines)
    with pytest.raises(NotThere, match=f"no execution nobody of {machine.name}"):
        executions.describe(machine.name, "nobody")
    with pytest.raises(NotThere, match=f"no execution nobody of {machine.name}"):
        executions.stop(machine.name, "nobody", by="anna", reason="")
    with pytest.raises(NotThere, match="no workflow invoices"):
        executions.describe("invoices", "one")


def test_an_execution_is_started_only_with_an_input_that_fits(aws: Aws) -> None:
    machine = Machine(aws, PASS, "email-campaign")
    executions = Executions(aws.step_functions, machine.machines)
    example = INPUTS["email-campaign"].example()
    name = executions.start("email-campaign", example)
    started = executions.describe("email-campaign", name)
    assert json.loads(started.input or "") == example
    with pytest.raises(InputRefused) as refused:
        executions.start("email-campaign", {**example, "request": {**example["request"], "vendor": 1}})
    assert [problem.partition(":")[0] for problem in refused.value.problems] == ["request.vendor"]
    with pytest.raises(InputRefused) as refused:
        executions.start("email-campaign", {**example, "replays": "arn:another"})
    assert [problem.partition(":")[0] for problem in refused.value.problems] == ["replays"]
    other = Machine(aws, PASS)
    with pytest.raises(OperationRefused, match="nothing says what its input is"):
        Executions(aws.step_functions, other.machines).start(other.name, {})


def test_every_workflow_has_an_example_that_fits() -> None:
    for contract in INPUTS.values():
        assert contract.problems(contract.example()) == ()
