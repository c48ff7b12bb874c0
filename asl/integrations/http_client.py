"""A small HTTP/1.1 client on asyncio that uses its connections again, for plain `http://` endpoints on this machine."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httptools

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS: Final = 10.0
READ_BYTES: Final = 65_536
MAX_IDLE: Final = 16
"""How many connections are kept for later. A burst opens hundreds, and each takes memory at both ends."""
MAX_IDLE_SECONDS: Final = 2.0
"""For how long. Servers close idle connections after 5 seconds or more; a request must not meet that moment."""


class HttpError(Exception):
    """The endpoint cannot be reached or does not speak HTTP; the text says which and why."""


@dataclass(slots=True)
class HttpResponse:
    """A response, filled while it is parsed. Names of headers are lower-case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    complete: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Called by the parser for each part of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """Called by the parser at the end."""
        self.complete = True


@dataclass(frozen=True, slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    since: float = field(default_factory=time.monotonic)


class HttpClient:
    """Sends requests to one endpoint."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"an endpoint has to look like http://127.0.0.1:4566, not {endpoint!r}")
        self._endpoint = endpoint
        self._host = parts.hostname
        self._port = parts.port or 80
        self._authority = parts.netloc
        self._idle: list[_Connection] = []

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        """Send a POST request and wait for the whole response.

        Raises:
            HttpError: there is no answer, or one that is not HTTP.
        """
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._authority}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        try:
            connection = self._reusable() or await self._connect()
            return await self._exchange(connection, request)
        except (OSError, EOFError, TimeoutError, httptools.HttpParserError) as error:
            raise HttpError(f"no answer from {self._endpoint}: {str(error) or type(error).__name__}") from error

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().writer.close()

    def _reusable(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            fresh = time.monotonic() - connection.since < MAX_IDLE_SECONDS
            if fresh and not connection.reader.at_eof() and not connection.writer.is_closing():
                return connection
            connection.writer.close()
        return None

    async def _connect(self) -> _Connection:
        async with asyncio.timeout(CONNECT_SECONDS):
            return _Connection(*await asyncio.open_connection(self._host, self._port))

    async def _exchange(self, connection: _Connection, request: bytes) -> HttpResponse:
        response = HttpResponse()
        parser = httptools.HttpResponseParser(response)
        reusable = False
        try:
            connection.writer.write(request)
            await connection.writer.drain()
            while not response.complete:
                data = await connection.reader.read(READ_BYTES)
                if not data:
                    raise EOFError("the connection was closed before the response was complete")
                parser.feed_data(data)
            response.status = parser.get_status_code()
            # The parser's own `should_keep_alive` holds no longer once the response is complete.
            closing = response.headers.get("connection", "").lower() == "close"
            reusable = parser.get_http_version() == "1.1" and not closing
        finally:
            if reusable and len(self._idle) < MAX_IDLE:
                self._idle.append(_Connection(connection.reader, connection.writer))
            else:
                connection.writer.close()
        return response
