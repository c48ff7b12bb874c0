"""What no workflow can report itself reaches the failure queue as well, once."""

import json
import uuid
from typing import Any

from local import failures
from local.failures import Failure
from local.vendors.settings import Behaviour, Outcome
from tests.e2e.bench import Campaigns, eventually


def about(campaigns: Campaigns, name: str, value: str) -> Failure:
    """The message in the failure queue whose input reference has this."""

    def look() -> Failure | None:
        found = failures.peek(campaigns.deployment.aws, campaigns.deployment.outputs)
        return next((failure for failure in found if failure.body["input_reference"].get(name) == value), None)

    return eventually(look, f"a message with {name} {value} in the failure queue")


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
    campaigns.deployment.aws.stepfunctions.stop_execution(executionArn=arn)
    failure = campaigns.failure(arn)
    assert (failure.workflow, failure.state) == ("email-campaign", "AwaitStatus")
    assert (failure.body["source"], failure.error) == ("execution", "Execution.ABORTED")


def test_an_execution_that_has_reported_why_it_failed_is_not_reported_again(campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(), recipients=("stranger",))
    campaigns.end(arn)
    # Its end is on the way by the same queue as this event, which comes after it.
    later = put_event(campaigns, "baton.client", "Later", {})
    about(campaigns, "event_id", later)
    found = failures.peek(campaigns.deployment.aws, campaigns.deployment.outputs)
    assert [failure.body["source"] for failure in found if failure.execution == arn] == ["workflow"]


def test_an_event_that_nobody_knows_is_reported(campaigns: Campaigns) -> None:
    event_id = put_event(campaigns, "baton.client", "CampaignRequestd", {"version": "1", "request_id": "typo"})
    failure = about(campaigns, "event_id", event_id)
    assert failure.error == "UnknownEvent"
    assert failure.body["event"]["detail"] == {"version": "1", "request_id": "typo"}


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
    failure = about(campaigns, "event_id", event_id)
    assert (failure.workflow, failure.error) == ("CampaignRequested", "NO_PERMISSIONS")
