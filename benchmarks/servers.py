"""Endpoints to measure, each a process of its own on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.client import StatesClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.05
KIBIBYTE: Final = 1024


@dataclass(frozen=True, slots=True)
class Server:
    """A running endpoint."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    async def connect(self) -> StatesClient:
        """Open a connection to it."""
        return await StatesClient.connect(self.port)

    def resident_megabytes(self) -> float:
        """The memory that its process holds, as Linux counts it."""
        return self._status("VmRSS") / KIBIBYTE

    def peak_megabytes(self) -> float:
        """The most memory that its process has held so far."""
        return self._status("VmHWM") / KIBIBYTE

    def threads(self) -> int:
        """How many threads its process has."""
        return self._status("Threads")

    def _status(self, field: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(f"{field}:")).split()[1])


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def engine(aws: str | None = None, data: Path | None = None) -> AsyncIterator[Server]:
    """The engine of this project, as `python -m asl serve` runs it. Its tasks find AWS at the URL `aws`.

    It keeps everything in the folder `data`, or nothing.
    """
    port = free_port()
    environment = {} if aws is None else {"AWS_ENDPOINT_URL": aws}
    keeping = [] if data is None else ["--data", str(data)]
    name = "asl" if data is None else "asl --data"
    async with _running(name, port, ["-m", "asl", "serve", "--port", str(port), *keeping], environment) as server:
        yield server


@asynccontextmanager
async def ministack(*, wait_scale: float = 1.0) -> AsyncIterator[Server]:
    """MiniStack with its own Step Functions, whose waits are multiplied by `wait_scale`."""
    port = free_port()
    environment = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        "SFN_WAIT_SCALE": str(wait_scale),
    }
    async with _running("MiniStack", port, ["-m", "ministack"], environment) as server:
        yield server


@asynccontextmanager
async def _running(name: str, port: int, arguments: list[str], environment: Mapping[str, str]) -> AsyncIterator[Server]:
    """Start a process in a group of its own, wait until it listens, and end the group afterwards."""
    with tempfile.TemporaryFile() as log:
        process = _start(arguments, environment, log.fileno())
        try:
            await _listening(name, port, process)
            yield Server(name, port, process)
        finally:
            _end(process)


def _start(arguments: list[str], environment: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


async def _listening(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with status {process.returncode} before it listened on {port}")
            try:
                client = await StatesClient.connect(port)
            except OSError:
                await asyncio.sleep(POLL_SECONDS)
            else:
                client.close()
                return


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
