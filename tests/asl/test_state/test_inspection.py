"""What TestState tells of the steps inside a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.asl.test_state.conftest import BOOM, ROLE, TASK, mocked

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api
    from tests.asl.test_state.conftest import StateTester

STEPS = {
    **TASK,
    "InputPath": "$.order",
    "Parameters": {"id.$": "$.number"},
    "ResultSelector": {"message.$": "$.MessageId"},
    "ResultPath": "$.sent",
    "OutputPath": "$.sent",
}


async def test_a_task_in_jsonpath_tells_each_of_its_steps(tested: StateTester) -> None:
    answer = await tested(STEPS, {"order": {"number": 7}}, mock=mocked({"MessageId": "m"}), inspectionLevel="DEBUG")
    assert answer["inspectionData"] == {
        "input": {"order": {"number": 7}},
        "afterInputPath": {"number": 7},
        "afterParameters": {"id": 7},
        "result": {"MessageId": "m"},
        "afterResultSelector": {"message": "m"},
        "afterResultPath": {"order": {"number": 7}, "sent": {"message": "m"}},
    }
    assert answer["output"] == {"message": "m"}


async def test_a_task_in_jsonata_tells_its_arguments_and_its_result(tested: StateTester) -> None:
    state = {
        **TASK,
        "QueryLanguage": "JSONata",
        "Arguments": {"id": "{% $states.input.number %}"},
        "Output": "{% $states.result.MessageId %}",
    }
    answer = await tested(state, {"number": 7}, mock=mocked({"MessageId": "m"}), inspectionLevel="TRACE")
    assert answer["inspectionData"] == {
        "input": {"number": 7},
        "afterArguments": {"id": 7},
        "result": {"MessageId": "m"},
    }
    assert answer["output"] == "m"


@pytest.mark.parametrize("level", [{}, {"inspectionLevel": "INFO"}])
async def test_the_steps_are_told_only_on_request(tested: StateTester, level: dict[str, str]) -> None:
    answer = await tested({"Type": "Succeed"}, {"a": 1}, **level)
    assert answer == {"status": "SUCCEEDED", "output": {"a": 1}}


async def test_steps_are_told_up_to_the_one_that_failed(tested: StateTester) -> None:
    state = {**STEPS, "ResultSelector": {"message.$": "$.nothing"}}
    answer = await tested(state, {"order": {"number": 7}}, mock=mocked({"MessageId": "m"}), inspectionLevel="DEBUG")
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
    assert answer["inspectionData"].keys() == {"input", "afterInputPath", "afterParameters", "result"}


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (
            {"Type": "Pass", "End": True},
            {"afterInputPath", "afterParameters", "afterResultSelector", "afterResultPath"},
        ),
        ({"Type": "Pass", "Result": 1, "End": True}, {"result", "afterResultSelector", "afterResultPath"}),
        ({"Type": "Wait", "Seconds": 1, "End": True}, {"afterInputPath"}),
        ({"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": True, "Next": "Other"}]}, {"afterInputPath"}),
        ({"Type": "Succeed"}, {"afterInputPath"}),
        ({"Type": "Fail"}, {"afterInputPath"}),
        ({"Type": "Succeed", "QueryLanguage": "JSONata"}, set()),
        ({"Type": "Fail", "QueryLanguage": "JSONata"}, set()),
    ],
)
async def test_each_type_of_state_tells_the_steps_that_it_has(
    tested: StateTester, state: dict[str, Any], steps: set[str]
) -> None:
    answer = await tested(state, {}, inspectionLevel="DEBUG")
    assert answer["inspectionData"].keys() == {"input", *steps}


async def test_variables_given_and_assigned_are_told(tested: StateTester) -> None:
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% $given + 1 %}",
        "Assign": {"more": "{% $given * 2 %}"},
        "End": True,
    }
    answer = await tested(state, variables={"given": 4}, inspectionLevel="DEBUG")
    assert answer["output"] == 5
    assert answer["inspectionData"]["variables"] == {"given": 4, "more": 8}


async def test_variables_of_a_state_that_failed_are_those_it_was_given(tested: StateTester) -> None:
    state = {**TASK, "Assign": {"more": 1}}
    answer = await tested(state, variables={"given": 4}, mock=BOOM, inspectionLevel="DEBUG")
    assert answer["inspectionData"]["variables"] == {"given": 4}


async def test_the_next_state_is_told_and_is_not_needed(tested: StateTester) -> None:
    answer = await tested({"Type": "Pass", "Next": "Elsewhere"})
    assert answer["nextState"] == "Elsewhere"


async def test_a_wait_state_waits(tested: StateTester, api: Api) -> None:
    clock = api._application._service.engine.clock
    before = clock.now()
    await tested({"Type": "Wait", "Seconds": 60, "End": True})
    assert clock.now() == before + 60


async def test_a_test_takes_five_minutes_at_most(tested: StateTester) -> None:
    answer = await tested({"Type": "Wait", "Seconds": 301, "End": True})
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Timeout")


async def test_without_a_mock_a_task_does_its_work(tested: StateTester, api: Api) -> None:
    machine = await api.machine()
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": machine},
        "ResultSelector": {"arn.$": "$.ExecutionArn"},
        "End": True,
    }
    answer = await tested(state, roleArn=ROLE)
    assert (await api("DescribeExecution", executionArn=answer["output"]["arn"]))["stateMachineArn"] == machine
