"""HTTP/1.1 on a connection: uvicorn's protocol, with two differences.

A response leaves in one write instead of two, which is half of what answering a small request costs; and bytes that are
not HTTP are refused in the form of AWS's errors.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from asl.service.json_text import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable

REFUSAL: Final = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n"
)


class ResponseTransport(asyncio.Transport):
    """A transport that keeps the head of a response until its body is written."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write what was kept and `data`; the head of a response is kept until the next write."""
        if not self._head and data[:5] == b"HTTP/" and data[-4:] == b"\r\n\r\n":
            self._head = bytes(data)
            return
        self._transport.write(self._head + data)
        self._head = b""

    def flush(self) -> None:
        """Write what was kept: a response without a body is complete."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Write several pieces."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Write what was kept and close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Close without writing anything."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closing or closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the socket."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Take nothing more from the socket for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take what comes from the socket again."""
        self._transport.resume_reading()


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    transport: ResponseTransport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """Begin."""
        super().connection_made(ResponseTransport(transport))

    def on_response_complete(self) -> None:
        """Send what is left of a response, then go on with the next request."""
        self.transport.flush()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are not HTTP, and close."""
        answer = {"__type": "com.amazon.coral.service#SerializationException", "message": msg}
        body = encode_json(answer).encode()
        self.transport.write(REFUSAL % len(body) + body)
        self.transport.close()
