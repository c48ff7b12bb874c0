"""Routes: who waits for what, and ending a wait by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from console.api import clients as parts
from console.api import models
from console.api.changes import changing
from console.api.paths import Cursor  # noqa: TC001 -- the resolver reads them

if TYPE_CHECKING:
    from console.operations.waits import Wait

router = APIGatewayHttpRouter()

Vendor = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Campaign = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]


@router.get("/waits", summary="List who waits for a webhook, the longest first")
def list_waits(limit: Annotated[int, Query(ge=1, le=1000)] = 100, after: Cursor = None) -> models.WaitList:
    now, waits = datetime.now(UTC), parts.waits()
    page = waits.page(limit=limit, after=after)
    return models.WaitList(waits=[listed(wait, now) for wait in page.waits], total=waits.total(), next=page.next)


def listed(wait: Wait, now: datetime) -> models.WaitListed:
    """A wait as lists have it."""
    workflow, name = parts.machines().named(wait.execution) or (None, wait.execution)
    return models.WaitListed(
        vendor=wait.vendor,
        campaign_id=wait.campaign_id,
        workflow=workflow,
        execution=name,
        since=wait.since,
        age_seconds=max(0, int((now - wait.since).total_seconds())),
    )


@router.get("/waits/<vendor>/<campaign_id>", summary="Show what came in for a campaign")
def show_mailbox(vendor: Vendor, campaign_id: Campaign) -> models.Mailbox:
    mailbox = parts.waits().mailbox(vendor, campaign_id)
    return models.Mailbox(vendor=vendor, campaign_id=campaign_id, **vars(mailbox))


@router.post("/waits/<vendor>/<campaign_id>/end", summary="End a wait by hand")
def end_wait(vendor: Vendor, campaign_id: Campaign, asked: Annotated[models.EndAsked, Body()]) -> models.Done:
    """The execution goes on as if the vendor had reported `status`. `attempt` is the one that the mailbox shows."""
    with changing(router, f"end wait as {asked.status}", f"{vendor}/{campaign_id}", asked.reason) as by:
        parts.waits().end(
            vendor, campaign_id, asked.attempt, asked.status, by=by, reason=asked.reason, now=datetime.now(UTC)
        )
    return models.Done(done=f"Ended the wait for {vendor}/{campaign_id} as {asked.status}; the execution goes on.")
