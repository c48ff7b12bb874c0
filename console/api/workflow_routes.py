"""Routes: the workflows, how they have been doing, and Map Runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from callbacks import clients
from console.api import clients as parts
from console.api import workflow_models as models
from console.api.models import ExecutionStatus  # noqa: TC001 -- the resolver reads it
from console.api.paths import Cursor, MapRun, Name, Workflow  # noqa: TC001 -- the resolver reads them
from console.api.wait_routes import listed
from console.operations.overview import overview

if TYPE_CHECKING:
    from collections import Counter

    from console.operations.overview import Figures

router = APIGatewayHttpRouter()


@router.get("/overview", summary="Show how the workflows have been doing for 24 hours")
def show_overview() -> models.Overview:
    now = datetime.now(UTC)
    found = overview(clients.step_functions(), parts.machines(), parts.waits(), now=now)
    return models.Overview(
        at=now,
        since=found.since,
        all=models.Figures(**_figures(found.all)),
        workflows=[
            models.WorkflowFigures(workflow=name, **_figures(figures)) for name, figures in found.workflows.items()
        ],
        oldest_waits=[listed(wait, now) for wait in found.oldest],
        failures=parts.failures().count(),
        dead_letters=parts.failures(dead_letters=True).count(),
    )


@router.get("/workflows", summary="List the workflows")
def list_workflows() -> models.WorkflowList:
    return models.WorkflowList(workflows=parts.machines().names)


@router.get("/workflows/<workflow>", summary="Show a workflow as it is deployed")
def show_workflow(workflow: Workflow) -> models.Workflow:
    found = parts.workflows().show(workflow)
    return models.Workflow(
        **vars(found.deployed),
        name=found.name,
        versions=[models.Version.model_validate(version) for version in found.versions],
        aliases=[models.Alias.model_validate(alias) for alias in found.aliases],
        example=found.example,
        input_schema=found.schema,
    )


@router.get("/workflows/<workflow>/versions/<version>", summary="Show a version of a workflow")
def show_version(workflow: Workflow, version: Annotated[int, Path(ge=1, le=2**31)]) -> models.Deployed:
    return models.Deployed.model_validate(parts.workflows().version(workflow, version))


@router.get("/workflows/<workflow>/executions/<name>/map-runs", summary="List the Map Runs of an execution")
def list_map_runs(
    workflow: Workflow, name: Name, limit: Annotated[int, Query(ge=1, le=50)] = 20, after: Cursor = None
) -> models.MapRunPage:
    page = parts.map_runs().of_execution(workflow, name, limit=limit, after=after)
    return models.MapRunPage.model_validate(page)


@router.get("/workflows/<workflow>/map-runs/<map_run>", summary="Show a Map Run and how far it has come")
def show_map_run(workflow: Workflow, map_run: MapRun) -> models.MapRun:
    return models.MapRun.model_validate(parts.map_runs().describe(workflow, map_run))


@router.get("/workflows/<workflow>/map-runs/<map_run>/executions", summary="List the child executions of a Map Run")
def list_children(
    workflow: Workflow,
    map_run: MapRun,
    status: Annotated[ExecutionStatus | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Cursor = None,
) -> models.MapRunChildPage:
    page = parts.map_runs().children(workflow, map_run, status, limit=limit, after=after)
    return models.MapRunChildPage.model_validate(page)


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "complete": figures.complete,
        "running": figures.running,
        "waiting": figures.waiting,
        **_ended(figures.ended),
        "hours": [models.Hour(since=hour.since, started=hour.started, **_ended(hour.ended)) for hour in figures.hours],
    }


def _ended(ended: Counter[str]) -> dict[str, int]:
    return {status.lower(): ended[status] for status in ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")}
