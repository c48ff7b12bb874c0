"""The webhook endpoint as deployed: what a vendor, a stranger and an operator without a secret get."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
import urllib3

from local.vendors.pigeon import sign
from local.vendors.settings import Behaviour
from tests.e2e.bench import WEBHOOK_SECRET, Campaigns
from tests.eventually import eventually

OTHER_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
NEVER_SECONDS = 3600.0


@dataclass(frozen=True)
class Post:
    """A webhook to be posted; as it is by default, it is genuine."""

    campaign_id: str
    secret: str
    status: str = "sent"
    id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    age_seconds: int = 0
    body: bytes | None = None
    vendor: str = "pigeon"
    headers: dict[str, str | None] = field(default_factory=dict)
    """Headers to send instead of the right ones; None leaves one out."""

    def to(self, url: str) -> tuple[int, bytes]:
        """Post it; the status and body of the answer."""
        document = {
            "type": "campaign.status",
            "timestamp": "2026-11-23T12:00:00Z",
            "data": {"campaign_id": self.campaign_id, "status": self.status},
        }
        body = json.dumps(document).encode() if self.body is None else self.body
        timestamp = int(time.time()) - self.age_seconds
        headers = {
            "webhook-id": self.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.secret, self.id, timestamp, body),
            **self.headers,
        }
        sent = {name: value for name, value in headers.items() if value is not None}
        answer = urllib3.request("POST", f"{url}/{self.vendor}", body=body, headers=sent, retries=False, timeout=30.0)
        return answer.status, answer.data


@dataclass(frozen=True)
class Waiting:
    """An execution that waits for a webhook, the URL to post it to, and one that would be accepted."""

    campaigns: Campaigns
    arn: str
    url: str
    genuine: Post

    @property
    def recorded(self) -> list[str]:
        """The ids of the deliveries on record."""
        return [delivery.id for delivery in self.campaigns.deliveries(self.genuine.campaign_id)]


@pytest.fixture
def waiting(campaigns: Campaigns) -> Iterator[Waiting]:
    deployment = campaigns.deployment
    wanted, arn = campaigns.request(Behaviour(step_seconds=NEVER_SECONDS), subject=f"Waiting {uuid.uuid4().hex}")
    eventually(lambda: "AwaitStatus" in campaigns.states(arn), "the execution waits")
    [campaign] = campaigns.at_vendor(wanted.subject)
    secret = deployment.aws.ssm.get_parameter(Name=WEBHOOK_SECRET, WithDecryption=True)["Parameter"]["Value"]
    url = deployment.outputs.local_webhook_url(deployment.aws.url)
    yield Waiting(campaigns, arn, url, Post(campaign["id"], secret))
    if campaigns.status(arn) == "RUNNING":
        deployment.aws.stepfunctions.stop_execution(executionArn=arn)


def test_what_can_not_be_used_gets_one_answer_and_has_no_effect(waiting: Waiting) -> None:
    genuine = waiting.genuine
    unusable = {
        "no headers": replace(
            genuine, headers={"webhook-id": None, "webhook-timestamp": None, "webhook-signature": None}
        ),
        "no signature": replace(genuine, headers={"webhook-signature": None}),
        "no id": replace(genuine, headers={"webhook-id": None}),
        "a signature that is not base64": replace(genuine, headers={"webhook-signature": "v1,%%%"}),
        "a signature without a version": replace(genuine, headers={"webhook-signature": "AAAA"}),
        "a time that is no number": replace(genuine, headers={"webhook-timestamp": "now"}),
        "another secret": replace(genuine, secret=OTHER_SECRET),
        "too old": replace(genuine, age_seconds=600),
        "from the future": replace(genuine, age_seconds=-600),
        "another id than the signed one": replace(genuine, headers={"webhook-id": "msg_other"}),
        "not JSON": replace(genuine, body=b"{"),
        "not UTF-8": replace(genuine, body=b"\xff\xfe"),
        "no body": replace(genuine, body=b""),
        "not an object": replace(genuine, body=b"[]"),
        "an unknown status": replace(genuine, status="exploded"),
        "an unknown campaign": replace(genuine, campaign_id="cmp_nobody_knows"),
        "an unknown vendor": replace(genuine, vendor="nobody"),
    }
    answers = {what: post.to(waiting.url) for what, post in unusable.items()}
    assert {what: status for what, (status, _) in answers.items()} == dict.fromkeys(unusable, 400)
    assert len({body for _, body in answers.values()}) == 1
    assert waiting.recorded == []
    assert waiting.campaigns.status(waiting.arn) == "RUNNING"


def test_a_vendor_that_looks_for_the_endpoint_finds_it(campaigns: Campaigns) -> None:
    deployment = campaigns.deployment
    url = f"{deployment.outputs.local_webhook_url(deployment.aws.url)}/mailchimp"
    parameter = deployment.aws.ssm.get_parameter(Name="/baton/saas/mailchimp/webhook-secret", WithDecryption=True)
    for method in ("GET", "HEAD"):
        right, wrong = (
            urllib3.request(method, f"{url}?secret={secret}", retries=False).status
            for secret in (parameter["Parameter"]["Value"], "guessed")
        )
        assert (right, wrong) == (200, 400)


def test_a_genuine_webhook_resumes_the_execution(waiting: Waiting) -> None:
    status, _ = waiting.genuine.to(waiting.url)
    assert 200 <= status < 300
    assert waiting.campaigns.end(waiting.arn) == "SUCCEEDED"
    assert waiting.recorded == [waiting.genuine.id]


def test_a_webhook_that_comes_again_is_accepted_without_effect(waiting: Waiting) -> None:
    pending = replace(waiting.genuine, id="msg_pending", status="sending")
    answers = [pending.to(waiting.url)[0] for _ in range(3)]
    assert all(200 <= status < 300 for status in answers)
    assert waiting.recorded == [pending.id]
    waiting.genuine.to(waiting.url)
    assert waiting.campaigns.end(waiting.arn) == "SUCCEEDED"


def test_while_secrets_are_rotated_both_are_good(waiting: Waiting) -> None:
    with waiting.campaigns.webhook_secret(f"{OTHER_SECRET} {waiting.genuine.secret}"):
        by_the_new_one = replace(waiting.genuine, id="msg_by_the_new_one", secret=OTHER_SECRET, status="sending")
        assert 200 <= by_the_new_one.to(waiting.url)[0] < 300
        assert 200 <= waiting.genuine.to(waiting.url)[0] < 300
    assert waiting.campaigns.end(waiting.arn) == "SUCCEEDED"


def test_without_its_secret_the_endpoint_takes_nothing_and_loses_nothing(waiting: Waiting) -> None:
    with waiting.campaigns.webhook_secret(None):
        status, body = waiting.genuine.to(waiting.url)
        assert status == 503
        assert b"secret" not in body.lower()
        assert waiting.recorded == []
    assert 200 <= waiting.genuine.to(waiting.url)[0] < 300
    assert waiting.campaigns.end(waiting.arn) == "SUCCEEDED"
