"""The Runtime API of one execution environment: where its process asks for work and says what came of it.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

import httptools

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK: Final = "127.0.0.1"
PREFIX: Final = "/2018-06-01/runtime"
RESULT: Final = re.compile(rf"{PREFIX}/invocation/([^/]+)/(response|error)")
MAX_RESPONSE_BYTES: Final = 6_291_556
STATUS_LINES: Final = {200: "200 OK", 202: "202 Accepted", 400: "400 Bad Request", 404: "404 Not Found"}
TOO_LARGE: Final = "413 Payload Too Large"


@dataclass(frozen=True, slots=True)
class Work:
    """An invocation as the runtime gets it."""

    request_id: str
    headers: Mapping[str, str]
    payload: bytes


class Listener(Protocol):
    """Who is told what the runtime says."""

    def on_next(self) -> None:
        """The runtime asks for an invocation: it has been initialized, or has done with the one before."""

    def on_result(self, payload: bytes, *, failed: bool) -> None:
        """The function answered the current invocation, or raised."""

    def on_init_error(self, payload: bytes) -> None:
        """The runtime could not load the function."""


class RuntimeApi:
    """The server. `offer` hands out an invocation, as soon as the runtime asks for it."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._accepting: set[asyncio.Task[None]] = set()
        self._offered: Work | None = None
        self._current: str | None = None
        self._waiting: _Connection | None = None
        self._connections: set[_Connection] = set()

    @property
    def handed_out(self) -> bool:
        """Whether the runtime has got what was offered."""
        return self._offered is None

    def start(self) -> str:
        """Listen on a port of its own; returns what `AWS_LAMBDA_RUNTIME_API` is."""
        self._socket = socket.create_server((LOOPBACK, 0))
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._accept, self._socket)
        return f"{LOOPBACK}:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening and close all connections; asked again, do nothing."""
        listening, self._socket = self._socket, None
        if listening is None:
            return
        self._loop.remove_reader(listening)
        listening.close()
        for connection in tuple(self._connections):
            connection.abort()

    async def wait_closed(self) -> None:
        """Wait until nothing is open any more, after `close`."""
        await asyncio.gather(*self._accepting, return_exceptions=True)
        await asyncio.gather(*(connection.lost for connection in self._connections))

    def _accept(self, listening: socket.socket) -> None:
        """Take a connection. `asyncio.Server` would never close one that it has only just accepted when it closes."""
        try:
            accepted, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):  # it has gone again
            return
        task = self._loop.create_task(self._connect(accepted))
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)
        task.add_done_callback(lambda done: accepted.close() if done.cancelled() else None)

    async def _connect(self, accepted: socket.socket) -> None:
        await self._loop.connect_accepted_socket(lambda: _Connection(self), accepted)

    def connected(self, connection: _Connection) -> None:
        """The runtime has opened a connection."""
        self._connections.add(connection)
        if self._socket is None:
            connection.abort()

    def disconnected(self, connection: _Connection) -> None:
        """The runtime has closed a connection, or ended."""
        self._connections.discard(connection)
        if self._waiting is connection:
            self._waiting = None

    def offer(self, work: Work) -> None:
        """Hand an invocation to the runtime."""
        self._offered = work
        self._hand_out()

    def answer(self, connection: _Connection, request: _Request) -> None:
        """Answer a request of the runtime; one for the next invocation is answered when there is one."""
        result = RESULT.fullmatch(request.path)
        if request.method == "GET" and request.path == f"{PREFIX}/invocation/next":
            self._waiting = connection
            self._listener.on_next()
            self._hand_out()
        elif request.method == "POST" and result is not None:
            self._take_result(connection, result[1], request.body, failed=result[2] == "error")
        elif request.method == "POST" and request.path == f"{PREFIX}/init/error":
            connection.respond(STATUS_LINES[202], b'{"status":"OK"}')
            self._listener.on_init_error(bytes(request.body))
        else:
            connection.respond(STATUS_LINES[404], _problem("NotFound", f"{request.method} {request.path}"))

    def _take_result(self, connection: _Connection, request_id: str, body: bytearray, *, failed: bool) -> None:
        if request_id != self._current:
            connection.respond(STATUS_LINES[400], _problem("InvalidRequestID", "Invalid request ID"))
        elif len(body) > MAX_RESPONSE_BYTES and not failed:
            message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            problem = _problem("Function.ResponseSizeTooLarge", message)
            self._current = None
            connection.respond(TOO_LARGE, problem)
            self._listener.on_result(problem, failed=True)
        else:
            self._current = None
            connection.respond(STATUS_LINES[202], b'{"status":"OK"}')
            self._listener.on_result(bytes(body), failed=failed)

    def _hand_out(self) -> None:
        if self._offered is None or self._waiting is None:
            return
        work, connection = self._offered, self._waiting
        self._offered = self._waiting = None
        self._current = work.request_id
        connection.respond(STATUS_LINES[200], work.payload, work.headers)


def _problem(error_type: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": error_type}).encode()


@dataclass(slots=True)
class _Request:
    method: str = ""
    path: str = ""
    body: bytearray = field(default_factory=bytearray)


class _Connection(asyncio.Protocol):
    """One connection of the runtime."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._request = _Request()
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._api.connected(self)

    def connection_lost(self, _exception: Exception | None) -> None:
        self._api.disconnected(self)
        self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort()

    def on_url(self, url: bytes) -> None:
        self._request.path = url.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._request.body += body

    def on_message_complete(self) -> None:
        request, self._request = self._request, _Request()
        request.method = self._parser.get_method().decode("latin-1")
        self._api.answer(self, request)

    def respond(self, status: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a response, JSON."""
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if self._transport is not None:
            self._transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def abort(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()
