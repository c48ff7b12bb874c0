"""Requests to an ASGI application of the same process: answered as over HTTP, once it has started."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asl.integrations import HttpError
from local.embedded_aws.in_process import InProcess


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the request; a lifespan starts at once."""
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        return
    said = await receive()
    answer = f"{scope['path']}|{scope['raw_path'].decode()}|{scope['query_string'].decode()}|".encode()
    headers = [(b"X-Given", dict(scope["headers"])[b"x-given"])]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": answer, "more_body": True})
    await send({"type": "http.response.body", "body": said["body"]})


async def test_a_request_is_answered() -> None:
    response = await InProcess(echo).post("/a%3Ab/c?Qualifier=1%2B", {"X-Given": "yes"}, b"{}")
    assert (response.status, response.headers["x-given"]) == (202, "yes")
    assert bytes(response.body) == b"/a:b/c|/a%3Ab/c|Qualifier=1%2B|{}"


async def test_requests_wait_until_the_application_has_started() -> None:
    client = InProcess()
    application = client.once_started(echo)
    response = asyncio.ensure_future(client.post("/", {"x-given": ""}, b""))
    await asyncio.sleep(0)
    assert not response.done()

    async def nothing(*_: Any) -> None:
        pass

    await application({"type": "lifespan"}, nothing, nothing)
    assert (await response).status == 202


async def test_a_request_whose_sender_is_cancelled_is_answered_all_the_same() -> None:
    asked, may_answer, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_scope: Any, _receive: Any, _send: Any) -> None:
        asked.set()
        await may_answer.wait()
        answered.set()

    sending = asyncio.ensure_future(InProcess(slow).post("/", {}, b""))
    await asked.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    may_answer.set()
    await asyncio.wait_for(answered.wait(), 10)


async def test_an_application_that_fails_is_an_error() -> None:
    async def failing(_scope: Any, _receive: Any, _send: Any) -> None:
        raise LookupError("no such thing")

    with pytest.raises(HttpError, match="no answer to /x: no such thing"):
        await InProcess(failing).post("/x", {}, b"")
