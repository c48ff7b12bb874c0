from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.service.app import Application
from asl.service.service import Service
from asl.service.settings import Settings

if TYPE_CHECKING:
    from asl.durability.archive import ArchivedExecution
    from asl.engine import Execution

ROLE = "arn:aws:iam::123456789012:role/states"
PASS = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}})


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


class Api:
    """Calls of the application without a socket, as one account in one region."""

    def __init__(self, application: Application, account: str = "123456789012", region: str = "us-east-1") -> None:
        self._application = application
        self._credential = f"AWS4-HMAC-SHA256 Credential={account}/20261123/{region}/states/aws4_request, Signature=0"

    def of(self, account: str = "123456789012", region: str = "us-east-1") -> Api:
        return Api(self._application, account, region)

    async def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        """The answer of a call that is expected to succeed."""
        response = await self.post(operation, request)
        answer: dict[str, Any] = json.loads(response.body)
        assert response.status == 200, answer
        return answer

    async def refusal(self, operation: str, **request: Any) -> tuple[str, str]:
        """Type and message of the error of a call that is expected to be refused."""
        response = await self.post(operation, request)
        answer = json.loads(response.body)
        assert response.status == 400, answer
        return answer["__type"].rpartition("#")[2], answer["message"]

    async def post(self, operation: str, request: Any) -> Response:
        headers = {"x-amz-target": f"AWSStepFunctions.{operation}", "authorization": self._credential}
        return await self.send(json.dumps(request).encode(), headers)

    async def send(self, body: bytes, headers: dict[str, str], method: str = "POST") -> Response:
        return await self.send_parts([body], headers, method)

    async def send_parts(self, parts: list[bytes], headers: dict[str, str], method: str = "POST") -> Response:
        requests = [
            {"type": "http.request", "body": part, "more_body": number < len(parts)}
            for number, part in enumerate(parts, start=1)
        ]
        start, content = await self._exchange(requests, headers, method, disconnects=False)
        received = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], received, content["body"])

    async def gone(self, operation: str, **request: Any) -> None:
        """Call and close the connection; nothing is answered."""
        message = {"type": "http.request", "body": json.dumps(request).encode()}
        headers = {"x-amz-target": f"AWSStepFunctions.{operation}", "authorization": self._credential}
        assert await self._exchange([message], headers, "POST", disconnects=True) == []

    async def stalled(self, part: bytes, headers: dict[str, str]) -> Response:
        """Send the first part of a body and never the rest."""
        message = {"type": "http.request", "body": part, "more_body": True}
        start, content = await self._exchange([message], headers, "POST", disconnects=False)
        return Response(start["status"], {}, content["body"])

    async def get(self, path: str) -> Response:
        """What is served beside the API."""
        start, content = await self._exchange([], {}, "GET", disconnects=False, path=path)
        received = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], received, content["body"])

    async def _exchange(
        self,
        messages: list[dict[str, Any]],
        headers: dict[str, str],
        method: str,
        *,
        disconnects: bool,
        path: str = "/",
    ) -> list[Any]:
        pending, sent = iter(messages), []

        async def receive() -> Any:
            message = next(pending, None)
            if message is None and not disconnects:
                await asyncio.get_running_loop().create_future()
            return message or {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
        await self._application(scope, receive, send)
        return sent

    def advance(self, seconds: float) -> None:
        """Let time pass while nothing happens."""
        clock = self._application._service.engine.clock
        assert isinstance(clock, VirtualClock)
        clock._now += seconds

    def close(self) -> None:
        self._application._service.closing.set()

    async def machine(self, name: str = "orders", definition: str = PASS, **more: Any) -> str:
        answer = await self("CreateStateMachine", name=name, definition=definition, roleArn=ROLE, **more)
        arn: str = answer["stateMachineArn"]
        return arn

    async def waiting_machine(self, name: str = "orders") -> str:
        """A state machine whose executions wait for a worker of the activity `work`."""
        activity = (await self("CreateActivity", name="work"))["activityArn"]
        task = {"Type": "Task", "Resource": activity, "End": True}
        return await self.machine(name, json.dumps({"StartAt": "Only", "States": {"Only": task}}))

    async def run(self, machine: str, **more: Any) -> dict[str, Any]:
        """Start an execution and describe it once it has ended."""
        arn = (await self("StartExecution", stateMachineArn=machine, **more))["executionArn"]
        return await self.ended(arn)

    async def ended(self, arn: str) -> dict[str, Any]:
        await self.execution(arn).wait()
        return await self("DescribeExecution", executionArn=arn)

    def execution(self, arn: str) -> Execution | ArchivedExecution:
        _, _, _, region, account, *_ = arn.split(":")
        return self._application._service.account(account, region).executions[arn].execution


@pytest.fixture
async def api() -> Api:
    return Api(Application(Service(Settings(), VirtualClock(), no_lambda)))
