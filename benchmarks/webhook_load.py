"""Webhooks for many campaigns at once on the local cloud: whether all end right, how fast they are answered.

python -m benchmarks.webhook_load                 # 5,000 webhooks for 1,000 campaigns
python -m benchmarks.webhook_load --campaigns 50

It starts a cloud of its own with a vendor that says nothing by itself. As soon as the campaigns are sent, five webhooks
for each are posted, in any order: of all of them 30 % are duplicates and 5 % are forged and say that a campaign failed.
What is answered 429 or 5xx is posted again, as vendors do. Exit status 0 only if each execution succeeded, each request
has one CampaignSent, each genuine webhook is on record once, and each forged one was refused.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import urllib3

from benchmarks.campaigns import LONGEST_SECONDS, deployed_cloud, put_requests, queue_of_sent, sent_requests, statuses
from local.vendors.pigeon import PigeonStatus, sign
from local.vendors.settings import Behaviour, VendorName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.deployment import Deployment

WEBHOOKS_EACH: Final = 5
DUPLICATES: Final = 0.30
FORGED: Final = 0.05
POSTERS: Final = 16
WAVE: Final = 100
"""So many campaigns are requested at a time: it is webhooks that are measured."""
MAX_POSTS: Final = 100
AGAIN_SECONDS: Final = 0.2
NEVER_SECONDS: Final = 3600.0
SECRET: Final = "/baton/saas/pigeon/webhook-secret"
FOREIGN_SECRET: Final = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgdGhpcnR5LXR3bw=="


@dataclass(frozen=True)
class Webhook:
    """What is posted about a campaign. Copies have the same id."""

    id: str
    campaign_id: str
    status: str
    forged: bool = False


@dataclass(frozen=True)
class Posted:
    """How a webhook was answered: the last status, how often it had to be posted, what its answers took in seconds."""

    webhook: Webhook
    status: int
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    """What came of it."""

    posted: tuple[Posted, ...]
    posting_seconds: float
    ended_seconds: float
    executions: Counter[str]
    sent: Counter[str]
    recorded: Counter[str]
    wanted: tuple[str, ...]

    @property
    def wrong(self) -> list[str]:
        """What is not as it should be."""
        genuine = {posted.webhook.id for posted in self.posted if not posted.webhook.forged}
        answers = Counter((posted.webhook.forged, posted.status) for posted in self.posted)
        checks = {
            "each execution has succeeded": self.executions == Counter({"SUCCEEDED": len(self.wanted)}),
            "each request has one CampaignSent": self.sent == Counter(self.wanted),
            "each genuine webhook is on record once": self.recorded == Counter(genuine),
            "genuine webhooks are accepted, forged ones refused": set(answers) == {(False, 202), (True, 400)},
        }
        return [f"NOT: {check}" for check, holds in checks.items() if not holds]

    def __str__(self) -> str:
        count, again = len(self.posted), sum(len(posted.seconds) - 1 for posted in self.posted)
        copies = count - len({posted.webhook.id for posted in self.posted})
        forged = sum(posted.webhook.forged for posted in self.posted)
        took = sorted(1000 * posted.seconds[-1] for posted in self.posted)
        p50, p99 = took[count // 2], took[int(count * 0.99)]
        return "\n".join(
            [
                f"{count} webhooks for {len(self.wanted)} campaigns, {copies} of them duplicates, {forged} forged",
                f"posted in {self.posting_seconds:.1f} s, {count / self.posting_seconds:.0f} a second; "
                f"answered in p50 {p50:.0f} ms, p99 {p99:.0f} ms; {again} posted again",
                f"all executions ended {self.ended_seconds:.1f} s after the first webhook: {dict(self.executions)}",
                *(self.wrong or ["all ended right: nothing lost, nothing twice, nothing forged"]),
            ]
        )


def run(deployment: Deployment, campaigns: int, seed: int = 1) -> Report:
    """Request campaigns, post their webhooks, and wait until all executions have ended."""
    run_id = uuid.uuid4().hex[:8]
    wanted = tuple(f"load-{run_id}-{number:06}" for number in range(campaigns))
    vendor = deployment.vendor(VendorName.PIGEON)
    vendor.set_behaviour(Behaviour(step_seconds=NEVER_SECONDS))
    queue, before = queue_of_sent(deployment), len(statuses(deployment))

    def sent_campaigns() -> list[str]:
        return [one["id"] for one in vendor.campaigns() if one["subject"] == run_id and one["sendings"]]

    for first in range(0, campaigns, WAVE):
        wave = wanted[first : first + WAVE]
        put_requests(deployment, wave, subject=run_id)
        _until(partial(_at_least, first + len(wave), sent_campaigns), "all campaigns are sent")
    webhooks = make_webhooks(sent_campaigns(), random.Random(seed))
    began = time.monotonic()
    posted = _post_all(deployment, webhooks)
    posting = time.monotonic() - began

    def executions() -> list[str]:
        found = statuses(deployment)
        return found[: len(found) - before]

    _until(lambda: len(executions()) == campaigns and "RUNNING" not in executions(), "all executions have ended")
    ended = time.monotonic() - began
    sent = Counter(request for request in sent_requests(deployment.aws, queue, campaigns) if request in set(wanted))
    recorded = _recorded(deployment, {webhook.campaign_id for webhook in webhooks})
    return Report(posted, posting, ended, Counter(executions()), sent, recorded, wanted)


def make_webhooks(campaign_ids: Sequence[str], chance: random.Random) -> list[Webhook]:
    """The webhooks about these campaigns, shuffled: each is sent in the end, and perhaps more is said of it."""
    total = WEBHOOKS_EACH * len(campaign_ids)
    copies, forgeries = int(total * DUPLICATES), int(total * FORGED)
    genuine = [_webhook(campaign_id, PigeonStatus.SENT) for campaign_id in campaign_ids]
    while len(genuine) < total - copies - forgeries:
        genuine.append(
            _webhook(chance.choice(campaign_ids), chance.choice([PigeonStatus.QUEUED, PigeonStatus.SENDING]))
        )
    forged = [_webhook(chance.choice(campaign_ids), PigeonStatus.BOUNCED, forged=True) for _ in range(forgeries)]
    webhooks = [*genuine, *chance.choices(genuine, k=copies), *forged]
    chance.shuffle(webhooks)
    return webhooks


def _webhook(campaign_id: str, status: str, *, forged: bool = False) -> Webhook:
    return Webhook(f"msg_{uuid.uuid4().hex}", campaign_id, status, forged)


def _post_all(deployment: Deployment, webhooks: Sequence[Webhook]) -> tuple[Posted, ...]:
    url = f"{deployment.outputs.local_webhook_url(deployment.aws.url)}/{VendorName.PIGEON}"
    secret = deployment.aws.ssm.get_parameter(Name=SECRET, WithDecryption=True)["Parameter"]["Value"]
    with (
        urllib3.PoolManager(maxsize=POSTERS, retries=False, timeout=60.0) as http,
        ThreadPoolExecutor(POSTERS) as posters,
    ):
        return tuple(posters.map(lambda webhook: _post(http, url, secret, webhook), webhooks))


def _post(http: urllib3.PoolManager, url: str, secret: str, webhook: Webhook) -> Posted:
    """Post until the answer is final."""
    seconds: list[float] = []
    while True:
        body = json.dumps(
            {
                "type": "campaign.status",
                "timestamp": "2026-03-01T12:00:00Z",
                "data": {"campaign_id": webhook.campaign_id, "status": webhook.status},
            }
        ).encode()
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(FOREIGN_SECRET if webhook.forged else secret, webhook.id, timestamp, body),
        }
        began = time.monotonic()
        status = http.request("POST", url, body=body, headers=headers).status
        seconds.append(time.monotonic() - began)
        if (status != 429 and status < 500) or len(seconds) == MAX_POSTS:
            return Posted(webhook, status, tuple(seconds))
        time.sleep(AGAIN_SECONDS)


def _recorded(deployment: Deployment, campaign_ids: set[str]) -> Counter[str]:
    """The deliveries on record for these campaigns, and how often each."""
    pages = deployment.aws.dynamodb.get_paginator("scan").paginate(TableName=deployment.outputs.mailbox_table)
    items: list[dict[str, Any]] = [item for page in pages for item in page["Items"]]
    ours = [item for item in items if item["correlation_key"]["S"].partition("#")[2] in campaign_ids]
    return Counter(
        item["item"]["S"].removeprefix("delivery#") for item in ours if item["item"]["S"].startswith("delivery#")
    )


def _at_least(count: int, what: Callable[[], Sequence[object]]) -> bool:
    return len(what()) >= count


def _until(holds: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + LONGEST_SECONDS
    while not holds():
        if time.monotonic() > give_up:
            raise RuntimeError(f"not within {LONGEST_SECONDS:.0f} s: {what}")
        time.sleep(0.25)


def main() -> int:
    """Run the benchmark and print what came of it."""
    parser = argparse.ArgumentParser(description="Webhooks for many campaigns at once on the local cloud.")
    parser.add_argument("--campaigns", type=int, default=1000, help="how many campaigns; five webhooks each")
    options = parser.parse_args()
    with deployed_cloud() as (_, deployment):
        report = run(deployment, options.campaigns)
    print(report)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
