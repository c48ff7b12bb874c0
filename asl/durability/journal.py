"""The journal of a service: what has changed is gathered on the event loop and committed by the writer's thread.

Invariants: what a loop turn has changed is committed together, or not at all. `saved` returns only when everything that
had changed when it was called is on the disk. An execution is kept under one number, whatever becomes of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from asl.durability.archive import ArchivedExecution, Origin
from asl.durability.map_runs import MapRuns, writes_of_map_runs
from asl.durability.records import ExecutionRecord, events_text, note_row
from asl.durability.resources import Resources
from asl.durability.writer import Write, Writer
from asl.engine import ExecutionStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from asl.durability.archive import Archive
    from asl.engine import Execution, HistoryEvent
    from asl.engine.history import Note, NoteKey
    from asl.service.store import Account, StoredExecution, StoredMapRun

logger = logging.getLogger(__name__)

RUNNING: Final = ExecutionStatus.RUNNING
# Who has started an execution asks for its end soon after. Each takes some 60 KB.
ENDED_IN_MEMORY: Final = 100

PUT_EXECUTION: Final = "REPLACE INTO executions (id, machine, revision, status, body) VALUES (?, ?, ?, ?, ?)"
PUT_EVENTS: Final = "INSERT INTO events (execution, first, body) VALUES (?, ?, ?)"
PUT_NOTE: Final = "REPLACE INTO notes (execution, frame, kind, events, body) VALUES (?, ?, ?, ?, ?)"
DROP_NOTES: Final = "DELETE FROM notes WHERE execution = ?"
DROP_EVENTS: Final = "DELETE FROM events WHERE execution = ?"
DROP_EXECUTION: Final = "DELETE FROM executions WHERE id = ?"


class UnsavedError(Exception):
    """What was done cannot be saved at the moment; the text says why."""


@dataclass(slots=True, eq=False)
class Followed:
    """An execution that is journaled: the number it is kept under, and how much of it has been handed to the writer."""

    stored: StoredExecution
    execution: Execution
    number: int
    events: int = 0
    status: ExecutionStatus | None = None
    has_notes: bool = False
    changed: bool = False
    committing: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be saved of an execution. `record` is there where more than its history has changed."""

    number: int
    machine: int
    revision: int
    status: ExecutionStatus
    record: ExecutionRecord | None
    first: int
    events: list[HistoryEvent]
    notes: dict[NoteKey, Note]
    drops_notes: bool


