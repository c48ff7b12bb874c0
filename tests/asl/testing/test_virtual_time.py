"""Time passes when the test says so, and everything happens in its order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from asl.testing import NO_ANSWER, WAITS, ExpectationError, Failure, StuckError, TestSetupError, in_turn
from tests.asl.testing.machines import catch, retry, task, token_task, workflow

Json = Any

DAY = 86_400
WAITING = workflow({"Sleep": {"Type": "Wait", "Seconds": 30 * DAY}, "Work": task()})


def test_waiting_for_days_takes_no_time() -> None:
    run = WAITING.run(handlers={"Work": 1})
    assert run.elapsed == timedelta(days=30)
    assert run.now == datetime(2026, 1, 31, tzinfo=UTC)


def test_nothing_happens_before_its_time() -> None:
    run = WAITING.start(handlers={"Work": 1})
    assert run.path == ["Sleep"]
    run.advance(days=29, hours=23, minutes=59, seconds=59)
    assert run.path == ["Sleep"]
    run.advance(timedelta(seconds=1))
    assert run.path == ["Sleep", "Work"]
    assert run.succeeded


def test_time_can_be_advanced_beyond_the_end() -> None:
    run = WAITING.start(handlers={"Work": 1}).advance(days=40)
    assert run.now - run.elapsed == datetime(2026, 1, 11, tzinfo=UTC)
    assert run.elapsed == timedelta(days=30)


def test_a_run_goes_until_a_state_a_moment_or_a_condition() -> None:
    machine = workflow({f"Wait{hour}": {"Type": "Wait", "Seconds": 3600} for hour in range(5)})
    run = machine.start()
    assert run.run_until("Wait2").path == ["Wait0", "Wait1", "Wait2"]
    assert run.elapsed == timedelta(hours=2)
    assert run.run_until(datetime(2026, 1, 1, 3, 30, tzinfo=UTC)).path[-1] == "Wait3"
    assert run.run_until(lambda run: len(run.path) == 5).elapsed == timedelta(hours=4)


def test_the_next_round_of_a_loop_can_be_waited_for() -> None:
    again = {"Type": "Choice", "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "End"}]}
    machine = workflow(
        {
            "Poll": task(ResultPath="$"),
            "Done": {**again, "Default": "Sleep"},
            "Sleep": {"Type": "Wait", "Seconds": 60, "Next": "Poll"},
            "End": {"Type": "Succeed"},
        }
    )
    polls = in_turn({"done": False}, {"done": False}, {"done": True})
    run = machine.start(handlers={"Work": polls})
    assert run.run_until("Poll").elapsed == timedelta(0)
    assert run.run_until("Poll").elapsed == timedelta(minutes=1)
    assert run.run_until("Poll").elapsed == timedelta(minutes=2)
    with pytest.raises(ExpectationError, match="has ended without the state 'Poll'"):
        run.run_until("Poll")


def test_what_is_due_in_parallel_happens_in_the_order_of_time() -> None:
    def branch(name: str, seconds: int) -> Json:
        states = {
            f"Wait{name}": {"Type": "Wait", "Seconds": seconds, "Next": name},
            name: {"Type": "Pass", "End": True},
        }
        return {"StartAt": f"Wait{name}", "States": states}

    branches = [branch("Late", 300), branch("Early", 100), branch("Between", 200)]
    run = workflow({"All": {"Type": "Parallel", "Branches": branches}}).run()
    assert run.path[-3:] == ["Early", "Between", "Late"]


def test_retries_wait_as_their_retrier_says() -> None:
    machine = workflow({"Do": task(Retry=retry("Busy", IntervalSeconds=10, BackoffRate=3, MaxAttempts=2))})
    run = machine.run(handlers={"Work": Failure("Busy", "try later")})
    run.assert_failed("Busy")
    assert [one.delay for one in run.retries] == [timedelta(seconds=10), timedelta(seconds=30)]
    assert run.elapsed == timedelta(seconds=40)


def test_a_time_limit_of_the_machine_ends_the_run() -> None:
    run = workflow({"Sleep": {"Type": "Wait", "Seconds": DAY}}, TimeoutSeconds=3600).run()
    assert (run.status, run.error) == ("TIMED_OUT", "States.Timeout")
    assert run.elapsed == timedelta(hours=1)
    run.assert_failed("States.Timeout")


def test_a_missed_heartbeat_comes_before_the_time_limit() -> None:
    machine = workflow(
        {
            "Ask": token_task(HeartbeatSeconds=60, TimeoutSeconds=3600, Catch=catch("States.HeartbeatTimeout", "Late")),
            "Late": {"Type": "Succeed"},
        }
    )
    run = machine.run(mocks={"Ask": WAITS})
    assert run.path == ["Ask", "Late"]
    assert run.elapsed == timedelta(minutes=1)


def test_a_run_that_can_not_end_by_itself_says_what_it_waits_for() -> None:
    with pytest.raises(StuckError, match="Ask waits for its token"):
        workflow({"Ask": token_task()}).run(mocks={"Ask": WAITS})
    with pytest.raises(StuckError, match="a call without time limit is never answered"):
        workflow({"Do": task()}).run(mocks={"Do": NO_ANSWER})


def test_a_wrong_question_is_answered_with_how_the_run_stands() -> None:
    run = WAITING.start(handlers={"Work": 1})
    with pytest.raises(TestSetupError, match="no state 'Wrok'; did you mean 'Work'"):
        run.run_until("Wrok")
    with pytest.raises(TestSetupError, match="time does not go backwards"):
        run.advance(seconds=-1)
    with pytest.raises(ExpectationError, match="there is no output: workflow RUNNING after 0s, path Sleep"):
        _ = run.output


def test_the_clock_starts_where_the_test_says() -> None:
    machine = workflow({"Until": {"Type": "Wait", "Timestamp": "2030-06-01T00:00:00Z"}})
    start = datetime(2030, 5, 31, tzinfo=UTC)
    assert machine.run(start_time=start).elapsed == timedelta(days=1)
    with pytest.raises(TestSetupError, match="start_time needs a time zone"):
        machine.run(start_time=datetime(2030, 5, 31))


async def test_an_async_test_drives_a_run_in_the_same_way() -> None:
    run = await WAITING.start_async(handlers={"Work": 1})
    await run.advance(days=29)
    assert run.path == ["Sleep"]
    await run.run_until("Work")
    assert (await run.finish()).succeeded
    with pytest.raises(TestSetupError, match="in an async test use start_async and run_async"):
        WAITING.run(handlers={"Work": 1})
