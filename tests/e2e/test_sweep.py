"""A webhook that never comes: the sweep has the vendor asked."""

import json

from local import outputs
from local.vendors.settings import Behaviour, Outcome
from tests.e2e.bench import Baton, Campaigns
from tests.eventually import eventually


def test_who_waits_is_shown_and_a_sweep_ends_a_wait_that_no_webhook_ends(
    campaigns: Campaigns, baton_here: Baton
) -> None:
    wanted, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=0), subject="Swept")
    name = arn.rpartition(":")[2]
    eventually(lambda: name in baton_here("waits").stdout, "the wait in the list")
    [campaign] = campaigns.at_vendor(wanted.subject)
    with campaigns.settings_of(outputs.CALLBACKS, "Sweep", SWEEP_AFTER_SECONDS="0") as sweep:
        answer = campaigns.deployment.aws.lambda_.invoke(FunctionName=sweep)
    assert json.loads(answer["Payload"].read())["waits"] >= 1
    assert campaigns.end(arn) == "SUCCEEDED"
    shown = baton_here("waits", f"pigeon/{campaign['id']}").stdout
    assert "hint" in shown
    assert "confirmed:success" in shown
