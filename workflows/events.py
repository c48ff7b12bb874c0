"""Every event on the bus: who puts it there, what it is called, and what it says.

A new field that readers may leave out keeps the version; anything else is a new version, with a model of its own
beside the old one, until nobody sends the old one any more. What fits no contract is refused with a reason: an event
that nobody knows by the platform's rule for unknown events, one that doesn't fit its model by the first task of its
workflow. Either way it ends in the failure queue.
"""

from typing import NamedTuple

from pydantic import BaseModel

from workflows.email_campaign.contract import (
    CAMPAIGN_REQUESTED,
    CAMPAIGN_SENT,
    CAMPAIGN_SOURCE,
    CLIENT_SOURCE,
    CampaignRequested,
    CampaignSent,
)


class EventContract(NamedTuple):
    """An event. `model` describes its detail, in which the field `version` names the version."""

    source: str
    detail_type: str
    model: type[BaseModel]


EVENTS = (
    EventContract(CLIENT_SOURCE, CAMPAIGN_REQUESTED, CampaignRequested),
    EventContract(CAMPAIGN_SOURCE, CAMPAIGN_SENT, CampaignSent),
)


def detail_types() -> dict[str, list[str]]:
    """The events of each source, both sorted."""
    sources = sorted({event.source for event in EVENTS})
    return {source: sorted(event.detail_type for event in EVENTS if event.source == source) for source in sources}
