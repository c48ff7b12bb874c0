"""Which events each level lets through, and how an event is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.engine import HistoryEvent
from asl.engine.history import DETAILS_KEYS
from asl.observability.log_records import MAX_ESCAPED_BYTES, LogLevel, log_record

ARN = "arn:aws:states:us-east-1:123456789012:execution:machine:name"

# The rows of AWS's table that have a mark under ERROR: under FATAL only the three about the execution.
FATAL = {"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"}
ERROR = FATAL | {
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapStateAborted",
    "MapStateFailed",
    "ParallelStateAborted",
    "ParallelStateFailed",
    "TaskFailed",
    "TaskStartFailed",
    "TaskStateAborted",
    "TaskSubmitFailed",
    "TaskTimedOut",
    "WaitStateAborted",
}
ALL_ONLY = {
    "ChoiceStateEntered",
    "ChoiceStateExited",
    "ExecutionStarted",
    "ExecutionSucceeded",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "MapIterationStarted",
    "MapIterationSucceeded",
    "MapStateEntered",
    "MapStateExited",
    "MapStateStarted",
    "MapStateSucceeded",
    "ParallelStateEntered",
    "ParallelStateExited",
    "ParallelStateStarted",
    "ParallelStateSucceeded",
    "PassStateEntered",
    "PassStateExited",
    "SucceedStateEntered",
    "SucceedStateExited",
    "TaskScheduled",
    "TaskStarted",
    "TaskStateEntered",
    "TaskStateExited",
    "TaskSubmitted",
    "TaskSucceeded",
    "WaitStateEntered",
    "WaitStateExited",
}


@pytest.mark.parametrize(
    ("level", "logged"),
    [("ALL", ALL_ONLY | ERROR), ("ERROR", ERROR), ("FATAL", FATAL), ("OFF", set())],
)
def test_a_level_lets_through_what_the_table_of_aws_marks(level: str, logged: set[str]) -> None:
    assert {name for name in ALL_ONLY | ERROR if LogLevel(level).lets_through(name)} == logged


@given(st.sampled_from(sorted(DETAILS_KEYS)) | st.text())
def test_what_a_level_lets_through_every_lower_one_does(event_type: str) -> None:
    through = [LogLevel(level).lets_through(event_type) for level in ("OFF", "FATAL", "ERROR", "ALL")]
    assert through == sorted(through)


def record(event_type: str, details: dict[str, Any], *, include_data: bool = True, redrives: int = 0) -> Any:
    event = HistoryEvent(7, 6, 1_700_000_000.25, event_type, details)
    return json.loads(log_record(event, ARN, redrives, include_data=include_data))


def test_a_record_tells_numbers_as_texts() -> None:
    details = {"input": '{"a":1}', "inputDetails": {"truncated": False}, "name": "Pay"}
    assert record("TaskStateEntered", details, redrives=2) == {
        "id": "7",
        "type": "TaskStateEntered",
        "details": details,
        "redrive_count": "2",
        "previous_event_id": "6",
        "event_timestamp": "1700000000250",
        "execution_arn": ARN,
    }


def test_without_execution_data_nothing_is_said_of_it() -> None:
    details = {"name": "Pay", "output": "1", "outputDetails": {"truncated": False}}
    assigned = {"assignedVariables": {"a": "1"}, "assignedVariablesDetails": {"truncated": False}}
    assert record("TaskStateExited", details | assigned, include_data=False)["details"] == {"name": "Pay"}
    scheduled = {"resource": "invoke", "parameters": '{"secret":1}'}
    assert record("TaskScheduled", scheduled, include_data=False)["details"] == {"resource": "invoke"}


def test_an_event_without_details_is_told_without() -> None:
    assert "details" not in record("ParallelStateStarted", {})


@given(st.sampled_from(["x", '"', "é", "\\\n", "😀"]), st.integers(-2, 2))
def test_a_text_is_cut_exactly_where_it_takes_more_than_is_allowed(unit: str, around: int) -> None:
    escaped = len(json.dumps(unit, ensure_ascii=False).encode()) - 2
    text = unit * (MAX_ESCAPED_BYTES // escaped + around)
    told = record("ExecutionSucceeded", {"output": text, "outputDetails": {"truncated": False}})["details"]
    size = len(json.dumps(told["output"], ensure_ascii=False).encode()) - 2
    assert size <= MAX_ESCAPED_BYTES
    assert text.startswith(told["output"])
    assert told["outputDetails"]["truncated"] == (told["output"] != text)
    if told["output"] != text:
        assert size > MAX_ESCAPED_BYTES - escaped


def test_variables_that_do_not_fit_are_left_out() -> None:
    variables = {"a": json.dumps("x" * 200_000), "b": json.dumps("x" * 200_000)}
    details = {"assignedVariables": variables, "assignedVariablesDetails": {"truncated": False}}
    told = record("PassStateExited", details)["details"]
    assert told == {"assignedVariables": {}, "assignedVariablesDetails": {"truncated": True}}
