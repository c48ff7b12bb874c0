"""What an operator repairs in the console."""

import json

from playwright.sync_api import expect

from local.vendors.settings import Behaviour, Outcome
from tests.browser.machines import PARAMETER, PRICES
from tests.browser.pages import waiting_campaign
from tests.browser.seat import Seat
from tests.e2e.bench import Campaigns


def test_a_failed_execution_is_redriven_and_goes_on_where_it_failed(operator: Seat, campaigns: Campaigns) -> None:
    aws, machine = campaigns.deployment.aws, campaigns.deployment.outputs.state_machine_arn
    with campaigns.changed_definition(lambda definition: _become(definition, PRICES)):
        arn = aws.stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps({}))["executionArn"]
        assert campaigns.end(arn) == "FAILED"
    operator.open_execution(arn)
    operator.expect_states(**{"Read prices": "Failed", "Done": "Not entered"})
    aws.ssm.put_parameter(Name=PARAMETER, Value="1", Type="String", Overwrite=True)
    try:
        operator.change("Redrive", "Redrive")
        operator.expect_states(**{"Read prices": "Succeeded", "Done": "Succeeded"})
    finally:
        aws.ssm.delete_parameters(Names=[PARAMETER])
    expect(operator.page.get_by_text("redriven once")).to_be_visible()


def test_an_execution_is_stopped(operator: Seat, campaigns: Campaigns) -> None:
    arn = waiting_campaign(campaigns, "Stopped")
    operator.open_execution(arn)
    operator.expect_states(AwaitStatus="Waiting")
    operator.change("Stop", "Stop", "sent by mistake")
    operator.expect_states(AwaitStatus="Aborted")
    assert campaigns.end(arn) == "ABORTED"


def test_a_failure_is_found_in_the_queue_and_replayed(operator: Seat, campaigns: Campaigns) -> None:
    _, arn = campaigns.request(Behaviour(outcome=Outcome.FAILED, step_seconds=0), subject="Fails")
    failure = campaigns.failure(arn)
    campaigns.deployment.vendor("pigeon").set_behaviour(Behaviour(step_seconds=0))
    operator.open("/failures")
    operator.page.get_by_role("row").filter(has_text=arn.rpartition(":")[2]).get_by_role("link").first.click()
    expect(operator.page.get_by_role("heading", level=1)).to_contain_text(failure.error)
    operator.change("Replay", "Replay")
    replayed = operator.page.get_by_text("Started")
    expect(replayed.first).to_be_visible()


def _become(definition: dict[str, object], other: dict[str, object]) -> None:
    definition.clear()
    definition.update(other)
