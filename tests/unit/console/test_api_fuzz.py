"""Whatever anybody sends to the operations API, it is never the API that breaks."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from console.api import openapi
from console.api.handler import handler
from tests.unit.conftest import LambdaContext
from tests.unit.console.bench import OPERATOR, deploy
from tests.unit.console.test_executions import SORTED_OUT, Machine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.unit.cloud import Aws

EXAMPLES = 12


def gateway(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The function as a WSGI application: requests become what API Gateway makes of them."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    query: dict[str, str] = {}
    for name, text in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True):
        query[name] = f"{query[name]},{text}" if name in query else text
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "headers": {**headers, "content-type": environ.get("CONTENT_TYPE", "")},
        "queryStringParameters": query,
        "requestContext": {
            "requestId": "fuzzed",
            "stage": "api",
            "http": {"method": environ["REQUEST_METHOD"], "path": path, "sourceIp": "127.0.0.1"},
            "authorizer": {"jwt": {"claims": OPERATOR, "scopes": None}},
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }
    answer = handler(event, LambdaContext())
    status = HTTPStatus(answer["statusCode"])
    kinds = {name.lower(): text for name, text in (answer.get("headers") or {}).items()}
    kinds |= {name.lower(): values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()}
    start_response(f"{status.value} {status.phrase}", list(kinds.items()))
    return [answer["body"].encode()]


SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi.DOCUMENT.read_text()))
SCHEMA.app = gateway


@pytest.fixture
def deployed(aws: Aws, function_environment: pytest.MonkeyPatch) -> None:
    deploy(aws, function_environment, [Machine(aws, SORTED_OUT).arn])


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.usefixtures("deployed")
def test_no_request_breaks_it(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=[not_a_server_error, response_schema_conformance])
