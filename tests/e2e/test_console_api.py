"""The operators' console as it is deployed: who signs in may look, and repair what is theirs to repair."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from local.deployment import Deployment
from local.vendors.settings import Behaviour, Outcome
from tests.e2e.bench import Campaigns
from tests.eventually import eventually

BECAUSE = {"reason": "the vendor told us by phone"}


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in, and uses the API."""

    url: str
    token: str

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        """The status and the body of an answer."""
        answer = urllib3.request(
            "GET", self.url + path, fields=query, headers=self._headers, retries=False, timeout=60.0
        )
        return answer.status, answer.json()

    def post(self, path: str, **body: Any) -> tuple[int, Any]:
        """The status and the body of an answer; the reason is added."""
        headers = {**self._headers, "Content-Type": "application/json"}
        sent = json.dumps({**BECAUSE, **body})
        answer = urllib3.request("POST", self.url + path, body=sent, headers=headers, retries=False, timeout=60.0)
        return answer.status, answer.json()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def sign_in(deployment: Deployment, group: str | None) -> Person:
    """A new user of this group, signed in."""
    cognito, outputs = deployment.aws.cognito, deployment.outputs
    name, password = f"user-{secrets.token_hex(4)}", f"Aa1!{secrets.token_hex(8)}"
    cognito.admin_create_user(UserPoolId=outputs.user_pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=outputs.user_pool, Username=name, Password=password, Permanent=True)
    if group:
        cognito.admin_add_user_to_group(UserPoolId=outputs.user_pool, Username=name, GroupName=group)
    answer = cognito.admin_initiate_auth(
        UserPoolId=outputs.user_pool,
        ClientId=outputs.user_pool_client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    token = answer["AuthenticationResult"]["AccessToken"]
    return Person(outputs.local_operations_url(deployment.aws.url), token)


@pytest.fixture(scope="module")
def operator(deployment: Deployment) -> Person:
    return sign_in(deployment, "operators")


@pytest.fixture(scope="module")
def viewer(deployment: Deployment) -> Person:
    return sign_in(deployment, "viewers")


def path_of(arn: str) -> str:
    return f"/workflows/email-campaign/executions/{quote(arn.rpartition(':')[2])}"


def test_who_has_not_signed_in_or_is_in_no_group_gets_nothing(deployment: Deployment, viewer: Person) -> None:
    assert Person(viewer.url, "").get("/executions")[0] == 401
    head, _, _ = viewer.token.rpartition(".")
    assert Person(viewer.url, f"{head}.forged").get("/executions")[0] == 401
    assert sign_in(deployment, None).get("/executions")[0] == 403


@pytest.mark.parametrize(("status", "end"), [("success", "SUCCEEDED"), ("failed", "FAILED")])
def test_a_wait_is_seen_by_a_viewer_and_ended_by_hand_by_an_operator(
    campaigns: Campaigns, operator: Person, viewer: Person, status: str, end: str
) -> None:
    # When it is asked, the vendor says that it is still at it, so nobody but the operator ends the wait.
    wanted, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=3600), subject="By hand")

    def ended_by_hand() -> Any:
        seen, found = viewer.get(path_of(arn))
        waits = [wait for wait in found["waits"] if wait["attempt"]] if seen == 200 else []
        for wait in waits:
            assert wait["state"] == "AwaitStatus"
            assert wait["heartbeat_due"] < wait["timeout_due"]
            path = f"/waits/{wait['vendor']}/{wait['campaign_id']}/end"
            asked = {"attempt": wait["attempt"], "status": status}
            assert viewer.post(path, **asked)[0] == 403
            answered, answer = operator.post(path, **asked)
            # Its heartbeat may have run out meanwhile; then the next attempt waits.
            assert answered in (200, 409), answer
            if answered == 200:
                return wait
        return None

    wait = eventually(ended_by_hand, "a wait that is ended by hand")
    assert campaigns.end(arn) == end

    def used() -> Any:
        _, found = viewer.get(path_of(arn))
        arrivals = [arrival for arrival in found["mailboxes"][0]["arrivals"] if arrival["used"] and arrival["by"]]
        return [(arrival["status"], arrival["reason"]) for arrival in arrivals]

    # The execution goes on before the mailbox says with what.
    assert eventually(used, "what the execution went on with") == [(status, BECAUSE["reason"])]
    _, page = viewer.get("/executions", vendor=wait["vendor"], campaign_id=wait["campaign_id"])
    assert [execution["name"] for execution in page["executions"]] == [arn.rpartition(":")[2]]
    _, trail = viewer.get("/audit", day=datetime.now(UTC).date().isoformat())
    assert f"end wait as {status}" in {record["operation"] for record in trail["records"]}
    _, shown = viewer.get(path_of(arn), summary="false")
    assert wanted.subject in shown["input"]


def test_a_failed_execution_is_found_redriven_and_its_failure_replayed(campaigns: Campaigns, operator: Person) -> None:
    _, arn = campaigns.request(Behaviour(outcome=Outcome.FAILED, step_seconds=0), subject="Fails")
    assert campaigns.end(arn) == "FAILED"
    name = arn.rpartition(":")[2]
    _, page = operator.get("/executions", error="CampaignFailed", workflow="email-campaign", limit=1)
    assert [execution["name"] for execution in page["executions"]] == [name]

    def failure() -> Any:
        _, listed = operator.get("/failures")
        return next((one for one in listed["failures"] if one["execution"] == arn), None)

    found = eventually(failure, "the failure")
    status, done = operator.post(f"/failures/{found['id']}/replay")
    assert (status, "Started" in done["done"]) == (200, True), done
    status, done = operator.post(f"{path_of(arn)}/redrive")
    assert (status, done) == (200, {"done": f"Redriven {name} from where it stood."})
    assert campaigns.end(arn) == "FAILED"
    _, shown = operator.get(path_of(arn))
    assert shown["redrives"] == 1


def test_an_execution_is_started_with_the_example_followed_page_by_page_and_stopped(
    campaigns: Campaigns, operator: Person
) -> None:
    campaigns.deployment.vendor("pigeon").set_behaviour(Behaviour(outcome=Outcome.SILENT, step_seconds=0))
    _, workflow = operator.get("/workflows/email-campaign")
    status, started = operator.post("/workflows/email-campaign/executions", input=workflow["example"])
    assert status == 200, started
    path = f"/workflows/email-campaign/executions/{started['name']}"
    assert operator.post(f"{path}/stop")[0] == 200
    _, first = operator.get(f"{path}/history", limit=1)
    _, rest = operator.get(f"{path}/history", after=first["next"])
    assert [event["type"] for event in first["events"]] == ["ExecutionStarted"]
    assert rest["events"][-1]["executionAbortedEventDetails"]["cause"].endswith(f": {BECAUSE['reason']}")
    _, page = operator.get("/executions", status="ABORTED", limit=1)
    assert [execution["name"] for execution in page["executions"]] == [started["name"]]
