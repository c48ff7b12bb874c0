"""What no workflow can report itself reaches the failure queue as well, once."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from console.operations.failures import Failure
from console.operations.replay import Replayer
from local.vendors.settings import Behaviour, Outcome
from tests.e2e.bench import Baton, Campaigns
from tests.eventually import eventually


def about(campaigns: Campaigns, event_id: str) -> Failure:
    """The failure of an event."""

    def look() -> Failure | None:
        messages = ((found, found.message) for found in campaigns.failures())
        return next(
            (found for found, said in messages if said and said.input_reference.get("event_id") == event_id), None
        )

    return eventually(look, f"a message about the event {event_id} in the failure queue")


def put_event(campaigns: Campaigns, source: str, detail_type: str, detail: dict[str, Any]) -> str:
    answer = campaigns.deployment.aws.events.put_events(
        Entries=[
            {
                "EventBusName": campaigns.deployment.outputs.event_bus,
                "Source": source,
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
            }
        ]
    )
    return answer["Entries"][0]["EventId"]


def test_an_execution_that_is_stopped_is_reported_with_the_state_it_stood_in(campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=0))
    eventually(lambda: "AwaitStatus" in campaigns.states(arn), "the wait for a webhook")
    campaigns.deployment.aws.stepfunctions.stop_execution(executionArn=arn, error="Obsolete", cause="unwanted")
    failure = campaigns.failure(arn)
    assert (failure.workflow, failure.state) == ("email-campaign", "AwaitStatus")
    assert (failure.source, failure.error, failure.cause) == ("execution", "Obsolete", "unwanted")


def test_an_execution_that_has_reported_why_it_failed_is_not_reported_again(campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(), recipients=("stranger",))
    campaigns.end(arn)
    # Its end is on the way by the same queue as this event, which comes after it.
    later = put_event(campaigns, "baton.client", "Later", {})
    about(campaigns, later)
    messages = [found.message for found in campaigns.failures() for _ in range(found.copies)]
    assert [said.source for said in messages if said and said.execution == arn] == ["workflow"]


def run_out_of_time(definition: dict[str, Any]) -> None:
    definition["TimeoutSeconds"] = 2


def lose_the_topic(definition: dict[str, Any]) -> None:
    report = definition["States"]["ReportFailure"]
    report["Parameters"]["TopicArn"] += "-that-is-gone"
    del report["Retry"]


def lose_a_path(definition: dict[str, Any]) -> None:
    definition["States"]["BeginWaiting"]["Parameters"]["lost.$"] = "$.campaign.lost"


@pytest.mark.parametrize(
    ("change", "recipients", "status", "error"),
    [
        (run_out_of_time, None, "TIMED_OUT", "States.Timeout"),
        (lose_the_topic, ("stranger",), "FAILED", "FailureNotReported"),
        (lose_a_path, None, "FAILED", "States.Runtime"),
    ],
)
def test_an_end_that_no_state_can_report_is_reported_once(
    campaigns: Campaigns,
    change: Callable[[dict[str, Any]], None],
    recipients: tuple[str, ...] | None,
    status: str,
    error: str,
) -> None:
    with campaigns.changed_definition(change):
        wanted = {"recipients": recipients} if recipients else {}
        _, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=3600), **wanted)
        assert campaigns.end(arn) == status
    failure = campaigns.failure(arn)
    assert (failure.source, failure.error) == ("execution", error)
    # What else there was to say of it would have come by the same queue before this event.
    about(campaigns, put_event(campaigns, "baton.client", "Later", {}))
    messages = [found.message for found in campaigns.failures() for _ in range(found.copies)]
    assert [said.source for said in messages if said and said.execution == arn] == ["execution"]


def test_an_event_that_nobody_knows_is_reported(campaigns: Campaigns) -> None:
    event_id = put_event(campaigns, "baton.client", "CampaignRequestd", {"version": "1", "request_id": "typo"})
    message = about(campaigns, event_id).message
    assert message is not None
    assert message.error == "UnknownEvent"
    assert message.event is not None
    assert message.event.detail == {"version": "1", "request_id": "typo"}


def test_an_event_that_could_not_be_delivered_is_reported(campaigns: Campaigns) -> None:
    """The embedded EventBridge delivers or drops; this message is what AWS's puts into a rule's dead-letter queue."""
    event_id = uuid.uuid4().hex
    event = {
        "id": event_id,
        "source": "baton.client",
        "detail-type": "CampaignRequested",
        "detail": {"version": "1", "request_id": "undelivered"},
    }
    attributes = {
        "RULE_ARN": "arn:aws:events:us-east-1:000000000000:rule/baton/CampaignRequested",
        "TARGET_ARN": campaigns.deployment.outputs.state_machine_arn,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "The role may not start it",
    }
    campaigns.deployment.aws.sqs.send_message(
        QueueUrl=campaigns.deployment.outputs.failure_intake_queue_url,
        MessageBody=json.dumps(event),
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )
    message = about(campaigns, event_id).message
    assert message is not None
    assert (message.workflow, message.error) == ("CampaignRequested", "NO_PERMISSIONS")


def replay(campaigns: Campaigns, baton: Baton, failure_id: str) -> str:
    answer = baton("failures", "replay", failure_id)
    assert answer.returncode == 0, answer.stderr
    assert failure_id not in {found.id for found in campaigns.failures()}
    return answer.stdout


def test_a_campaign_that_failed_is_replayed_once_what_stood_in_its_way_is_mended(
    campaigns: Campaigns, baton_here: Baton
) -> None:
    user_id = f"late-{uuid.uuid4().hex[:8]}"
    wanted, arn = campaigns.request(Behaviour(step_seconds=0), subject=f"For {user_id}", recipients=(user_id,))
    assert campaigns.end(arn) == "FAILED"
    failure = campaigns.failure(arn)
    aws, outputs = campaigns.deployment.aws, campaigns.deployment.outputs
    aws.dynamodb.put_item(
        TableName=outputs.users_table, Item={"user_id": {"S": user_id}, "email": {"S": f"{user_id}@example.org"}}
    )
    assert "in its place" in replay(campaigns, baton_here, failure.id)
    replayed = arn.rpartition(":")[0] + f":replay-{failure.id}"
    assert campaigns.end(replayed) == "SUCCEEDED"
    assert len(campaigns.at_vendor(wanted.subject)) == 1
    replayer = Replayer(aws.stepfunctions, aws.events, outputs.event_bus)
    assert "replayed before" in replayer.replay(failure.id, failure)


def test_an_execution_that_was_stopped_goes_on_where_it_stood(campaigns: Campaigns, baton_here: Baton) -> None:
    wanted, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=0), subject="Stopped by mistake")
    eventually(lambda: "AwaitStatus" in campaigns.states(arn), "the wait for a webhook")
    campaigns.deployment.aws.stepfunctions.stop_execution(executionArn=arn)
    failure = campaigns.failure(arn)
    assert "where it stood" in replay(campaigns, baton_here, failure.id)
    assert campaigns.end(arn) == "SUCCEEDED"
    assert len(campaigns.at_vendor(wanted.subject)) == 1


def test_a_failure_is_discarded_once(campaigns: Campaigns, baton_here: Baton) -> None:
    failure_id = about(campaigns, put_event(campaigns, "baton.client", "Unknown", {})).id
    assert baton_here("failures", "discard", failure_id).returncode == 0
    again = baton_here("failures", "discard", failure_id)
    assert again.returncode == 1
    assert f"There is no failure {failure_id} in the queue" in again.stderr
