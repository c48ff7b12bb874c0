"""The email campaign from request to end: the reviewed definition with the functions that are deployed.

The vendor and AWS are simulated and answer over HTTP; days of waiting pass at once. `make test` sees that every state,
transition, choice, catcher and retrier of the definition is taken here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from asl.testing import NO_ANSWER, Failure, in_turn
from callbacks import clients
from local.vendors.pigeon import PigeonStatus
from local.vendors.settings import Behaviour, Fault, Outcome
from tasks.email_campaign import ask_status, await_status, notify_users, send_campaign
from tests.unit.workflows.conftest import RECIPIENTS, trouble
from workflows.email_campaign import contract

if TYPE_CHECKING:
    from asl.testing import Run
    from tests.unit.workflows.conftest import Campaign

SIX_HOURS = timedelta(hours=6)
MAX_WAITS = 500
WAITING = ["SendCampaign", "IsDuplicate", "BeginWaiting", "AwaitStatus"]
HANDLERS = {
    "SendCampaign": send_campaign.handler,
    "AwaitStatus": await_status.handler,
    "AskStatus": ask_status.handler,
    "NotifyUsers": notify_users.handler,
}
LAMBDA_TRANSIENT = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
RETRIABLE = {
    "SendCampaign": contract.SEND_CAMPAIGN_RETRIABLE,
    "AwaitStatus": contract.AWAIT_STATUS_RETRIABLE,
    "AskStatus": contract.ASK_STATUS_RETRIABLE,
    "NotifyUsers": contract.NOTIFY_USERS_RETRIABLE,
}


def test_a_campaign_goes_round_until_the_vendor_reports_success(campaign: Campaign) -> None:
    run = campaign.start()
    run.assert_path(*WAITING)
    campaign.deliver(PigeonStatus.QUEUED)
    run.advance(minutes=10)
    campaign.deliver(PigeonStatus.SENDING)
    campaign.deliver(PigeonStatus.SENT)
    run.assert_succeeded()
    round_again = ["CheckStatus", "CountWait", "AwaitStatus"]
    run.assert_path(*WAITING, *round_again, *round_again, "CheckStatus", "NotifyUsers")
    assert run.output["result"] == {"notified": 2}
    assert campaign.sendings == 1
    assert [campaign.user(user) for user in RECIPIENTS] == [campaign.id] * 2
    (event,) = campaign.published()
    assert (event["detail-type"], event["detail"]["campaign_id"]) == ("CampaignSent", campaign.id)
    assert campaign.reported(run) == []


def test_a_webhook_that_comes_before_the_token_is_not_lost(campaign: Campaign) -> None:
    def while_the_vendor_is_faster(event: Any, context: Any) -> Any:
        campaign.deliver(PigeonStatus.SENT)
        return await_status.handler(event, context)

    run = campaign.start(handlers={"AwaitStatus": while_the_vendor_is_faster})
    assert run.waiting_states == ["AwaitStatus"]
    campaign.resume()
    run.assert_succeeded()


def test_a_request_that_another_execution_owns_ends_at_once(campaign: Campaign) -> None:
    campaign.start("first")
    second = campaign.start("second")
    second.assert_path("SendCampaign", "IsDuplicate", "AlreadyRequested")
    second.assert_succeeded()
    assert campaign.sendings == 1


def test_an_execution_takes_the_place_of_a_failed_one_and_hears_its_deliveries_again(campaign: Campaign) -> None:
    first = campaign.start("first", handlers={"NotifyUsers": Failure("VendorMisconfigured")})
    campaign.deliver(PigeonStatus.SENT)
    first.assert_failed("CampaignFailed")
    second = campaign.start("second", replays=first.execution.arn)
    second.waiting("AwaitStatus")
    campaign.resume()
    second.assert_succeeded()
    assert campaign.sendings == 1
    assert len(campaign.published()) == 1


def test_a_missed_heartbeat_has_the_vendor_asked(campaign: Campaign) -> None:
    run = campaign.start()
    campaign.status(PigeonStatus.SENT)
    run.finish().assert_path(*WAITING, "AskStatus", "CheckStatus", "NotifyUsers")
    assert run.elapsed == SIX_HOURS


def test_a_wait_that_is_kept_alive_ends_with_its_time_limit(campaign: Campaign) -> None:
    run = campaign.start()
    waiting = run.waiting("AwaitStatus")
    for _ in range(4):
        run.advance(hours=5, minutes=59)
        waiting.heartbeat()
    run.run_until("AskStatus")
    assert run.elapsed == timedelta(days=1)


def test_a_vendor_that_knows_nothing_yet_is_waited_for_again(campaign: Campaign) -> None:
    run = campaign.start()
    run.run_until("AskStatus")
    assert run.waiting("AwaitStatus").arguments["Payload"]["waits"] == 1
    campaign.status(PigeonStatus.SENT)
    run.finish().assert_succeeded()
    assert run.elapsed == 2 * SIX_HOURS


def test_the_token_of_a_wait_that_has_ended_resumes_nothing(campaign: Campaign) -> None:
    run = campaign.start()
    stale = run.waiting("AwaitStatus")
    run.run_until("AskStatus")
    fresh = run.waiting("AwaitStatus")
    assert fresh.token != stale.token
    campaign.deliver(PigeonStatus.SENT)
    run.assert_succeeded()


@pytest.mark.parametrize(
    ("vendors", "status"), [(PigeonStatus.BOUNCED, "failed"), (PigeonStatus.CANCELLED, "archived")]
)
def test_a_campaign_that_did_not_go_out_is_reported(campaign: Campaign, vendors: PigeonStatus, status: str) -> None:
    run = campaign.start()
    campaign.deliver(vendors)
    run.assert_failed("CampaignFailed")
    assert campaign.reported(run) == [
        {
            "version": "1",
            "source": "workflow",
            "workflow": "email-campaign",
            "execution": run.execution.arn,
            "state": "CheckStatus",
            "error": "CampaignNotSent",
            "cause": f"pigeon reports campaign {campaign.id} as {status}",
            "input_reference": {"event_id": f"event-of-{campaign.request_id}"},
        }
    ]
    assert campaign.published() == []


def test_a_vendor_that_never_reports_a_final_status_is_given_up(campaign: Campaign) -> None:
    run = campaign.start(mocks={"AwaitStatus": {"status": "pending", "delivery": "msg_1"}}).finish()
    run.assert_failed("CampaignFailed")
    assert len(run.calls("AwaitStatus")) == MAX_WAITS + 1
    assert [message["error"] for message in campaign.reported(run)] == ["TooManyWaits"]


def test_an_execution_lasts_two_weeks_at_most(campaign: Campaign) -> None:
    run = campaign.start(handlers={"AwaitStatus": {}, "AskStatus": {"status": "pending", "delivery": ""}}).finish()
    assert run.status == "TIMED_OUT"
    assert run.elapsed == timedelta(days=14)


def reaching(campaign: Campaign, state: str, handler: Any) -> Run:
    """Run to the end with another handler for one state, which the execution reaches as it usually does."""
    run = campaign.start(handlers={state: handler})
    if run.status != "RUNNING":
        return run
    if state == "AskStatus":
        run.run_until("AskStatus")
        campaign.status(PigeonStatus.SENT)
    else:
        run.run_until(lambda _: run.status != "RUNNING" or bool(run.waiting_states))
        if run.status == "RUNNING":
            campaign.deliver(PigeonStatus.SENT)
    return run.finish()


@pytest.mark.parametrize("state", RETRIABLE)
def test_what_passes_by_itself_is_tried_again(campaign: Campaign, state: str) -> None:
    errors = (*LAMBDA_TRANSIENT, *RETRIABLE[state])
    run = reaching(campaign, state, in_turn(*map(Failure, errors), HANDLERS[state]))
    run.assert_succeeded()
    assert [(one.state, one.error) for one in run.retries] == [(state, error) for error in errors]
    assert len(run.calls(state)) == len(errors) + 1
    assert campaign.sendings == 1


def failing(campaign: Campaign, state: str, outcome: Any) -> Run:
    """Run to the end with one function that fails; the others answer, without doing anything."""
    told: dict[str, Any] = {"status": "success", "delivery": "msg_1"}
    answers = {
        "SendCampaign": {"vendor": "pigeon", "campaign_id": "cmp_1", "duplicate": False},
        "AwaitStatus": {},
        "AskStatus": told,
        "NotifyUsers": {"notified": 1},
    }
    webhook = {"AwaitStatus": told} if state == "NotifyUsers" else {}
    return campaign.start(handlers={**answers, state: outcome}, mocks=webhook).finish()


@pytest.mark.parametrize(
    ("state", "error"), [(state, error) for state, errors in RETRIABLE.items() for error in errors]
)
def test_what_does_not_pass_is_reported_once(campaign: Campaign, state: str, error: str) -> None:
    run = failing(campaign, state, Failure(error))
    run.assert_failed("CampaignFailed")
    assert len(run.calls(state)) == 11
    assert all(one.delay <= timedelta(minutes=5) for one in run.retries)
    assert [(one["state"], one["error"]) for one in campaign.reported(run)] == [(state, error)]


@pytest.mark.parametrize("state", RETRIABLE)
def test_lambda_that_throttles_is_waited_for_longer_than_a_burst_lasts(campaign: Campaign, state: str) -> None:
    run = failing(campaign, state, Failure("Lambda.TooManyRequestsException"))
    assert len(run.calls(state)) == 21
    assert sum((one.delay for one in run.retries), timedelta()) > timedelta(minutes=5)
    assert all(one.delay <= timedelta(minutes=1) for one in run.retries)
    assert [one["error"] for one in campaign.reported(run)] == ["Lambda.TooManyRequestsException"]


@pytest.mark.parametrize("state", RETRIABLE)
@pytest.mark.parametrize("error", [*contract.PERMANENT, "Lambda.Unknown"])
def test_what_would_fail_again_is_reported_at_once(campaign: Campaign, state: str, error: str) -> None:
    run = failing(campaign, state, Failure(error))
    run.assert_failed("CampaignFailed")
    assert run.retries == []
    assert [(one["state"], one["error"]) for one in campaign.reported(run)] == [(state, error)]


@pytest.mark.parametrize("state", ["SendCampaign", "AskStatus", "NotifyUsers"])
def test_a_function_that_never_answers_is_reported(campaign: Campaign, state: str) -> None:
    run = failing(campaign, state, NO_ANSWER)
    run.assert_failed("CampaignFailed")
    assert [(one["state"], one["error"], one["cause"]) for one in campaign.reported(run)] == [
        (state, "States.Timeout", "")
    ]


def test_trouble_of_the_vendor_is_waited_out_and_the_campaign_sent_once(campaign: Campaign) -> None:
    faults = (Fault.UNAVAILABLE, Fault.LOST, Fault.THROTTLED, Fault.NONE, Fault.LOST)
    campaign.vendor.set_behaviour(Behaviour(outcome=Outcome.SILENT, step_seconds=3600, faults=faults))
    run = campaign.start()
    run.waiting("AwaitStatus")
    told = [one.error for one in run.retries]
    assert told == ["VendorUnavailable", "VendorUnavailable", "VendorThrottled", "VendorUnavailable"]
    assert campaign.sendings == 1


def test_trouble_of_aws_is_waited_out_by_every_function(campaign: Campaign) -> None:
    with trouble(clients.dynamodb, "dynamodb.UpdateItem", "ThrottlingException"):
        run = campaign.start()
        run.run_until("BeginWaiting")
    with trouble(clients.kms, "kms.Encrypt", "DependencyTimeoutException"):
        run.run_until("AskStatus")
    campaign.status(PigeonStatus.SENT)
    with trouble(clients.dynamodb, "dynamodb.PutItem", "ProvisionedThroughputExceededException"):
        run.finish().assert_succeeded()
    assert {one.state for one in run.retries} == {"SendCampaign", "AwaitStatus", "NotifyUsers"}
    assert {one.error for one in run.retries} == {"AwsUnavailable"}


def test_users_without_an_address_are_named_and_nothing_is_sent(campaign: Campaign) -> None:
    campaign.stack.aws.dynamodb.delete_item(TableName=campaign.stack.users, Key={"user_id": {"S": RECIPIENTS[0]}})
    try:
        run = campaign.start()
    finally:
        campaign.stack.aws.put(campaign.stack.users, user_id=RECIPIENTS[0], email=f"{RECIPIENTS[0]}@example.org")
    run.assert_failed("CampaignFailed")
    (message,) = campaign.reported(run)
    assert message["error"] == "UnknownRecipients"
    assert "1 recipients have no address in the Users table: user-1" in message["cause"]
    assert not [one for one in campaign.vendor.campaigns.values() if campaign.request_id in one.name]


def test_a_campaign_that_the_vendor_has_lost_is_reported(campaign: Campaign) -> None:
    run = campaign.start()
    lost = campaign.vendor.campaigns.pop(campaign.id)
    run.finish().assert_failed("CampaignFailed")
    campaign.vendor.campaigns[lost.id] = lost
    (message,) = campaign.reported(run)
    assert (message["state"], message["error"]) == ("AskStatus", "VendorRejected")


def test_a_report_is_tried_again(campaign: Campaign) -> None:
    reports = in_turn(Failure("SNS.InternalErrorException"), NO_ANSWER, {"MessageId": "1"})
    run = campaign.start(handlers={"SendCampaign": Failure("VendorRejected")}, mocks={"ReportFailure": reports})
    run.finish().assert_failed("CampaignFailed")
    assert [one.error for one in run.retries] == ["SNS.InternalErrorException", "States.Timeout"]


def test_an_execution_whose_failure_can_not_be_reported_says_so(campaign: Campaign) -> None:
    run = campaign.start(
        handlers={"SendCampaign": Failure("VendorRejected")}, mocks={"ReportFailure": Failure("SNS.NotFoundException")}
    )
    run.finish().assert_failed("FailureNotReported")
    assert [one.state for one in run.retries] == ["ReportFailure"] * 6


def test_an_error_output_may_have_no_cause(campaign: Campaign) -> None:
    """It usually has one but need not, and then the report says that there is none."""
    failure = {"Error": "States.Timeout", "state": "AskStatus"}
    run = campaign.workflow.run({**campaign.input, "failure": failure}, start_at="HasCause")
    run.assert_path("HasCause", "NoCause", "ReportFailure", "CampaignFailed")
    (message,) = campaign.reported(run)
    assert (message["error"], message["cause"]) == ("States.Timeout", "")
