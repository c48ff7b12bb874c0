"""Who sits at the console, and what becomes of the page when the sign-in or the connection is lost."""

import re

from playwright.sync_api import expect

from local.vendors.settings import Behaviour
from tests.browser.pages import waiting_campaign
from tests.browser.seat import Seat, execution_path
from tests.e2e.bench import Campaigns


def test_a_viewer_sees_everything_and_changes_nothing(viewer: Seat, campaigns: Campaigns) -> None:
    arn = waiting_campaign(campaigns, "Only looked at")
    viewer.open_execution(arn)
    viewer.expect_states(AwaitStatus="Waiting")
    for name in ("Stop", "Redrive", "Start again", "End by hand"):
        button = viewer.page.get_by_role("button", name=name).first
        expect(button).to_have_attribute("aria-disabled", "true")
    viewer.open("/executions")
    expect(viewer.button("Start an execution")).to_have_attribute("aria-disabled", "true")


def test_an_expired_sign_in_leads_back_to_the_same_page(operator: Seat, campaigns: Campaigns) -> None:
    arn = waiting_campaign(campaigns, "Deep")
    operator.open("/executions")
    link = operator.page.get_by_role("link", name=arn.rpartition(":")[2])
    expect(link).to_be_visible()
    refused = {"status": 401, "content_type": "application/json", "body": '{"message":"Unauthorized"}'}
    operator.page.route("**/api/**", lambda route: route.fulfill(**refused))
    operator.page.route("**/oauth2/token", lambda route: route.fulfill(status=400, body='{"error":"invalid_grant"}'))
    link.click()
    expect(operator.page.get_by_role("heading", name="Your sign-in has expired")).to_be_visible()
    operator.page.unroute_all()
    operator.button("Sign in").click()
    operator.expect_states(AwaitStatus="Waiting")
    expect(operator.page).to_have_url(re.compile(re.escape(execution_path(arn))))


def test_what_happened_while_the_connection_was_lost_is_caught_up_with(operator: Seat, campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(step_seconds=4), subject="Lost and found")
    operator.open_execution(arn)
    operator.expect_states(AwaitStatus="Waiting")
    operator.mark_page()
    operator.page.context.set_offline(offline=True)
    assert campaigns.end(arn) == "SUCCEEDED"
    operator.page.context.set_offline(offline=False)
    operator.expect_states(AwaitStatus="Succeeded", NotifyUsers="Succeeded")
    assert not operator.answer_reload()
