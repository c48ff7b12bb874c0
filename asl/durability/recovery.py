"""How a service goes on from its data folder: everything is as it was, and what was running runs on."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Final

from asl.durability.archive import Archive, ArchivedExecution, Origin, past_of
from asl.durability.folder import DataFolder
from asl.durability.journal import Journal
from asl.durability.map_runs import read_map_runs
from asl.durability.records import ExecutionRecord, activity_from, machine_from, revision_from
from asl.durability.resources import Resources
from asl.engine import ExecutionStatus, MapRunStatus
from asl.service.store import StoredExecution

if TYPE_CHECKING:
    from pathlib import Path

    from asl.durability.map_runs import KeptMapRun
    from asl.engine import MapRun
    from asl.service.service import Service
    from asl.service.store import Account, Revision, StoredStateMachine

DAY: Final = 86_400
KEPT_DAYS: Final = 90
FORGET_SECONDS: Final = 3_600
TOKEN_KEY: Final = "task_token_key"  # noqa: S105 - a name


class Keeper:
    """A service's journal and the folder that it is in."""

    def __init__(self, service: Service, path: Path) -> None:
        """Open the folder and read what the service had, into a service that has nothing yet.

        Raises:
            DataFolderError: the folder cannot be used.
        """
        self._service = service
        self._forgetting: asyncio.Future[None] | None = None
        self._folder = DataFolder(path)
        self._connection = self._folder.connect()
        archive = Archive(self._folder.connect(), service.engine.clock)
        try:
            self._reading = Reading(service, self._connection, archive)
            self.journal = Journal(self._connection, archive, self._reading.last_execution)
            self.journal.know(self._reading.resources)
        except (sqlite3.DatabaseError, ValueError, TypeError, LookupError) as error:
            archive.close()
            self._connection.close()
            self._folder.close()
            raise self._folder.unusable(error) from error

    def go_on(self) -> None:
        """Let run what was running. Task tokens are valid when this returns."""
        self._forget_old()
        self._reading.resume(self.journal)
        self._forgetting = asyncio.ensure_future(self._forget_hourly())

    def _forget_old(self) -> None:
        """Forget the executions that ended more than 90 days ago, as AWS does."""
        before = self._service.now() - KEPT_DAYS * DAY
        for account in self._service.accounts():
            self.journal.forget(account.forget_executions(before))

    async def _forget_hourly(self) -> None:
        while True:
            await asyncio.sleep(FORGET_SECONDS)
            self._forget_old()

    async def close(self) -> None:
        """Save what is not yet saved, and let go of the folder."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        await self.journal.close()
        self._folder.close()


class Reading:
    """What is read when a folder is opened."""

    def __init__(self, service: Service, connection: sqlite3.Connection, archive: Archive) -> None:
        self.resources = Resources()
        self.last_execution = 0
        self._service = service
        self._connection = connection
        self._archive = archive
        self._revisions: dict[int, Revision] = {}
        self._machines: dict[int, tuple[StoredStateMachine, Account]] = {}
        self._running: list[tuple[StoredExecution, ExecutionRecord]] = []
        self._map_runs: list[KeptMapRun] = []
        service.engine.integrations.task_tokens.key = self._token_key()
        self._read_resources()
        self._read_map_runs(self._read_executions())

    def resume(self, journal: Journal) -> None:
        """Let run what was running, in the order of the starts."""
        journal.map_runs.know(self._map_runs)
        for stored, record in self._running:
            history = self._archive.read(stored.journal_number or 0)
            request = Origin(stored.machine, stored.revision).request(record, history[0].details["input"])
            events = len(history)
            execution = self._service.engine.resume(request, past_of(record, history))
            stored.execution = execution
            journal.go_on(stored, execution, events)
            self._service.started(execution, stored.revision.logging, events)
        self._running.clear()
        for _, _, stored_run in self._map_runs:
            _abort_if_nobody_goes_on_with(stored_run.run, self._service.now())
        self._map_runs.clear()

    def _token_key(self) -> bytes:
        """The key that proves tokens; the first service on the folder gives its own."""
        key = self._service.engine.integrations.task_tokens.key
        self._connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (TOKEN_KEY, key))
        (saved,) = self._connection.execute("SELECT value FROM meta WHERE key = ?", (TOKEN_KEY,)).fetchone()
        return bytes(saved)

    def _read_resources(self) -> None:
        for number, text in self._connection.execute("SELECT id, body FROM revisions"):
            revision = self._revisions[number] = revision_from(text)
            self.resources.know_revision(number, revision)
        rows = self._connection.execute("SELECT id, account, region, body FROM machines ORDER BY id")
        for number, account_id, region, text in rows:
            account = self._service.account(account_id, region)
            machine = machine_from(text, self._revisions.__getitem__)
            account.add(machine)
            self._machines[number] = (machine, account)
            self.resources.know_machine(number, text, machine)
        for arn, text in self._connection.execute("SELECT arn, body FROM activities"):
            activity = activity_from(text)
            _, _, _, region, account_id, *_ = arn.split(":")
            self._service.account(account_id, region).restore_activity(activity)
            self._service.engine.create_activity(arn)
            self.resources.know_activity(arn, text)

    def _read_executions(self) -> dict[int, StoredExecution]:
        """Read the executions, and return them by their numbers."""
        by_number: dict[int, StoredExecution] = {}
        rows = self._connection.execute("SELECT id, machine, revision, status, body FROM executions ORDER BY id")
        for number, machine_number, revision_number, status, text in rows:
            machine, account = self._machines[machine_number]
            record = ExecutionRecord.from_text(text)
            revision = self._revisions[revision_number]
            stored = StoredExecution(
                execution=ArchivedExecution(
                    self._archive, number, record, ExecutionStatus(status), Origin(machine, revision)
                ),
                machine=machine,
                revision=revision,
                number=record.number,
                version_arn=record.version_arn,
                alias_arn=record.alias_arn,
                trace_header=record.trace_header,
                redrives=record.redrives,
                journal_number=number,
            )
            account.restore_execution(stored)
            by_number[number] = stored
            if status == ExecutionStatus.RUNNING.value:
                self._running.append((stored, record))
            self.last_execution = number
        return by_number

    def _read_map_runs(self, parents: dict[int, StoredExecution]) -> None:
        self._map_runs = read_map_runs(self._connection, parents)
        for _, _, stored in self._map_runs:
            _, _, _, region, account, *_ = stored.run.arn.split(":")
            self._service.account(account, region).restore_map_run(stored)
            self._service.engine.restore_map_run(stored.run)


def _abort_if_nobody_goes_on_with(run: MapRun, now: float) -> None:
    """Abort a Map Run whose state has ended, with the execution or because of a failure beside it."""
    if run.status is MapRunStatus.RUNNING and not run.taken_up:
        run.end(MapRunStatus.ABORTED, now)
