"""`baton demo`, as a user runs it."""

import pytest

from local.vendors.settings import Outcome
from tests.e2e.bench import Baton, Campaigns

SHORT_WAITS = ("--heartbeat", "3", "--timeout", "5")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_demo_shows_a_campaign_that_ends_as_its_outcome_should(baton_here: Baton, outcome: Outcome) -> None:
    answer = baton_here("demo", "--outcome", outcome, *SHORT_WAITS)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stderr == ""
    assert "AwaitStatus" in answer.stdout
    assert "Building the console" not in answer.stdout, "a demo needs no console"
    assert answer.stdout.splitlines()[-1].startswith(f"OK  pigeon {outcome}: ")


def test_the_demo_fails_if_the_campaign_ends_otherwise(baton_here: Baton, campaigns: Campaigns) -> None:
    with campaigns.broken_function("NotifyUsers", "USERS_TABLE"):
        answer = baton_here("demo", *SHORT_WAITS)
    assert answer.returncode == 6
    assert "it should end SUCCEEDED" in answer.stderr


def test_requesting_watching_and_looking_at_failures(baton_here: Baton, campaigns: Campaigns) -> None:
    event = campaigns.fresh_request(recipients=("nobody-knows-me",)).model_dump_json()
    sent = baton_here("send", "-", stdin=event)
    assert sent.returncode == 0, sent.stderr
    arn = campaigns.started_by(sent.stdout.split("(event ")[1].split(")")[0])
    watched = baton_here("watch")
    assert "FAILED" in watched.stdout
    for _ in range(2):
        failure_id = campaigns.failure(arn).id
        assert failure_id in baton_here("failures", "list").stdout
        assert "nobody-knows-me" in baton_here("failures", "show", failure_id).stdout
