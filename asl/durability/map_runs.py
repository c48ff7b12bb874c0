"""Map Runs and what their children have come to: how they are kept, and how they come back.

Of a child a row is kept from its beginning on, and its outcome from its end until nothing goes on with the Map Run any
more. What has changed is gathered until the writer takes it: a child that begins and ends meanwhile costs one row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.durability.records import from_text, to_text
from asl.durability.writer import Write
from asl.engine.errors import StateError
from asl.engine.map_run import ChildNames, ChildStatus, MapRun, MapRunSettings, MapRunStatus, Tolerance
from asl.engine.map_run.outcome import SavedOutcome
from asl.service.store import StoredMapRun

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from asl.engine.map_run.outcome import Outcome
    from asl.service.store import StoredExecution

PUT_RUN: Final = "REPLACE INTO map_runs (id, parent, body) VALUES (?, ?, ?)"
PUT_CHILD: Final = (
    "REPLACE INTO children (run, child, status, items, started, stopped, redrives, outcome) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
DROP_OUTCOMES: Final = "UPDATE children SET outcome = NULL WHERE run = ? AND outcome IS NOT NULL"
DROP_CHILDREN_OF: Final = "DELETE FROM children WHERE run IN (SELECT id FROM map_runs WHERE parent = ?)"
DROP_RUNS_OF: Final = "DELETE FROM map_runs WHERE parent = ?"
READ_RUNS: Final = "SELECT id, parent, body FROM map_runs ORDER BY id"
READ_CHILDREN: Final = "SELECT status, items, started, stopped, redrives FROM children WHERE run = ? ORDER BY child"
READ_OUTCOMES: Final = (
    "SELECT child, outcome FROM children WHERE run = ? AND child > ? AND outcome IS NOT NULL ORDER BY child LIMIT ?"
)
OUTCOMES_AT_A_TIME: Final = 50

PLAIN_FIELDS: Final = (
    "start_date", "stop_date", "redrive_count", "redrive_date", "known_items", "known_executions", "written_items",
    "written_executions",
)  # fmt: skip


class FollowedMapRun:
    """A Map Run that is journaled, the number it is kept under, and what has changed of it (a `MapRunRecord`)."""

    def __init__(self, keeper: MapRuns, number: int, parent: int, stored: StoredMapRun) -> None:
        self.stored = stored
        self._keeper = keeper
        self._number = number
        self._parent = parent
        self._changed = False
        self._children: dict[int, Outcome | None] = {}

    def changed(self) -> None:
        """See `MapRunRecord.changed`."""
        if not self._changed:
            self._changed = True
            self._keeper.touch(self)

    def child_changed(self, index: int, outcome: Outcome | None) -> None:
        """See `MapRunRecord.child_changed`."""
        self._children[index] = outcome
        self.changed()

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """See `MapRunRecord.outcomes`."""
        last = -1
        while rows := self._keeper.read(READ_OUTCOMES, (self._number, last, OUTCOMES_AT_A_TIME)):
            for last, text in rows:
                yield last, SavedOutcome(*from_text(text))

    def change(self) -> MapRunChange:
        """What has changed since this was last asked."""
        children, self._children, self._changed = self._children, {}, False
        run = self.stored.run
        rows = []
        for index, outcome in children.items():
            child = run.children.at(index)
            facts = (child.status.value, child.item_count, child.start_date, child.stop_date or 0.0, run.redrive_count)
            rows.append(((self._number, index, *facts), outcome))
        ended = run.status is not MapRunStatus.RUNNING
        return MapRunChange(self._number, self._parent, _to_fields(self.stored), rows, ended and not run.redrivable)


@dataclass(frozen=True, slots=True)
class MapRunChange:
    """What is to be saved of a Map Run."""

    number: int
    parent: int
    fields: dict[str, Any]
    children: list[tuple[tuple[Any, ...], Outcome | None]]
    drops_outcomes: bool


class KeptMapRun(NamedTuple):
    """A Map Run, the number it is kept under, and that of the execution that has started it."""

    number: int
    parent: int
    stored: StoredMapRun


class MapRuns:
    """The Map Runs that are journaled."""

    def __init__(self, connection: sqlite3.Connection, wake: Callable[[], None]) -> None:
        """`connection` is read; `wake` is called when there is something to save."""
        self._connection = connection
        self._wake = wake
        self._last = 0
        self._changed: list[FollowedMapRun] = []
        self._forgotten: list[tuple[int]] = []

    @property
    def unsaved(self) -> bool:
        """Whether there is something to save."""
        return bool(self._changed or self._forgotten)

    def follow(self, stored: StoredMapRun, parent: int) -> None:
        """Keep a new Map Run, of the execution that is kept under the number `parent`."""
        self._last += 1
        followed = FollowedMapRun(self, self._last, parent, stored)
        stored.run.save_to(followed)
        followed.changed()

    def know(self, kept: Sequence[KeptMapRun]) -> None:
        """Keep those that are saved as they go on."""
        for number, parent, stored in kept:
            stored.run.save_to(FollowedMapRun(self, number, parent, stored))
            self._last = number

    def forget(self, parents: Sequence[tuple[int]]) -> None:
        """Keep the Map Runs of executions that are forgotten no longer."""
        self._forgotten += parents

    def touch(self, followed: FollowedMapRun) -> None:
        """Something of a Map Run has changed."""
        self._changed.append(followed)
        self._wake()

    def read(self, query: str, arguments: Sequence[Any]) -> list[Any]:
        """The rows of a query."""
        return self._connection.execute(query, arguments).fetchall()

    def changes(self) -> tuple[list[MapRunChange], list[tuple[int]]]:
        """What is to be saved, and the numbers of the executions whose Map Runs are forgotten."""
        changes = [followed.change() for followed in self._changed]
        forgotten, self._changed, self._forgotten = self._forgotten, [], []
        return changes, forgotten


def read_map_runs(connection: sqlite3.Connection, parents: Mapping[int, StoredExecution]) -> list[KeptMapRun]:
    """The Map Runs that are kept; `parents` are all executions, by the numbers that these are kept under."""
    kept = []
    for number, parent, text in connection.execute(READ_RUNS).fetchall():
        stored = _from_fields(from_text(text), parents[parent])
        _read_children(connection, number, stored.run)
        kept.append(KeptMapRun(number, parent, stored))
    return kept


def _read_children(connection: sqlite3.Connection, number: int, run: MapRun) -> None:
    children, runs = run.children, run.status is MapRunStatus.RUNNING
    for status, items, started, stopped, redrives in connection.execute(READ_CHILDREN, (number,)):
        children.restore(ChildStatus(status), items, started, stopped)
        if runs and redrives < run.redrive_count:
            children.await_redrive_of(len(children) - 1)


def writes_of_map_runs(changes: list[MapRunChange], forgotten: list[tuple[int]]) -> list[Write]:
    """The rows of Map Runs in a batch. Called on the writer's thread."""
    children = [
        (*row, None if outcome is None else to_text([outcome.input, outcome.output, outcome.error, outcome.cause]))
        for change in changes
        for row, outcome in change.children
    ]
    return [
        Write(PUT_RUN, [(change.number, change.parent, to_text(change.fields)) for change in changes]),
        Write(PUT_CHILD, children),
        Write(DROP_OUTCOMES, [(change.number,) for change in changes if change.drops_outcomes]),
        Write(DROP_CHILDREN_OF, forgotten),
        Write(DROP_RUNS_OF, forgotten),
    ]


def _to_fields(stored: StoredMapRun) -> dict[str, Any]:
    run = stored.run
    failure = run.failure
    return {
        **{name: getattr(run, name) for name in PLAIN_FIELDS},
        "number": stored.number,
        "run_id": run.id,
        "first_name": run.children.names.name(0),
        "status": run.status.value,
        "failure": None if failure is None else [failure.error, failure.cause],
        "tolerance": asdict(run.tolerance),
        "settings": {
            "state_name": run.state_name,
            "label": run.label,
            "express": run.express,
            "exports": run.exports,
            "max_concurrency": run.max_concurrency,
        },
    }


def _from_fields(fields: dict[str, Any], parent: StoredExecution) -> StoredMapRun:
    settings = MapRunSettings(**fields["settings"], tolerance=Tolerance(**fields["tolerance"]))
    names = ChildNames(fields["first_name"])
    run = MapRun(parent.execution, settings, fields["start_date"], run_id=fields["run_id"], names=names)
    for name in PLAIN_FIELDS:
        setattr(run, name, fields[name])
    run.status = MapRunStatus(fields["status"])
    if fields["failure"] is not None:
        run.failure = StateError(*fields["failure"])
    return StoredMapRun(run, fields["number"], parent.machine, parent.revision)
