"""A data folder that cannot be used says so, and what to do; a disk that is full stops writes and not the process."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from asl.durability.folder import DATABASE, SCHEMA_VERSION, DataFolder, DataFolderError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.asl.durability.conftest import Lives


def refusal(folder: Path) -> str:
    with pytest.raises(DataFolderError) as error:
        DataFolder(folder).close()
    return str(error.value)


@pytest.fixture
async def used(lives: Lives) -> Path:
    """A folder that a service has used."""
    api = await lives.begin()
    machine = await api.machine()
    for _ in range(20):
        await api.run(machine)
    await lives.stop()
    return lives.folder


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert "in use by another process" in refusal(tmp_path)
    folder.close()
    DataFolder(tmp_path).close()


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    DataFolder(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / DATABASE).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be used" in refusal(tmp_path / "file" / "data")


def test_a_newer_schema_is_told(used: Path) -> None:
    with sqlite3.connect(used / DATABASE) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    assert "written by a newer version" in refusal(used)


def test_a_database_of_something_else_is_told(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("CREATE TABLE other (id)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert "is not a journal of this program" in refusal(tmp_path)


@pytest.mark.parametrize("size", [0, 100, 4096, 20_000])
def test_a_database_that_was_cut_off_is_told(used: Path, size: int) -> None:
    os.truncate(used / DATABASE, size)
    assert str(used) in refusal(used)


def test_a_database_that_is_gone_is_told(used: Path) -> None:
    (used / DATABASE).unlink()
    assert "has lost its database" in refusal(used)


def test_a_database_that_is_damaged_is_told(used: Path) -> None:
    with (used / DATABASE).open("r+b") as file:
        file.write(b"\0" * 60)
    assert "damaged" in refusal(used)


def test_content_that_cannot_be_read_is_told(used: Path) -> None:
    with sqlite3.connect(used / DATABASE) as connection:
        connection.execute("UPDATE machines SET body = '{'")
    connection.close()
    command = [sys.executable, "-m", "asl", "serve", "--port", "0", "--data", str(used)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "damaged" in done.stderr


def test_the_command_says_it_in_one_line_and_with_status_2(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    command = [sys.executable, "-m", "asl", "serve", "--port", "0", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    folder.close()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"The data folder {tmp_path} is in use by another process")
    assert len(done.stderr.splitlines()) == 1


async def test_a_full_disk_refuses_writes_until_there_is_room(lives: Lives) -> None:
    api = await lives.begin()
    machine = await api.machine()
    lives.fill_disk()
    large = json.dumps("x" * 200_000)
    response = await api.post("StartExecution", {"stateMachineArn": machine, "name": "one", "input": large})
    assert response.status == 503
    assert b"data folder cannot be written" in response.body
    response = await api.post("StartExecution", {"stateMachineArn": machine, "name": "two"})
    assert response.status == 503
    assert (await api.get("/health")).status == 503
    assert (await api("DescribeStateMachine", stateMachineArn=machine))["status"] == "ACTIVE"
    lives.free_disk()
    await lives.written()
    await api.run(machine, name="three")
    api = await lives.begin()
    listed = await api("ListExecutions", stateMachineArn=machine)
    assert [item["name"] for item in listed["executions"]] == ["three", "one"]
