"""Task tokens and activities: the test is the one who answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from asl.testing import WAITS, ExpectationError, LambdaContext, Run, StuckError, TestSetupError, Workflow
from tests.asl.testing.machines import INVOKE, catch, retry, task, token_task, workflow

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ASK = workflow(
    {
        "Ask": token_task(HeartbeatSeconds=60, Catch=catch("Refused", "Sorry"), Retry=retry("Busy", IntervalSeconds=5)),
        "Thanks": {"Type": "Succeed"},
        "Sorry": {"Type": "Succeed"},
    }
).bind(mocks={"Ask": WAITS})


@pytest.fixture
def run() -> Run:
    return ASK.start()


def test_a_token_is_answered_with_a_result(run: Run) -> None:
    waiting = run.waiting("Ask")
    assert waiting.arguments == {"QueueUrl": "queue", "MessageBody": {"token": waiting.token}}
    waiting.succeed({"approved": True})
    run.assert_path("Ask", "Thanks")
    run.assert_succeeded({"approved": True})


def test_a_token_is_answered_with_an_error(run: Run) -> None:
    run.waiting("Ask").fail("Refused", "not today")
    run.assert_succeeded({"Error": "Refused", "Cause": "not today"})
    assert [(one.state, one.error) for one in run.catches] == [("Ask", "Refused")]


def test_each_attempt_has_a_token_of_its_own(run: Run) -> None:
    first = run.waiting("Ask")
    first.fail("Busy")
    second = run.waiting("Ask")
    assert run.elapsed == timedelta(seconds=5)
    assert second.token != first.token
    with pytest.raises(ExpectationError, match="Task Timed Out"):
        first.succeed({})
    second.succeed({})
    assert run.succeeded


def test_heartbeats_keep_a_task_alive_and_silence_ends_it(run: Run) -> None:
    waiting = run.waiting("Ask")
    for _ in range(100):
        run.advance(seconds=59)
        waiting.heartbeat()
    assert run.status == "RUNNING"
    run.finish().assert_failed("States.Timeout")
    assert run.elapsed == timedelta(seconds=100 * 59 + 60)
    with pytest.raises(ExpectationError, match="the token cannot be used"):
        waiting.heartbeat()


def test_tasks_of_a_map_are_answered_one_by_one() -> None:
    processor = {"StartAt": "Ask", "States": {"Ask": token_task(End=True)}}
    run = workflow({"Each": {"Type": "Map", "ItemProcessor": processor}}).start([1, 2, 3], mocks={"Ask": WAITS})
    assert run.waiting_states == ["Ask", "Ask", "Ask"]
    for number in "abc":
        run.waiting("Ask").succeed(number)
    assert run.output == ["a", "b", "c"]


def test_a_handler_is_called_before_its_task_waits() -> None:
    tokens = []
    parameters = {"FunctionName": "Register", "Payload": {"token.$": "$$.Task.Token"}}
    machine = workflow({"Ask": {"Type": "Task", "Resource": f"{INVOKE}.waitForTaskToken", "Parameters": parameters}})
    run = machine.start(handlers={"Register": lambda event, _: tokens.append(event["token"])})
    waiting = run.waiting("Ask")
    assert tokens == [waiting.token]
    waiting.succeed("done")
    assert run.output == "done"


def test_a_function_may_just_take_the_token() -> None:
    parameters = {"FunctionName": "Register", "Payload": {"token.$": "$$.Task.Token"}}
    machine = workflow({"Ask": {"Type": "Task", "Resource": f"{INVOKE}.waitForTaskToken", "Parameters": parameters}})
    run = machine.start(handlers={"Register": WAITS})
    run.waiting("Ask").succeed("done")
    assert run.output == "done"


def test_any_number_of_runs_may_wait_at_once() -> None:
    runs = [ASK.start() for _ in range(50)]
    for run in runs:
        run.waiting("Ask").succeed({})
    assert all(run.succeeded for run in runs)


@pytest.fixture
def activity() -> Workflow:
    resource = "arn:aws:states:us-east-1:123456789012:activity:paint"
    return workflow({"Paint": {"Type": "Task", "Resource": resource, "HeartbeatSeconds": 30, "TimeoutSeconds": 600}})


def test_the_test_is_the_worker_of_an_activity(activity: Workflow) -> None:
    run = activity.start({"colour": "red"})
    assert "ActivityStarted" not in [event.type for event in run.history]
    waiting = run.waiting("Paint")
    assert waiting.arguments == {"colour": "red"}
    assert "ActivityStarted" in [event.type for event in run.history]
    waiting.succeed({"painted": True})
    assert run.output == {"painted": True}


def test_an_activity_that_no_worker_takes_ends_with_its_time_limit(activity: Workflow) -> None:
    run = activity.run({})
    run.assert_failed("States.Timeout")
    assert run.elapsed == timedelta(seconds=600)


def test_an_activity_is_mocked_like_any_task(activity: Workflow) -> None:
    assert activity.run({}, mocks={"Paint": {"painted": True}}).output == {"painted": True}


def test_waiting_for_what_never_waits_says_so(run: Run) -> None:
    with pytest.raises(TestSetupError, match="no state 'Aks'; did you mean 'Ask'"):
        run.waiting("Aks")
    with pytest.raises(ExpectationError, match="has ended without a token of 'Thanks'"):
        run.waiting("Thanks")
    two = workflow({"First": token_task(), "Second": token_task()}).bind(mocks={"First": WAITS, "Second": WAITS})
    with pytest.raises(StuckError, match="nothing brings a token of 'Second': First waits for its token"):
        two.start().waiting("Second")


def test_only_a_task_with_a_token_can_wait_for_it() -> None:
    with pytest.raises(TestSetupError, match=r"the mock of 'Do' is WAITS, but .* waits for no token"):
        workflow({"Do": task()}).run(mocks={"Do": WAITS})


async def test_an_async_test_answers_tokens_too() -> None:
    run = await ASK.start_async()
    waiting = await run.waiting("Ask")
    await waiting.heartbeat()
    await waiting.succeed({"approved": True})
    assert run.succeeded
    failed = await ASK.start_async()
    await (await failed.waiting("Ask")).fail("Refused")
    assert failed.path == ["Ask", "Sorry"]


@pytest.fixture
def client() -> SFNClient:
    """The client of a callback function. Nobody listens where it would send its requests."""
    return boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_the_client_of_a_callback_function_is_answered_by_the_run(run: Run, client: SFNClient) -> None:
    run.connect(client)
    token = run.waiting("Ask").token
    client.send_task_heartbeat(taskToken=token)
    client.send_task_success(taskToken=token, output='{"approved": true}')
    run.assert_succeeded({"approved": True})
    with pytest.raises(client.exceptions.TaskTimedOut, match="Provided task does not exist anymore"):
        client.send_task_failure(taskToken=token, error="Refused")
    with pytest.raises(client.exceptions.InvalidToken):
        client.send_task_success(taskToken="invented", output="{}")
    with pytest.raises(TestSetupError, match="a run answers no ListStateMachines"):
        client.list_state_machines()


def test_a_client_belongs_to_the_run_that_it_was_connected_to_last(client: SFNClient) -> None:
    first, second = ASK.start(), ASK.start()
    first.connect(client)
    second.connect(client)
    client.send_task_failure(taskToken=second.waiting("Ask").token, error="Refused", cause="no")
    assert second.path == ["Ask", "Sorry"]
    with pytest.raises(client.exceptions.InvalidToken):
        client.send_task_success(taskToken=first.waiting("Ask").token, output="{}")


def test_output_that_is_not_json_is_refused(run: Run, client: SFNClient) -> None:
    run.connect(client)
    token = run.waiting("Ask").token
    with pytest.raises(client.exceptions.InvalidOutput):
        client.send_task_success(taskToken=token, output="{")
    assert run.status == "RUNNING"


def test_a_handler_may_complete_a_task_of_its_own_run(client: SFNClient) -> None:
    invoke = {"Type": "Task", "Resource": f"{INVOKE}.waitForTaskToken"}
    parameters = {"FunctionName": "Register", "Payload": {"token.$": "$$.Task.Token"}}
    machine = workflow({"Later": {"Type": "Wait", "Seconds": 60}, "Ask": {**invoke, "Parameters": parameters}})

    def register(event: dict[str, str], _: LambdaContext) -> None:
        client.send_task_success(taskToken=event["token"], output='"early"')

    run = machine.start(handlers={"Register": register})
    run.connect(client)
    assert run.finish().output == "early"
