"""The connections of the HTTP client: used again, and not kept without number."""

from __future__ import annotations

import asyncio

import pytest

from asl.integrations.http_client import MAX_IDLE, HttpClient

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Api:
    """An endpoint that answers once so many requests are there, and knows which connections are open."""

    def __init__(self) -> None:
        self.together = 1
        self.accepted = 0
        self.open = 0
        self._asked = 0
        self._all_asked = asyncio.Event()
        self.closed = asyncio.Condition()

    def expect(self, together: int) -> None:
        self.together, self._asked = together, 0
        self._all_asked.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self._asked += 1
                if self._asked == self.together:
                    self._all_asked.set()
                await self._all_asked.wait()
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:
            pass
        writer.close()
        self.open -= 1
        async with self.closed:
            self.closed.notify_all()


@pytest.mark.parametrize("together", [1, 3 * MAX_IDLE])
async def test_of_the_connections_of_a_burst_only_some_are_kept_and_used_again(together: int) -> None:
    api = Api()
    async with await asyncio.start_server(api.serve, "127.0.0.1", 0) as server:
        client = HttpClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        api.expect(together)
        await asyncio.gather(*(client.post("/", {}, b"") for _ in range(together)))
        assert api.accepted == together
        kept = min(together, MAX_IDLE)
        async with asyncio.timeout(30), api.closed:
            await api.closed.wait_for(lambda: api.open == kept)
        api.expect(kept)
        await asyncio.gather(*(client.post("/", {}, b"") for _ in range(kept)))
        assert api.accepted == together, "no further connection was opened"
        client.close()
        async with asyncio.timeout(30), api.closed:
            await api.closed.wait_for(lambda: not api.open)
