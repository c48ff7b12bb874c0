"""What every request to the console meets first, and what every answer says.

A page of another site may try to use the console of whoever looks at it. It can resolve its own name to 127.0.0.1 (DNS
rebinding), so only the two names of this machine are answered. Its browser says where a request that could change
something, or the opening of a WebSocket, comes from, so no origin but the console's own is answered; and no answer
allows another origin to read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from console.hosting import HEADERS, content_security_policy

if TYPE_CHECKING:
    from local.console.messages import Application, Headers, Message, Receive, Scope, Send

MISDIRECTED: Final = 421
FORBIDDEN: Final = 403
_SECURITY: Final = [
    (name.lower().encode(), text.encode())
    for name, text in {**HEADERS, "Content-Security-Policy": content_security_policy()}.items()
]
_OURS: Final = frozenset(name for name, _ in _SECURITY)


def guarded(app: Application, port: int) -> Application:
    """The application, which sees only requests to this machine's own names, and none that pages of others make."""
    hosts = {f"{name}:{port}".encode() for name in ("localhost", "127.0.0.1")}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]
        named = [value for name, value in headers if name == b"host"]
        origins = {value for name, value in headers if name == b"origin"}

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _secured(message.get("headers") or [])}
            await send(message)

        if len(named) != 1 or named[0] not in hosts:
            await _refuse(scope, secured, MISDIRECTED, f"The console answers at http://localhost:{port} only.\n")
        elif origins - {b"http://" + named[0]}:
            await _refuse(scope, secured, FORBIDDEN, "Pages of other sites can't use the console.\n")
        else:
            await app(scope, receive, secured)

    return serve


def _secured(headers: Headers) -> Headers:
    kept = [
        (name, value)
        for name, value in headers
        if (lowered := bytes(name).lower()) not in _OURS and not lowered.startswith(b"access-control-")
    ]
    return [*kept, *_SECURITY]


async def _refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": why.strip()})
        return
    body = why.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
