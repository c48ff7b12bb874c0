"""What the command line says to wrong input."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from local import requests
from tests.e2e.bench import Baton

EXAMPLE: dict[str, Any] = json.loads(requests.EXAMPLE.read_text())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        pytest.param("", "document", id="empty"),
        pytest.param("{", "document", id="half"),
        pytest.param("[]", "document", id="array"),
        pytest.param("\x00", "document", id="binary"),
        pytest.param(json.dumps({**EXAMPLE, "request_id": "not valid!"}), "request_id", id="request_id"),
        pytest.param(json.dumps({**EXAMPLE, "recipients": []}), "recipients", id="nobody"),
        pytest.param(json.dumps({**EXAMPLE, "recipients": ["user-1", "user-1"]}), "recipients", id="twice"),
        pytest.param(json.dumps({**EXAMPLE, "recipients": ["user-1", 2]}), "recipients.1", id="number"),
        pytest.param(json.dumps({**EXAMPLE, "to": "everyone"}), "to", id="unknown field"),
        pytest.param(
            json.dumps({name: value for name, value in EXAMPLE.items() if name != "subject"}), "subject", id="missing"
        ),
        pytest.param(json.dumps({**EXAMPLE, "body": "x" * 200_000}), "body", id="too long"),
    ],
)
def test_an_event_that_does_not_fit_is_refused_naming_the_field(
    baton: Baton, tmp_path: Path, content: str, named: str
) -> None:
    file = tmp_path / "event.json"
    file.write_text(content)
    answer = baton("send", str(file))
    assert answer.returncode == 2
    assert f"  {named}: " in answer.stderr
    assert str(file) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_event_can_come_from_standard_input(baton: Baton) -> None:
    answer = baton("send", "-", stdin="{}")
    assert answer.returncode == 2
    assert "standard input is not a CampaignRequested event" in answer.stderr


def test_a_file_that_is_not_there_is_named(baton: Baton) -> None:
    answer = baton("send", "no-such-file.json")
    assert answer.returncode == 2
    assert "no-such-file.json can't be read: No such file or directory" in answer.stderr


@pytest.mark.parametrize("command", [["send", str(requests.EXAMPLE)], ["watch"], ["failures", "list"], ["status"]])
def test_without_a_cloud_commands_say_how_to_start_one(baton: Baton, command: list[str]) -> None:
    answer = baton(*command)
    assert answer.returncode == 3
    assert answer.stderr == "error: The local cloud is not running.\nhint: Start it: baton up\n"


def test_stopping_what_does_not_run_is_no_error(baton: Baton) -> None:
    answer = baton("down")
    assert (answer.returncode, answer.stdout) == (0, "The local cloud is not running.\n")


def test_a_busy_port_is_named(baton: Baton) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = baton("up", "--port", str(port))
    assert answer.returncode == 4
    assert f"Port {port} on 127.0.0.1 is in use" in answer.stderr
    assert "--port" in answer.stderr


def test_a_heartbeat_longer_than_the_timeout_is_refused(baton: Baton) -> None:
    answer = baton("up", "--heartbeat", "10", "--timeout", "10")
    assert answer.returncode == 2
    assert "the heartbeat has to be shorter than the timeout" in answer.stderr


def test_a_home_that_cannot_be_made_is_named(baton: Baton) -> None:
    baton.home.path.write_text("a file, not a folder")
    answer = baton("up")
    assert answer.returncode == 1
    assert str(baton.home.path) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_execution_that_is_not_there_is_named(baton_here: Baton) -> None:
    answer = baton_here("watch", "no-such-execution")
    assert answer.returncode == 2
    assert "no-such-execution" in answer.stderr


def test_another_port_than_that_of_the_running_cloud_is_refused(baton_here: Baton) -> None:
    answer = baton_here("up", "--port", "1024")
    assert answer.returncode == 4
    assert "already" in answer.stderr
