"""A Map Run: what one attempt of a distributed Map state starts.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from asl.engine.map_run.children import Children
from asl.randomness import random_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.engine.errors import StateError
    from asl.engine.execution import StartRequest
    from asl.engine.map_run.children import ChildNames, Counts
    from asl.engine.map_run.outcome import MapRunRecord
    from asl.engine.map_run.results import Results
    from asl.engine.map_run.tolerance import Tolerance

MOST_CONCURRENT: Final = 1_000


class MapRunStatus(Enum):
    """Where a Map Run stands."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunSettings:
    """What a Map state says of its Map Runs. `max_concurrency` is 0 where it says nothing of it.

    `exports` says that the results go to files of the ResultWriter.
    """

    state_name: str
    label: str | None
    express: bool
    exports: bool
    max_concurrency: int
    tolerance: Tolerance


class Parent(Protocol):
    """The execution whose Map state has started a Map Run, wherever it is kept."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the state machine that it runs."""

    @property
    def request(self) -> StartRequest:
        """What it was started with."""


class MapRun:
    """One Map Run: which children there are, what they have come to, and how many of them may run or fail.

    Dates are seconds since the epoch. `parent` is the execution whose Map state started it. `known_items` and
    `known_executions` count what has been read so far, `all_known` says that this is all there is; `results` are those
    of the children so far; `written_items` and `written_executions` count those whose results are in files of the
    ResultWriter. `failure` is there as soon as it is to fail. One that an earlier process ran, with a `run_id` and
    `names` of its own, goes on if it is `taken_up`.
    """

    def __init__(
        self,
        parent: Parent,
        settings: MapRunSettings,
        now: float,
        *,
        run_id: str | None = None,
        names: ChildNames | None = None,
    ) -> None:
        self.parent = parent
        self.state_name = settings.state_name
        self.express = settings.express
        self.exports = settings.exports
        self.max_concurrency = settings.max_concurrency
        self.tolerance = settings.tolerance
        self.status = MapRunStatus.RUNNING
        self.start_date = now
        self.stop_date: float | None = None
        self.redrive_count = 0
        self.redrive_date: float | None = None
        self.results: Results | None = None
        self.failure: StateError | None = None
        self.taken_up = False
        self._announced_items = self._announced_executions = 0
        self.children = Children(names)
        self.known_items = self.known_executions = 0
        self.all_known = False
        self.written_items = self.written_executions = 0
        self.id = run_id or random_uuid()
        machine_arn = parent.state_machine_arn.partition("/")[0]
        # AWS makes up one label for a Map state that has none.
        self.label = settings.label or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{machine_arn}/{settings.state_name}"))
        self.state_machine_arn = f"{machine_arn}/{self.label}"
        self.state_machine_name = self.state_machine_arn.rpartition(":")[2]
        self.arn = self._arn("mapRun", self.id)
        self.on_update: Callable[[], None] | None = None
        self.record: MapRunRecord | None = None

    def _arn(self, resource: str, *ids: str) -> str:
        prefix = ":".join(self.state_machine_arn.split(":")[:5])
        return ":".join((prefix, resource, self.state_machine_name, *ids))

    def child_arn(self, name: str) -> str:
        """The ARN of the child execution with a name."""
        return self._arn("express", name, self.id) if self.express else self._arn("execution", name)

    def save_to(self, record: MapRunRecord) -> None:
        """Tell of all that changes from now on."""
        self.record = record
        self.children.on_change = record.child_changed

    def _changed(self) -> None:
        if self.record is not None:
            self.record.changed()

    def announce(self, executions: int, items: int) -> None:
        """Count what has been read and will be worked on."""
        self._announced_executions += executions
        self._announced_items += items
        self.known_executions = max(self.known_executions, self._announced_executions)
        self.known_items = max(self.known_items, self._announced_items)
        self._changed()

    @property
    def item_counts(self) -> Counts:
        """How many items are in which status."""
        return self.children.item_counts(self.known_items, self.written_items)

    @property
    def execution_counts(self) -> Counts:
        """How many child executions are in which status."""
        return self.children.execution_counts(self.known_executions, self.written_executions)

    @property
    def has_room(self) -> bool:
        """Whether one more child may run."""
        return len(self.children.running) < (self.max_concurrency or MOST_CONCURRENT)

    @property
    def tolerance_exceeded(self) -> bool:
        """Whether more items failed or timed out than may."""
        return self.tolerance.exceeded(self.children.failed_items, self.known_items if self.all_known else None)

    def update(
        self, max_concurrency: int | None, tolerated_count: int | None, tolerated_percentage: float | None
    ) -> None:
        """Change what is not None; it counts at once. Children that run go on, however few may run from now on."""
        if max_concurrency is not None:
            self.max_concurrency = max_concurrency
        if tolerated_count is not None:
            self.tolerance = replace(self.tolerance, count=tolerated_count)
        if tolerated_percentage is not None:
            self.tolerance = replace(self.tolerance, percentage=tolerated_percentage)
        self._changed()
        if self.on_update is not None:
            self.on_update()

    def fail(self, error: StateError) -> None:
        """Set what it is going to fail with."""
        self.failure = error
        self._changed()

    def end(self, status: MapRunStatus, now: float) -> None:
        """Set how it ended."""
        self.status, self.stop_date = status, now
        self.on_update = None
        self.children.give_up(now)
        if status is MapRunStatus.SUCCEEDED:
            self.results = None
        self._changed()

    def abandon(self, now: float) -> None:
        """End it if nothing has gone on with it yet: its state has ended."""
        if self.status is MapRunStatus.RUNNING and self.on_update is None:
            self.end(MapRunStatus.ABORTED, now)

    @property
    def redrivable(self) -> bool:
        """Whether it can go on: it has not succeeded, and its results are not in files."""
        return self.status in (MapRunStatus.FAILED, MapRunStatus.ABORTED) and not self.exports

    def redrive(self, parent: Parent, now: float) -> None:
        """Go on, with what has not succeeded, for the execution that goes on in place of the parent."""
        self.status, self.stop_date = MapRunStatus.RUNNING, None
        self.failure = None
        self.redrive_count += 1
        self.redrive_date = now
        self.children.await_redrive()
        self.go_on(parent)

    def go_on(self, parent: Parent) -> None:
        """Go on for the execution that goes on in place of the parent.

        All items are read, and announced, again, and all results are written again.
        """
        self.parent = parent
        self.all_known = False
        self.written_items = self.written_executions = 0
        self._announced_items = self._announced_executions = 0
        self._changed()
