"""The endpoint: an ASGI application that speaks AWS JSON 1.0, and tells of its health and its numbers to GET.

The target header names the action, the body is its request. Whatever else arrives is answered with an AWS error:
nothing that a stranger sends ends in a traceback, or is waited for longer than `READ_TIMEOUT`.

See https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from functools import lru_cache
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from asl.durability.journal import UnsavedError
from asl.engine import EngineError
from asl.observability.metrics import CONTENT_TYPE as METRICS_CONTENT_TYPE
from asl.service.call import Call
from asl.service.constraints import RequestCheck
from asl.service.errors import ApiError, serialization_error, unknown_operation
from asl.service.identifiers import new_uuid
from asl.service.json_text import JsonTextError, decode_json, encode_json
from asl.service.operations import OPERATIONS, READS
from asl.service.preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from asl.service.service import Service

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger(__name__)

TARGET_PREFIX: Final = "AWSStepFunctions."
CONTENT_TYPE: Final = b"application/x-amz-json-1.0"
HEALTH: Final = "/health"
METRICS: Final = "/metrics"
PAGES: Final = frozenset({HEALTH, METRICS})
READING: Final = ("GET", "HEAD")
NO_OPERATION: Final = "none"
OK: Final = "OK"
MAX_BODY_BYTES: Final = 4 * 1024 * 1024
READ_TIMEOUT: Final = 20.0
CREDENTIAL: Final = re.compile(rb"Credential=([^/,\s]{1,128})/[0-9]{1,8}/([a-z0-9-]{1,32})/")


class ClientGoneError(Exception):
    """The client closed the connection: there is nobody to answer."""


class Application:
    """The ASGI application of one `Service`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._checks = {operation: RequestCheck(operation) for operation in OPERATIONS}
        self._caller = lru_cache(maxsize=1024)(self._caller_of)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1002})
            return
        if scope["method"] in READING and scope["path"] in PAGES:
            await _send(send, *self._page(scope["path"]))
            return
        operation, code = NO_OPERATION, OK
        try:
            target, authorization = _headers(scope["headers"])
            body = await _read_body(receive)
            operation = _operation(scope["method"], target)
            status, answer = 200, await self._answer(operation, authorization, body, receive)
        except ClientGoneError:
            return
        except ApiError as error:
            code, status, answer = error.code, error.status, _described(error)
        except UnsavedError as error:
            code, status = "ServiceUnavailable", 503
            answer = {"__type": code, "message": str(error)}
        except EngineError as error:
            code = type(error).__name__
            status, answer = 400, {"__type": code, "message": str(error)}
        except Exception:
            code = "InternalFailure"
            logger.exception("a request could not be answered", extra={"operation": operation})
            status, answer = 500, {"__type": code, "message": "The request could not be answered."}
        self._service.metrics.requests[operation, code] += 1
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("request answered", extra={"operation": operation, "code": code})
        await _send(send, status, CONTENT_TYPE, encode_json(answer).encode())

    async def _answer(self, operation: str, authorization: bytes, body: bytes, receive: Receive) -> Any:
        try:
            request = self._checks[operation](decode_json(body.decode() or "{}"))
        except JsonTextError as error:
            raise serialization_error(f"The body is not JSON: {error}") from None
        except UnicodeDecodeError:
            raise serialization_error("The body is not UTF-8") from None
        account, region = self._caller(authorization)
        call = Call(self._service, self._service.account(account, region), request)
        await prepare(call)
        if operation not in READS:
            self._service.check_writable()
        result = OPERATIONS[operation](call)
        answer = await _while_connected(result, receive) if isawaitable(result) else result
        await self._saved(operation, call)
        return answer

    async def _saved(self, operation: str, call: Call) -> None:
        """Wait until what was done, or is told, is kept: an answer is true still after the process was killed."""
        if operation not in READS:
            await self._service.check_saved()
            return
        with contextlib.suppress(UnsavedError):
            await self._service.check_saved(call.account.executions.get(call.request.get("executionArn", "")))

    def _caller_of(self, authorization: bytes) -> tuple[str, str]:
        """Account and region of the credential scope; an access key id that is no account means the default one."""
        settings = self._service.settings
        match = CREDENTIAL.search(authorization)
        if match is None:
            return settings.account, settings.region
        access_key, region = match.group(1).decode("latin-1"), match.group(2).decode()
        return (access_key if re.fullmatch("[0-9]{12}", access_key) else settings.account), region

    def _page(self, path: str) -> tuple[int, bytes, bytes]:
        """Status, content type and body of what is served beside the API."""
        if path == METRICS:
            return 200, METRICS_CONTENT_TYPE, self._service.metrics.text()
        status = "ok"
        if self._service.closing.is_set():
            status = "stopping"
        elif self._service.unsaved:
            status = "the data folder cannot be written"
        return 200 if status == "ok" else 503, b"application/json", encode_json({"status": status}).encode()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        watching = asyncio.ensure_future(self._service.metrics.watch_lag())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        watching.cancel()
        await self._service.close()
        await send({"type": "lifespan.shutdown.complete"})


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    target = authorization = b""
    for name, value in headers:
        if name == b"x-amz-target":
            target = value
        elif name == b"authorization":
            authorization = value
    return target, authorization


def _operation(method: str, target: bytes) -> str:
    name = target.decode("latin-1").removeprefix(TARGET_PREFIX)
    if method == "POST" and name in OPERATIONS and target.startswith(TARGET_PREFIX.encode()):
        return name
    raise unknown_operation(f"No action: send a POST with X-Amz-Target: {TARGET_PREFIX}<action>")


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        _check_size(body)
        return body
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            return await _read_parts(message, receive)
    except TimeoutError:
        raise ApiError("RequestTimeout", "The body did not arrive in time", status=408) from None


async def _read_parts(message: Message, receive: Receive) -> bytes:
    body = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        _check_size(body)
        if not message.get("more_body"):
            return bytes(body)
        message = await receive()


def _check_size(body: bytes | bytearray) -> None:
    if len(body) > MAX_BODY_BYTES:
        message = f"The request has more than {MAX_BODY_BYTES} bytes"
        raise ApiError("RequestEntityTooLargeException", message, status=413)


async def _while_connected(result: Awaitable[Any], receive: Receive) -> Any:
    """Await a long poll, and give it up when its client goes away, so that nothing is handed to nobody."""
    polling = asyncio.ensure_future(result)
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((polling, gone), return_when=asyncio.FIRST_COMPLETED)
        if not polling.done():
            raise ClientGoneError
        return polling.result()
    finally:
        polling.cancel()
        gone.cancel()


def _described(error: ApiError) -> dict[str, str]:
    kind = f"{error.namespace}#{error.code}" if error.namespace else error.code
    return {"__type": kind, "message": error.message}


async def _send(send: Send, status: int, content_type: bytes, body: bytes) -> None:
    headers = [
        (b"x-amzn-requestid", new_uuid().encode()),
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
