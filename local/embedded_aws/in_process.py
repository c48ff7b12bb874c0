"""Requests to the embedded AWS from within its own process.

The engine invokes functions with the Lambda API, as it does anywhere; the sign-in asks the user pool. With hundreds of
executions at once a connection for each, both ends of which would be here, takes memory and time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from asl.integrations import HttpError, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Message = MutableMapping[str, Any]
    Application = Callable[[Any, Any, Any], Awaitable[None]]


class InProcess:
    """Sends requests to an ASGI application that runs on this event loop."""

    def __init__(self, application: Application | None = None) -> None:
        """`application` has started; one that has not is given to `once_started`."""
        self._application: asyncio.Future[Application] = asyncio.get_running_loop().create_future()
        self._answering: set[asyncio.Future[None]] = set()
        if application is not None:
            self._application.set_result(application)

    def once_started(self, application: Application) -> Application:
        """The application, to which requests are sent when it has started; until then they wait."""

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            async def note_start(message: Message) -> None:
                if message["type"] == "lifespan.startup.complete":
                    self._application.set_result(application)
                await send(message)

            await application(scope, receive, note_start if scope["type"] == "lifespan" else send)

        return serve

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        """Send a POST request and wait for the whole response. Who is cancelled leaves it to be answered all the same.

        Raises:
            HttpError: the application failed.
        """
        application = await asyncio.shield(self._application)
        exchange = _Exchange(body)
        answering = asyncio.ensure_future(application(_scope(path, headers, body), exchange.receive, exchange.send))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        try:
            await asyncio.shield(answering)
        except Exception as error:
            raise HttpError(f"no answer to {path}: {error}") from error
        return exchange.response

    def close(self) -> None:
        """Nothing is kept between requests."""


class _Exchange:
    """A request and its response, as an application receives and sends them."""

    def __init__(self, body: bytes) -> None:
        self.response = HttpResponse()
        self._body: bytes | None = body

    async def receive(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()  # the client stays
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.response.status = message["status"]
            for name, value in message["headers"]:
                self.response.on_header(name, value)
        else:
            self.response.on_body(message.get("body", b""))


def _scope(path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """See https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope."""
    raw_path, _, query = path.partition("?")
    named = {"host": "localhost", "content-length": str(len(body)), **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()],
    }
