"""Executions that have ended: what lists tell is in memory, the rest in the database until it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asl.durability.records import events_from, note_from_row
from asl.engine import ExecutionStatus, StartRequest
from asl.engine.execution import Past
from asl.engine.history import History

if TYPE_CHECKING:
    import sqlite3

    from asl.durability.records import ExecutionRecord
    from asl.engine import Clock
    from asl.service.store import Revision, StoredStateMachine

HISTORIES_KEPT: Final = 16


class Archive:
    """Reads the histories of executions."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.history = lru_cache(maxsize=HISTORIES_KEPT)(lambda number, _redrives: self.read(number))

    def read(self, number: int) -> History:
        """The history of an execution, with its notes, to be looked at or gone on with."""
        texts = self._connection.execute("SELECT body FROM events WHERE execution = ? ORDER BY first", (number,))
        events = events_from(text for (text,) in texts)
        rows = self._connection.execute("SELECT frame, kind, events, body FROM notes WHERE execution = ?", (number,))
        return History.restored(self._clock, events, dict(note_from_row(*row) for row in rows))

    @property
    def connection(self) -> sqlite3.Connection:
        """What it reads from."""
        return self._connection

    def close(self) -> None:
        """Read no more."""
        self._connection.close()


class ArchivedExecution:
    """An execution that has ended, as `Execution` shows it."""

    __slots__ = ("_archive", "_number", "_of", "_record", "status")

    def __init__(
        self, archive: Archive, number: int, record: ExecutionRecord, status: ExecutionStatus, of: Origin
    ) -> None:
        self._archive = archive
        self._number = number
        self._record = record
        self._of = of
        self.status = status

    @property
    def arn(self) -> str:
        """The execution's ARN."""
        return self._record.arn

    @property
    def name(self) -> str:
        """The execution's name."""
        return self._record.name

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the state machine it ran."""
        return self._of.machine.arn

    @property
    def start_date(self) -> float:
        """When it started, in seconds since the epoch."""
        return self._record.start_date

    @property
    def stop_date(self) -> float | None:
        """When it ended, in seconds since the epoch."""
        return self._record.stop_date

    @property
    def redrive_count(self) -> int:
        """How often it was redriven."""
        return self._record.redrive_count

    @property
    def redrive_date(self) -> float | None:
        """When it was redriven last, in seconds since the epoch."""
        return self._record.redrive_date

    @property
    def history(self) -> History:
        """Its events."""
        return self._archive.history(self._number, self._record.redrive_count)

    @property
    def input(self) -> str:
        """What it started with: JSON text."""
        text: str = self.history[0].details["input"]
        return text

    @property
    def output(self) -> str | None:
        """What it ended with: JSON text, None where it did not succeed."""
        return self.history[-1].details.get("output")

    @property
    def error(self) -> str | None:
        """The error that it ended with, None for one that ran out of time, as AWS has it."""
        return None if self.status is ExecutionStatus.TIMED_OUT else self.history[-1].details.get("error")

    @property
    def cause(self) -> str | None:
        """The cause of the error."""
        return self.history[-1].details.get("cause")

    @property
    def request(self) -> StartRequest:
        """What it was started with."""
        return self._of.request(self._record, self.input)

    def past(self) -> Past:
        """What there is to go on with when it is redriven."""
        history = self._archive.read(self._number)
        return past_of(self._record, history)

    async def wait(self) -> None:
        """Return at once."""

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """It stays as it is."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an execution was started from."""

    machine: StoredStateMachine
    revision: Revision

    def request(self, record: ExecutionRecord, execution_input: str) -> StartRequest:
        """What the execution was started with."""
        return StartRequest(
            execution_arn=record.arn,
            name=record.name,
            state_machine_arn=self.machine.arn,
            state_machine_name=self.machine.name,
            role_arn=self.revision.role_arn,
            definition=self.revision.parsed,
            input=execution_input,
        )


def past_of(record: ExecutionRecord, history: History) -> Past:
    """What there is of an execution that goes on."""
    return Past(
        history=history,
        start_date=record.start_date,
        transitions=sum(event.type.endswith("StateEntered") for event in history),
        redrive_count=record.redrive_count,
        redrive_date=record.redrive_date,
    )
