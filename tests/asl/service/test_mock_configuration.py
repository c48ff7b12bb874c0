"""Executions of test cases of a mock configuration in the format of Step Functions Local."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.engine import VirtualClock
from asl.integrations import TaskFailure
from asl.integrations.lambda_function import no_lambda
from asl.integrations.mocked import MockedIntegration
from asl.integrations.unsupported import UnsupportedIntegration
from asl.service.app import Application
from asl.service.mock_configuration import MockConfiguration, MockConfigurationError, read_mock_configuration
from asl.service.service import Service
from asl.service.settings import Settings
from tests.asl.service.conftest import Api

if TYPE_CHECKING:
    from collections.abc import Callable

WAITING = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
PARAMETERS = {
    "arn:aws:states:::lambda:invoke": {"FunctionName": "work"},
    "arn:aws:states:::aws-sdk:comprehend:detectSentiment": {"Text": "fine", "LanguageCode": "en"},
    "arn:aws:states:::ecs:runTask.sync": {"TaskDefinition": "work"},
    "arn:aws:states:::states:startExecution.sync:2": {"StateMachineArn": "arn:aws:states:::stateMachine:other"},
    WAITING: {"QueueUrl": "https://queue", "MessageBody": {"token.$": "$$.Task.Token"}},
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Any], MockConfiguration]:
    def read(content: Any) -> MockConfiguration:
        path = tmp_path / "mocks.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_mock_configuration(path)

    return read


@pytest.fixture
def tested(read: Callable[[Any], MockConfiguration]) -> Callable[..., Api]:
    """An API with the responses of `states`, by name of the state, in the test case Case of the machine `orders`."""

    def tested(**states: Any) -> Api:
        mocks = read(
            {
                "StateMachines": {"orders": {"TestCases": {"Case": {name: name for name in states}}}},
                "MockedResponses": states,
            }
        )
        return Api(Application(Service(Settings(), VirtualClock(), no_lambda, mocks)))

    return tested


def task(resource: str = "arn:aws:states:::lambda:invoke", **fields: Any) -> dict[str, Any]:
    parameters = {"Parameters": PARAMETERS[resource]} if resource in PARAMETERS else {}
    return {"Type": "Task", "Resource": resource, "End": True, **parameters, **fields}


async def run(api: Api, only: dict[str, Any], **more: Any) -> dict[str, Any]:
    machine = await api.machine("orders", json.dumps({"StartAt": "Only", "States": {"Only": only, **more}}))
    return await api.run(f"{machine}#Case")


async def events(api: Api, execution: dict[str, Any]) -> list[str]:
    history = await api("GetExecutionHistory", executionArn=execution["executionArn"])
    return [event["type"] for event in history["events"]]


async def test_a_task_returns_what_its_test_case_says_of_the_attempt(tested: Callable[..., Api]) -> None:
    refused = {"Throw": {"Error": "Lambda.ServiceException", "Cause": "Try again."}}
    api = tested(Only={"0": refused, "1-2": refused, "3": {"Return": {"Payload": [1, "two"]}}})
    retry = {"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 3}
    execution = await run(api, task(Parameters={"FunctionName": "work"}, Retry=[retry], OutputPath="$.Payload"))
    assert json.loads(execution["output"]) == [1, "two"]
    assert "#" not in execution["stateMachineArn"]
    refusal = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    success = ["TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"]
    assert await events(api, execution) == ["ExecutionStarted", "TaskStateEntered", *(3 * refusal), *success]


@pytest.mark.parametrize(
    ("resource", "kinds"),
    [
        ("arn:aws:lambda:us-east-1:123456789012:function:work", ["LambdaFunction", "Scheduled", "Started"]),
        ("arn:aws:states:us-east-1:123456789012:activity:work", ["Activity", "Scheduled", "Started"]),
        ("arn:aws:states:::aws-sdk:comprehend:detectSentiment", ["Task", "Scheduled", "Started"]),
        ("arn:aws:states:::ecs:runTask.sync", ["Task", "Scheduled", "Started", "Submitted"]),
        ("arn:aws:states:::states:startExecution.sync:2", ["Task", "Scheduled", "Started", "Submitted"]),
        (WAITING, ["Task", "Scheduled", "Started", "Submitted"]),
    ],
)
async def test_every_kind_of_task_can_be_mocked(resource: str, kinds: list[str], tested: Callable[..., Api]) -> None:
    """Even one whose resource does not exist or is not supported: it is never called."""
    api = tested(Only={"0": {"Return": {"done": True}}})
    execution = await run(api, task(resource))
    assert execution["output"] == '{"done":true}'
    kind, *begun = kinds
    assert (await events(api, execution))[2:-2] == [f"{kind}{event}" for event in [*begun, "Succeeded"]]


async def test_a_mocked_task_that_waits_has_a_token_and_needs_nobody_to_answer_it(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0": {"Return": "approved"}})
    execution = await run(api, task(WAITING))
    assert execution["output"] == '"approved"'
    history = await api("GetExecutionHistory", executionArn=execution["executionArn"])
    scheduled = json.loads(history["events"][2]["taskScheduledEventDetails"]["parameters"])
    with pytest.raises(AssertionError, match="TaskTimedOut"):
        await api("SendTaskSuccess", taskToken=scheduled["MessageBody"]["token"], output="{}")


async def test_attempts_are_counted_over_loops(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0-1": {"Return": "pending"}, "2": {"Return": "success"}})
    only = task() | {"Next": "Check"}
    del only["End"]
    check = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "StringEquals": "pending", "Next": "Only"}],
        "Default": "Done",
    }
    execution = await run(api, only, Check=check, Done={"Type": "Succeed"})
    assert execution["output"] == '"success"'
    assert (await events(api, execution)).count("TaskStateEntered") == 3


async def test_the_children_of_a_distributed_map_count_together(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0-1": {"Return": "early"}, "2": {"Return": "late"}})
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Only"}
    mapping = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemProcessor": {**processor, "States": {"Only": task()}},
        "End": True,
    }
    machine = await api.machine("orders", json.dumps({"StartAt": "Each", "States": {"Each": mapping}}))
    execution = await api.run(f"{machine}#Case", input="[1, 2, 3]")
    assert json.loads(execution["output"]) == ["early", "early", "late"]


async def test_each_execution_counts_from_0(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0": {"Return": 1}})
    machine = await api.machine("orders", json.dumps({"StartAt": "Only", "States": {"Only": task()}}))
    assert [(await api.run(f"{machine}#Case"))["output"] for _ in range(2)] == ["1", "1"]


async def test_an_error_is_caught_by_name(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0": {"Throw": {"Error": "States.HeartbeatTimeout", "Cause": "silence"}}})
    catch = {"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Done"}
    execution = await run(api, task(WAITING, Catch=[catch]), Done={"Type": "Succeed"})
    assert json.loads(execution["output"]) == {"Error": "States.HeartbeatTimeout", "Cause": "silence"}


async def test_an_attempt_without_a_response_fails_the_execution_whatever_it_catches(
    tested: Callable[..., Api],
) -> None:
    api = tested(Only={"0": {"Throw": {"Error": "Busy", "Cause": ""}}, "2": {"Return": {}}})
    catch = {"ErrorEquals": ["States.ALL"], "Next": "Done"}
    only = task(Retry=[{"ErrorEquals": ["Busy"]}], Catch=[catch])
    execution = await run(api, only, Done={"Type": "Succeed"})
    assert execution["error"] == "States.Runtime"
    assert "orders#Case has no mocked response for attempt 1 of the state 'Only'" in execution["cause"]


async def test_a_task_that_the_test_case_does_not_name_does_its_real_work(tested: Callable[..., Api]) -> None:
    api = tested(Other={"0": {"Return": {}}})
    execution = await run(api, task(Parameters={"FunctionName": "work"}))
    assert "No Lambda endpoint is configured" in execution["cause"]


async def test_a_mock_of_what_is_no_task_is_told(tested: Callable[..., Api], caplog: pytest.LogCaptureFixture) -> None:
    await run(tested(Only={"0": {"Return": 1}}, Onyl={"0": {"Return": 1}}), task())
    assert caplog.messages == ["the test case Case of orders mocks Onyl, which is no Task state of it"]


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_each_attempt_has_the_response_whose_range_it_is_in(lengths: list[int]) -> None:
    """However the attempts are cut into ranges, and in whatever order these stand in the file."""
    firsts = [sum(lengths[:number]) for number in range(len(lengths))]
    ranges = {
        f"{first}-{first + length - 1}" if length > 1 else str(first): {"Return": number}
        for number, (first, length) in enumerate(zip(firsts, lengths, strict=True))
    }
    content = {
        "StateMachines": {"m": {"TestCases": {"c": {"s": "r"}}}},
        "MockedResponses": {"r": dict(reversed(ranges.items()))},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder, "mocks.json")
        path.write_text(json.dumps(content))
        mocks = read_mock_configuration(path).execution_mocks("m", "c")
    mock = mocks.of("s", WAITING, UnsupportedIntegration(WAITING))
    expected = [number for number, length in enumerate(lengths) for _ in range(length)]
    assert isinstance(mock, MockedIntegration)
    assert [mock._outcome() for _ in expected] == expected
    with pytest.raises(TaskFailure, match=f"attempt {len(expected)} of the state 's'"):
        mock._outcome()


async def test_an_express_execution_can_be_a_test(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0": {"Return": {"by": "mock"}}})
    express = await api.machine("orders", json.dumps({"StartAt": "Only", "States": {"Only": task()}}), type="EXPRESS")
    assert (await api("StartSyncExecution", stateMachineArn=f"{express}#Case"))["output"] == '{"by":"mock"}'


async def test_a_nested_execution_can_be_a_test(tested: Callable[..., Api]) -> None:
    api = tested(Only={"0": {"Return": {"by": "mock"}}})
    inner = await api.machine("orders", json.dumps({"StartAt": "Only", "States": {"Only": task()}}))
    starting = "arn:aws:states:::states:startExecution.sync:2"
    nesting = task(starting, Parameters={"StateMachineArn": f"{inner}#Case"}, OutputPath="$.Output")
    outer = await api.machine("outer", json.dumps({"StartAt": "Only", "States": {"Only": nesting}}))
    assert (await api.run(outer))["output"] == '{"by":"mock"}'


@pytest.mark.parametrize(
    ("suffix", "says"),
    [
        ("#Other", "has no test case Other of orders, only Case"),
        ("#Broken", "has no mocked response nowhere, which Only is to have"),
    ],
)
async def test_what_is_no_test_case_is_refused(
    suffix: str, says: str, read: Callable[[Any], MockConfiguration]
) -> None:
    cases: dict[str, Any] = {"Case": {}, "Broken": {"Only": "nowhere"}}
    mocks = read({"StateMachines": {"orders": {"TestCases": cases}}, "MockedResponses": {}})
    if suffix == "#Other":
        del cases["Broken"]
        mocks = read({"StateMachines": {"orders": {"TestCases": cases}}, "MockedResponses": {}})
    api = Api(Application(Service(Settings(), VirtualClock(), no_lambda, mocks)))
    machine = await api.machine("orders")
    code, message = await api.refusal("StartExecution", stateMachineArn=machine + suffix)
    assert code == "InvalidArn"
    assert says in message


async def test_a_test_case_without_a_configuration_is_refused(api: Api) -> None:
    machine = await api.machine("orders")
    code, message = await api.refusal("StartExecution", stateMachineArn=f"{machine}#Case")
    assert code == "InvalidArn"
    assert "SFN_MOCK_CONFIG is to name its file" in message


RESPONSES: dict[str, Any] = {"StateMachines": {}, "MockedResponses": {}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ([], "the file is to be a JSON object"),
        ({"StateMachines": {}}, "MockedResponses is missing"),
        ({**RESPONSES, "StateMachines": {"m": {}}}, "StateMachines.m.TestCases is missing"),
        (
            {**RESPONSES, "StateMachines": {"m": {"TestCases": {"c": {"s": {}}}}}},
            "StateMachines.m.TestCases.c.s is to be the name of one of the MockedResponses",
        ),
        (
            {**RESPONSES, "MockedResponses": {"r": {"first": {}}}},
            "MockedResponses.r.first: attempts are a number from 0",
        ),
        ({**RESPONSES, "MockedResponses": {"r": {"2-1": {}}}}, "MockedResponses.r.2-1: a range begins with the lower"),
        (
            {**RESPONSES, "MockedResponses": {"r": {"0": {"Return": {}, "Throw": {}}}}},
            "MockedResponses.r.0 is to have exactly one of Return and Throw",
        ),
        ({**RESPONSES, "MockedResponses": {"r": {"0": {"Throw": {"Cause": "x"}}}}}, "r.0.Throw.Error is to be a text"),
        (
            {**RESPONSES, "MockedResponses": {"r": {"0-2": {"Return": 1}, "2": {"Return": 2}}}},
            "MockedResponses.r has more than one response for attempt 2",
        ),
    ],
)
def test_a_bad_file_is_refused_with_the_place(
    content: Any, says: str, read: Callable[[Any], MockConfiguration]
) -> None:
    with pytest.raises(MockConfigurationError) as refused:
        read(content)
    assert says in str(refused.value)
    assert "mocks.json" in str(refused.value)


def test_a_response_that_is_not_there_is_told_at_the_start(read: Callable[[Any], MockConfiguration]) -> None:
    mocks = read({**RESPONSES, "StateMachines": {"m": {"TestCases": {"c": {"s": "gone"}}}}})
    assert [text.partition(": ")[2] for text in mocks.dangling()] == [
        "StateMachines.m.TestCases.c.s is 'gone', which MockedResponses does not have"
    ]
