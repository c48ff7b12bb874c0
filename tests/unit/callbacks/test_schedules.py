"""Two functions at work on one mailbox in DynamoDB, in every order in which their calls of AWS can follow each other.

Each function stands still after each of its calls (DynamoDB, KMS, Step Functions); every schedule is run, on a mailbox
of its own, and all of them come to the same end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from callbacks import clients
from saas.port import Status
from tests.unit.callbacks.plane import START, Campaign, Plane
from tests.unit.callbacks.stepping import Worker, every_schedule, hooked, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.unit.cloud import Aws

    Work = Callable[[], Any]


@pytest.fixture
def plane(aws: Aws, function_environment: pytest.MonkeyPatch) -> Plane:
    return Plane(aws, function_environment)


@dataclass
class Pair:
    """Two functions that meet, and what the execution has consumed in the end."""

    one: Callable[[Campaign], Work]
    other: Callable[[Campaign], Work]
    before: Callable[[Campaign], None] = lambda _: None
    consumed: tuple[str, ...] = ("d1",)


def waits(campaign: Campaign) -> Work:
    """AwaitStatus of the execution's next wait."""
    campaign.execution.wait()
    return campaign.register()


def tries_again(campaign: Campaign) -> Work:
    """AwaitStatus of the next attempt of the same wait; the token before is void."""
    campaign.execution.retry()
    return campaign.register()


def webhook(event_id: str, minutes: int = 0, status: Status | None = Status.PENDING) -> Callable[[Campaign], Work]:
    return lambda campaign: campaign.record(event_id, minutes, status)


def resume(campaign: Campaign) -> Work:
    return campaign.resume


def time_out(campaign: Campaign) -> Work:
    def times_out() -> None:
        campaign.execution.waiting = False
        stop("time-out")

    return times_out


def replay(campaign: Campaign) -> Work:
    """SendCampaign of an execution that takes the place of the one before."""
    before = campaign.execution
    return campaign.open(campaign.started(), replays=before.name)


def replay_again(campaign: Campaign) -> Work:
    """SendCampaign of the same execution, tried again."""
    return campaign.open(campaign.execution, replays=campaign.executions[-2].name)


def late(campaign: Campaign) -> Work:
    """AwaitStatus of an attempt that has ended in the meantime."""
    return campaign.register(campaign.execution)


def nudge(campaign: Campaign) -> Work:
    """What the sweep function does with this campaign."""
    [wait] = [
        one for one in campaign.plane.mailboxes.waits(START.replace(year=2100)) if one.correlation_key == campaign.key
    ]
    return lambda: campaign.plane.mailboxes.nudge(wait, START)


def first(*steps: Callable[[Campaign], Any]) -> Callable[[Campaign], None]:
    """Do these one after the other before the two meet."""

    def before(campaign: Campaign) -> None:
        for step in steps:
            step(campaign)()

    return before


def fails(campaign: Campaign) -> Work:
    return campaign.execution.fail


def loses_its_answer(campaign: Campaign) -> Work:
    """The execution went on with a delivery, and the function that resumed it was killed before it could say so."""

    def resume_and_die() -> None:
        worker = Worker("resume", campaign.resume)
        while worker.stops[-1:] != ["SendTaskSuccess"]:
            worker.step()
        worker.kill()

    return resume_and_die


PAIRS = {
    "a token and a delivery": Pair(waits, webhook("d1")),
    "a token and the resume function": Pair(waits, resume, first(webhook("d1"))),
    "a delivery and the resume function": Pair(webhook("d1"), resume, first(waits)),
    "a delivery and the same again": Pair(webhook("d1"), webhook("d1"), first(waits)),
    "a delivery and one that occurred before": Pair(webhook("d2", 2), webhook("d1", 1), first(waits), ("d1", "d2")),
    "two resume functions": Pair(resume, resume, first(waits, webhook("d1"))),
    "a retry and the resume function": Pair(tries_again, resume, first(waits, webhook("d1"))),
    "a retry and a delivery": Pair(tries_again, webhook("d1"), first(waits)),
    "a retry and the attempt before": Pair(waits, tries_again, first(webhook("d1"))),
    "a time-out and the resume function": Pair(time_out, resume, first(waits, webhook("d1"))),
    "the next wait and a resumption whose answer got lost": Pair(
        waits, resume, first(waits, webhook("d1", 1), loses_its_answer, webhook("d2", 2)), ("d1", "d2")
    ),
    "a replay and the resume function": Pair(replay, resume, first(waits, webhook("d1"), fails)),
    "a late attempt and a replay": Pair(late, replay, first(webhook("d1"), waits, fails)),
    "a replay and a delivery": Pair(replay, webhook("d1"), first(fails)),
    "a replay and the same again": Pair(replay, replay_again, first(waits, webhook("d1"), fails)),
    "a sweep and the resume function": Pair(nudge, resume, first(waits, webhook("d1"))),
    "a sweep and a retry": Pair(nudge, tries_again, first(waits, webhook("d1"))),
    "a hint and the answer to it": Pair(
        webhook("h1", status=None), webhook("confirmed:success"), first(waits), ("confirmed:success",)
    ),
}


def run_every_schedule(plane: Plane, pair: Pair) -> None:
    campaigns: list[Campaign] = []

    def start() -> Sequence[Worker]:
        campaign = plane.campaign()
        campaigns.append(campaign)
        pair.before(campaign)
        return [Worker("one", pair.one(campaign)), Worker("other", pair.other(campaign))]

    def check(workers: Sequence[Worker]) -> None:
        schedule = [worker.stops for worker in workers]
        assert [worker.error for worker in workers] == [None, None], schedule
        campaign = campaigns[-1]
        assert tuple(campaign.rest()) == pair.consumed, schedule
        assert set(campaign.recorded()) == set(pair.consumed), schedule
        for execution in campaign.executions:
            assert all(len(deliveries) == 1 for deliveries in execution.used.values()), schedule

    assert every_schedule(start, check) > 1


all_pairs = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())


@all_pairs
def test_whatever_the_schedule_the_end_is_the_same(plane: Plane, pair: Pair) -> None:
    """KMS keeps nothing between calls: to stop after one of them is to stop after the call before."""
    with hooked("after-call", stop, clients.dynamodb(), clients.step_functions()):
        run_every_schedule(plane, pair)


@pytest.mark.long
@all_pairs
def test_whatever_the_schedule_with_stops_at_kms_too_the_end_is_the_same(plane: Plane, pair: Pair) -> None:
    with hooked("after-call", stop, clients.dynamodb(), clients.kms(), clients.step_functions()):
        run_every_schedule(plane, pair)
