"""A Lambda API that runs Python handlers in this process and reports what they raise as Lambda does.

Beside CreateFunction, GetFunction, DeleteFunction and Invoke it answers what the replay of recordings asks IAM and STS.
Run it with `python tests/asl/engine/lambda_api.py PORT`.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import threading
import traceback
import uuid
import zipfile
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FUNCTIONS_PATH = "/2015-03-31/functions"
CREDENTIAL = re.compile(r"Credential=(\d{12})/\d+/([\w-]+)/")


class UnknownFunctionError(Exception):
    """No function has the ARN."""


class Functions:
    """Handlers by the ARN of their function."""

    def __init__(self) -> None:
        self._functions: dict[str, tuple[dict[str, Any], Callable[[Any, Any], Any], str]] = {}

    def create(self, account: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """Load a function's handler from its ZIP file."""
        name = request["FunctionName"]
        arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
        module, _, attribute = request["Handler"].partition(".")
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(request["Code"]["ZipFile"]))) as archive:
            source = archive.read(f"{module}.py").decode()
        namespace: dict[str, Any] = {"__name__": module}
        exec(compile(source, f"/var/task/{module}.py", "exec"), namespace)
        configuration = {"FunctionName": name, "FunctionArn": arn, "State": "Active", "Handler": request["Handler"]}
        self._functions[arn] = configuration, namespace[attribute], source
        return configuration

    def configuration(self, arn: str) -> dict[str, Any]:
        """What GetFunction tells of a function."""
        if arn not in self._functions:
            raise UnknownFunctionError(arn)
        return self._functions[arn][0]

    def delete(self, arn: str) -> None:
        """Forget a function."""
        self._functions.pop(arn, None)

    def invoke(self, arn: str, payload: bytes, request_id: str) -> tuple[str, bool]:
        """The JSON text that a handler returned, or of what it raised, and whether it raised."""
        self.configuration(arn)
        _, handler, source = self._functions[arn]
        try:
            result = json.dumps(handler(json.loads(payload or b"{}"), None), default=bytes.decode)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the answer
            return json.dumps(_raised(error, source, request_id)), True
        return result, False


def _raised(error: Exception, source: str, request_id: str) -> dict[str, Any]:
    lines = source.splitlines()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("/var/task/")]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": [
            f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n'
            f"    {lines[(frame.lineno or 1) - 1].strip()}\n"
            for frame in frames
        ],
    }


class LambdaApi(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    functions: Functions

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """CreateFunction, Invoke, or an action of IAM or STS."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        if path == FUNCTIONS_PATH:
            self._answer(201, self.functions.create(*self._caller(), json.loads(body)))
        elif path.endswith("/invocations"):
            self._invoke(body)
        else:
            self._query(parse_qs(body.decode()))

    def do_GET(self) -> None:
        """GetFunction."""
        arn = self._function_arn()
        try:
            self._answer(200, {"Configuration": self.functions.configuration(arn)})
        except UnknownFunctionError:
            self._refuse(arn)

    def do_DELETE(self) -> None:
        """DeleteFunction."""
        self.functions.delete(self._function_arn())
        self._answer(204, None)

    def _invoke(self, body: bytes) -> None:
        arn, request_id = self._function_arn(), str(uuid.uuid4())
        try:
            text, raised = self.functions.invoke(arn, body, request_id)
        except UnknownFunctionError:
            qualifier = parse_qs(urlsplit(self.path).query).get("Qualifier", ["$LATEST"])[0]
            self._refuse(f"{arn}:{qualifier}")
            return
        headers = {
            "X-Amz-Executed-Version": "$LATEST",
            "x-amzn-RequestId": request_id,
            "x-amzn-Remapped-Content-Length": "0",
            "X-Amzn-Trace-Id": f"root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}",
            "Connection": "keep-alive",
            "Date": formatdate(usegmt=True),
        }
        if raised:
            headers["X-Amz-Function-Error"] = "Unhandled"
        self._send(200, "application/json", text.encode(), headers)

    def _refuse(self, arn: str) -> None:
        content = {"Type": "User", "Message": f"Function not found: {arn}"}
        self._send(
            404, "application/json", json.dumps(content).encode(), {"x-amzn-ErrorType": "ResourceNotFoundException"}
        )

    def _query(self, form: dict[str, list[str]]) -> None:
        account, _ = self._caller()
        action = form["Action"][0]
        names = {"Role": form.get("RoleName", [""])[0], "Policy": form.get("PolicyName", [""])[0]}
        content = "".join(
            f"<{kind}><{kind}Name>{name}</{kind}Name><Arn>arn:aws:iam::{account}:{kind.lower()}/{name}</Arn></{kind}>"
            for kind, name in names.items()
        )
        content += f"<Account>{account}</Account><Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId>"
        answer = f"<{action}Response><{action}Result>{content}</{action}Result></{action}Response>"
        self._send(200, "text/xml", answer.encode(), {})

    def _caller(self) -> tuple[str, str]:
        match = CREDENTIAL.search(self.headers.get("Authorization", ""))
        return (match[1], match[2]) if match else ("123456789012", "us-east-1")

    def _function_arn(self) -> str:
        name = unquote(urlsplit(self.path).path.removeprefix(f"{FUNCTIONS_PATH}/").partition("/")[0])
        account, region = self._caller()
        return name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{name}"

    def _answer(self, status: int, content: dict[str, Any] | None) -> None:
        self._send(status, "application/json", b"" if content is None else json.dumps(content).encode(), {})

    def _send(self, status: int, content_type: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def lambda_api(port: int = 0) -> ThreadingHTTPServer:
    """A server with no functions yet; the caller serves and closes it."""
    handler = type("Handler", (LambdaApi,), {"functions": Functions()})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    server.block_on_close = False
    return server


@contextmanager
def running_lambda_api() -> Iterator[ThreadingHTTPServer]:
    """A server on a free port that serves until the end of the block."""
    with lambda_api() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    with lambda_api(int(sys.argv[1])) as running:
        running.serve_forever()
