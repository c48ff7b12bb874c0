"""The email campaign on the embedded cloud, from the event to where it ends."""

import pytest

from local import demo, users
from local.vendors.pigeon import PigeonStatus
from local.vendors.settings import Behaviour, Outcome
from tests.e2e.bench import Campaigns
from tests.eventually import eventually

STEP_SECONDS = 0.3


def reached_by(campaigns: Campaigns, *user_ids: str) -> set[str | None]:
    """The last campaigns of these users."""
    found = users.last_campaigns(campaigns.deployment.aws, campaigns.deployment.outputs, list(user_ids))
    return {found.get(user_id) for user_id in user_ids}


def test_a_successful_campaign_reaches_its_users(campaigns: Campaigns) -> None:
    behaviour = Behaviour(step_seconds=STEP_SECONDS)
    wanted, arn = campaigns.request(behaviour, subject="For two users", recipients=("user-1", "user-2"))
    assert campaigns.end(arn) == "SUCCEEDED"
    assert campaigns.states(arn)[-1] == "NotifyUsers"
    [campaign] = campaigns.at_vendor(wanted.subject)
    assert reached_by(campaigns, "user-1", "user-2") == {campaign["id"]}
    assert campaign["id"] not in reached_by(campaigns, "user-3")


def test_the_vendor_gets_the_campaign_as_it_was_requested(campaigns: Campaigns) -> None:
    wanted, arn = campaigns.request(Behaviour(step_seconds=0), subject="As requested", recipients=("user-2",))
    campaigns.end(arn)
    [campaign] = campaigns.at_vendor(wanted.subject)
    assert campaign["recipients"] == [users.EXAMPLE_USERS["user-2"]]


@pytest.mark.parametrize(("outcome", "said"), [(Outcome.FAILED, "failed"), (Outcome.ARCHIVED, "archived")])
def test_a_campaign_that_does_not_go_out_ends_in_the_failure_queue(
    campaigns: Campaigns, outcome: Outcome, said: str
) -> None:
    behaviour = Behaviour(outcome=outcome, step_seconds=STEP_SECONDS)
    _, arn = campaigns.request(behaviour, recipients=("user-4",))
    assert campaigns.end(arn) == "FAILED"
    failure = campaigns.failure(arn)
    assert (failure.workflow, failure.state, failure.error) == ("email-campaign", "CheckStatus", "CampaignNotSent")
    assert failure.cause.endswith(f"as {said}")
    assert reached_by(campaigns, "user-4") == {None}


def test_a_silent_vendor_is_asked_once_the_wait_has_lasted_too_long(campaigns: Campaigns) -> None:
    behaviour = Behaviour(outcome=Outcome.SILENT, step_seconds=STEP_SECONDS)
    wanted, arn = campaigns.request(behaviour, subject="Sent in silence")
    assert campaigns.end(arn) == "SUCCEEDED"
    assert "AskStatus" in campaigns.states(arn)
    [campaign] = campaigns.at_vendor(wanted.subject)
    assert campaigns.deliveries(campaign["id"]) == []


def test_duplicate_and_disordered_webhooks_are_each_recorded_once(campaigns: Campaigns) -> None:
    behaviour = Behaviour(step_seconds=0, duplicates=2, disorder=True)
    wanted, arn = campaigns.request(behaviour, subject="Twice and backwards")
    assert campaigns.end(arn) == "SUCCEEDED"
    [campaign] = campaigns.at_vendor(wanted.subject)
    deliveries = eventually(
        lambda: found if len(found := campaigns.deliveries(campaign["id"])) >= 3 else None, "three deliveries on record"
    )
    assert [delivery.status for delivery in deliveries] == ["pending", "pending", "success"]


def test_webhooks_that_all_come_at_once_are_handled_one_by_one(campaigns: Campaigns) -> None:
    script = (PigeonStatus.QUEUED, *[PigeonStatus.SENDING] * 6, PigeonStatus.SENT)
    wanted, arn = campaigns.request(Behaviour(script=script, step_seconds=0), subject="All at once")
    assert campaigns.end(arn) == "SUCCEEDED"
    [campaign] = campaigns.at_vendor(wanted.subject)
    eventually(lambda: len(campaigns.deliveries(campaign["id"])) == len(script), "every delivery on record")


def test_the_same_event_twice_starts_one_campaign(campaigns: Campaigns) -> None:
    wanted, first = campaigns.request(Behaviour(step_seconds=STEP_SECONDS), subject="Requested twice")
    second = campaigns.send(wanted)
    assert {campaigns.end(first), campaigns.end(second)} == {"SUCCEEDED"}
    assert len(campaigns.at_vendor(wanted.subject)) == 1
    ends = sorted(campaigns.states(arn)[-1] for arn in (first, second))
    assert ends == ["AlreadyRequested", "NotifyUsers"]


def test_an_event_for_users_nobody_knows_sends_nothing_and_is_reported(campaigns: Campaigns) -> None:
    wanted, arn = campaigns.request(Behaviour(), subject="For nobody", recipients=("user-1", "stranger"))
    assert campaigns.end(arn) == "FAILED"
    failure = campaigns.failure(arn)
    assert failure.state == "SendCampaign"
    assert "stranger" in failure.cause
    assert campaigns.at_vendor(wanted.subject) == []


def test_a_failed_campaign_tells_nobody_a_secret(campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(), recipients=("stranger",))
    campaigns.end(arn)
    ssm = campaigns.deployment.aws.ssm
    message = campaigns.failure(arn).model_dump_json()
    for name in ("api-key", "webhook-secret"):
        secret = ssm.get_parameter(Name=f"/baton/saas/pigeon/{name}", WithDecryption=True)["Parameter"]["Value"]
        assert secret not in message


def test_an_event_that_fits_no_contract_is_reported(campaigns: Campaigns) -> None:
    wanted = demo.fresh_request().model_construct(version="1", request_id="bad id!", vendor="pigeon")
    arn = campaigns.send(wanted)
    assert campaigns.end(arn) == "FAILED"
    failure = campaigns.failure(arn)
    assert failure.state == "SendCampaign"
    assert "request_id" in failure.cause


def test_a_failure_bears_the_name_of_the_exception(campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(), recipients=("stranger",))
    campaigns.end(arn)
    assert campaigns.failure(arn).error == "UnknownRecipients"


def test_a_vendor_that_throttles_is_asked_again(campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(throttled_calls=1, step_seconds=0))
    assert campaigns.end(arn) == "SUCCEEDED"


def test_a_wait_that_cannot_begin_is_reported(campaigns: Campaigns) -> None:
    with campaigns.broken_function("AwaitStatus", "MAILBOX_TABLE"):
        _, arn = campaigns.request(Behaviour(step_seconds=0))
        campaigns.end(arn)
    assert "AwaitStatusFailed" in campaigns.states(arn)
