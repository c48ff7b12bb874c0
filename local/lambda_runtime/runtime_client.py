"""The module `runtime_client` where `awslambdaric` has none: it builds its own, in C++, only on Linux.

It is put on the path of functions, beside `awslambdaric`, and imports nothing of this project.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import http.client
import os

PREFIX = "/2018-06-01/runtime/invocation"
ACCEPTED = 202

_headers: dict[str, str] = {}


def initialize_client(user_agent: str) -> None:
    """Say what all requests say of the client."""
    _headers["User-Agent"] = user_agent


def next() -> tuple[bytes, dict[str, str]]:  # noqa: A001 - the name that is called
    """Wait for an invocation: its payload, and the headers that tell the rest.

    Raises:
        RuntimeError: there is none, the environment ends.
    """
    status, headers, body = _exchange("GET", f"{PREFIX}/next", None, {})
    if status != http.client.OK:
        raise RuntimeError("Failed to get next")
    return body, headers


def post_invocation_result(
    invoke_id: str, data: bytes, content_type: str = "application/json", _invocation_id: str | None = None
) -> None:
    """Say what a function answered.

    Raises:
        RuntimeError: the answer is not accepted.
    """
    status, _, _ = _exchange("POST", f"{PREFIX}/{invoke_id}/response", data, {"Content-Type": content_type})
    if status != ACCEPTED:
        raise RuntimeError("Failed to post invocation response")


def post_error(invoke_id: str, error: str, xray_fault: str, _invocation_id: str | None = None) -> None:
    """Say what a function raised.

    Raises:
        RuntimeError: the error is not accepted.
    """
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-XRay-Error-Cause": xray_fault}
    safe = {name: value for name, value in headers.items() if value.isascii() and value.isprintable()}
    status, _, _ = _exchange("POST", f"{PREFIX}/{invoke_id}/error", error.encode(), safe)
    if status != ACCEPTED:
        raise RuntimeError("Failed to post invocation error")


def _exchange(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        connection.request(method, path, body, {**_headers, **headers})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()
