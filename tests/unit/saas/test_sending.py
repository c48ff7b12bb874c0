"""Sending once with a vendor that knows no idempotency keys."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from saas.errors import VendorRejected, VendorUnavailable
from saas.sending import require_audience, send_once


@dataclass
class Campaign:
    """A campaign at the vendor, which another attempt may begin to send at any moment."""

    draft: bool = True
    sendings: int = 0
    sent_by_another: bool = False
    unusable: bool = False

    def is_draft(self) -> bool:
        return self.draft

    def send(self) -> None:
        if self.sent_by_another:
            self.draft, self.sendings = False, self.sendings + 1
        if self.unusable or not self.draft:
            raise VendorRejected("vendor", "send", 400, "it finds the request invalid")
        self.draft, self.sendings = False, self.sendings + 1


def test_a_draft_is_sent_and_what_was_sent_is_left_alone() -> None:
    campaign = Campaign()
    for _ in range(3):
        send_once(campaign.is_draft, campaign.send)
    assert campaign.sendings == 1


def test_a_refusal_means_nothing_where_another_attempt_was_faster() -> None:
    campaign = Campaign(sent_by_another=True)
    send_once(campaign.is_draft, campaign.send)
    assert campaign.sendings == 1


def test_a_draft_that_can_not_be_sent_is_a_rejection() -> None:
    campaign = Campaign(unusable=True)
    with pytest.raises(VendorRejected):
        send_once(campaign.is_draft, campaign.send)


def test_recipients_that_are_missing_are_waited_for() -> None:
    require_audience("vendor", 3, 3)
    with pytest.raises(VendorUnavailable, match="2 of 3 recipients"):
        require_audience("vendor", 2, 3)
