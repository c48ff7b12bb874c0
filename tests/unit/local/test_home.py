"""The folder of a local cloud, its locks and its ports."""

import socket
import stat
from pathlib import Path

import pytest

from local import ports
from local.errors import BusyError, InputError, NotRunningError
from local.home import CloudState, Home

STATE = CloudState(aws_port=4566, console_port=8480, vendors_port=4567, supervisor_pid=1, aws_pid=2, vendors_pid=3)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_the_state_of_a_running_cloud_is_known_to_others(home: Home) -> None:
    with home.running():
        home.write_state(STATE)
        assert Home(home.path).state() == STATE


def test_a_state_whose_supervisor_has_ended_is_not_believed(home: Home) -> None:
    with home.running():
        home.write_state(STATE)
    assert home.state() is None


@pytest.mark.parametrize("content", ["", "{", "{}"])
def test_a_state_that_can_not_be_read_is_not_believed(home: Home, content: str) -> None:
    with home.running():
        (home.path / "cloud.json").write_text(content)
        assert home.state() is None


def test_state_and_folder_are_readable_by_their_owner_alone(home: Home) -> None:
    home.write_state(STATE)
    assert stat.S_IMODE((home.path / "cloud.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_only_one_command_changes_the_cloud_at_a_time(home: Home) -> None:
    with home.changing(), pytest.raises(BusyError, match="is at work"), home.changing():
        pass
    with home.changing():
        pass


def test_only_one_cloud_runs_from_a_folder(home: Home) -> None:
    with home.running(), pytest.raises(BusyError, match="runs from"), home.running():
        pass


def test_why_the_cloud_stopped_is_told(home: Home) -> None:
    home.note_crash("The embedded AWS was ended by SIGKILL.")
    with pytest.raises(NotRunningError, match=r"is not running\. The embedded AWS was ended by SIGKILL\."):
        home.require_state()


def test_a_taken_port_is_refused_naming_it_and_what_to_do() -> None:
    with ports.listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BusyError, match=f"Port {port} on 127.0.0.1 is in use") as refused:
            ports.listen(port)
    assert "--port" in refused.value.hint


def test_a_taken_port_is_avoided_where_it_is_only_preferred() -> None:
    with ports.listen(0) as taken, ports.listen_preferably(taken.getsockname()[1]) as other:
        assert other.getsockname()[1] != taken.getsockname()[1]


def test_sockets_listen_on_the_loopback_interface_only() -> None:
    with ports.listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_that_can_not_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: socket.socket, _address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(InputError, match=r"Port 80 on 127\.0\.0\.1 can't be opened: Permission denied"):
        ports.listen(80)
