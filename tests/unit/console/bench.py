"""The operations API over an embedded AWS: what it needs there, and requests to it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from console.api import clients
from console.api.handler import handler
from console.operations.failures import FailureQueue
from tests.unit.conftest import LambdaContext

if TYPE_CHECKING:
    import pytest

    from tests.unit.cloud import Aws

OPERATOR = {"sub": "1", "username": "olga", "cognito:groups": "[operators viewers]"}
VIEWER = {"sub": "2", "username": "vera", "cognito:groups": "[viewers]"}
NOBODY = {"sub": "3", "username": "nils"}
BECAUSE = {"reason": "the vendor told us by phone"}


def event(
    method: str,
    path: str,
    *,
    query: dict[str, str] | None = None,
    body: str | None = None,
    headers: dict[str, str] | None = None,
    claims: dict[str, str] | None = OPERATOR,
    base64: bool = False,
) -> dict[str, Any]:
    """A request in API Gateway's payload format 2.0, in which the path is decoded."""
    return {
        "version": "2.0",
        "routeKey": f"{method} /{{proxy+}}",
        "rawPath": f"/api{unquote(path)}",
        "rawQueryString": urlencode(query or {}),
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": query or {},
        "requestContext": {
            "requestId": uuid.uuid4().hex,
            "stage": "api",
            "http": {"method": method, "path": f"/api{path}", "sourceIp": "127.0.0.1"},
            **({"authorizer": {"jwt": {"claims": claims, "scopes": None}}} if claims else {}),
        },
        "body": body,
        "isBase64Encoded": base64,
    }


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    body: Any
    headers: dict[str, str]


class Api:
    """The API as a person with these claims uses it."""

    def __init__(self, claims: dict[str, str] | None = OPERATOR) -> None:
        self._claims = claims

    def get(self, path: str, **query: str) -> Answer:
        return self.send(event("GET", path, query=query, claims=self._claims))

    def post(self, path: str, body: Any = BECAUSE, **query: str) -> Answer:
        return self.send(event("POST", path, query=query, body=json.dumps(body), claims=self._claims))

    def send(self, request: dict[str, Any]) -> Answer:
        answer = handler(request, LambdaContext())
        headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        for name, values in (answer.get("multiValueHeaders") or {}).items():
            headers[name.lower()] = values[0]
        return Answer(answer["statusCode"], json.loads(answer["body"] or "null"), headers)


def execution_path(workflow: str, name: str) -> str:
    return f"/workflows/{workflow}/executions/{quote(name)}"


@dataclass(frozen=True)
class Around:
    """What the function finds around it."""

    mailboxes: str
    audit: str
    failures: str
    bus: str
    connections: str


def deploy(aws: Aws, environment: pytest.MonkeyPatch, machines: list[str]) -> Around:
    """Make what the API needs, and set its environment."""
    queues = [aws.sqs.create_queue(QueueName=f"failures-{uuid.uuid4().hex}")["QueueUrl"] for _ in range(2)]
    bus, _ = aws.bus_with_queue()
    around = Around(aws.mailboxes(), aws.table("day", "number"), queues[0], bus, aws.table("kind", "id"))
    environment.setenv("STATE_MACHINES", ",".join(machines))
    environment.setenv("MAILBOX_TABLE", around.mailboxes)
    environment.setenv("AUDIT_TABLE", around.audit)
    environment.setenv("CONNECTIONS_TABLE", around.connections)
    environment.setenv("FAILURE_QUEUE_URL", queues[0])
    environment.setenv("FAILURE_DEAD_LETTER_QUEUE_URL", queues[1])
    environment.setenv("EVENT_BUS_NAME", bus)
    # The embedded SQS is one server, so an empty answer is the truth.
    environment.setattr(clients, "FailureQueue", partial(FailureQueue, wait_seconds=0))
    return around
