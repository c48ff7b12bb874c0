"""Starting, finding and stopping the local cloud."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from local import errors
from local.errors import LocalError
from local.home import PROJECT, CloudState, Home, StartReport
from local.lifeline import RELEASE

STOP_TIMEOUT_SECONDS: Final = 30.0
"""For the supervisor to end after it was told to: what the cloud has may have to be saved first."""


@dataclass(frozen=True)
class Starter:
    """The hold of a command on the supervisor that it started: the process, and the writing end of its lifeline."""

    supervisor: "subprocess.Popen[bytes]"
    lifeline: int

    def release(self) -> None:
        """Let the cloud outlive this command."""
        os.write(self.lifeline, RELEASE)
        os.close(self.lifeline)

    def end(self) -> None:
        """Stop the cloud and wait until its supervisor has ended."""
        os.close(self.lifeline)
        try:
            self.supervisor.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()
            self.supervisor.wait()


@dataclass
class Cloud:
    """A cloud; `_starter` is there as long as it ends with this command."""

    state: CloudState
    _starter: Starter | None = None

    def release(self) -> None:
        """Let the cloud outlive this command."""
        if self._starter is not None:
            self._starter.release()
            self._starter = None

    def end(self) -> None:
        """Stop the cloud if it ends with this command."""
        if self._starter is not None:
            self._starter.end()
            self._starter = None


@contextmanager
def running_cloud(home: Home, port: int | None, *, keep: bool = False) -> Iterator[Cloud]:
    """The cloud that runs, or else a new one, which stops at the end of the block unless it was released.

    With `keep` a new one goes on with what was kept of the one before, and what it has is kept in its turn.

    Raises:
        BusyError: the port is taken, or the running cloud has another one.
        LocalError: it did not start.
    """
    state = home.state()
    if state is not None:
        if port not in (None, state.aws_port):
            raise errors.BusyError(
                f"A local cloud runs on port {state.aws_port} already.", "Stop it first (baton down), or drop --port."
            )
        yield Cloud(state)
        return
    cloud = _start(home, port or 0, keep=keep)
    try:
        yield cloud
    finally:
        cloud.end()


def stop(home: Home) -> bool:
    """Stop the cloud; whether there was one to stop.

    Raises:
        LocalError: it does not end, not even when killed.
    """
    state = home.state()
    if state is None:
        return False
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.supervisor_pid, signal_number)
        give_up = time.monotonic() + STOP_TIMEOUT_SECONDS
        while time.monotonic() < give_up:
            if not home.is_running():
                return True
            time.sleep(0.02)
    raise LocalError(f"The supervisor (process {state.supervisor_pid}) does not end.", "End it by hand.")


def _start(home: Home, port: int, *, keep: bool) -> Cloud:
    home.prepare()
    reading, writing = os.pipe()
    log_path = home.logs / "supervisor.log"
    with log_path.open("wb") as log:
        supervisor = subprocess.Popen(  # noqa: S603 - our own module
            [
                *(sys.executable, "-m", "local.supervisor", "--port", str(port), "--lifeline", str(reading)),
                *(["--keep"] if keep else []),
            ],
            cwd=PROJECT,
            env={**os.environ, "BATON_HOME": str(home.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(reading,),
            start_new_session=True,
        )
    os.close(reading)
    starter = Starter(supervisor, writing)
    try:
        report = _read_report(supervisor)
    except BaseException:
        starter.end()
        raise
    if report is not None and report.state is not None:
        return Cloud(report.state, starter)
    starter.end()
    if report is None:
        raise LocalError("The local cloud's supervisor did not start.", f"What it said is in {log_path}")
    raise errors.by_name(report.error)(report.message, report.hint)


def _read_report(supervisor: "subprocess.Popen[bytes]") -> StartReport | None:
    if supervisor.stdout is None:
        raise TypeError("the supervisor is started with a pipe as its standard output")
    with supervisor.stdout:
        line = supervisor.stdout.readline()
    return StartReport.model_validate_json(line) if line else None
