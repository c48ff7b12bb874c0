"""Every path of the email campaign, over the API, with tasks mocked in the format of Step Functions Local."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.conftest import MOCKS, NAME, definition

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from tests.integration.conftest import EmailCampaign

TASKS = ("SendCampaign", "AwaitStatus", "AskStatus", "NotifyUsers")
RETRIED = [
    (state, error)
    for state in TASKS
    for retrier in definition()["States"][state]["Retry"]
    for error in retrier["ErrorEquals"]
]
BEGINNING = ["SendCampaign", "IsDuplicate", "BeginWaiting", "AwaitStatus"]
TOLD = [*BEGINNING, "CheckStatus", "NotifyUsers"]
ASKED = [*BEGINNING, "AskStatus", "CheckStatus", "NotifyUsers"]
REPORTED = ["HasCause", "ReportFailure", "CampaignFailed"]


@pytest.mark.parametrize(
    ("case", "path"),
    [
        ("Sent", TOLD),
        ("SentAfterPending", [*BEGINNING, *2 * ["CheckStatus", "CountWait", "AwaitStatus"], *TOLD[-2:]]),
        ("Duplicate", ["SendCampaign", "IsDuplicate", "AlreadyRequested"]),
        ("MissedHeartbeat", ASKED),
        ("TimedOut", ASKED),
        ("StillPendingWhenAsked", [*ASKED[:-1], "CountWait", "AwaitStatus", "CheckStatus", "NotifyUsers"]),
    ],
)
def test_a_campaign_succeeds(case: str, path: list[str], campaign: EmailCampaign) -> None:
    run = campaign.run(case)
    assert run.status == "SUCCEEDED"
    assert run.path == path
    assert run.reported == []


@pytest.mark.parametrize(("case", "status"), [("Failed", "failed"), ("Archived", "archived")])
def test_a_campaign_that_did_not_go_out_is_reported(case: str, status: str, campaign: EmailCampaign) -> None:
    run = campaign.run(case)
    assert (run.status, run.error) == ("FAILED", "CampaignFailed")
    assert run.path == [*BEGINNING, "CheckStatus", "CampaignNotSent", *REPORTED]
    (message,) = run.reported
    assert message["error"] == "CampaignNotSent"
    assert message["cause"] == f"pigeon reports campaign cmp_1 as {status}"


def test_a_vendor_that_never_reports_a_final_status_is_given_up(campaign: EmailCampaign) -> None:
    run = campaign.run("TooManyWaits")
    assert (run.status, run.error) == ("FAILED", "CampaignFailed")
    assert run.path.count("AwaitStatus") == 501
    assert [message["error"] for message in run.reported] == ["TooManyWaits"]


def test_reporting_a_failure_is_tried_again(campaign: EmailCampaign) -> None:
    run = campaign.run("ReportedAtLast")
    assert (run.status, run.error) == ("FAILED", "CampaignFailed")
    assert len(run.reported) == 3


def test_a_failure_that_cannot_be_reported_ends_the_execution_with_its_own_error(campaign: EmailCampaign) -> None:
    run = campaign.run("FailureNotReported")
    assert (run.status, run.error) == ("FAILED", "FailureNotReported")
    assert run.path[-2:] == ["ReportFailure", "FailureNotReported"]


@pytest.mark.parametrize(("state", "error"), RETRIED)
def test_what_passes_by_itself_is_tried_again(state: str, error: str, campaign: EmailCampaign) -> None:
    run = campaign.run(f"{state}After{error.replace('.', '')}")
    assert run.status == "SUCCEEDED"
    expected = ASKED if state == "AskStatus" else TOLD
    assert run.path == expected
    assert run.attempts == sum(name in TASKS for name in expected) + 1


@pytest.mark.parametrize("state", TASKS)
def test_what_would_fail_again_is_reported_at_once(state: str, campaign: EmailCampaign) -> None:
    run = campaign.run(f"{state}Refuses")
    assert (run.status, run.error) == ("FAILED", "CampaignFailed")
    assert run.path[-4:] == [f"{state}Failed", *REPORTED]
    (message,) = run.reported
    assert (message["state"], message["error"], message["cause"]) == (state, "InvalidRequest", "as the test says")


@pytest.mark.not_on_the_image("its retries take their real time, and ten of them about half an hour")
def test_what_does_not_pass_is_reported_after_the_last_attempt(campaign: EmailCampaign) -> None:
    run = campaign.run("NotifyUsersNeverSucceeds")
    assert (run.status, run.error) == ("FAILED", "CampaignFailed")
    assert run.attempts == 2 + 11 + 1
    assert [(message["state"], message["error"]) for message in run.reported] == [("NotifyUsers", "AwsUnavailable")]


def test_the_answer_to_a_real_token_resumes_the_execution(campaign: EmailCampaign, given_endpoint: str | None) -> None:
    if given_endpoint is not None:
        pytest.skip("the function of AwaitStatus is played here, where only an engine that is started here reaches it")
    execution = campaign.start("RealCallback")
    campaign.client.send_task_success(
        taskToken=submitted_token(campaign, execution), output=json.dumps({"status": "success", "delivery": "msg_1"})
    )
    run = campaign.ended(execution)
    assert run.status == "SUCCEEDED"
    assert run.path == TOLD


def submitted_token(campaign: EmailCampaign, execution: str) -> str:
    """The token that AwaitStatus has handed to its function, once that has taken it."""
    deadline = time.monotonic() + 20
    while "TaskSubmitted" not in [event["type"] for event in campaign.history(execution)]:
        assert time.monotonic() < deadline, campaign.history(execution)[-1]
        time.sleep(0.01)
    events = campaign.history(execution)
    scheduled = [event["taskScheduledEventDetails"] for event in events if event["type"] == "TaskScheduled"]
    token: str = json.loads(scheduled[-1]["parameters"])["Payload"]["task_token"]
    return token


@pytest.mark.not_on_the_image("it has no ValidateStateMachineDefinition")
def test_the_reviewed_definition_is_valid(sfn: SFNClient) -> None:
    answer = sfn.validate_state_machine_definition(definition=json.dumps(definition()))
    assert answer["result"] == "OK"


def test_every_error_that_is_retried_by_name_has_its_test_case() -> None:
    cases: dict[str, Any] = json.loads(MOCKS.read_text())["StateMachines"][NAME]["TestCases"]
    missing = {f"{state}After{error.replace('.', '')}" for state, error in RETRIED} - cases.keys()
    assert not missing, f"write these test cases into {MOCKS.name}"
