"""What goes over the wire of workflows, of how they have been doing, and of Map Runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime  # noqa: TC002 -- pydantic reads it

from console.api.models import ExecutionStatus, JsonText, Shown, WaitListed


class WorkflowList(Shown):
    """The workflows, by name."""

    workflows: list[str]


class Version(Shown):
    """A published version of a state machine."""

    version: int
    created_at: AwareDatetime


class Route(Shown):
    """A version that an alias leads to, and in how many of 100 starts."""

    version: int
    weight: int


class Alias(Shown):
    """A name for one version, or for two."""

    name: str
    description: str
    routes: list[Route]
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Deployed(Shown):
    """A revision of a state machine. `revision` is null for the one that it was created with.

    `created_at` is when the state machine, or the version, was created: AWS does not say when it was changed.
    """

    definition: JsonText
    type: Literal["STANDARD", "EXPRESS"]
    created_at: AwareDatetime
    revision: str | None
    description: str
    logging: Literal["ALL", "ERROR", "FATAL", "OFF"]
    tracing: bool


class Workflow(Deployed):
    """A workflow as it is deployed, with its versions and aliases.

    `example` is an input that it can be started with, and `input_schema` the JSON Schema of such inputs; null where it
    can't be started by hand. A few rules are not in the schema: the answer to a start names what does not fit.
    """

    name: str
    versions: list[Version]
    aliases: list[Alias]
    example: dict[str, Any] | None
    input_schema: dict[str, Any] | None


class Hour(Shown):
    """What started and ended within an hour that begins at `since`."""

    since: AwareDatetime
    started: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int


class Figures(Shown):
    """What runs and waits now, and how what ended since the first of the hours has ended.

    Where `complete` is false there may be more of each: not all could be read.
    """

    complete: bool
    running: int
    waiting: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    hours: list[Hour]


class WorkflowFigures(Figures):
    """The figures of a workflow."""

    workflow: str


class Overview(Shown):
    """The figures of all workflows and of each, over 24 hours of the clock of which the last has begun.

    `oldest_waits` are those that have waited longest. `failures` and `dead_letters` are about how many messages are in
    the failure queue and in its dead-letter queue.
    """

    at: AwareDatetime
    since: AwareDatetime
    all: Figures
    workflows: list[WorkflowFigures]
    oldest_waits: list[WaitListed]
    failures: int
    dead_letters: int


class MapRunCounts(Shown):
    """How many items, or child executions, are in which status."""

    pending: int
    running: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    total: int
    results_written: int


class MapRun(Shown):
    """A Map Run; `parent` is the name of the execution that it is of, `items` and `executions` how far it has come."""

    workflow: str
    name: str
    label: str
    parent: str
    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    max_concurrency: int
    tolerated_failure_count: int
    tolerated_failure_percentage: float
    redrives: int
    items: MapRunCounts
    executions: MapRunCounts


class MapRunPage(Shown):
    """Map Runs, the newest first. As long as there is a `next` there are more."""

    map_runs: list[MapRun]
    next: str | None


class MapRunChild(Shown):
    """A child execution of a Map Run, with the number of items that it was given. It is shown like any execution."""

    workflow: str
    name: str
    status: ExecutionStatus
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    redrives: int
    items: int


class MapRunChildPage(Shown):
    """Child executions, the newest first. As long as there is a `next` there are more."""

    executions: list[MapRunChild]
    next: str | None
