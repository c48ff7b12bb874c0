"""What TestState refuses, and the context object of a test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.asl.test_state.conftest import BOOM, ROLE, TASK, mocked, request

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api
    from tests.asl.test_state.conftest import StateTester

PASS = {"Type": "Pass", "End": True}
MACHINE = {"StartAt": "Only", "States": {"Only": PASS}}
WAITING = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
    "End": True,
}
ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:work", "End": True}
WHOLE_SELECTOR = {"ResultSelector": {"context.$": "$$"}}
WHOLE_CONTEXT = {"Parameters": {"context.$": "$$"}}


@pytest.mark.parametrize(
    ("definition", "more", "code"),
    [
        ("{", {}, "InvalidDefinition"),
        ([], {}, "InvalidDefinition"),
        ({"Type": "Pass"}, {}, "InvalidDefinition"),
        (MACHINE, {}, "InvalidDefinition"),
        (PASS, {"stateName": "Only"}, "InvalidDefinition"),
        (MACHINE, {"stateName": "Other"}, "ValidationException"),
        (PASS, {"input": "{"}, "InvalidExecutionInput"),
        (PASS, {"variables": [1]}, "ValidationException"),
        (PASS, {"roleArn": "nobody"}, "InvalidArn"),
        (PASS, {"mock": mocked(1)}, "ValidationException"),
        (PASS, {"context": {}}, "ValidationException"),
        (TASK, {}, "ValidationException"),
        (TASK, {"mock": {}}, "ValidationException"),
        (TASK, {"mock": {**BOOM, **mocked(1)}}, "ValidationException"),
        (TASK, {"mock": {"result": "{"}}, "ValidationException"),
        (TASK, {"mock": {"result": "1e999"}}, "ValidationException"),
        (TASK, {"mock": BOOM, "revealSecrets": True}, "ValidationException"),
        (TASK, {"mock": BOOM, "stateConfiguration": {"retrierRetryCount": -1}}, "ValidationException"),
        (WAITING, {"roleArn": ROLE}, "InvalidDefinition"),
        (ACTIVITY, {"roleArn": ROLE}, "InvalidDefinition"),
    ],
)
async def test_what_makes_no_sense_is_refused(api: Api, definition: Any, more: dict[str, Any], code: str) -> None:
    assert (await api.refusal("TestState", **request(definition, **more)))[0] == code


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ([], "it must be an object"),
        ({"Map": {}}, "'Map' field is not supported when mocking a Context object"),
        ({"Other": {}}, "Field 'Other' is not allowed"),
        ({"State": {"Other": 1}}, "Field 'Other' is not allowed"),
        ({"State": []}, "State must be an object"),
        ({"State": {"Name": 1}}, "State.Name must be a string"),
        ({"State": {"RetryCount": "1"}}, "State.RetryCount must be a number"),
        ({"Execution": {"RedriveCount": True}}, "Execution.RedriveCount must be a number"),
    ],
)
async def test_a_context_object_that_no_state_has_is_refused(api: Api, context: Any, message: str) -> None:
    refusal = await api.refusal("TestState", **request(TASK, mock=BOOM, context=context))
    assert refusal == ("ValidationException", f"Invalid Context object provided: {message}")


async def test_a_context_object_has_to_be_json(api: Api) -> None:
    asked = {**request(TASK, mock=BOOM), "context": '{"Execution": '}
    refusal = await api.refusal("TestState", **asked)
    assert refusal == ("ValidationException", "Invalid Context object provided: it must be valid JSON")


@pytest.mark.parametrize("depth", range(975, 1_000))
async def test_a_value_nested_too_deeply_is_an_error(api: Api, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    for asked in (
        request({**PASS, "Parameters": {"a.$": "$"}}, input=deep),
        {**request(PASS), "variables": f'{{"a": {deep}}}'},
        {
            **request({**TASK, **WHOLE_SELECTOR}, mock={"result": deep}),
            "context": f'{{"Execution": {{"Input": {deep}}}}}',
        },
    ):
        response = await api.post("TestState", {**asked, "inspectionLevel": "DEBUG"})
        assert response.status in {200, 400}


async def test_a_context_that_is_given_is_all_there_is(tested: StateTester) -> None:
    context = {"Execution": {"Input": [1]}, "Task": {"Token": "t"}}
    answer = await tested({**WAITING, **WHOLE_SELECTOR}, mock=mocked({}), context=context, inspectionLevel="DEBUG")
    assert answer["output"] == {"context": context}
    assert answer["inspectionData"]["afterParameters"]["MessageBody"] == "t"


async def test_without_a_given_context_there_is_one_as_executions_have_it(tested: StateTester) -> None:
    context = (await tested({**PASS, **WHOLE_CONTEXT}, {"a": 1}, roleArn=ROLE))["output"]["context"]
    assert context["Execution"].items() >= {"Input": {"a": 1}, "RoleArn": ROLE}.items()
    assert context["State"]["Name"] == "StateName"
    assert context["StateMachine"]["Name"] in context["Execution"]["Id"]


async def test_a_named_state_has_its_name(tested: StateTester) -> None:
    machine = {"StartAt": "Only", "States": {"Only": {**PASS, **WHOLE_CONTEXT}}}
    assert (await tested(machine, stateName="Only"))["output"]["context"]["State"]["Name"] == "Only"


@pytest.mark.parametrize("state", [WAITING, ACTIVITY])
async def test_with_a_mock_nothing_is_waited_for(tested: StateTester, state: dict[str, Any]) -> None:
    answer = await tested(state, mock=mocked({"done": True}))
    assert answer == {"status": "SUCCEEDED", "output": {"done": True}}


async def test_a_token_of_a_test_completes_nothing(api: Api, tested: StateTester) -> None:
    answer = await tested(WAITING, mock=mocked({}), inspectionLevel="DEBUG")
    token = answer["inspectionData"]["afterParameters"]["MessageBody"]
    assert (await api.refusal("SendTaskSuccess", taskToken=token, output="1"))[0] == "InvalidToken"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["$", "$.a", "a", "{% $states.input.a %}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b.$", "c"]), inner, max_size=2),
    max_leaves=4,
)
PATHS = st.sampled_from(["$", "$.a", "$.a.b", None])
PASS_STATES = st.fixed_dictionaries(
    {"Type": st.just("Pass"), "End": st.just(True)},
    optional={"Result": JSON, "Parameters": JSON, "InputPath": PATHS, "OutputPath": PATHS, "ResultPath": PATHS},
) | st.fixed_dictionaries(
    {"Type": st.just("Pass"), "End": st.just(True), "QueryLanguage": st.just("JSONata")}, optional={"Output": JSON}
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PASS_STATES, JSON)
async def test_a_state_that_is_tested_does_what_it_does_in_an_execution(api: Api, state: Any, given: Any) -> None:
    machine = json.dumps({"StartAt": "StateName", "States": {"StateName": state}})
    response = await api.post("TestState", request(state, input=json.dumps(given)))
    tested = json.loads(response.body)
    if response.status == 400:
        assert (await api.refusal("CreateStateMachine", name="m", definition=machine, roleArn=ROLE))[1] == (
            tested["message"]
        )
        return
    arn = await api.machine(f"m{abs(hash(machine))}", machine)
    ended = await api.run(arn, input=json.dumps(given))
    assert (tested["status"], tested.get("error"), tested.get("cause")) == (
        ended["status"],
        ended.get("error"),
        ended.get("cause"),
    )
    assert json.loads(tested.get("output", "null")) == json.loads(ended.get("output", "null"))
