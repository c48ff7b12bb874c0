"""A light client for AWS JSON 1.0: one keep-alive connection per client, no SDK, no signature check."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final, Self

HEADER_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"


class ApiError(Exception):
    """The endpoint answered with an error."""


class _Connection(asyncio.Protocol):
    """One request at a time; `answer` is done once the whole response is there."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[bytes] | None = None
        self.closed = False
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream transport is needed")
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(HEADER_END)
        if end < 0 or self.answer is None:
            return
        head = self._received[:end].lower()
        at = head.index(LENGTH) + len(LENGTH)
        length = int(head[at : head.find(b"\r", at) if head.find(b"\r", at) >= 0 else len(head)])
        if len(self._received) - end - len(HEADER_END) >= length:
            response, self._received = self._received, b""
            self.answer.set_result(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionError(f"the endpoint closed the connection: {exc}"))


async def _open(port: int) -> _Connection:
    _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
    return connection


class StatesClient:
    """Calls Step Functions at a local endpoint."""

    def __init__(self, port: int, connection: _Connection) -> None:
        self._port = port
        self._connection = connection
        self._head = (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/states/aws4_request, "
            "SignedHeaders=host, Signature=0\r\nX-Amz-Target: AWSStepFunctions."
        )

    @classmethod
    async def connect(cls, port: int) -> Self:
        """Open a connection."""
        return cls(port, await _open(port))

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation and return its answer."""
        body = json.dumps(parameters).encode()
        request = f"{self._head}{operation}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        try:
            response = await self._exchange(request)
        except ConnectionError:  # some servers close a connection after so many requests
            self._connection = await _open(self._port)
            response = await self._exchange(request)
        head, _, content = response.partition(HEADER_END)
        answer: dict[str, Any] = json.loads(content) if content else {}
        if head[9:12] != b"200":
            raise ApiError(f"{operation}: {content.decode()[:300]}")
        return answer

    async def _exchange(self, request: bytes) -> bytes:
        connection = self._connection
        if connection.closed or connection.transport is None:
            raise ConnectionError("not connected")
        connection.answer = asyncio.get_running_loop().create_future()
        connection.transport.write(request)
        return await connection.answer

    def close(self) -> None:
        """Close the connection."""
        if self._connection.transport is not None:
            self._connection.transport.close()
