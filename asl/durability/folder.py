"""The data folder: one SQLite database, and a lock that says which process it belongs to.

The database holds payloads and task tokens: folder and files are for their owner only.
See https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

DATABASE: Final = "journal.sqlite3"
LOCK: Final = "lock"
# Counts up with each change that an older version of the code could not read.
SCHEMA_VERSION: Final = 2
APPLICATION_ID: Final = 0x42_41_54_4E

SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE machines (id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE revisions (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE activities (arn TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE executions (
    id INTEGER PRIMARY KEY, machine INTEGER NOT NULL, revision INTEGER NOT NULL, status TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE events (execution INTEGER, first INTEGER, body TEXT NOT NULL, PRIMARY KEY (execution, first));
CREATE TABLE notes (
    execution INTEGER, frame INTEGER, kind TEXT, events INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (execution, frame, kind)
) WITHOUT ROWID;
"""
MAP_RUNS: Final = """
CREATE TABLE map_runs (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX map_runs_by_parent ON map_runs (parent);
CREATE TABLE children (
    run INTEGER, child INTEGER, status INTEGER NOT NULL, items INTEGER NOT NULL, started REAL NOT NULL,
    stopped REAL NOT NULL, redrives INTEGER NOT NULL, outcome TEXT, PRIMARY KEY (run, child)
) WITHOUT ROWID;
"""
# What each version of the schema has added to the one before.
ADDED: Final = {1: SCHEMA, 2: MAP_RUNS}


class DataFolderError(Exception):
    """The data folder cannot be used; the text says why, and what to do."""


class DataFolder:
    """A folder that this process has to itself until `close`."""

    def __init__(self, path: Path) -> None:
        """Lock the folder, and make it and its database where they are not there yet.

        Raises:
            DataFolderError: it cannot be used.
        """
        self._path = path
        self._database = path / DATABASE
        self._lock = self._locked()
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.close()
            raise self.unusable(error) from error
        except BaseException:
            self.close()
            raise

    def connect(self) -> sqlite3.Connection:
        """A connection for one thread, whichever that is, in autocommit mode."""
        connection = sqlite3.connect(self._database, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def close(self) -> None:
        """Let other processes have the folder."""
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _locked(self) -> int:
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataFolderError(f"The data folder {self._path} cannot be used: {error.strerror or error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise DataFolderError(
                f"The data folder {self._path} is in use by another process: stop that one, or give another folder"
            ) from error
        return lock

    def _prepare(self) -> None:
        # The lock is written once the schema is there: an empty database after that has lost what it had.
        initialized = os.fstat(self._lock).st_size > 0
        if initialized and (not self._database.exists() or self._database.stat().st_size == 0):
            raise DataFolderError(
                f"The data folder {self._path} has lost its database {DATABASE}: put it back from a copy, or remove "
                "the folder to begin with an empty one"
            )
        os.close(os.open(self._database, os.O_RDWR | os.O_CREAT, 0o600))
        connection = self.connect()
        with contextlib.closing(connection):
            self._check(connection, initialized=initialized)
        if not initialized:
            os.write(self._lock, b"baton\n")
            os.fsync(self._lock)

    def _check(self, connection: sqlite3.Connection, *, initialized: bool) -> None:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if version > SCHEMA_VERSION:
            raise DataFolderError(
                f"The data folder {self._path} was written by a newer version (schema {version}, this one knows "
                f"{SCHEMA_VERSION}): use that version"
            )
        is_new = version == 0 and not initialized and application == 0
        if not is_new and (application != APPLICATION_ID or version == 0):
            raise DataFolderError(f"{self._database} is not a journal of this program: give another folder")
        self._check_length(connection)
        if version < SCHEMA_VERSION:
            _upgrade(connection, version)

    def _check_length(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
        if self._database.stat().st_size < pages * page_size:
            raise sqlite3.DatabaseError("the file has been cut off")

    def unusable(self, error: Exception) -> DataFolderError:
        """What to say of an error of the database, or of content that cannot be read."""
        if isinstance(error, sqlite3.OperationalError):
            return DataFolderError(f"The data folder {self._path} cannot be used: {error}")
        return DataFolderError(
            f"The database {self._database} is damaged ({error}): put it back from a copy, or remove the folder "
            f"{self._path} to begin with an empty one"
        )


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for added in range(version + 1, SCHEMA_VERSION + 1):
        for statement in ADDED[added].split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
