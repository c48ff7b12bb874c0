from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from asl.engine import ActivityDoesNotExist, InvalidToken, TaskTimedOut
from tests.asl.engine.conftest import ACTIVITY, FUNCTION, FunctionError, chain, details, machine, output, types

if TYPE_CHECKING:
    from tests.asl.engine.conftest import Bench, Json

INVOKE = "arn:aws:states:::lambda:invoke"
WAIT_FOR_TOKEN = f"{INVOKE}.waitForTaskToken"
PASS = {"Type": "Pass", "End": True}


def task(resource: str = FUNCTION, **fields: Json) -> Json:
    return {"Type": "Task", "Resource": resource, "End": True, **fields}


def waiting(**fields: Json) -> Json:
    parameters = {"FunctionName": "work", "Payload": {"token.$": "$$.Task.Token"}}
    return task(WAIT_FOR_TOKEN, Parameters=parameters, **fields)


async def echo(event: Json) -> Json:
    return event


class Failing:
    """A function that raises some errors before it answers."""

    def __init__(self, *errors: str) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self, _event: Json) -> Json:
        self.calls += 1
        if self.errors:
            raise FunctionError(self.errors.pop(0), "no luck")
        return "done"


class Tokens:
    """A function that keeps the tokens it is given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self._arrived = asyncio.Event()

    async def __call__(self, event: Json) -> Json:
        self.given.append(event["token"])
        self._arrived.set()
        return None

    async def next(self) -> str:
        await self._arrived.wait()
        self._arrived.clear()
        return self.given[-1]


ROLE = "arn:aws:iam::210987654321:role/there"


async def test_a_function_by_name_is_one_of_the_account_of_the_role(bench: Bench) -> None:
    bench.functions["work"] = echo
    state = task(INVOKE, Parameters={"FunctionName": "work"}, Credentials={"RoleArn.$": "$.role"})
    await bench.run(machine({"T": state}), {"role": ROLE})
    assert bench.invocations[0].function == "arn:aws:lambda:us-east-1:210987654321:function:work"


@pytest.mark.parametrize("role", ["nobody", "arn:aws:iam::210987654321:user/me", 7])
async def test_what_is_no_role_can_not_be_assumed_and_the_error_can_be_caught(bench: Bench, role: Json) -> None:
    bench.functions["work"] = echo
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "C"}]
    state = {**task(), "Credentials": {"RoleArn.$": "$.role"}, "Catch": catch}
    execution = await bench.run(machine({"T": state, "C": {"Type": "Pass", "End": True}}), {"role": role})
    assert bench.invocations == []
    mine = "arn:aws:iam::123456789012:role/role"
    assert output(execution) == {
        "Error": "States.TaskFailed",
        "Cause": f"The role {mine} is not authorized to assume the task state's role, {role}.",
    }


async def test_a_function_by_arn_is_given_the_input(bench: Bench) -> None:
    bench.functions["work"] = echo
    execution = await bench.run(machine({"T": task()}), {"a": 1.0})
    assert output(execution) == {"a": 1.0}
    assert chain(execution)[2:6] == [
        ("LambdaFunctionScheduled", 2),
        ("LambdaFunctionStarted", 3),
        ("LambdaFunctionSucceeded", 4),
        ("TaskStateExited", 5),
    ]


async def test_lambda_invoke_answers_with_the_payload_and_its_metadata(bench: Bench) -> None:
    bench.functions["work"] = echo
    state = task(INVOKE, Parameters={"FunctionName": FUNCTION, "Payload.$": "$"}, Credentials={"RoleArn": ROLE})
    execution = await bench.run(machine({"T": state}), {"a": 1})
    answer = output(execution)
    assert (answer["Payload"], answer["StatusCode"], answer["ExecutedVersion"]) == ({"a": 1}, 200, "$LATEST")
    assert details(execution, "TaskScheduled") == {
        "resourceType": "lambda",
        "resource": "invoke",
        "region": "us-east-1",
        "parameters": json.dumps({"FunctionName": FUNCTION, "Payload": {"a": 1}}, separators=(",", ":")),
        "taskCredentials": {"roleArn": ROLE},
    }


async def test_a_text_as_payload_is_taken_to_be_json(bench: Bench) -> None:
    bench.functions["work"] = echo
    state = task(INVOKE, Parameters={"FunctionName": "work", "Payload": '{"a": 1}'}, OutputPath="$.Payload")
    assert output(await bench.run(machine({"T": state}))) == {"a": 1}


async def test_what_a_function_raises_is_the_error(bench: Bench) -> None:
    bench.functions["work"] = Failing("Broken")
    execution = await bench.run(machine({"T": task(INVOKE, Parameters={"FunctionName": "work"})}))
    assert execution.error == "Broken"
    assert execution.cause == '{"errorMessage":"no luck","errorType":"Broken"}'


async def test_an_unknown_function_is_an_error_of_the_service(bench: Bench) -> None:
    execution = await bench.run(machine({"T": task(INVOKE, Parameters={"FunctionName": "missing"})}))
    assert execution.error == "Lambda.ResourceNotFoundException"
    assert execution.cause is not None
    assert "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException;" in execution.cause


async def test_retries_back_off(bench: Bench) -> None:
    bench.functions["work"] = Failing("Broken", "Broken", "Broken")
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10}]
    execution = await bench.run(machine({"T": task(Retry=retry)}))
    assert output(execution) == "done"
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 2 + 6 + 10


async def test_full_jitter_shortens_the_interval(bench: Bench) -> None:
    bench.functions["work"] = Failing("Broken")
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 8, "JitterStrategy": "FULL"}]
    execution = await bench.run(machine({"T": task(Retry=retry)}))
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 4


async def test_each_retrier_counts_for_itself(bench: Bench) -> None:
    function = bench.functions["work"] = Failing("A", "B", "A", "B", "A")
    retry = [
        {"ErrorEquals": ["A"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 1},
        {"ErrorEquals": ["B"], "MaxAttempts": 5, "IntervalSeconds": 1, "BackoffRate": 1},
    ]
    execution = await bench.run(machine({"T": task(Retry=retry)}))
    assert (execution.error, function.calls) == ("A", 5)


async def test_the_context_object_counts_retries(bench: Bench) -> None:
    async def second_time(event: Json) -> Json:
        if event == 0:
            raise FunctionError("Broken")
        return event

    bench.functions["work"] = second_time
    retry = [{"ErrorEquals": ["States.ALL"]}]
    state = task(
        INVOKE,
        Parameters={"FunctionName": "work", "Payload.$": "$$.State.RetryCount"},
        Retry=retry,
        OutputPath="$.Payload",
    )
    assert output(await bench.run(machine({"T": state}))) == 1


@pytest.mark.parametrize(
    ("error_equals", "error", "caught"),
    [
        ("Broken", "Broken", True),
        ("Other", "Broken", False),
        ("States.ALL", "Broken", True),
        ("States.TaskFailed", "Broken", True),
        ("States.Timeout", "Broken", False),
    ],
)
async def test_a_catcher_names_the_errors_it_takes(bench: Bench, error_equals: str, error: str, caught: bool) -> None:
    bench.functions["work"] = Failing(error)
    catch = [{"ErrorEquals": [error_equals], "Next": "C", "ResultPath": "$.error"}]
    execution = await bench.run(machine({"T": task(Catch=catch), "C": PASS}), {"a": 1})
    assert (execution.status.value == "SUCCEEDED") is caught
    if caught:
        assert output(execution)["a"] == 1
        assert output(execution)["error"]["Error"] == error


async def test_a_catcher_in_jsonata_assigns_and_outputs(bench: Bench) -> None:
    bench.functions["work"] = Failing("Broken")
    catch = [
        {
            "ErrorEquals": ["Broken"],
            "Next": "C",
            "Assign": {"error": "{% $states.errorOutput.Error %}"},
            "Output": "{% $states.input.a %}",
        }
    ]
    states = {"T": task(Catch=catch), "C": {**PASS, "Output": ["{% $error %}", "{% $states.input %}"]}}
    assert output(await bench.run(machine(states, QueryLanguage="JSONata"), {"a": 1})) == ["Broken", 1]


async def test_a_result_that_is_too_large_fails_the_task(bench: Bench) -> None:
    async def large(_event: Json) -> Json:
        return "é" * 131_072

    bench.functions["work"] = large
    execution = await bench.run(machine({"T": task()}))
    assert execution.error == "States.DataLimitExceeded"
    assert types(execution)[-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]


async def test_an_output_that_is_too_large_is_caught_by_name_only(bench: Bench) -> None:
    bench.functions["work"] = echo
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C", "ResultPath": None}]
    state = task(Parameters={"text.$": "$.text"}, ResultPath="$.again", Catch=catch)
    execution = await bench.run(machine({"T": state, "C": PASS}), {"text": "x" * 200_000})
    assert execution.error == "States.DataLimitExceeded"


async def test_a_task_waits_for_its_token(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    execution = bench.start(machine({"T": waiting()}))
    bench.engine.send_task_success(await tokens.next(), '{"status": "success"}')
    await execution.wait()
    assert output(execution) == {"status": "success"}
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


async def test_a_token_that_is_answered_while_its_function_runs_counts(bench: Bench) -> None:
    async def answering(event: Json) -> Json:
        bench.engine.send_task_success(event["token"], "1")

    bench.functions["work"] = answering
    execution = await bench.run(machine({"T": waiting()}))
    assert output(execution) == 1
    assert types(execution)[4:6] == ["TaskSubmitted", "TaskSucceeded"]


async def test_a_token_can_fail_its_task(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    execution = bench.start(machine({"T": waiting()}))
    bench.engine.send_task_failure(await tokens.next(), "Bounced", "nobody there")
    await execution.wait()
    assert (execution.error, execution.cause) == ("Bounced", "nobody there")


async def test_a_function_that_fails_ends_the_wait_for_its_token(bench: Bench) -> None:
    bench.functions["work"] = Failing("Broken")
    execution = await bench.run(machine({"T": waiting()}))
    assert execution.error == "Broken"


async def test_a_token_is_good_once(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    execution = bench.start(machine({"T": waiting()}))
    token = await tokens.next()
    bench.engine.send_task_success(token, "1")
    with pytest.raises(TaskTimedOut):
        bench.engine.send_task_success(token, "2")
    await execution.wait()
    assert output(execution) == 1
    with pytest.raises(TaskTimedOut):
        bench.engine.send_task_heartbeat(token)


@pytest.mark.parametrize("token", ["", "nonsense", "AAAA", "é", "A" * 128])
async def test_an_invented_token_is_invalid(bench: Bench, token: str) -> None:
    with pytest.raises(InvalidToken):
        bench.engine.send_task_failure(token)


async def test_each_attempt_has_its_own_token(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    execution = bench.start(machine({"T": waiting(Retry=retry)}))
    first = await tokens.next()
    bench.engine.send_task_failure(first, "Again")
    second = await tokens.next()
    with pytest.raises(TaskTimedOut):
        bench.engine.send_task_success(first, "1")
    bench.engine.send_task_success(second, "2")
    await execution.wait()
    assert output(execution) == 2


async def test_a_missed_heartbeat_is_a_timeout_with_a_name_of_its_own(bench: Bench) -> None:
    bench.functions["work"] = Tokens()
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "C"}]
    execution = await bench.run(machine({"T": waiting(HeartbeatSeconds=30, Catch=catch), "C": PASS}))
    assert output(execution) == {"Error": "States.Timeout", "Cause": ""}
    assert details(execution, "TaskTimedOut")["error"] == "States.Timeout"
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 30


async def test_a_task_that_has_ended_holds_no_token(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    waits = bench.start(machine({"T": waiting()}))
    await bench.run(machine({"T": waiting(TimeoutSeconds=5)}))
    assert len(bench.engine.integrations.task_tokens) == 1
    assert tokens.given
    bench.engine.stop(waits)
    await asyncio.sleep(0)
    assert len(bench.engine.integrations.task_tokens) == 0


async def test_heartbeats_keep_a_task_alive_until_its_timeout(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    execution = bench.start(machine({"T": waiting(HeartbeatSeconds=30, TimeoutSeconds=100)}))
    token = await tokens.next()

    def beat() -> None:
        if execution.status.value == "RUNNING":
            bench.engine.send_task_heartbeat(token)
            bench.clock.call_at(bench.clock.now() + 20, beat)

    beat()
    await execution.wait()
    assert execution.error == "States.Timeout"
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 100


async def test_time_limits_can_be_computed(bench: Bench) -> None:
    bench.functions["work"] = Tokens()
    execution = await bench.run(machine({"T": waiting(TimeoutSecondsPath="$.limit")}), {"limit": 7})
    assert details(execution, "TaskScheduled")["timeoutInSeconds"] == 7
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == 7


async def test_a_time_limit_that_is_no_number_ends_the_execution(bench: Bench) -> None:
    execution = await bench.run(machine({"T": waiting(TimeoutSecondsPath="$.limit")}), {"limit": "soon"})
    assert execution.error == "States.Runtime"


async def test_the_token_of_a_stopped_execution_is_of_no_use(bench: Bench) -> None:
    tokens = bench.functions["work"] = Tokens()
    execution = bench.start(machine({"T": waiting()}))
    token = await tokens.next()
    bench.engine.stop(execution, "Enough", "by hand")
    await asyncio.sleep(0)
    with pytest.raises(TaskTimedOut):
        bench.engine.send_task_success(token, "1")
    assert details(execution, "ExecutionAborted") == {"error": "Enough", "cause": "by hand"}


async def test_a_worker_fetches_a_task_and_completes_it(bench: Bench) -> None:
    bench.engine.create_activity(ACTIVITY)
    execution = bench.start(machine({"T": task(ACTIVITY)}), {"a": 1})
    fetched = await bench.engine.get_activity_task(ACTIVITY, "me")
    assert fetched is not None
    assert json.loads(fetched.input) == {"a": 1}
    bench.engine.send_task_success(fetched.task_token, '"done"')
    await execution.wait()
    assert output(execution) == "done"
    assert details(execution, "ActivityStarted") == {"workerName": "me"}


async def test_a_worker_may_come_before_the_task(bench: Bench) -> None:
    bench.engine.create_activity(ACTIVITY)
    worker = asyncio.create_task(bench.engine.get_activity_task(ACTIVITY))
    await asyncio.sleep(0)
    bench.start(machine({"T": task(ACTIVITY)}))
    assert await worker is not None


async def test_a_worker_that_waits_in_vain_gets_nothing(bench: Bench) -> None:
    bench.engine.create_activity(ACTIVITY)
    before = bench.clock.now()
    assert await bench.engine.get_activity_task(ACTIVITY) is None
    assert bench.clock.now() - before == 60


async def test_a_task_that_timed_out_is_no_longer_handed_out(bench: Bench) -> None:
    bench.engine.create_activity(ACTIVITY)
    execution = await bench.run(machine({"T": task(ACTIVITY, TimeoutSeconds=5)}))
    assert execution.error == "States.Timeout"
    assert await bench.engine.get_activity_task(ACTIVITY) is None


async def test_workers_and_tasks_of_an_unknown_activity_are_refused(bench: Bench) -> None:
    with pytest.raises(ActivityDoesNotExist, match=f"Activity Does Not Exist: '{ACTIVITY}'"):
        await bench.engine.get_activity_task(ACTIVITY)
    execution = await bench.run(machine({"T": task(ACTIVITY)}))
    assert execution.error == "States.Runtime"
    assert types(execution)[-2:] == ["TaskStateEntered", "ExecutionFailed"]


async def test_workers_go_home_when_their_activity_is_deleted(bench: Bench) -> None:
    bench.engine.create_activity(ACTIVITY)
    worker = asyncio.create_task(bench.engine.get_activity_task(ACTIVITY))
    await asyncio.sleep(0)
    bench.engine.delete_activity(ACTIVITY)
    assert await worker is None


async def test_a_resource_without_an_integration_says_so(bench: Bench) -> None:
    execution = await bench.run(machine({"T": task("arn:aws:states:::nonesuch:begin", Parameters={})}))
    assert execution.cause is not None
    assert "arn:aws:states:::nonesuch:begin is not supported" in execution.cause
