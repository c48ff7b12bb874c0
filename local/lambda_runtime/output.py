"""What a function logs: read from the pipes of its process, and written down as Lambda does.

See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

READ_BYTES: Final = 65_536
FRAME_HEADER: Final = struct.Struct(">IIQ")
"""Type, length in bytes, and microseconds since the epoch, before each record on the telemetry pipe."""
MAX_MESSAGE_BYTES: Final = 262_118
"""What CloudWatch Logs takes as one event, without the 26 bytes that it adds."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A line or record; `timestamp` in milliseconds since the epoch."""

    timestamp: int
    message: str


class Output:
    """Collects what a process writes to standard output and error, and the records that its runtime frames."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: list[LogEvent] = []
        self._text = bytearray()
        self._frames = bytearray()
        self._readers: dict[int, Callable[[bytes], None]] = {}
        self.text_pipe = self._pipe(self._take_text)
        self.frame_pipe = self._pipe(self._take_frames)

    def add(self, message: str) -> None:
        """Add a line of the platform's own."""
        self._events.append(LogEvent(_now(), message[:MAX_MESSAGE_BYTES]))

    def taken(self) -> list[LogEvent]:
        """All there is so far, also what is still in the pipes; it is not given again."""
        for reading in tuple(self._readers):
            self._read(reading)
        events, self._events = self._events, []
        return events

    def started(self) -> None:
        """Close the writing ends, which the process has now."""
        os.close(self.text_pipe)
        os.close(self.frame_pipe)

    def close(self) -> None:
        """Stop reading."""
        if self._text:
            self.add(self._text.decode("utf-8", "replace"))
            self._text.clear()
        for reading in tuple(self._readers):
            self._end(reading)

    def _pipe(self, take: Callable[[bytes], None]) -> int:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self._readers[reading] = take
        self._loop.add_reader(reading, self._read, reading)
        return writing

    def _read(self, reading: int) -> None:
        """Read all that is there now."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(reading, READ_BYTES):
                self._readers[reading](data)
            self._end(reading)

    def _end(self, reading: int) -> None:
        self._loop.remove_reader(reading)
        del self._readers[reading]
        os.close(reading)

    def _take_text(self, data: bytes) -> None:
        self._text += data
        *lines, rest = self._text.split(b"\n")
        if len(rest) > MAX_MESSAGE_BYTES:
            lines, rest = [*lines, rest], bytearray()
        self._text = bytearray(rest)
        for line in lines:
            # Where there is no telemetry pipe, the runtime joins the lines of a record with carriage returns.
            self.add(line.decode("utf-8", "replace").replace("\r", "\n"))

    def _take_frames(self, data: bytes) -> None:
        self._frames += data
        while len(self._frames) >= FRAME_HEADER.size:
            _, length, microseconds = FRAME_HEADER.unpack_from(self._frames)
            end = FRAME_HEADER.size + length
            if len(self._frames) < end:
                return
            message = self._frames[FRAME_HEADER.size : end].decode("utf-8", "replace").rstrip("\n")
            self._events.append(LogEvent(microseconds // 1000, message))
            del self._frames[:end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the REPORT line of an invocation says. Durations in milliseconds, memory in MB."""

    request_id: str
    duration: float
    memory_size: int
    memory_used: int | None
    init_duration: float | None = None
    status: str | None = None
    trace_id: str | None = None

    def __str__(self) -> str:
        parts = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration:.2f} ms",
            f"Billed Duration: {-(-self.duration // 1):.0f} ms",
            f"Memory Size: {self.memory_size} MB",
        ]
        if self.memory_used is not None:
            parts.append(f"Max Memory Used: {self.memory_used} MB")
        if self.init_duration is not None:
            parts.append(f"Init Duration: {self.init_duration:.2f} ms")
        if self.status is not None:
            parts.append(f"Status: {self.status}")
        line = "\t".join([*parts, ""])
        return line if self.trace_id is None else f"{line}\n{_trace(self.trace_id)}"


def text_of(events: list[LogEvent]) -> str:
    """The text that the Invoke API returns as the tail of the log."""
    return "".join(f"{event.message}\n" for event in events)


def _trace(header: str) -> str:
    fields = dict(part.partition("=")[::2] for part in header.split(";"))
    sampled = "true" if fields.get("Sampled") == "1" else "false"
    return f"XRAY TraceId: {fields.get('Root', '')}\tSegmentId: {fields.get('Parent', '')}\tSampled: {sampled}\t"


def _now() -> int:
    return int(time.time() * 1000)
