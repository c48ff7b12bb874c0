"""Tasks that send an HTTP request: the request that their arguments make, and the result that the answer makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from asl.integrations.aws_api import HttpRequest
from asl.integrations.aws_task import RUNTIME
from asl.integrations.errors import TaskFailure

if TYPE_CHECKING:
    from asl.integrations.aws_api import HttpAnswer
    from asl.integrations.protocol import TaskCall

Json = Any

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
URL_SAFE: Final = "-._~"


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a task, read with the types that they have to have."""

    values: dict[str, Json]

    @staticmethod
    def of(call: TaskCall) -> Arguments:
        """Those of a call.

        Raises:
            TaskFailure: they are no object.
        """
        if not isinstance(call.arguments, dict):
            raise TaskFailure(RUNTIME, "The arguments of the task have to be an object.")
        return Arguments({name: value for name, value in call.arguments.items() if value is not None})

    def text(self, name: str) -> str:
        """A text that has to be there."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise TaskFailure(RUNTIME, f"The argument {name} has to be a text.")
        return value

    def optional_text(self, name: str) -> str:
        """A text, empty where there is none."""
        return self.text(name) if self.values.get(name) else ""

    def method(self) -> str:
        """The HTTP method."""
        method = self.text("Method")
        if method not in METHODS:
            raise TaskFailure(RUNTIME, f"The argument Method is {method}: it has to be one of {', '.join(METHODS)}.")
        return method

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Names with their values; a name with a list of values comes once for each."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise TaskFailure(RUNTIME, f"The argument {name} has to be an object.")
        listed = ((key, item if isinstance(item, list) else [item]) for key, item in value.items())
        return [(key, _text(item)) for key, items in listed for item in items]


def query(pairs: list[tuple[str, str]]) -> str:
    """The query part of a URL, with its question mark."""
    if not pairs:
        return ""
    return "?" + "&".join(f"{quote(name, safe=URL_SAFE)}={quote(value, safe=URL_SAFE)}" for name, value in pairs)


def request_of(
    call: TaskCall, arguments: Arguments, url: str, headers: list[tuple[str, str]], signed_for: str | None = None
) -> HttpRequest:
    """A request whose body is the JSON text of `RequestBody`."""
    given = arguments.values
    body = (
        json.dumps(given["RequestBody"], ensure_ascii=False).encode("utf-8", "replace")
        if "RequestBody" in given
        else b""
    )
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers = [*headers, ("Content-Type", "application/json")]
    where = call.account, call.caller.region
    return HttpRequest(arguments.method(), url, headers, body, signed_for, *where, credentials=call.credentials)


def body_text(answer: HttpAnswer) -> str:
    """The body of an answer as text."""
    return answer.body.decode("utf-8", "replace")


def result_of(answer: HttpAnswer) -> Json:
    """What a state machine sees of an answer: a body that is JSON is shown as that."""
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name, []).append(value)
    text = body_text(answer)
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return {"Headers": headers, "ResponseBody": body, "StatusCode": answer.status_code, "StatusText": answer.reason}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
