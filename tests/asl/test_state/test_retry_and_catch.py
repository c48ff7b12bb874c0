"""Errors in TestState: whether the state would be tried again, and which catcher helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.asl.test_state.conftest import BOOM, TASK, mocked

if TYPE_CHECKING:
    from tests.asl.test_state.conftest import StateTester

RETRY = [
    {"ErrorEquals": ["Other"]},
    {"ErrorEquals": ["Boom"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 4, "MaxDelaySeconds": 10},
]
CATCH = [{"ErrorEquals": ["Other"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "B"}]


@pytest.mark.parametrize(("count", "interval"), [(0, 3), (1, 6), (2, 10), (3, 10)])
async def test_an_error_with_attempts_left_is_retriable(tested: StateTester, count: int, interval: int) -> None:
    answer = await tested(
        {**TASK, "Retry": RETRY, "Catch": CATCH},
        mock=BOOM,
        stateConfiguration={"retrierRetryCount": count},
        inspectionLevel="DEBUG",
    )
    assert (answer["status"], answer["error"], answer["cause"]) == ("RETRIABLE", "Boom", "it broke")
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 1, "retryBackoffIntervalSeconds": interval}
    assert answer.keys().isdisjoint({"output", "nextState"})


async def test_jitter_does_not_change_the_interval_that_is_told(tested: StateTester) -> None:
    retry = [{"ErrorEquals": ["Boom"], "IntervalSeconds": 40, "JitterStrategy": "FULL"}]
    answer = await tested({**TASK, "Retry": retry}, mock=BOOM, inspectionLevel="DEBUG")
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 40}


async def test_an_error_without_attempts_left_is_caught(tested: StateTester) -> None:
    answer = await tested(
        {**TASK, "Retry": RETRY, "Catch": CATCH},
        {"a": 1},
        mock=BOOM,
        stateConfiguration={"retrierRetryCount": 4},
        inspectionLevel="DEBUG",
    )
    assert (answer["status"], answer["error"], answer["cause"]) == ("CAUGHT_ERROR", "Boom", "it broke")
    assert (answer["nextState"], answer["output"]) == ("B", {"a": 1, "why": {"Error": "Boom", "Cause": "it broke"}})
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 1, "catchIndex": 1}


async def test_an_error_that_nothing_names_fails_the_state(tested: StateTester) -> None:
    retry, catch = [{"ErrorEquals": ["Other"]}], [{"ErrorEquals": ["Other"], "Next": "A"}]
    answer = await tested({**TASK, "Retry": retry, "Catch": catch}, mock=BOOM, inspectionLevel="DEBUG")
    assert (answer["status"], answer["error"]) == ("FAILED", "Boom")
    assert "errorDetails" not in answer["inspectionData"]


@pytest.mark.parametrize("error", [{"error": "Boom"}, {"cause": "it broke"}, {}])
async def test_an_error_may_leave_out_its_name_or_its_cause(tested: StateTester, error: dict[str, str]) -> None:
    answer = await tested(TASK, mock={"errorOutput": error})
    assert answer == {"status": "FAILED", **error}


async def test_an_output_that_can_not_be_computed_is_tried_again_and_caught_as_in_an_execution(
    tested: StateTester,
) -> None:
    state = {**TASK, "QueryLanguage": "JSONata", "Output": "{% $states.result.nothing %}"}
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "A"}]
    answer = await tested({**state, "Catch": catch}, mock=mocked({}))
    assert (answer["status"], answer["error"]) == ("CAUGHT_ERROR", "States.QueryEvaluationError")
    retry = [{"ErrorEquals": ["States.QueryEvaluationError"]}]
    answer = await tested({**state, "Retry": retry, "Catch": catch}, mock=mocked({}))
    assert answer["status"] == "RETRIABLE"


async def test_a_fail_state_fails(tested: StateTester) -> None:
    state: dict[str, Any] = {"Type": "Fail", "ErrorPath": "$.what", "CausePath": "$.why"}
    answer = await tested(state, {"what": "Late", "why": "rain"})
    assert answer == {"status": "FAILED", "error": "Late", "cause": "rain"}
