"""Every vendor on the embedded cloud: its own API, its own webhooks, and what a stranger makes of them."""

import pytest

from local.vendors.settings import Behaviour, Outcome, VendorName
from tests.e2e.bench import Campaigns
from tests.eventually import eventually

OTHERS = (VendorName.BREVO, VendorName.MAILCHIMP, VendorName.SENDGRID)


TOLD_BY = {
    VendorName.BREVO: "confirmed:success",
    VendorName.MAILCHIMP: "confirmed:success",
    VendorName.SENDGRID: "delivered",
}


@pytest.mark.parametrize("vendor", OTHERS)
def test_a_campaign_ends_by_what_the_vendor_says_however_often_and_by_whom_it_is_told(
    campaigns: Campaigns, vendor: VendorName
) -> None:
    behaviour = Behaviour(step_seconds=0.3, duplicates=1, disorder=True, forged=True)
    wanted, arn = campaigns.request(behaviour, vendor=vendor, subject=f"By {vendor}")
    assert campaigns.end(arn) == "SUCCEEDED"
    [campaign] = campaigns.at_vendor(wanted.subject, vendor)
    assert campaign["sendings"] == 1
    [delivery] = eventually(lambda: campaigns.deliveries(campaign["id"], vendor), "the hint confirmed")
    assert (delivery.id, delivery.status) == (TOLD_BY[vendor], "success")
    hooks = eventually(lambda: _all_answered(campaigns, wanted.subject, vendor), "every webhook answered")
    assert {answer for hook in hooks for answer in hook["answers"]} == {202}
    assert {answer for hook in hooks for answer in hook["forged_answers"]} == {400}


@pytest.mark.parametrize("vendor", OTHERS)
def test_a_campaign_that_fails_at_the_vendor_is_reported(campaigns: Campaigns, vendor: str) -> None:
    _, arn = campaigns.request(Behaviour(outcome=Outcome.FAILED, step_seconds=0.3), vendor=vendor)
    assert campaigns.end(arn) == "FAILED"
    failure = campaigns.failure(arn)
    assert (failure.state, failure.error) == ("CheckStatus", "CampaignNotSent")


def _all_answered(campaigns: Campaigns, subject: str, vendor: str) -> list[dict[str, list[int]]] | None:
    [campaign] = campaigns.at_vendor(subject, vendor)
    hooks: list[dict[str, list[int]]] = campaign["webhooks"]
    return hooks if all(len(hook["answers"]) == 2 and hook["forged_answers"] for hook in hooks) else None
