"""The process that owns the local cloud's processes.

It starts each in a process group of its own and ends all of them, with a kill to the group, when it is told to stop,
when one of them ends, or when the command that started it ends before the cloud was ready to be left alone. Should the
supervisor itself be killed, each group ends itself at the end of its lifeline.

It says one line on standard output, a `StartReport`.
"""

import argparse
import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import urllib3

from local import embedded_aws
from local.console import DIST
from local.errors import BusyError, LocalError
from local.home import PROJECT, CloudState, Home, StartReport
from local.lifeline import on_end
from local.ports import AWS_DEFAULT_PORT, CONSOLE_DEFAULT_PORT, listen, listen_preferably

START_TIMEOUT_SECONDS: Final = 60.0
SAVE_TIMEOUT_SECONDS: Final = 15.0
ASKED_TO_STOP: Final = ""
ABANDONED: Final = "abandoned"
"""The command that started the cloud has ended before it was done."""


@dataclass
class Supervisor:
    """The processes of one cloud and what makes it stop."""

    home: Home
    stop_reasons: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _lifelines: list[int] = field(default_factory=list)

    def start(self, port: int, *, keep: bool) -> CloudState:
        """Start the embedded AWS, the console with it, and the vendors, and wait until they answer.

        Port 0: 4566, or a free one. The console is at 8480, or at a free one. With `keep` the cloud goes on with what
        was kept of the one before, on the same port.

        Raises:
            BusyError: the port is taken.
            LocalError: a process did not start.
        """
        with (
            self._listener(port, keep=keep) as aws,
            listen_preferably(CONSOLE_DEFAULT_PORT) as console,
            listen(0) as vendors,
        ):
            aws_port, console_port, vendors_port = (each.getsockname()[1] for each in (aws, console, vendors))
            if keep:
                self.home.keep_port(aws_port)
            folders = embedded_aws.Folders(
                scratch=self.home.scratch, packages=self.home.packages, state=self.home.kept if keep else None
            )
            aws_environment = embedded_aws.environment(aws_port, folders, os.environ)
            sockets = {"--socket": aws, "--console-socket": console}
            options = ("--console-pages", str(DIST), "--console-reports", str(self.home.reports))
            aws_process = self._spawn("local.embedded_aws", sockets, "aws.log", aws_environment, *options)
            vendors_process = self._spawn("local.vendors", {"--socket": vendors}, "vendors.log", dict(os.environ))
        self._wait_for("embedded AWS", f"http://127.0.0.1:{aws_port}{embedded_aws.HEALTH_PATH}", "aws.log")
        self._wait_for("simulated vendors", f"http://127.0.0.1:{vendors_port}/simulator", "vendors.log")
        self._watch("The embedded AWS", aws_process)
        self._watch("The simulated vendors' process", vendors_process)
        return CloudState(
            aws_port=aws_port,
            console_port=console_port,
            vendors_port=vendors_port,
            supervisor_pid=os.getpid(),
            aws_pid=aws_process.pid,
            vendors_pid=vendors_process.pid,
        )

    def _listener(self, port: int, *, keep: bool) -> socket.socket:
        before = self.home.kept_port if keep else None
        if before is None:
            return listen(port) if port else listen_preferably(AWS_DEFAULT_PORT)
        fresh = "or start afresh: baton down --forget"
        if port not in (0, before):
            raise BusyError(f"The cloud that was kept is on port {before}.", f"Drop --port, {fresh}")
        try:
            return listen(before)
        except BusyError as error:
            raise BusyError(error.message, f"The cloud that was kept needs it: stop that program, {fresh}") from error

    def stop(self, *, gently: bool = False) -> None:
        """Kill every process group and wait for its leader; gently, let the embedded AWS save what it has first."""
        if gently and self._processes:
            embedded = self._processes[0]
            embedded.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                embedded.wait(SAVE_TIMEOUT_SECONDS)
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for lifeline in self._lifelines:
            os.close(lifeline)

    def _spawn(
        self, module: str, sockets: dict[str, socket.socket], log: str, environment: dict[str, str], *options: str
    ) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        self._lifelines.append(writing)
        descriptors = {**{option: each.fileno() for option, each in sockets.items()}, "--lifeline": reading}
        handed_over = [word for option, descriptor in descriptors.items() for word in (option, str(descriptor))]
        with (self.home.logs / log).open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, *handed_over, *options],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(descriptors.values()),
                process_group=0,
            )
        os.close(reading)
        self._processes.append(process)
        return process

    def _wait_for(self, name: str, url: str, log: str) -> None:
        """Ask once: the socket listens already, so the answer comes as soon as the process serves, or never."""
        try:
            status = urllib3.request("GET", url, timeout=START_TIMEOUT_SECONDS, retries=False).status
        except urllib3.exceptions.HTTPError as error:
            path = self.home.logs / log
            raise LocalError(f"The {name} did not start: {_last_line(path)}", f"All it said is in {path}") from error
        if status != 200:
            raise LocalError(f"The {name} did not start: it answers {status}.", f"See {self.home.logs / log}")

    def _watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        def wait() -> None:
            code = process.wait()
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
            self.stop_reasons.put(f"{name} {how}, so everything was stopped. See {self.home.logs}.")

        threading.Thread(target=wait, name=f"watch {name}", daemon=True).start()


def main() -> None:
    """Run a cloud until something ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True, help="port of the embedded AWS; 0 chooses")
    parser.add_argument("--lifeline", type=int, required=True, help="descriptor of the starting command's lifeline")
    parser.add_argument("--keep", action="store_true", help="go on with what was kept, and keep what there is")
    arguments = parser.parse_args()
    os.umask(0o077)
    supervisor = Supervisor(Home.current())

    def stop(_signal: int, _frame: FrameType | None) -> None:
        supervisor.stop_reasons.put(ASKED_TO_STOP)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    on_end(arguments.lifeline, lambda: supervisor.stop_reasons.put(ABANDONED))
    try:
        with supervisor.home.running():
            _run(supervisor, arguments.port, keep=arguments.keep)
    except LocalError as error:
        _say(StartReport(error=type(error).__name__, message=error.message, hint=error.hint))
        sys.exit(error.exit_status)


def _run(supervisor: Supervisor, port: int, *, keep: bool) -> None:
    home, reason = supervisor.home, ABANDONED
    home.forget_state()
    home.prepare()
    home.note_crash(ASKED_TO_STOP)
    try:
        state = supervisor.start(port, keep=keep)
        home.write_state(state)
        _say(StartReport(state=state))
        reason = supervisor.stop_reasons.get()
        home.note_crash("" if reason == ABANDONED else reason)
    finally:
        supervisor.stop(gently=keep and reason == ASKED_TO_STOP)
        home.forget_state()


def _say(report: StartReport) -> None:
    """Say the one line, then let go of the pipe to the command that started us."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(report.model_dump_json() + "\n")
        sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing."


if __name__ == "__main__":
    main()
