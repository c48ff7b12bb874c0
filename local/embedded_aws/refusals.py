"""Requests that AWS refuses and MiniStack takes: events that are incomplete or malformed, and names that no secret has.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html and
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Scope = MutableMapping[str, Any]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

PUT_EVENTS: Final = b"AWSEvents.PutEvents"
CREATE_SECRET: Final = b"secretsmanager.CreateSecret"
SECRET_NAME: Final = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
REQUIRED: Final = ("Source", "DetailType", "Detail")


def with_refusals(app: App) -> App:
    """The application, which refuses what AWS refuses."""

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        target = dict(scope.get("headers", ())).get(b"x-amz-target")
        if scope["type"] != "http" or target not in (PUT_EVENTS, CREATE_SECRET):
            await app(scope, receive, send)
            return
        body = await _read(receive)
        request = _request(body)
        if target == CREATE_SECRET and not _names_a_secret(request):
            await _answer(send, 400, NO_NAME)
        elif target == PUT_EVENTS and any(failures := _failures(request)):
            await _put_the_rest(app, scope, request, failures, send)
        else:
            await app(scope, _replay(body, receive), send)

    return checked


NO_NAME: Final = {
    "__type": "ValidationException",
    "message": "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
    "-/_+=.@!",
}


def _names_a_secret(request: dict[str, Any]) -> bool:
    name = request.get("Name")
    return not isinstance(name, str) or SECRET_NAME.fullmatch(name) is not None


def _failures(request: dict[str, Any]) -> list[dict[str, str] | None]:
    """What is wrong with each event, None for one that is in order."""
    entries = request.get("Entries")
    return [_failure(entry) for entry in entries] if isinstance(entries, list) else []


def _failure(entry: Any) -> dict[str, str] | None:
    if not isinstance(entry, dict):
        return None
    for name in REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    try:
        detail = json.loads(entry["Detail"])
    except (TypeError, ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


async def _put_the_rest(
    app: App, scope: Scope, request: dict[str, Any], failures: list[dict[str, str] | None], send: Send
) -> None:
    """Let the application take the events that are in order, and answer for the others in their places."""
    rest = [entry for entry, failure in zip(request["Entries"], failures, strict=True) if failure is None]
    answer: dict[str, Any] = {"FailedEntryCount": 0, "Entries": []}
    if rest:
        status, answer = await _call(app, scope, {**request, "Entries": rest})
        if status != 200:
            await _answer(send, status, answer)
            return
    taken = iter(answer["Entries"])
    entries = [next(taken) if failure is None else failure for failure in failures]
    failed = answer["FailedEntryCount"] + len(failures) - len(rest)
    await _answer(send, 200, {"FailedEntryCount": failed, "Entries": entries})


async def _call(app: App, scope: Scope, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    body = json.dumps(request).encode()
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    answered: list[Message] = []

    async def keep(message: Message) -> None:
        answered.append(message)

    length = (b"content-length", str(len(body)).encode())
    await app({**scope, "headers": [*headers, length]}, _replay(body), keep)
    content = b"".join(message.get("body", b"") for message in answered[1:])
    return answered[0]["status"], json.loads(content)


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def _replay(body: bytes, receive: Receive | None = None) -> Receive:
    """The body as one message, and then what else is received."""
    left = [body]

    async def replayed() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return {"type": "http.disconnect"} if receive is None else await receive()

    return replayed


def _request(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
