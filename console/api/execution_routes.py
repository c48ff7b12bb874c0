"""Routes: executions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import AwareDatetime  # noqa: TC002 -- the resolver reads it

from callbacks import clients
from console.api import clients as parts
from console.api import models
from console.api.changes import changing
from console.api.paths import Cursor, Name, Workflow  # noqa: TC001 -- the resolver reads them
from console.operations import NotThere, OperationRefused, history, search
from console.operations.state_machines import there
from console.operations.summary import Summary, summarize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.operations.executions import Executions
    from console.operations.summary import OpenWait

router = APIGatewayHttpRouter()

MAX_MAILBOXES: Final = 100
Vendor = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Campaign = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]


@router.get("/executions", summary="Find executions, the newest first")
def list_executions(
    workflow: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,80}$")] = None,
    status: Annotated[models.ExecutionStatus | None, Query()] = None,
    error: Annotated[str | None, Query(min_length=1, max_length=256, description="the name of an error")] = None,
    started_after: Annotated[AwareDatetime | None, Query()] = None,
    started_before: Annotated[AwareDatetime | None, Query()] = None,
    vendor: Vendor = None,
    campaign_id: Campaign = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: Cursor = None,
) -> models.ExecutionPage:
    """`vendor` and `campaign_id` belong together: the execution that waits, or has waited, for this campaign."""
    wanted = search.Search(workflow, status, error, started_after, started_before)
    if (vendor is None) != (campaign_id is None):
        raise OperationRefused("vendor and campaign_id belong together.", "Give both, or neither.")
    if vendor is not None and campaign_id is not None:
        return _of_campaign(vendor, campaign_id, wanted)
    page = search.find(clients.step_functions(), parts.machines(), wanted, limit=limit, after=after)
    return models.ExecutionPage.model_validate(page)


def _of_campaign(vendor: str, campaign_id: str, wanted: search.Search) -> models.ExecutionPage:
    machines = parts.machines()
    try:
        named = machines.named(parts.waits().mailbox(vendor, campaign_id).execution)
        found = parts.executions().describe(*named) if named else None
    except NotThere:
        found = None
    if found is None or not _fits(found.workflow, found.status, found.error, found.started_at, wanted):
        return models.ExecutionPage(executions=[], next=None)
    return models.ExecutionPage(executions=[models.Listed.model_validate(found)], next=None)


def _fits(workflow: str, status: str, error: str | None, started_at: datetime, wanted: search.Search) -> bool:
    return (
        wanted.workflow in (None, workflow)
        and wanted.status in (None, status)
        and wanted.error in (None, error)
        and (wanted.started_after is None or started_at >= wanted.started_after)
        and (wanted.started_before is None or started_at < wanted.started_before)
    )


@router.get("/workflows/<workflow>/executions/<name>", summary="Show an execution and what it waits for")
def show_execution(
    workflow: Workflow,
    name: Name,
    summary: Annotated[bool, Query(description="false leaves out what is read from its history")] = True,
) -> models.Execution:
    executions = parts.executions()
    found = executions.describe(workflow, name)
    arn = parts.machines().execution(workflow, name)
    told = _summary(workflow, name) if summary else None
    return models.Execution(**vars(found), summarized=told is not None, **_told(arn, told or Summary(), executions))


def _summary(workflow: str, name: str) -> Summary | None:
    """What the history of an execution says, None where it is too large, or none is kept of a child of a Map Run."""
    arn = parts.machines().execution(workflow, name)
    try:
        with there(workflow, name):
            return summarize(history.events(clients.step_functions(), arn))
    except (history.TooLarge, NotThere):
        return None


def _told(execution: str, told: Summary, executions: Executions) -> dict[str, Any]:
    now = datetime.now(UTC)
    mailboxes = _mailboxes(told)
    attempts: dict[tuple[str | None, str | None], str] = {
        (mailbox.vendor, mailbox.campaign_id): mailbox.attempt
        for mailbox in mailboxes
        if mailbox.state == "waiting" and mailbox.execution == execution
    }
    return {
        "states": [models.StateSummary.model_validate(state) for state in told.states.values()],
        "waits": [_wait(wait, attempts, now) for wait in told.waits],
        "mailboxes": mailboxes,
        "children": [
            models.StartedBy(state=state, **vars(executions.relative(child))) for child, state in told.children.items()
        ],
    }


@router.get("/workflows/<workflow>/executions/<name>/history", summary="Show the events of an execution")
def show_history(
    workflow: Workflow, name: Name, limit: Annotated[int, Query(ge=1, le=1000)] = 1000, after: Cursor = None
) -> models.HistoryPage:
    arn = parts.machines().execution(workflow, name)
    with there(workflow, name):
        return models.HistoryPage.model_validate(history.page(clients.step_functions(), arn, limit=limit, after=after))


@router.post("/workflows/<workflow>/executions", summary="Start an execution")
def start_execution(workflow: Workflow, asked: Annotated[models.StartAsked, Body()]) -> models.Started:
    with changing(router, "start", workflow, asked.reason):
        name = parts.executions().start(workflow, asked.input, asked.key)
    return models.Started(workflow=workflow, name=name)


@router.post("/workflows/<workflow>/executions/<name>/stop", summary="Stop an execution")
def stop_execution(workflow: Workflow, name: Name, asked: Annotated[models.Asked, Body()]) -> models.Done:
    with changing(router, "stop", f"{workflow}/{name}", asked.reason) as by:
        parts.executions().stop(workflow, name, by=by, reason=asked.reason)
    return models.Done(done=f"Stopped {name}.")


@router.post("/workflows/<workflow>/executions/<name>/redrive", summary="Redrive an execution from where it failed")
def redrive_execution(workflow: Workflow, name: Name, asked: Annotated[models.Asked, Body()]) -> models.Done:
    with changing(router, "redrive", f"{workflow}/{name}", asked.reason):
        parts.executions().redrive(workflow, name)
    return models.Done(done=f"Redriven {name} from where it stood.")


def _wait(wait: OpenWait, attempts: Mapping[tuple[str | None, str | None], str], now: datetime) -> models.OpenWait:
    def due(seconds: int | None) -> datetime | None:
        return None if seconds is None else wait.since + timedelta(seconds=seconds)

    return models.OpenWait(
        state=wait.state,
        since=wait.since,
        age_seconds=max(0, int((now - wait.since).total_seconds())),
        timeout_due=due(wait.timeout_seconds),
        heartbeat_due=due(wait.heartbeat_seconds),
        vendor=wait.vendor,
        campaign_id=wait.campaign_id,
        attempt=attempts.get((wait.vendor, wait.campaign_id)),
    )


def _mailboxes(told: Summary) -> list[models.Mailbox]:
    found = []
    waited_for = {(wait.vendor, wait.campaign_id) for wait in told.waits}
    latest_first = list(reversed(told.campaigns))
    for vendor, campaign_id in sorted(latest_first, key=lambda campaign: campaign not in waited_for)[:MAX_MAILBOXES]:
        try:
            mailbox = parts.waits().mailbox(vendor, campaign_id)
        except NotThere:  # it has expired
            continue
        found.append(models.Mailbox(vendor=vendor, campaign_id=campaign_id, **vars(mailbox)))
    return found
