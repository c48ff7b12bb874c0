"""Each rule: what it finds. Those about waits and handlers: their innocent neighbours, in both query languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.lint import RULES, Finding, Rule, Settings, lint
from asl.lint.rule import definition_of

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
INVOKE = "arn:aws:states:::lambda:invoke"
TOKEN = f"{INVOKE}.waitForTaskToken"
SEND = "arn:aws:states:::sqs:sendMessage"
JSONATA = "JSONata"
FAIL = {"Type": "Fail", "Error": "Broken"}
DONE = {"Type": "Succeed"}


def check(states: dict[str, Any], settings: Settings | None = None, **fields: Any) -> list[Finding]:
    text = json.dumps({**definition_of(states), **fields})
    return [finding for finding in lint(text, settings=settings) if finding.rule != "ASL203"]


def found(states: dict[str, Any], settings: Settings | None = None, **fields: Any) -> set[str]:
    return {finding.rule for finding in check(states, settings, **fields)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_example_of_a_rule_offends_it_alone_and_the_mended_one_offends_none(rule: Rule) -> None:
    assert {finding.rule for finding in lint(json.dumps(definition_of(rule.bad)))} == {rule.id}
    assert lint(json.dumps(definition_of(rule.good))) == []


def test_every_rule_has_an_id_and_a_name_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)


def waiting(arguments: Any, *, jsonata: bool = False, **fields: Any) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": TOKEN,
        "Arguments" if jsonata else "Parameters": arguments,
        "TimeoutSeconds": 60,
        "Retry": [{"ErrorEquals": ["States.TaskFailed"]}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}],
        "End": True,
        **fields,
    }
    kept = {name: value for name, value in state.items() if value is not None}
    language = {"QueryLanguage": JSONATA} if jsonata else {}
    return {**language, "Ask": kept, "Broken": FAIL}


PASSED: dict[str, Any] = {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}


@pytest.mark.parametrize(
    "fields",
    [
        {"TimeoutSeconds": None, "HeartbeatSeconds": 5},
        {"TimeoutSeconds": None, "TimeoutSecondsPath": "$.t"},
        {"TimeoutSeconds": None, "HeartbeatSecondsPath": "$.t"},
    ],
)
def test_any_bound_bounds_a_wait(fields: Any) -> None:
    assert found(waiting(PASSED)) == set()
    assert found(waiting(PASSED, **fields)) == set()
    assert found(waiting(PASSED, TimeoutSeconds=None)) == {"ASL101"}


def test_an_activity_needs_a_bound_and_a_plain_call_does_not() -> None:
    activity = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}
    assert found({"Work": activity}) == {"ASL101"}
    assert found({"Work": {**activity, "HeartbeatSeconds": 9}}) == set()
    message = {"QueueUrl": "q", "MessageBody": "b"}
    assert found({"Send": {"Type": "Task", "Resource": SEND, "Parameters": message, "End": True}}) == set()


def test_a_bound_of_the_whole_execution_is_told_instead_of_a_year() -> None:
    (finding,) = check(waiting(PASSED, TimeoutSeconds=None), TimeoutSeconds=600)
    assert "the state machine's 600 s" in finding.message


@pytest.mark.parametrize(("heartbeat", "rules"), [(59, set()), (60, {"ASL102"}), (61, {"ASL102"}), (None, set())])
def test_a_heartbeat_has_to_be_below_the_timeout(heartbeat: int | None, rules: set[str]) -> None:
    assert found(waiting(PASSED, HeartbeatSeconds=heartbeat)) == rules


def test_a_heartbeat_that_an_expression_computes_is_not_compared() -> None:
    arguments = {"FunctionName": "f", "Payload": "{% $states.context.Task.Token %}"}
    assert found(waiting(arguments, jsonata=True, HeartbeatSeconds="{% $states.input.h %}")) == set()


@pytest.mark.parametrize(
    "names", [["States.Timeout"], ["States.HeartbeatTimeout"], ["States.TaskFailed"], ["States.ALL"]]
)
def test_whatever_can_catch_the_silence_is_enough(names: list[str]) -> None:
    assert found(waiting(PASSED, Catch=[{"ErrorEquals": names, "Next": "Broken"}])) == set()
    other = [{"ErrorEquals": ["Busy"], "Next": "Broken"}]
    assert found(waiting(PASSED, Catch=other)) == {"ASL103"}


def test_a_catch_around_the_wait_is_one() -> None:
    ask = waiting(PASSED, Catch=None)["Ask"]
    inner = {"StartAt": "Ask", "States": {"Ask": ask}}
    around = {"Type": "Parallel", "Branches": [inner], "End": True}
    assert found({"Around": around}) == {"ASL103"}
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}]
    assert found({"Around": {**around, "Catch": caught}, "Broken": FAIL}) == set()


@pytest.mark.parametrize(
    ("payload", "jsonata", "passes"),
    [
        ({"token.$": "$$.Task.Token"}, False, True),
        ({"token.$": "States.Format('{}', $$.Task.Token)"}, False, True),
        ({"context.$": "$$"}, False, True),
        ({"task.$": "$$.Task"}, False, True),
        ({"token": "$$.Task.Token"}, False, False),
        ({"id.$": "$$.Execution.Id"}, False, False),
        ({"input.$": "$"}, False, False),
        ({"token": "{% $states.context.Task.Token %}"}, True, True),
        ({"token": "{% 'x' & $states.context.Task.Token %}"}, True, True),
        ("{% $merge([$states.input, {'t': $states.context.Task.Token}]) %}", True, True),
        ({"context": "{% $states.context %}"}, True, True),
        ({"token": "$states.context.Task.Token"}, True, False),
        ({"id": "{% $states.context.Execution.Id %}"}, True, False),
        ({"input": "{% $states.input %}"}, True, False),
    ],
)
def test_the_token_has_to_be_in_what_is_sent(payload: Any, jsonata: bool, passes: bool) -> None:
    rules = found(waiting({"FunctionName": "f", "Payload": payload}, jsonata=jsonata)) - {"ASL002"}
    assert rules == (set() if passes else {"ASL104"})


def working(**fields: Any) -> dict[str, Any]:
    retry = [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 3}]
    state = {"Type": "Task", "Resource": FUNCTION, "Retry": retry, "End": True, **fields}
    return {"Work": state, "Broken": FAIL} if "Catch" in fields else {"Work": state}


LAMBDA = {"ErrorEquals": ["Lambda.ServiceException"]}


@pytest.mark.parametrize(
    ("retrier", "rules"),
    [
        ({"ErrorEquals": ["States.Runtime"]}, {"ASL201"}),
        ({"ErrorEquals": ["States.QueryEvaluationError", "Busy"]}, {"ASL201"}),
        ({"ErrorEquals": ["States.DataLimitExceeded"], "MaxAttempts": 0}, set()),
        ({"ErrorEquals": ["States.TaskFailed"]}, set()),
        ({"ErrorEquals": ["Busy"], "MaxAttempts": 20}, {"ASL202"}),
        ({"ErrorEquals": ["Busy"], "MaxAttempts": 20, "MaxDelaySeconds": 60}, set()),
        ({"ErrorEquals": ["Busy"], "MaxAttempts": 20, "BackoffRate": 1}, set()),
        ({"ErrorEquals": ["Busy"], "MaxAttempts": 6, "IntervalSeconds": 2}, set()),
        ({"ErrorEquals": ["Busy"], "MaxAttempts": 9_000, "MaxDelaySeconds": 60}, {"ASL202"}),
        ({"ErrorEquals": ["Busy"], "MaxAttempts": 99_999_999}, {"ASL202"}),
    ],
)
def test_retriers(retrier: Any, rules: set[str]) -> None:
    assert found(working(Retry=[LAMBDA, retrier])) == rules


def test_a_retrier_without_jitter_is_a_note() -> None:
    findings = lint(json.dumps(definition_of(working())))
    assert [(finding.rule, finding.counts) for finding in findings] == [("ASL203", False)]
    once = [{**LAMBDA, "JitterStrategy": "FULL"}, {"ErrorEquals": ["Busy"], "MaxAttempts": 0}]
    assert lint(json.dumps(definition_of(working(Retry=once)))) == []


@pytest.mark.parametrize(
    ("resource", "rules"),
    [
        (FUNCTION, {"ASL204"}),
        (INVOKE, {"ASL204"}),
        ("arn:aws:states:::aws-sdk:lambda:listFunctions", set()),
        ("arn:aws:states:::dynamodb:getItem", set()),
    ],
)
def test_only_calls_of_lambda_functions_need_its_retrier(resource: str, rules: set[str]) -> None:
    parameters = {"FunctionName": "f", "TableName": "t", "Key": {}}
    assert found(working(Resource=resource, Parameters=parameters, Retry=[])) == rules


def test_a_retrier_around_a_function_is_one() -> None:
    inner = {"StartAt": "Work", "States": working(Retry=[])}
    around = {"Type": "Map", "ItemProcessor": inner, "End": True, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    assert found({"Around": around}) == set()
    assert found({"Around": {**around, "Retry": []}}) == {"ASL204"}


def caught_by(next_states: dict[str, Any], errors: str = "States.ALL") -> dict[str, Any]:
    catch = [{"ErrorEquals": [errors], "Next": next(iter(next_states))}]
    return {"Work": {**working()["Work"], "Catch": catch}, **next_states}


def publishing(resource: str, name: str = "Publish") -> dict[str, Any]:
    parameters = {"Message": "m", "TopicArn": "t", "QueueUrl": "q", "MessageBody": "b", "Entries": [], "Input": {}}
    state = {"Type": "Task", "Resource": resource, "Parameters": {**parameters, "StateMachineArn": "s"}, "Next": "Done"}
    return {name: state, "Done": DONE}


@pytest.mark.parametrize(
    ("following", "rules"),
    [
        ({"Done": DONE}, {"ASL205"}),
        ({"Broken": FAIL}, set()),
        ({"Note": {"Type": "Pass", "Next": "Broken"}, "Broken": FAIL}, set()),
        (publishing("arn:aws:states:::sns:publish"), set()),
        (publishing("arn:aws:states:::sqs:sendMessage"), set()),
        (publishing("arn:aws:states:::events:putEvents"), set()),
        (publishing("arn:aws:states:::aws-sdk:eventbridge:putEvents"), set()),
        (publishing("arn:aws:states:::aws-sdk:s3:putObject"), {"ASL205"}),
        (publishing("arn:aws:states:::aws-sdk:s3:putObject", "KeepFailure"), set()),
        (publishing("arn:aws:states:::aws-sdk:s3:putObject", "RollBack"), set()),
    ],
)
def test_a_catch_of_everything_has_to_lead_to_someone_who_hears_of_it(following: Any, rules: set[str]) -> None:
    assert found(caught_by(following)) == rules


def test_a_catch_of_one_error_is_an_answer_to_it() -> None:
    assert found(caught_by({"Done": DONE}, errors="NotFound")) == set()


def test_a_catch_that_leads_back_tries_again() -> None:
    again = {"Pause": {"Type": "Wait", "Seconds": 5, "Next": "Work"}}
    assert "ASL205" not in found(caught_by(again))


def test_what_counts_as_a_sink_can_be_said() -> None:
    following = publishing("arn:aws:states:::aws-sdk:s3:putObject")
    assert found(caught_by(following), Settings(sink_resources=("s3:putObject",))) == set()
    assert found(caught_by(following), Settings(sink_states=("^Publish$",))) == set()


def test_the_way_on_from_a_catch_in_a_branch_goes_on_after_it() -> None:
    inner = {"StartAt": "Work", "States": caught_by({"Inside": {"Type": "Pass", "End": True}})}
    around = {"Type": "Parallel", "Branches": [inner], "Next": "After"}
    choice = {"Type": "Choice", "Choices": [{"Variable": "$[0]", "IsNull": True, "Next": "Broken"}], "Default": "Done"}
    assert found({"Around": around, "After": choice, "Broken": FAIL, "Done": DONE}) == set()
    assert found({"Around": {**around, "Next": "Done"}, "Done": DONE}) == {"ASL205"}


KNOWN = Settings(errors={"work": ("Busy",), "Work": ("Slow",)})


@pytest.mark.parametrize(
    ("name", "settings", "rules"),
    [
        ("Busy", KNOWN, set()),
        ("Slow", KNOWN, set()),
        ("Bussy", KNOWN, {"ASL206"}),
        ("Bussy", Settings(), set()),
        ("Bussy", Settings(errors={"another": ("Busy",)}), set()),
        ("Bussy", Settings(errors={"*": ("Busy",)}), {"ASL206"}),
        ("Lambda.Unknown", KNOWN, set()),
        ("States.Timeouts", Settings(), {"ASL206"}),
        ("States.Http.StatusCode.404", Settings(), set()),
    ],
)
def test_errors_that_handlers_name_have_to_exist(name: str, settings: Settings, rules: set[str]) -> None:
    states = working(Catch=[{"ErrorEquals": [name], "Next": "Broken"}])
    assert found(states, settings) == rules
    assert found(working(Retry=[LAMBDA, {"ErrorEquals": [name], "MaxAttempts": 2}]), settings) == rules


def test_the_errors_of_a_parallel_state_are_those_of_what_is_inside() -> None:
    work = {name: value for name, value in working()["Work"].items() if name != "End"}
    inner = {"StartAt": "Work", "States": {"Work": {**work, "Next": "Nope"}, "Nope": FAIL}}
    for name, rules in (("Busy", set()), ("Broken", set()), ("Bussy", {"ASL206"})):
        catch = [{"ErrorEquals": [name], "Next": "Failed"}]
        around = {"Type": "Parallel", "Branches": [inner], "End": True, "Catch": catch}
        assert found({"Around": around, "Failed": FAIL}, KNOWN) == rules


def test_a_name_of_the_definitions_own_is_known_whatever_it_begins_with() -> None:
    own = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "Enough", "States": {"Enough": {**FAIL, "Error": "States.Enough"}}}],
    }
    catch = [{"ErrorEquals": ["States.Enough"], "Next": "Done"}]
    assert found({"Vote": {**own, "Catch": catch, "Next": "Done"}, "Done": DONE}) == set()


def test_a_name_is_handled_once() -> None:
    once = [{"ErrorEquals": ["Busy"], "Next": "Broken"}, {"ErrorEquals": ["States.ALL"], "Next": "Broken"}]
    twice = [{"ErrorEquals": ["Busy", "Busy"], "Next": "Broken"}]
    assert found(working(Catch=once)) == set()
    assert found(working(Catch=twice)) == set()
    assert found(working(Catch=[once[0], once[0]])) == {"ASL207"}
