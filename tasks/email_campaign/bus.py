"""The event bus, for what the email campaign tells the world."""

from __future__ import annotations

from callbacks.clients import event_bridge
from saas.aws import aws_call
from workflows.email_campaign.contract import CAMPAIGN_SENT, CAMPAIGN_SOURCE, CampaignSent, EventNotPublished


class EventBus:
    """The bus of this name or ARN."""

    def __init__(self, name: str) -> None:
        self._name = name

    def publish(self, event: CampaignSent) -> None:
        """Put the event on the bus. Raises `EventNotPublished`, or `AwsUnavailable` in passing trouble.

        A call that succeeds may still have a failed entry
        (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
        """
        with aws_call("events:PutEvents"):
            answer = event_bridge().put_events(
                Entries=[
                    {
                        "EventBusName": self._name,
                        "Source": CAMPAIGN_SOURCE,
                        "DetailType": CAMPAIGN_SENT,
                        "Detail": event.model_dump_json(),
                    }
                ]
            )
        if answer["FailedEntryCount"]:
            raise EventNotPublished(CAMPAIGN_SENT, answer["Entries"][0].get("ErrorCode", "Unknown"))
