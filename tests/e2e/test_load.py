"""Webhooks for many campaigns at once: in any order, twice, and forged."""

from benchmarks.webhook_load import run
from tests.e2e.bench import Campaigns


def test_of_many_webhooks_none_is_lost_none_counts_twice_and_none_is_forged(campaigns: Campaigns) -> None:
    report = run(campaigns.deployment, 50)
    assert report.wrong == [], str(report)
