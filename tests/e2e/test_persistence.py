"""What a cloud has outlives it: a clean stop, and a kill."""

import json
import os
import signal
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import urllib3

from local import users
from local.deployment import Deployment
from local.embedded_aws import SAVE_PATH
from local.home import Home
from local.vendors.pigeon import sign
from local.vendors.settings import Behaviour, Outcome
from tests.console_client import Browser
from tests.e2e.bench import WEBHOOK_SECRET, Baton, Campaigns
from tests.eventually import eventually

LONG_WAITS = ("--heartbeat", "3000", "--timeout", "6000")


def campaigns_of(baton: Baton) -> Campaigns:
    """What is deployed on the cloud that runs now."""
    return Campaigns(Deployment.attach(baton.home.require_state()))


def post_webhook(campaigns: Campaigns, campaign_id: str) -> int:
    """Post a genuine webhook that says that the campaign was sent; the status of the answer."""
    deployment = campaigns.deployment
    secret = deployment.aws.ssm.get_parameter(Name=WEBHOOK_SECRET, WithDecryption=True)["Parameter"]["Value"]
    data = {"campaign_id": campaign_id, "status": "sent"}
    body = json.dumps({"type": "campaign.status", "timestamp": "2026-11-23T12:00:00Z", "data": data}).encode()
    now = int(time.time())
    headers = {
        "webhook-id": "msg_after_the_restart",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, "msg_after_the_restart", now, body),
    }
    url = f"{deployment.outputs.local_webhook_url(deployment.aws.url)}/pigeon"
    return urllib3.request("POST", url, body=body, headers=headers, retries=False, timeout=60.0).status


@pytest.fixture
def kept(baton: Baton, home: Home) -> Iterator[Baton]:
    """The command line with no cloud running; none runs afterwards."""
    baton.use_assembly_of(home)
    yield baton
    baton("down", "--forget")


def test_a_waiting_campaign_goes_on_after_a_stop_and_after_a_kill(kept: Baton) -> None:
    baton = kept
    up = baton("up", *LONG_WAITS)
    assert up.returncode == 0, up.stderr
    signed_in = sign_in(baton, up.stdout)
    campaigns = campaigns_of(baton)
    wanted, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=3600), recipients=("user-1",))
    eventually(lambda: "AwaitStatus" in campaigns.states(arn), "the execution waits")
    [campaign] = campaigns.at_vendor(wanted.subject)
    correlated = f"pigeon#{campaign['id']}"
    eventually(lambda: items(campaigns, correlated), "the token is in the mailbox")

    assert baton("down").stdout == "Stopped.\n"
    assert "is not running" in baton("status").stderr
    up = baton("up", *LONG_WAITS)
    assert up.returncode == 0, up.stderr
    assert_still_signed_in(signed_in, baton, up.stdout)
    campaigns = campaigns_of(baton)
    assert campaigns.status(arn) == "RUNNING"

    urllib3.request("POST", f"{campaigns.deployment.aws.url}{SAVE_PATH}", timeout=60.0)
    os.kill(baton.home.require_state().supervisor_pid, signal.SIGKILL)
    eventually(lambda: not baton.home.is_running(), "the end of the cloud")
    up = baton("up", *LONG_WAITS)
    assert up.returncode == 0, up.stderr
    assert_still_signed_in(signed_in, baton, up.stdout)
    campaigns = campaigns_of(baton)
    assert campaigns.status(arn) == "RUNNING"

    assert post_webhook(campaigns, campaign["id"]) == 202
    assert campaigns.end(arn) == "SUCCEEDED"
    aws, outputs = campaigns.deployment.aws, campaigns.deployment.outputs
    assert users.last_campaigns(aws, outputs, ["user-1"]) == {"user-1": campaign["id"]}

    assert "What was kept of it is gone." in baton("down", "--forget").stdout
    assert not baton.home.kept.exists()


def console_of(baton: Baton, printed: str) -> Browser:
    """A browser at the address that `baton up` printed and `baton status` shows."""
    [line] = [line for line in printed.splitlines() if line.startswith("Console ")]
    assert line in baton("status").stdout
    url = urlsplit(line.split()[1])
    assert (url.scheme, url.hostname) == ("http", "localhost")
    browser = Browser(url.port or 80)
    assert "<title>" in browser.get("/").data.decode()
    return browser


def sign_in(baton: Baton, printed: str) -> dict[str, str]:
    """The tokens of the viewer."""
    tokens: dict[str, str] = console_of(baton, printed).tokens(login_hint="viewer")
    return tokens


def assert_still_signed_in(tokens: dict[str, str], baton: Baton, printed: str) -> None:
    """Look that the tokens are good, and that a new sign-in is possible."""
    browser = console_of(baton, printed)
    refreshed = browser.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}).json()
    for each in (tokens, refreshed, browser.tokens()):
        answer = browser.get("/api/workflows", Authorization=f"Bearer {each['access_token']}")
        assert answer.status == 200, answer.data


def items(campaigns: Campaigns, correlation_key: str) -> list[object]:
    """What the mailbox has for a campaign."""
    answer = campaigns.deployment.aws.dynamodb.query(
        TableName=campaigns.deployment.outputs.mailbox_table,
        KeyConditionExpression="correlation_key = :key",
        ExpressionAttributeValues={":key": {"S": correlation_key}},
    )
    return list(answer["Items"])
