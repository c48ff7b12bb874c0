"""However the local cloud ends, it leaves no process behind."""

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from local.home import HOME_VARIABLE, Home
from tests.e2e.bench import Baton
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE_SECONDS = 10.0


def processes(home: Home) -> list[str]:
    """The live processes of the cloud in `home`: their command or environment names the folder."""
    listing = subprocess.run(["ps", "axeww", "-o", "pid=,stat=,command="], capture_output=True, text=True, check=True)
    found = []
    for line in listing.stdout.splitlines():
        pid, state, command = line.split(maxsplit=2)
        ours = f"{HOME_VARIABLE}={home.path}" in command or f"{home.scratch}/" in command
        if ours and not state.startswith("Z") and int(pid) != os.getpid() and " -m local demo" not in command:
            found.append(command[:120])
    return [command for command in found if not command.startswith("ps axeww")]


def assert_nothing_left(home: Home) -> None:
    give_up = time.monotonic() + GRACE_SECONDS
    while (left := processes(home)) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert left == []


@pytest.fixture
def waiting_demo(baton: Baton, home: Home) -> "Iterator[subprocess.Popen[str]]":
    """`baton demo` on a cloud of its own, in the middle of a campaign that waits: functions have run."""
    baton.home.prepare()
    baton.use_assembly_of(home)
    demo = baton.start("demo", "--outcome", "silent", "--heartbeat", "300", "--timeout", "600")
    assert demo.stdout is not None
    for line in demo.stdout:
        if "AwaitStatus" in line:
            break
    else:
        pytest.fail(f"the demo did not get as far as AwaitStatus: {demo.communicate()[1]}")
    assert len(processes(baton.home)) >= 4, "supervisor, embedded AWS, vendor and a function"
    yield demo
    demo.kill()
    demo.communicate()
    assert_nothing_left(baton.home)


def member(home: Home, name: str) -> int:
    """The id of one of the cloud's processes."""
    pid: int = json.loads((home.path / "cloud.json").read_text())[f"{name}_pid"]
    return pid


def test_an_interrupt_stops_everything(baton: Baton, waiting_demo: "subprocess.Popen[str]") -> None:
    waiting_demo.send_signal(signal.SIGINT)
    _, said = waiting_demo.communicate(timeout=GRACE_SECONDS)
    assert waiting_demo.returncode == 130
    assert "Traceback" not in said
    assert processes(baton.home) == []


def test_killing_the_command_stops_everything(baton: Baton, waiting_demo: "subprocess.Popen[str]") -> None:
    waiting_demo.kill()
    assert_nothing_left(baton.home)


@pytest.mark.parametrize("name", ["supervisor", "aws", "vendors"])
def test_killing_one_process_stops_everything_and_the_command_says_so(
    baton: Baton, waiting_demo: "subprocess.Popen[str]", name: str
) -> None:
    os.kill(member(baton.home, name), signal.SIGKILL)
    _, said = waiting_demo.communicate(timeout=GRACE_SECONDS * 2)
    assert waiting_demo.returncode == 3
    assert "The local cloud is not running." in said
    assert "Traceback" not in said
    assert_nothing_left(baton.home)


def test_what_a_crash_left_behind_does_not_hinder_the_next_start(baton: Baton, home: Home) -> None:
    baton.use_assembly_of(home)
    for _ in range(2):
        started = baton("up")
        assert started.returncode == 0, started.stderr
        os.kill(member(baton.home, "supervisor"), signal.SIGKILL)
        assert_nothing_left(baton.home)
    assert (baton.home.path / "cloud.json").exists()
    assert "not running" in baton("status").stderr


def test_a_cloud_that_is_kept_outlives_its_command_until_it_is_stopped(baton: Baton, home: Home) -> None:
    baton.use_assembly_of(home)
    assert baton("up").returncode == 0
    again = baton("up")
    assert again.returncode == 0, again.stderr
    assert baton("status").returncode == 0
    assert baton("down").stdout == "Stopped.\n"
    assert baton("down").stdout == "The local cloud is not running.\n"
    assert_nothing_left(baton.home)


def test_two_commands_at_once_do_not_start_two_clouds(baton: Baton, home: Home) -> None:
    baton.use_assembly_of(home)
    with baton.home.changing():
        second = baton("up")
    assert second.returncode == 4
    assert "is at work" in second.stderr
    eventually(lambda: not processes(baton.home), "no cloud was started")
