"""Every function of the callback plane, killed before and after each of its calls of AWS and then called again.

Who calls again is the vendor, which got no answer; the table's stream; the scheduler; Step Functions with a retry.
Whatever the point at which the process ended, the end is the one without a crash.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from callbacks import clients, confirm, resume, sweep, webhook
from callbacks.mailbox import State
from saas.port import Status
from tests.unit.callbacks.door import ACCEPTED, event
from tests.unit.callbacks.plane import Campaign, Plane
from tests.unit.callbacks.stepping import KilledError, hooked
from tests.unit.genuine import MAILCHIMP, PIGEON

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.cloud import Aws
    from tests.unit.conftest import LambdaContext

    Step = Callable[[Campaign], Any]

ROOT = "/crashes"


class Killer:
    """Ends the process at the call of AWS of a number; each call counts before it is made and once it is made."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.struck = False

    def __call__(self, operation: str) -> None:
        self._left -= 1
        if self._left < 0 and not self.struck:
            self.struck = True
            raise KilledError(operation)


class Asked:
    """The vendor's API, where every campaign has ended well."""

    def __init__(self, name: str, _: str) -> None:
        self.name = name

    def status(self, _: str) -> Status:
        return Status.SUCCESS


@pytest.fixture
def plane(aws: Aws, function_environment: pytest.MonkeyPatch) -> Plane:
    plane = Plane(aws, function_environment)
    function_environment.setenv("SAAS_PARAMETERS", ROOT)
    function_environment.setenv("SWEEP_AFTER_SECONDS", "3600")
    function_environment.setattr(confirm, "vendor_named", Asked)
    for vendor in (PIGEON, MAILCHIMP):
        aws.secret(f"{ROOT}/{vendor.vendor}/webhook-secret", vendor.secret())
    return plane


@dataclass(frozen=True)
class Crash:
    """A function: what was before, how it is called, and what there is in the end."""

    call: Callable[[Campaign, LambdaContext], Any]
    answer: Any
    consumed: tuple[str, ...]
    before: tuple[Step, ...] = ()
    vendor: str = "pigeon"


def waits(campaign: Campaign) -> None:
    campaign.wait()


def delivered(campaign: Campaign) -> None:
    campaign.record("d1")()


def hinted(campaign: Campaign) -> None:
    campaign.record("h1", status=None)()


def signed_webhook(campaign: Campaign, context: LambdaContext) -> Any:
    return webhook.handler(event("pigeon", PIGEON.webhook(campaign.campaign_id, datetime.now(UTC))), context)


def unsigned_webhook(campaign: Campaign, context: LambdaContext) -> Any:
    answer = webhook.handler(event("mailchimp", MAILCHIMP.webhook(campaign.campaign_id)), context)
    assert len(campaign.hints()) == 1
    return answer


def stream_to_confirm(campaign: Campaign, context: LambdaContext) -> Any:
    return confirm.handler(stream(campaign, "unconfirmed#h1"), context)


def stream_to_resume(campaign: Campaign, context: LambdaContext) -> Any:
    answer = resume.handler(stream(campaign, "mailbox"), context)
    assert campaign.box.state is State.SETTLED
    assert campaign.box.token is None
    return answer


def stream(campaign: Campaign, item: str) -> dict[str, Any]:
    keys = {"correlation_key": {"S": campaign.key}, "item": {"S": item}}
    return {"Records": [{"eventName": "MODIFY", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}]}


def schedule_to_sweep(campaign: Campaign, context: LambdaContext) -> Any:
    answer = sweep.handler({}, context)
    assert campaign.hints()
    return answer


def retry_of_await_status(campaign: Campaign, _: LambdaContext) -> Any:
    execution = campaign.execution
    if execution.waiting:
        execution.retry()
    else:
        execution.wait()
    return campaign.register()().name


def retry_of_send_campaign(campaign: Campaign, _: LambdaContext) -> Any:
    if len(campaign.executions) == 1:
        campaign.execution.fail()
        campaign.started()
    return campaign.open(campaign.execution, replays=campaign.executions[0].name)()


DONE: dict[str, list[object]] = {"batchItemFailures": []}
CRASHES = {
    "webhook": Crash(signed_webhook, ACCEPTED, ("msg_1",), (waits,)),
    "webhook, before the token is there": Crash(signed_webhook, ACCEPTED, ("msg_1",)),
    "webhook with a hint": Crash(unsigned_webhook, ACCEPTED, (), (waits,), "mailchimp"),
    "confirm": Crash(stream_to_confirm, DONE, ("confirmed:success",), (waits, hinted)),
    "resume": Crash(stream_to_resume, DONE, ("d1",), (waits, delivered)),
    "sweep": Crash(schedule_to_sweep, {"waits": 1}, ("d1",), (waits, delivered)),
    "AwaitStatus": Crash(retry_of_await_status, "WAITING", ("d1",), (delivered,)),
    "SendCampaign in place of another": Crash(retry_of_send_campaign, None, ("d1",), (waits, delivered)),
}


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES.keys())
def test_wherever_a_function_is_killed_the_end_is_the_same(
    plane: Plane, crash: Crash, lambda_context: LambdaContext
) -> None:
    points, killed = 0, True
    while killed:
        campaign = plane.campaign(crash.vendor)
        for step in crash.before:
            step(campaign)
        killed = run_and_kill(crash, campaign, lambda_context, points)
        where = f"killed at point {points}"
        assert crash.call(campaign, lambda_context) == crash.answer, where
        assert tuple(campaign.rest()) == crash.consumed, where
        assert tuple(campaign.recorded()) == crash.consumed, where
        points += killed
    assert points >= 2, "before and after at least one call"


def run_and_kill(crash: Crash, campaign: Campaign, context: LambdaContext, point: int) -> bool:
    """Call the function and kill it at this point; whether it came that far."""
    killer = Killer(point)
    with ExitStack() as hooks, suppress(KilledError):
        for events in ("before-call", "after-call"):
            hooks.enter_context(hooked(events, killer, clients.dynamodb(), clients.kms(), clients.step_functions()))
        crash.call(campaign, context)
    return killer.struck