class Journal:
    """Keeps what the accounts of a service have. Not thread-safe: it lives on the event loop of the service."""

    def __init__(self, connection: sqlite3.Connection, archive: Archive, last_execution: int) -> None:
        self.failure: Exception | None = None
        self._archive = archive
        self._last_execution = last_execution
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(connection, self._committed, self._could_not_commit)
        self._resources = Resources()
        self.map_runs = MapRuns(archive.connection, self._wake)
        self._followed: dict[int, Followed] = {}
        self._ended: deque[Followed] = deque()
        self._changed: list[Followed] = []
        self._committing: list[Followed] | None = None
        self._forgotten: list[tuple[int]] = []
        self._scheduled = self._closed = False
        self._next: asyncio.Future[bool] = self._loop.create_future()
        self._current = self._next

    def know(self, resources: Resources) -> None:
        """What is saved already of state machines and activities."""
        self._resources = resources

    def follow(self, stored: StoredExecution, execution: Execution) -> None:
        """Keep a new execution."""
        self._last_execution += 1
        stored.journal_number = self._last_execution
        self._touch(self._follow(Followed(stored, execution, stored.journal_number)))

    def go_on(self, stored: StoredExecution, execution: Execution, events: int) -> None:
        """Keep an execution that goes on, of which so many events are kept already."""
        if stored.journal_number is None:
            return
        followed = self._follow(Followed(stored, execution, stored.journal_number, events, has_notes=True))
        if len(execution.history) > events:
            self._touch(followed)
        else:
            followed.status = execution.status

    def _follow(self, followed: Followed) -> Followed:
        self._followed[followed.number] = followed
        followed.execution.history.on_change = partial(self._touch, followed)
        return followed

    def follow_map_run(self, stored: StoredMapRun, parent: StoredExecution) -> None:
        """Keep a new Map Run, if the execution that has started it is kept."""
        if parent.journal_number is not None:
            self.map_runs.follow(stored, parent.journal_number)

    def resources_changed(self, account: Account) -> None:
        """State machines or activities of an account have been made, changed or deleted."""
        self._resources.changed(account)
        self._wake()

    def forget(self, executions: Sequence[StoredExecution]) -> None:
        """Keep executions that have ended no longer."""
        numbers = [(stored.journal_number,) for stored in executions if stored.journal_number is not None]
        self._forgotten += numbers
        self.map_runs.forget(numbers)
        self._wake()

    async def saved(self) -> None:
        """Return once all that has changed so far is saved, however long that takes; never after `close`."""
        if self._closed:
            await self._loop.create_future()
        while (commit := self._commit_to_wait_for()) is not None:
            if await asyncio.shield(commit):
                return

    def check_writable(self) -> None:
        """See that what changed last could be saved.

        Raises:
            UnsavedError: it could not.
        """
        if self.failure is not None:
            raise UnsavedError(f"The data folder cannot be written: {self.failure}")

    async def check_saved(self, only: StoredExecution | None = None) -> None:
        """Return once all that has changed so far is saved, or what has changed of one execution.

        Raises:
            UnsavedError: it cannot be saved at the moment.
        """
        if only is not None and not self._has_unsaved(only):
            return
        commit = self._commit_to_wait_for()
        if commit is not None and not await asyncio.shield(commit):
            raise UnsavedError(f"The data folder cannot be written: {self.failure}")

    async def close(self) -> None:
        """Save what is not yet saved, and keep nothing of what happens afterwards: it will happen again."""
        commit = self._commit_to_wait_for()
        if commit is not None and self.failure is None:
            await asyncio.shield(commit)
        self._closed = True
        await asyncio.to_thread(self._writer.close)
        if self.failure is not None:
            logger.critical("what happened last could not be saved and is lost: %s", self.failure)
        self._archive.close()

    @property
    def _unsaved(self) -> bool:
        return bool(self._changed or self._forgotten or self._resources.unsaved or self.map_runs.unsaved)

    def _has_unsaved(self, stored: StoredExecution) -> bool:
        followed = self._followed.get(stored.journal_number or 0)
        return followed is not None and (followed.changed or followed.committing)

    def _commit_to_wait_for(self) -> asyncio.Future[bool] | None:
        if self._closed:
            return None
        if self._unsaved:
            return self._next
        return None if self._committing is None else self._current

    def _touch(self, followed: Followed) -> None:
        if not followed.changed:
            followed.changed = True
            self._changed.append(followed)
            self._wake()

    def _wake(self) -> None:
        if not self._scheduled and self._committing is None and not self._closed:
            self._scheduled = True
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """Give the writer all that has changed, if it is idle."""
        self._scheduled = False
        if self._committing is not None or self._closed or not self._unsaved:
            return
        resources = self._resources.changes()
        changes = [self._change(followed, resources) for followed in self._changed]
        if self._forgotten:
            resources += [Write(statement, self._forgotten) for statement in (DROP_NOTES, DROP_EVENTS, DROP_EXECUTION)]
        map_runs, forgotten = self.map_runs.changes()
        self._committing, self._changed, self._forgotten = self._changed, [], []
        self._current, self._next = self._next, self._loop.create_future()
        self._writer.submit(lambda: writes_of(resources, changes) + writes_of_map_runs(map_runs, forgotten))

    def _change(self, followed: Followed, resources: list[Write]) -> Change:
        execution, history = followed.execution, followed.execution.history
        machine, revision = self._resources.numbers(followed.stored, resources)
        notes, history.unsaved_notes = history.unsaved_notes, {}
        succeeded = execution.status is ExecutionStatus.SUCCEEDED
        status_changed = execution.status is not followed.status
        change = Change(
            number=followed.number,
            machine=machine,
            revision=revision,
            status=execution.status,
            record=ExecutionRecord.of(followed.stored, execution) if status_changed else None,
            first=followed.events,
            events=history.page(followed.events, len(history)),
            notes={} if succeeded else notes,
            drops_notes=succeeded and followed.has_notes,
        )
        followed.changed, followed.committing = False, True
        followed.events, followed.status = len(history), execution.status
        followed.has_notes = followed.has_notes or bool(notes)
        return change

    def _committed(self) -> None:
        if self.failure is not None:
            logger.warning("the data folder can be written again")
            self.failure = None
        for followed in self._committing or ():
            followed.committing = False
            self._let_go_if_ended(followed)
        self._committing = None
        self._current.set_result(True)
        self._hand_over()

    def _could_not_commit(self, error: Exception) -> None:
        if self.failure is None:
            logger.critical("the data folder cannot be written, and nothing is changed until it can: %s", error)
        self.failure = error
        for commit in (self._current, self._next):
            if not commit.done():
                commit.set_result(False)
        self._current, self._next = self._loop.create_future(), self._loop.create_future()

    def _let_go_if_ended(self, followed: Followed) -> None:
        """Follow an execution whose end is saved no longer; it may have ended since its last change was handed over."""
        if followed.status is RUNNING or followed.stored.execution is not followed.execution:
            return
        del self._followed[followed.number]
        self._ended.append(followed)
        if len(self._ended) > ENDED_IN_MEMORY:
            self._archive_execution(self._ended.popleft())

    def _archive_execution(self, followed: Followed) -> None:
        stored, execution = followed.stored, followed.execution
        if stored.execution is execution:
            record = ExecutionRecord.of(stored, execution)
            origin = Origin(stored.machine, stored.revision)
            stored.execution = ArchivedExecution(self._archive, followed.number, record, execution.status, origin)


def writes_of(resources: list[Write], changes: list[Change]) -> list[Write]:
    """The rows of a batch. Called on the writer's thread: encoding takes most of the time."""
    executions = [
        (change.number, change.machine, change.revision, change.status.value, change.record.text())
        for change in changes
        if change.record is not None
    ]
    events = [(change.number, change.first, events_text(change.events)) for change in changes if change.events]
    notes = [note_row(change.number, key, note) for change in changes for key, note in change.notes.items()]
    dropped = [(change.number,) for change in changes if change.drops_notes]
    return [
        *resources,
        Write(PUT_EXECUTION, executions),
        Write(PUT_EVENTS, events),
        Write(PUT_NOTE, notes),
        Write(DROP_NOTES, dropped),
    ]
