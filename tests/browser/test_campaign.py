"""A campaign as an operator sees it, while it goes on."""

import json
import re

from playwright.sync_api import expect

from local.vendors.settings import Behaviour
from tests.browser.pages import waiting_campaign
from tests.browser.seat import Seat
from tests.e2e.bench import Campaigns

# Notes each change of what the graph says about a state.
WATCH = """() => {
    window.batonSaid = {};
    const note = () => {
        for (const state of document.querySelectorAll("[role=option][data-state]")) {
            const said = window.batonSaid[state.dataset.state] ??= [];
            const colour = getComputedStyle(state.querySelector(".graph-box")).stroke;
            const now = `${state.querySelector("title").textContent} ${colour}`;
            if (said.at(-1) !== now) said.push(now);
        }
    };
    note();
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


def test_a_campaign_is_watched_from_event_to_success_without_a_reload(operator: Seat, campaigns: Campaigns) -> None:
    operator.open("/executions")
    expect(operator.page.get_by_role("heading", name="Executions", level=1)).to_be_visible()
    operator.mark_page()
    _, arn = campaigns.request(Behaviour(step_seconds=3), subject="Watched")
    operator.page.get_by_role("link", name=arn.rpartition(":")[2]).click()
    operator.expect_states(SendCampaign="Succeeded", AwaitStatus="Waiting", NotifyUsers="Not entered")
    operator.page.evaluate(WATCH)
    operator.expect_states(AwaitStatus="Succeeded", CheckStatus="Succeeded", NotifyUsers="Succeeded")
    expect(operator.page.get_by_text("Succeeded").first).to_be_visible()
    said = operator.page.evaluate("() => window.batonSaid")
    for state in ("AwaitStatus", "NotifyUsers"):
        colours = [one.rpartition(" rgb")[2] for one in said[state]]
        assert len(set(colours)) > 1, f"{state} kept its colour: {said[state]}"
    assert not operator.answer_reload()
    assert campaigns.end(arn) == "SUCCEEDED"


def test_a_wait_is_ended_by_hand(operator: Seat, campaigns: Campaigns) -> None:
    arn = waiting_campaign(campaigns, "By hand")
    operator.open_execution(arn)
    operator.expect_states(AwaitStatus="Waiting")
    operator.button("End by hand").click()
    dialog = operator.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Success").check()
    dialog.get_by_label("Reason").fill("the vendor told us by phone")
    dialog.get_by_role("button", name="End the wait").click()
    operator.expect_states(AwaitStatus="Succeeded", NotifyUsers="Succeeded")
    assert campaigns.end(arn) == "SUCCEEDED"


def test_no_page_shows_a_task_token(operator: Seat, campaigns: Campaigns) -> None:
    arn = waiting_campaign(campaigns, "Secret")
    seen: list[str] = []
    operator.page.on("response", lambda response: seen.append(response.url))
    operator.open_execution(arn)
    operator.state("AwaitStatus").click()
    operator.expect_states(AwaitStatus="Waiting")
    history = campaigns.deployment.aws.stepfunctions.get_execution_history(executionArn=arn)["events"]
    [scheduled] = [e for e in history if "waitForTaskToken" in json.dumps(e, default=str) and "Scheduled" in e["type"]]
    [token] = re.findall(r'"task_token": ?"([^"]+)"', scheduled["taskScheduledEventDetails"]["parameters"])
    assert token not in operator.page.content()
    assert not [url for url in seen if token in url]
