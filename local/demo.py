"""One email campaign from event to result, told while it happens."""

import contextlib
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from local import failures, requests, users
from local.deployment import Deployment
from local.errors import NotRunningError, UnexpectedEndError
from local.executions import started_by
from local.follow import Follower
from local.screen import Screen
from local.vendors.settings import Behaviour, Outcome
from workflows.email_campaign.contract import CampaignRequested
from workflows.failure_message import FailureMessage

EXPECTED_STATUS: Final = {
    Outcome.SUCCESS: "SUCCEEDED",
    Outcome.SILENT: "SUCCEEDED",
    Outcome.FAILED: "FAILED",
    Outcome.ARCHIVED: "FAILED",
}
SETTLE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2


def run(deployment: Deployment, vendor_name: str, outcome: Outcome, screen: Screen) -> None:
    """Request a campaign with the vendor set to `outcome`, follow it, and check that it ended as it should have.

    Raises:
        InputError: the vendor has no such outcome.
        UnexpectedEndError: it did not.
    """
    vendor = deployment.vendor(vendor_name)
    vendor.set_behaviour(Behaviour(outcome=outcome))
    try:
        request = fresh_request(vendor_name)
        event_id = requests.send(deployment.aws, deployment.outputs, request)
        sent_at = time.monotonic()
        screen.line(f"CampaignRequested {request.request_id} is on the bus", "bold")
        arn = started_by(deployment.aws, deployment.outputs, event_id)
        follower = Follower(deployment.aws, deployment.outputs, arn)
        show(follower, screen)
        seconds = time.monotonic() - sent_at
    finally:
        with contextlib.suppress(NotRunningError):
            vendor.set_behaviour(Behaviour())
    if follower.status != EXPECTED_STATUS[outcome]:
        raise UnexpectedEndError(
            f"The campaign ended {follower.status}; with {vendor_name} set to {outcome} it should end "
            f"{EXPECTED_STATUS[outcome]}.",
            "What failed is shown above.",
        )
    if follower.status == "SUCCEEDED":
        _show_users(deployment, request, follower.campaign_id, screen)
        result = f"{len(request.recipients)} users updated"
    else:
        failure = _failure_of(deployment, arn)
        screen.line(f"In the failure queue: {failure.state}: {failure.error}: {failure.cause}", "yellow")
        result = "the failure is in the queue"
    screen.line(
        f"OK  {vendor_name} {outcome}: campaign {follower.campaign_id} ended {follower.status} as it should, "
        f"{seconds:.1f} s after the event; {follower.delivery_count} webhooks; {result}.",
        "bold green",
    )


def show(follower: Follower, screen: Screen) -> None:
    """Print what happens in an execution until it ends."""
    for moment in follower.follow():
        since = follower.started_at or moment.at
        screen.moment(moment, max(0.0, (moment.at - since).total_seconds()))


def fresh_request(vendor: str = "pigeon") -> CampaignRequested:
    """The example request for a vendor, with an id that was not used before."""
    example = requests.read(str(requests.EXAMPLE))
    request_id = f"demo-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return example.model_copy(update={"request_id": request_id, "vendor": vendor})


def _show_users(deployment: Deployment, request: CampaignRequested, campaign_id: str | None, screen: Screen) -> None:
    updated = users.last_campaigns(deployment.aws, deployment.outputs, list(request.recipients))
    for user_id in request.recipients:
        screen.line(f"  {user_id}: last campaign {updated.get(user_id) or '-'}")
    missing = [user_id for user_id in request.recipients if updated.get(user_id) != campaign_id]
    if missing:
        raise UnexpectedEndError(f"The campaign succeeded, but these users were not updated: {', '.join(missing)}.")


def _failure_of(deployment: Deployment, arn: str) -> FailureMessage:
    """The message that the failure queue has about an execution; it arrives a moment after the execution ends.

    Raises:
        UnexpectedEndError: none arrives, or it does not say what failed.
    """
    failure = eventually(lambda: failures.about(deployment, arn))
    if failure is None:
        raise UnexpectedEndError("The campaign failed, but the failure queue has no message about it.")
    silent_about = [name for name in ("state", "error", "cause") if not getattr(failure, name)]
    if silent_about:
        raise UnexpectedEndError(f"The message in the failure queue lacks: {', '.join(silent_about)}.")
    return failure


def eventually(look: Callable[[], FailureMessage | None]) -> FailureMessage | None:
    """What `look` finds within ten seconds, or None."""
    give_up = time.monotonic() + SETTLE_SECONDS
    while (found := look()) is None and time.monotonic() < give_up:
        time.sleep(POLL_SECONDS)
    return found
