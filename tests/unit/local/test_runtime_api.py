"""The Runtime API on a socket: what is left of a connection, whenever it came."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections import deque

import pytest

from local.lambda_runtime.runtime_api import RuntimeApi, Work

STEPS = 8
"""More rounds of the event loop than it takes to accept a connection and to read from it."""


class Listener:
    """What the runtime has said."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def on_next(self) -> None:
        self.asked.set()

    def on_result(self, payload: bytes, *, failed: bool) -> None:
        raise AssertionError((payload, failed))

    def on_init_error(self, payload: bytes) -> None:
        raise AssertionError(payload)


def connected_to(api: RuntimeApi) -> socket.socket:
    """A runtime that has opened a connection and asked for an invocation; nobody has accepted it yet."""
    host, _, port = api.start().partition(":")
    connection = socket.create_connection((host, int(port)), 30)
    connection.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n")
    return connection


@pytest.mark.parametrize("steps", range(STEPS))
async def test_a_connection_is_closed_however_far_it_has_come_when_the_server_closes(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that is not closed is a ResourceWarning when it is collected, and that is an error in all tests."""
    unraised: deque[object] = deque()
    monkeypatch.setattr("sys.unraisablehook", lambda raised: unraised.append(raised.exc_value))
    api = RuntimeApi(Listener())
    with connected_to(api) as connection:
        for _ in range(steps):
            await asyncio.sleep(0)
        api.close()
        await api.wait_closed()
        gc.collect()
        assert not unraised
        connection.setblocking(False)
        assert ended(connection)


def ended(connection: socket.socket) -> bool:
    """Whether the other side has closed the connection, without an answer."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


async def test_an_invocation_goes_to_a_runtime_that_waits_already() -> None:
    listener = Listener()
    api = RuntimeApi(listener)
    with connected_to(api) as connection:
        await listener.asked.wait()
        api.offer(Work("r-1", {"Lambda-Runtime-Aws-Request-Id": "r-1"}, b"{}"))
        answer = await asyncio.to_thread(connection.recv, 1 << 16)
        assert answer.endswith(b"\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n\r\n{}")
        api.close()
        await api.wait_closed()
