"""The command that shows who waits for what."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.operations.waits import Waits
from local.deployment import Deployment
from local.errors import InputError
from local.screen import Screen

screen = Screen()

Campaign = Annotated[
    str | None,
    typer.Argument(metavar="[VENDOR/CAMPAIGN]", help="Show what has come in for one campaign, such as pigeon/cmp_1."),
]


def waits(campaign: Campaign = None) -> None:
    """Show which executions wait for a webhook, the longest first, or what has come in for one campaign."""
    deployment = Deployment.current()
    found = Waits(deployment.aws.dynamodb, deployment.outputs.mailbox_table)
    if campaign is None:
        _list(found)
    else:
        _show(found, campaign)


def _list(found: Waits) -> None:
    now = datetime.now(UTC)
    waiting = found.all()
    for wait in waiting:
        seconds = int((now - wait.since).total_seconds())
        screen.line(f"{seconds:>7} s  {wait.vendor}/{wait.campaign_id}  {wait.execution.rpartition(':')[2]}")
    screen.line(f"{len(waiting)} wait for a webhook")


def _show(found: Waits, campaign: str) -> None:
    vendor, slash, campaign_id = campaign.partition("/")
    if not slash:
        raise InputError(f"{campaign} names no campaign.", "Write it as VENDOR/CAMPAIGN, as `baton waits` does.")
    mailbox = found.mailbox(vendor, campaign_id)
    screen.line(f"{campaign}  {mailbox.state}", "bold")
    screen.line(f"  execution  {mailbox.execution}")
    if mailbox.outcome:
        screen.line(f"  last token {mailbox.outcome}")
    for arrival in mailbox.arrivals:
        said = arrival.status or "hint"
        used = "  used" if arrival.used else ""
        screen.line(f"  {arrival.received_at:%H:%M:%S}  {said:<9} {arrival.id}{used}")
