"""What the recorded cases need of AWS beside Step Functions: roles, and Lambda functions that really run.

A function runs in this process, and what it raises is told as the Python runtime of Lambda tells it:
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import base64
import io
import json
import linecache
import threading
import traceback
import uuid
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FUNCTIONS = "/2015-03-31/functions"


@dataclass(frozen=True)
class Function:
    """A deployed function. `code` is its source."""

    arn: str
    handler: str
    code: str

    def call(self, event: Any) -> tuple[str, str | None]:
        """The payload of the answer, and how the function failed, if it did."""
        module, _, name = self.handler.partition(".")
        file = f"/var/task/{module}.py"
        linecache.cache[file] = (len(self.code), None, self.code.splitlines(keepends=True), file)
        try:
            namespace: dict[str, Any] = {"__name__": module}
            exec(compile(self.code, file, "exec"), namespace)
            result = namespace[name](event, None)
            # The runtime passes bytes on as they are.
            return (result.decode() if isinstance(result, bytes) else json.dumps(result, ensure_ascii=False)), None
        except Exception as raised:  # noqa: BLE001 - whatever a function raises is its answer
            return json.dumps(_described(raised)), "Unhandled"


def _described(raised: Exception) -> dict[str, Any]:
    return {
        "errorMessage": str(raised),
        "errorType": type(raised).__name__,
        "requestId": str(uuid.uuid4()),
        "stackTrace": traceback.format_list(traceback.extract_tb(raised.__traceback__)[1:]),
    }


class AwsBeside(BaseHTTPRequestHandler):
    """IAM and STS (they say yes to everything) and the Lambda API."""

    protocol_version = "HTTP/1.1"
    functions: dict[str, Function]

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """GetFunction."""
        function = self._function()
        self._send(404, {}) if function is None else self._send(200, {"Configuration": {"State": "Active"}})

    def do_POST(self) -> None:
        """Everything else."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith(FUNCTIONS):
            self._answer_query(parse_qs(body.decode()))
        elif self.path.rstrip("/") == FUNCTIONS:
            self._create(json.loads(body))
        else:
            self._invoke(body)

    def _create(self, request: dict[str, Any]) -> None:
        content = zipfile.ZipFile(io.BytesIO(base64.b64decode(request["Code"]["ZipFile"])))
        code = content.read(content.namelist()[0]).decode()
        arn = f"arn:aws:lambda:us-east-1:{self._account()}:function:{request['FunctionName']}"
        self.functions[arn] = Function(arn, request["Handler"], code)
        self._send(201, {"FunctionName": request["FunctionName"], "FunctionArn": arn})

    def _invoke(self, body: bytes) -> None:
        function = self._function()
        if function is None:
            message = f"Function not found: {self._arn()}:$LATEST"
            self._send(404, {"Type": "User", "Message": message}, {"x-amzn-ErrorType": "ResourceNotFoundException"})
            return
        payload, error = function.call(json.loads(body or b"{}"))
        headers = {
            "X-Amz-Executed-Version": "$LATEST",
            "X-Amzn-Trace-Id": "Root=1",
            "X-Amzn-Remapped-Content-Length": "0",
        }
        self._send(200, payload, headers if error is None else {**headers, "X-Amz-Function-Error": error})

    def _answer_query(self, query: dict[str, list[str]]) -> None:
        action = query["Action"][0]
        prefix = f"arn:aws:iam::{self._account()}"
        role = f"<Role><Arn>{prefix}:role/{query.get('RoleName', [''])[0]}</Arn></Role>"
        policy = f"<Policy><Arn>{prefix}:policy/{query.get('PolicyName', [''])[0]}</Arn></Policy>"
        identity = f"<Account>{self._account()}</Account>"
        result = {"CreateRole": role, "CreatePolicy": policy, "GetCallerIdentity": identity}.get(action, "")
        self._send(200, f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")

    def _function(self) -> Function | None:
        return self.functions.get(self._arn())

    def _arn(self) -> str:
        name = unquote(urlsplit(self.path).path).removeprefix(f"{FUNCTIONS}/").split("/")[0]
        return name if name.startswith("arn:") else f"arn:aws:lambda:us-east-1:{self._account()}:function:{name}"

    def _account(self) -> str:
        return self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]

    def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        more = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "application/json", **(headers or {})}
        for name, value in {**more, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def aws_beside() -> Iterator[str]:
    """The URL at which it answers."""
    handler: Callable[..., AwsBeside] = type("Handler", (AwsBeside,), {"functions": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
