"""Finding executions."""

import re

from playwright.sync_api import expect

from local.vendors.settings import Behaviour, Outcome
from tests.browser.pages import waiting_campaign
from tests.browser.seat import Seat
from tests.e2e.bench import Campaigns


def test_executions_are_filtered_and_the_address_keeps_the_filter(operator: Seat, campaigns: Campaigns) -> None:
    waits = waiting_campaign(campaigns, "Filtered in")
    _, failed = campaigns.request(Behaviour(outcome=Outcome.FAILED, step_seconds=0), subject="Filtered out")
    assert campaigns.end(failed) == "FAILED"
    failed_name, waiting_name = (arn.rpartition(":")[2] for arn in (failed, waits))
    operator.open("/executions")
    expect(operator.page.get_by_role("link", name=waiting_name)).to_be_visible()
    field = operator.page.get_by_label("Filter the executions")
    field.fill("Status = Failed")
    operator.page.keyboard.press("Enter")
    expect(operator.page.get_by_role("link", name=waiting_name)).to_be_hidden()
    expect(operator.page.get_by_role("link", name=failed_name)).to_be_visible()
    expect(operator.page).to_have_url(re.compile("status=FAILED"))
    operator.page.reload()
    expect(operator.page.get_by_role("link", name=failed_name)).to_be_visible()
    expect(operator.page.get_by_role("link", name=waiting_name)).to_be_hidden()


def test_a_link_into_an_execution_shows_the_same_state_to_another_person(
    operator: Seat, viewer: Seat, campaigns: Campaigns
) -> None:
    arn = waiting_campaign(campaigns, "Shared")
    operator.open_execution(arn)
    operator.state("SendCampaign").click()
    expect(operator.page).to_have_url(re.compile("SendCampaign"))
    viewer.page.goto(operator.page.url)
    expect(viewer.state("SendCampaign")).to_have_attribute("aria-selected", "true")
