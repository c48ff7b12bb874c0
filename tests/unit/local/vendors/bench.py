"""The simulated vendors over real HTTP, and a customer's endpoint that their webhooks are posted to."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from local.ports import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from local.vendors.simulation import SimulatedVendor


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    document: Any
    headers: dict[str, str]


@dataclass
class Bench:
    """The server of the vendors, one vendor of them, and what that vendor posted to its customer."""

    server_url: str
    vendor: SimulatedVendor
    api_key: str
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Query, headers and body of each request that reached the customer's endpoint."""
    answers: list[int] = field(default_factory=list)
    """What the customer's endpoint answers next; 202 when there is nothing left."""

    async def call(self, method: str, path: str, document: object = None, **headers: str) -> Answer:
        """Call the vendor's API with its key; `headers` replace what is sent by default."""
        return await self.request(method, f"/{self.vendor.name}{path}", document, **headers)

    async def request(self, method: str, path: str, document: object = None, **headers: str) -> Answer:
        """Call the server."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if document is None else json.dumps(document)
        answer = await asyncio.to_thread(
            urllib3.request,
            method,
            self.server_url + path,
            body=body,
            headers={**self.vendor.credentials(self.api_key), **sent},
            retries=False,
            timeout=10.0,
        )
        return Answer(answer.status, answer.json() if answer.data else None, dict(answer.headers))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        for _ in range(2000):
            if condition():
                return
            await asyncio.sleep(0.005)
        pytest.fail("this did not come true within ten seconds")


@asynccontextmanager
async def serving(application: Starlette) -> AsyncIterator[str]:
    """The URL of an application that is served on the loopback interface."""
    with listen(0) as listener:
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="on", ws="none"))
        port = listener.getsockname()[1]
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.should_exit = True


@asynccontextmanager
async def customer(bench: Bench) -> AsyncIterator[str]:
    """The URL of a customer's endpoint, which keeps what is posted to it in `bench`."""

    async def receive(request: Request) -> Response:
        bench.posts.append((request.url.query, dict(request.headers), await request.body()))
        return Response(status_code=bench.answers.pop(0) if bench.answers else 202)

    async with serving(Starlette(routes=[Route("/webhooks/{vendor}", receive, methods=["POST"])])) as url:
        yield f"{url}/webhooks/{bench.vendor.name}"
