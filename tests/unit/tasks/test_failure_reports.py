"""What AWS reports of failures, read as our message."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.failures.reports import UnreadableReportError, read
from workflows.failure_message import MAX_CAUSE, FailureMessage, FailureSource

EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:email-campaign:run-1"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:email-campaign"
RULE = "arn:aws:events:eu-central-1:123456789012:rule/baton/CampaignRequested"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:Sweep:$LATEST"
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAcanary"


def ended(status: str, **detail: Any) -> str:
    """The event that AWS puts on the default bus when an execution has ended."""
    return json.dumps(
        {
            "version": "0",
            "id": "315c1398-40ff-a850-213b-158f73e60175",
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "detail": {
                "executionArn": EXECUTION,
                "stateMachineArn": MACHINE,
                "name": "run-1",
                "status": status,
                "startDate": 1551225146847,
                "stopDate": 1551225151881,
                "input": json.dumps({"event_id": "event-1", "token": TOKEN}),
                "output": None,
                "error": None,
                "cause": None,
                **detail,
            },
        }
    )


def given_up(**fields: Any) -> str:
    """The record that Lambda sends to an on-failure destination."""
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": "2019-11-14T18:16:05.568Z",
            "requestContext": {
                "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
                "functionArn": FUNCTION,
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": {"token": TOKEN},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "the table does not answer", "errorType": "AwsUnavailable"},
            **fields,
        }
    )


def undelivered(**fields: Any) -> tuple[str, dict[str, str]]:
    """What EventBridge puts into the dead-letter queue of a rule."""
    event = {
        "version": "0",
        "id": "event-7",
        "detail-type": "CampaignRequested",
        "source": "baton.client",
        "detail": {"version": "1", "request_id": "r-1"},
        **fields,
    }
    attributes = {
        "RULE_ARN": RULE,
        "TARGET_ARN": MACHINE,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "The role may not start it",
        "RETRY_ATTEMPTS": "185",
    }
    return json.dumps(event), attributes


def test_an_execution_that_failed_uncaught_names_its_error_and_the_event_that_started_it() -> None:
    failure = read(ended("FAILED", error="States.Runtime", cause="no such path"), {})
    assert (failure.source, failure.workflow, failure.execution) == (
        FailureSource.EXECUTION,
        "email-campaign",
        EXECUTION,
    )
    assert (failure.error, failure.cause) == ("States.Runtime", "no such path")
    assert failure.input_reference == {"stopped_at": "1551225151881", "event_id": "event-1"}


@pytest.mark.parametrize(
    ("status", "error"),
    [("TIMED_OUT", "States.Timeout"), ("ABORTED", "Execution.ABORTED"), ("FAILED", "Execution.FAILED")],
)
def test_an_execution_that_ended_without_an_error_is_named_after_how_it_ended(status: str, error: str) -> None:
    failure = read(ended(status), {})
    assert failure.error == error
    assert status in failure.cause


def test_each_end_of_an_execution_is_a_failure_of_its_own_and_each_copy_of_one_is_not() -> None:
    first, again = read(ended("FAILED"), {}), read(ended("FAILED"), {})
    redriven = read(ended("FAILED", stopDate=1551225999999), {})
    assert first.id == again.id
    assert first.id != redriven.id


def test_a_function_that_was_given_up_names_its_error() -> None:
    failure = read(given_up(), {})
    assert (failure.source, failure.workflow, failure.error) == (FailureSource.FUNCTION, "Sweep", "AwsUnavailable")
    assert failure.cause == "the table does not answer"
    assert failure.input_reference == {"request_id": "e4b46cbf-b738-xmpl-8880-a18cdf61200e"}


def test_records_of_a_stream_that_were_given_up_say_where_they_are() -> None:
    place = {"streamArn": "arn:stream", "startSequenceNumber": "100", "endSequenceNumber": "101", "batchSize": 2}
    failure = read(given_up(DDBStreamBatchInfo=place, responsePayload=None), {})
    assert failure.error == "RetriesExhausted"
    assert failure.input_reference["stream"] == "arn:stream"
    assert failure.input_reference["records_from"] == "100"


def test_an_event_that_could_not_be_delivered_is_kept_whole_with_the_reason() -> None:
    failure = read(*undelivered())
    assert (failure.source, failure.workflow, failure.error) == (
        FailureSource.EVENT,
        "CampaignRequested",
        "NO_PERMISSIONS",
    )
    assert "The role may not start it" in failure.cause
    assert failure.event is not None
    assert failure.event.detail == {"version": "1", "request_id": "r-1"}
    assert failure.input_reference == {"event_id": "event-7"}


def test_an_event_too_large_for_a_message_is_left_to_the_archive() -> None:
    failure = read(*undelivered(detail={"body": "x" * 250_000}))
    assert failure.event is None
    assert failure.input_reference == {"event_id": "event-7"}


def test_an_event_that_no_rule_is_for_is_a_failure() -> None:
    body, _ = undelivered(**{"detail-type": "CampaignRequestd"})
    failure = read(body, {})
    assert failure.error == "UnknownEvent"
    assert "CampaignRequestd" in failure.cause


@pytest.mark.parametrize("body", [ended("FAILED", error="E", cause="C"), given_up()])
def test_nothing_of_inputs_and_outputs_is_in_a_message(body: str) -> None:
    assert TOKEN in body
    assert TOKEN not in read(body, {}).model_dump_json()


def test_a_cause_of_any_length_fits() -> None:
    failure = read(ended("FAILED", error="E", cause="x" * 32_768), {})
    assert len(failure.cause) == MAX_CAUSE
    assert failure.cause.endswith("[cut]")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
REPORTS = [(ended("FAILED", error="E", cause="C"), {}), (given_up(), {}), undelivered()]


@st.composite
def damaged_reports(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A report of which one field, at any depth, is gone or says something else."""
    body, attributes = draw(st.sampled_from(REPORTS))
    report = json.loads(body)
    inside = report
    while True:
        name = draw(st.sampled_from(sorted(inside)))
        if not (isinstance(inside[name], dict) and inside[name] and draw(st.booleans())):
            break
        inside = inside[name]
    if draw(st.booleans()):
        inside[name] = draw(json_values)
    else:
        del inside[name]
    return json.dumps(report), attributes


@given(report=damaged_reports() | st.tuples(st.text() | json_values.map(json.dumps), st.just({})))
def test_whatever_is_in_the_queue_is_read_or_left_there(report: tuple[str, dict[str, str]]) -> None:
    try:
        failure = read(*report)
    except UnreadableReportError:
        return
    assert FailureMessage.read(failure.model_dump_json()) == failure
