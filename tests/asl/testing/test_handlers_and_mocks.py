"""What does the work of tasks in a test: handlers, outcomes, callables, other workflows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from asl.testing import (
    NO_ANSWER,
    Failure,
    LambdaContext,
    TestSetupError,
    UnansweredCallError,
    Workflow,
    after,
    in_turn,
)
from tests.asl.testing.machines import INVOKE, catch, retry, task, token_task, workflow

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any


class NotToday(Exception):  # noqa: N818 - the name is what ErrorEquals sees
    pass


def refuse(_event: Json, _context: LambdaContext) -> Json:
    raise NotToday("come back tomorrow")


def leave(_event: Json, _context: LambdaContext) -> Json:
    raise SystemExit(3)


def never(_event: Json, _context: LambdaContext) -> Json:
    raise AssertionError("must not be called")


ONE = workflow({"Do": task()})
INVOKING = workflow({"Do": {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "Work", "Payload": 7}}})


def test_a_handler_gets_the_event_and_a_context_and_its_result_is_the_tasks() -> None:
    seen: list[tuple[Json, LambdaContext]] = []

    def handler(event: Json, context: LambdaContext) -> Json:
        seen.append((event, context))
        return {"price": Decimal("9.5")}

    run = ONE.run({"order": 1}, handlers={"Work": handler})
    assert run.output == {"price": 9.5}
    ((event, context),) = seen
    assert event == {"order": 1}
    assert context.function_name == "Work"
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:Work"
    assert context.get_remaining_time_in_millis() == 30_000


@pytest.mark.parametrize("name", ["Work", "arn:aws:lambda:us-east-1:123456789012:function:Work", "Work:$LATEST"])
def test_a_handler_is_bound_by_name_or_arn_with_or_without_qualifier(name: str) -> None:
    assert ONE.run(handlers={name: {"done": True}}).output == {"done": True}


def test_an_invoked_function_answers_inside_the_envelope_of_the_api() -> None:
    run = INVOKING.run(handlers={"Work": lambda event, _: event + 1})
    assert run.output["Payload"] == 8
    assert run.output["StatusCode"] == 200


async def test_a_coroutine_may_stand_for_a_function() -> None:
    async def handler(event: Json, _: LambdaContext) -> Json:
        return [event]

    assert (await ONE.run_async(1, handlers={"Work": handler})).output == [1]


@pytest.mark.parametrize("machine", [ONE, INVOKING], ids=["by ARN", "lambda:invoke"])
def test_an_exception_is_reported_as_lambda_reports_it(machine: Workflow) -> None:
    run = machine.run(handlers={"Work": refuse})
    assert run.error == "NotToday"
    cause = json.loads(run.cause or "")
    assert (cause["errorType"], cause["errorMessage"]) == ("NotToday", "come back tomorrow")
    (frame,) = cause["stackTrace"]
    place, line = frame.splitlines()
    assert place.startswith(f'  File "{__file__}", line ')
    assert place.endswith(", in refuse")
    assert line == '    raise NotToday("come back tomorrow")'


def test_a_result_that_is_not_json_is_the_runtimes_error() -> None:
    run = ONE.run(handlers={"Work": lambda *_: {1, 2}})
    run.assert_failed("Runtime.MarshalError", "set is not JSON serializable")


def test_a_function_that_exits_is_the_runtimes_error() -> None:
    ONE.run(handlers={"Work": leave}).assert_failed("Runtime.ExitError", "exit status 3")


def test_what_a_handler_changes_or_keeps_has_no_effect_on_the_execution() -> None:
    kept: list[Json] = []

    def handler(event: Json, _: LambdaContext) -> Json:
        kept.append(event)
        event["order"] = "changed"
        return event

    machine = workflow({"First": task(ResultPath="$.first"), "Second": task(ResultPath=None)})
    run = machine.run({"order": 1}, handlers={"Work": handler})
    kept[0]["order"] = "changed again"
    assert run.output == {"order": 1, "first": {"order": "changed"}}


def test_what_a_mock_changes_has_no_effect_on_the_execution() -> None:
    def change(arguments: Json) -> Json:
        arguments["order"] = "changed"
        return {}

    run = workflow({"Do": task(ResultPath="$.done")}).run({"order": 1}, mocks={"Do": change})
    assert run.output == {"order": 1, "done": {}}
    assert run.calls("Do") == [{"order": 1}]


def test_outcomes_come_in_turn_over_the_attempts() -> None:
    machine = workflow({"Do": task(Retry=retry("Busy", IntervalSeconds=2, MaxAttempts=5))})
    run = machine.run(handlers={"Work": in_turn(Failure("Busy", "first"), Failure("Busy"), {"done": True})})
    assert run.output == {"done": True}
    assert [(one.error, one.delay.total_seconds()) for one in run.retries] == [("Busy", 2.0), ("Busy", 4.0)]
    assert len(run.calls("Do")) == 3


def test_one_call_more_than_there_are_outcomes_is_a_mistake_of_the_test() -> None:
    machine = workflow({"Do": task(Retry=retry("States.ALL"), Catch=catch("States.ALL", "Do"))})
    with pytest.raises(UnansweredCallError, match="'Work' is called once more than in_turn"):
        machine.run(handlers={"Work": in_turn(Failure("Busy"))})


def test_a_failure_of_the_lambda_service_is_no_failure_of_the_function() -> None:
    run = INVOKING.run(handlers={"Work": Failure("Lambda.TooManyRequestsException", "Rate Exceeded.")})
    assert (run.error, run.cause) == ("Lambda.TooManyRequestsException", "Rate Exceeded.")


MOCKED: list[tuple[Json, str | None, Json]] = [
    ({"MessageId": "1"}, None, {"MessageId": "1"}),
    (None, None, None),
    (lambda arguments: {"said": arguments["Message"]}, None, {"said": "hello"}),
    (Failure("SNS.AuthorizationError", "no"), "SNS.AuthorizationError", None),
    (NotToday("tomorrow"), "NotToday", None),
    (lambda _: Failure("Late"), "Late", None),
]
PUBLISH = workflow(
    {
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "topic", "Message.$": "$.text"},
        }
    }
)


@pytest.mark.parametrize(("outcome", "error", "output"), MOCKED)
def test_a_mock_stands_for_what_a_state_calls(outcome: Json, error: str | None, output: Json) -> None:
    run = PUBLISH.run({"text": "hello"}, mocks={"Tell": outcome})
    assert run.error == error
    if error is None:
        assert run.output == output
    assert run.calls("Tell") == [{"TopicArn": "topic", "Message": "hello"}]
    assert run.events("TaskScheduled")[0]["resourceType"] == "sns"


async def test_a_mock_may_be_a_coroutine() -> None:
    async def publish(arguments: Json) -> Json:
        return arguments["Message"]

    assert (await PUBLISH.run_async({"text": "hello"}, mocks={"Tell": publish})).output == "hello"


def test_a_mock_of_a_task_that_waits_for_a_token_is_its_final_result() -> None:
    run = workflow({"Ask": token_task()}).run(mocks={"Ask": {"approved": True}})
    assert run.output == {"approved": True}
    assert "TaskSubmitted" in [event.type for event in run.history]


@pytest.mark.parametrize("binding", ["handlers", "mocks"])
def test_a_call_that_is_never_answered_ends_with_the_time_limit(binding: str) -> None:
    machine = workflow({"Do": task(TimeoutSeconds=90)})
    outcomes = {"Work": NO_ANSWER} if binding == "handlers" else {"Do": NO_ANSWER}
    run = machine.run(**{binding: outcomes})  # type: ignore[arg-type]
    run.assert_failed("States.Timeout")
    assert run.elapsed.total_seconds() == 90


@pytest.mark.parametrize("binding", ["handlers", "mocks"])
def test_an_answer_may_take_virtual_time(binding: str) -> None:
    machine = workflow({"Do": task(TimeoutSeconds=90)})
    outcome = in_turn(after(60, {"done": True}), after(100, {"late": True}))
    bindings = {binding: {"Work" if binding == "handlers" else "Do": outcome}}
    bound = machine.bind(**bindings)  # type: ignore[arg-type]
    run = bound.run()
    assert (run.output, run.elapsed.total_seconds()) == ({"done": True}, 60)


def test_a_state_inside_a_map_is_mocked_by_its_name_and_turns_count_over_the_items() -> None:
    processor = {"StartAt": "One", "States": {"One": task(End=True)}}
    machine = workflow({"Each": {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1}})
    run = machine.run([1, 2, 3], mocks={"One": in_turn("a", "b", "c")})
    assert run.output == ["a", "b", "c"]


NESTED = workflow(
    {
        "Start": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": "${Child.Arn}", "Input.$": "$"},
            "OutputPath": "$.Output",
        }
    }
)


def test_a_task_runs_another_workflow_with_its_own_handlers() -> None:
    child = workflow({"Double": task("Double")}).bind(handlers={"Double": lambda event, _: event["n"] * 2})
    run = NESTED.run({"n": 4}, machines={"Child": child})
    assert run.output == 8
    assert [one.path for one in run.children] == [["Double"]]


def test_a_workflow_that_a_task_starts_may_start_others() -> None:
    innermost = workflow({"Say": {"Type": "Pass", "Result": "deep"}})
    child = workflow(
        {
            "Start": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": "${Innermost.Arn}"},
                "OutputPath": "$.Output",
            }
        }
    ).bind(machines={"Innermost": innermost})
    assert NESTED.run({}, machines={"Child": child}).output == "deep"


def test_bindings_of_a_run_take_the_place_of_those_of_the_workflow() -> None:
    bound = ONE.bind(handlers={"Work": 1})
    assert bound.run(handlers={"Work": 2}).output == 2
    assert bound.run().output == 1
    assert ONE.handlers == {}


UNANSWERED: list[tuple[Callable[[], object], str]] = [
    (
        ONE.run,
        r"in the state 'Do' the function 'Work' is invoked and nothing is bound to it: .*handlers=\{'Work'",
    ),
    (
        lambda: PUBLISH.run({"text": ""}),
        "in the state 'Tell' sns:publish is called and nothing answers: mock the state",
    ),
    (
        NESTED.run,
        r"in the state 'Start' an execution of the state machine 'Child' is started and .*machines=\{'Child'",
    ),
    (
        workflow(
            {
                "Run": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::glue:startJobRun.sync",
                    "Parameters": {"JobName": "x"},
                }
            }
        ).run,
        r"in the state 'Run' nothing is called: .* not supported .* Mock the state with mocks=\{'Run'",
    ),
]


@pytest.mark.parametrize(("run", "message"), UNANSWERED)
def test_a_call_that_nothing_answers_for_is_a_mistake_of_the_test(run: Callable[[], object], message: str) -> None:
    with pytest.raises(UnansweredCallError, match=message):
        run()


def test_items_that_nobody_has_are_a_mistake_of_the_test() -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item",
        "States": {"Item": {"Type": "Pass", "End": True}},
    }
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "items", "Key": "items.json"},
    }
    machine = workflow(
        {
            "Each": {
                "Type": "Map",
                "ItemReader": reader,
                "ItemProcessor": processor,
                "Catch": catch("States.ALL", "Hidden"),
            },
            "Hidden": {"Type": "Pass"},
        }
    )
    with pytest.raises(UnansweredCallError, match="s3:getObject is called and nothing answers"):
        machine.run({})


def test_a_mocked_task_assumes_no_role() -> None:
    credentials = {"RoleArn": "arn:aws:iam::111122223333:role/other"}
    machine = workflow({"Do": task(Credentials=credentials)})
    assert machine.run(mocks={"Do": 1}, endpoint_url="http://127.0.0.1:9").output == 1


MISTAKES: list[tuple[Callable[[], object], str]] = [
    (lambda: ONE.run(mocks={"Doo": 1}), "no state 'Doo'; did you mean 'Do'"),
    (lambda: workflow({"Wait": {"Type": "Wait", "Seconds": 1}}).run(mocks={"Wait": 1}), "'Wait' is a Wait state"),
    (lambda: ONE.run(mocks={"Do": {1}}), "mock of 'Do' has a result that is not JSON"),
    (lambda: ONE.run({1}), "the input is not JSON"),
    (lambda: ONE.run(start_at="Nowhere"), "no state 'Nowhere'"),
]


@pytest.mark.parametrize(("run", "message"), MISTAKES)
def test_a_mistake_of_the_test_says_what_to_change(run: Callable[[], object], message: str) -> None:
    with pytest.raises(TestSetupError, match=message):
        run()


def test_an_assertion_in_a_mock_fails_the_test_and_is_no_error_to_be_caught() -> None:
    machine = workflow(
        {"Do": task(Catch=catch("States.ALL", "Hide"), Retry=retry("States.ALL")), "Hide": {"Type": "Pass"}}
    )

    def check(arguments: Json) -> Json:
        assert arguments == {"expected": True}

    with pytest.raises(AssertionError, match="expected"):
        machine.run({"expected": False}, mocks={"Do": check})


def test_a_run_may_start_at_a_later_state() -> None:
    machine = workflow({"First": task("Never"), "Second": {"Type": "Pass"}})
    run = machine.run({"from": "here"}, start_at="Second", handlers={"Never": never})
    assert (run.path, run.output) == (["Second"], {"from": "here"})
