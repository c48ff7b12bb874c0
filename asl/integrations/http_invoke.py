"""`arn:aws:states:::http:invoke`: a request to any HTTPS API, authorized by an EventBridge connection.

Unlike AWS, which calls public HTTPS endpoints only, `http://` and addresses of this machine are called too: that is
where a simulated API is. What answers at link-local addresses, such as the metadata of a cloud's machines, is not.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from asl.integrations.aws_api import AwsUnreachableError, BodyTooLargeError, HttpRequest
from asl.integrations.aws_task import RUNTIME
from asl.integrations.errors import TaskFailure
from asl.integrations.form_encoding import ARRAY_FORMATS, escaped, form_encoded
from asl.integrations.http_connection import NOTHING, Connections
from asl.integrations.http_task import Arguments, result_of
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asl.integrations.aws_api import AwsApi, HttpAnswer
    from asl.integrations.http_connection import Additions
    from asl.integrations.protocol import TaskCall

    Watch = Callable[["HttpRequest", "HttpRequest", "HttpAnswer | None"], None]

Json = Any

SECONDS: Final = 60.0
MAX_BYTES: Final = 262_144
SOCKET_ERROR: Final = "States.Http.Socket"
STATUS_ERROR: Final = "States.Http.StatusCode"
DATA_LIMIT_EXCEEDED: Final = "States.DataLimitExceeded"
UNAUTHORIZED: Final = (401, 407)
JSON_TYPE: Final = "application/json; charset=UTF-8"
UNREADABLE_TYPES: Final = ("application/octet-stream", "image/", "video/", "audio/")
FORBIDDEN_HEADERS: Final = frozenset(
    {
        "a-im",
        "accept-charset",
        "accept-datetime",
        "accept-encoding",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-md5",
        "date",
        "expect",
        "forwarded",
        "from",
        "host",
        "http2-settings",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "origin",
        "pragma",
        "proxy-authorization",
        "referer",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "warning",
    }
)
FORBIDDEN_PREFIXES: Final = ("x-forwarded-", "x-amz-", "x-amzn-")


@dataclass(frozen=True, slots=True)
class Task:
    """What the arguments of an HTTP Task say, checked."""

    endpoint: str
    method: str
    connection_arn: str
    headers: list[tuple[str, str]]
    query: list[tuple[str, str]]
    body: Json | None
    array_format: str | None

    @staticmethod
    def of(call: TaskCall) -> Task:
        """What a call's arguments say.

        Raises:
            TaskFailure: `States.Runtime`, they make no sense; the cause says which and why.
        """
        arguments = Arguments.of(call)
        endpoint = arguments.text("ApiEndpoint")
        if not _is_url(endpoint):
            raise TaskFailure(RUNTIME, f"The argument ApiEndpoint is {endpoint}: it has to be the URL of an HTTPS API.")
        headers = arguments.pairs("Headers")
        for name, _ in headers:
            if name.lower() in FORBIDDEN_HEADERS or name.lower().startswith(FORBIDDEN_PREFIXES):
                raise TaskFailure(RUNTIME, f"The header {name} can not be set by an HTTP Task.")
        return Task(
            endpoint=endpoint,
            method=arguments.method(),
            connection_arn=_connection_arn(arguments),
            headers=headers,
            query=_query(arguments),
            body=arguments.values.get("RequestBody"),
            array_format=_array_format(arguments),
        )


class HttpInvokeIntegration:
    """The resource `arn:aws:states:::http:invoke`.

    `watch` is told of each request, without what its connection adds and with it, and of its answer.
    """

    uses_token = False

    def __init__(self, api: AwsApi, connections: Connections, watch: Watch | None = None) -> None:
        self.events = ServiceEvents("http", "invoke")
        self._api = api
        self._connections = connections
        self._watch = watch

    def check(self) -> None:
        """Whether the connection and the API exist shows when they are called."""

    async def run(self, call: TaskCall) -> Json:
        """Send the request, a second time where the access token of the connection is not taken any more."""
        call.started(None)
        task = Task.of(call)
        with call.clock.outside_work():
            answer = await self._send(task, call)
            if answer.status_code in UNAUTHORIZED and self._connections.forget_token(task.connection_arn):
                answer = await self._send(task, call)
        return _result(answer)

    async def _send(self, task: Task, call: TaskCall) -> HttpAnswer:
        try:
            async with asyncio.timeout(SECONDS):
                additions = await self._connections.additions(task.connection_arn, call)
                request = _request(task, additions, call)
                if self._watch is not None:
                    self._watch(_request(task, NOTHING, call), request, None)
                answer = await self._api.send(request)
        except TimeoutError:
            raise TaskFailure(SOCKET_ERROR, f"The API did not answer within {SECONDS:.0f} seconds.") from None
        except BodyTooLargeError as error:
            raise TaskFailure(DATA_LIMIT_EXCEEDED, error.message) from error
        except AwsUnreachableError as error:
            raise TaskFailure(SOCKET_ERROR, error.message) from error
        if self._watch is not None:
            self._watch(_request(task, NOTHING, call), request, answer)
        return answer


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _connection_arn(arguments: Arguments) -> str:
    for name in ("InvocationConfig", "Authentication"):
        given = arguments.values.get(name)
        arn = given.get("ConnectionArn") if isinstance(given, dict) else None
        if isinstance(arn, str) and arn:
            return arn
    raise TaskFailure(RUNTIME, "An HTTP Task needs the ConnectionArn of an EventBridge connection in InvocationConfig.")


def _query(arguments: Arguments) -> list[tuple[str, str]]:
    given = arguments.values.get("QueryParameters")
    texts = [given] if isinstance(given, str) else given
    if isinstance(texts, list):
        return [pair for text in texts for pair in parse_qsl(str(text), keep_blank_values=True)]
    return arguments.pairs("QueryParameters")


def _array_format(arguments: Arguments) -> str | None:
    """How arrays are written in a form; None where the body is JSON."""
    transform = arguments.values.get("Transform") or {}
    if not isinstance(transform, dict):
        raise TaskFailure(RUNTIME, "The argument Transform has to be an object.")
    encoding = transform.get("RequestBodyEncoding", "NONE")
    if encoding == "NONE":
        return None
    options = transform.get("RequestEncodingOptions") or {}
    array_format: str = options.get("ArrayFormat", "INDICES") if isinstance(options, dict) else ""
    if encoding != "URL_ENCODED" or array_format not in ARRAY_FORMATS:
        allowed = f"RequestBodyEncoding NONE or URL_ENCODED, and ArrayFormat one of {', '.join(ARRAY_FORMATS)}"
        raise TaskFailure(RUNTIME, f"The argument Transform has to have {allowed}.")
    return array_format


def _request(task: Task, additions: Additions, call: TaskCall) -> HttpRequest:
    body = _body(task, additions)
    headers = _merged(task.headers, additions.headers, str.lower)
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", JSON_TYPE))
    headers += [("User-Agent", f"Amazon|StepFunctions|HttpInvoke|{call.caller.region}"), ("Range", "bytes=0-262144")]
    url = task.endpoint.partition("#")[0]
    query = "&".join(f"{escaped(name)}={escaped(text)}" for name, text in _merged(task.query, additions.query, str))
    if query:
        url += ("&" if urlsplit(url).query else "" if url.endswith("?") else "?") + query
    caller = call.caller
    return HttpRequest(
        task.method, url, headers, body, None, caller.account, caller.region, seconds=SECONDS, max_bytes=MAX_BYTES
    )


def _merged(
    given: Iterable[tuple[str, str]], added: Iterable[tuple[str, str]], key: Callable[[str], str]
) -> list[tuple[str, str]]:
    """What the task gives, without what the connection has under the same name, and what the connection adds."""
    names = {key(name) for name, _ in added}
    return [*((name, value) for name, value in given if key(name) not in names), *added]


def _body(task: Task, additions: Additions) -> bytes:
    body = task.body
    if additions.body:
        if body is not None and not isinstance(body, dict):
            cause = "The RequestBody has to be an object, as the connection has parameters for the body too."
            raise TaskFailure(RUNTIME, cause)
        body = {**(body or {}), **dict(additions.body)}
    if body is None:
        return b""
    if isinstance(body, str):
        text = body
    elif task.array_format is not None and isinstance(body, dict):
        text = form_encoded(body, task.array_format)
    else:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _result(answer: HttpAnswer) -> Json:
    content_type = next((value for name, value in answer.headers if name.lower() == "content-type"), "").lower()
    if content_type.startswith(UNREADABLE_TYPES):
        raise TaskFailure(RUNTIME, f"The response is of the type {content_type}, which an HTTP Task can not read.")
    try:
        answer.body.decode()
    except UnicodeDecodeError:
        raise TaskFailure(RUNTIME, "The response is not a text in UTF-8.") from None
    result = result_of(answer)
    if not 200 <= answer.status_code < 300:
        cause = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
        raise TaskFailure(f"{STATUS_ERROR}.{answer.status_code}", cause)
    return result
