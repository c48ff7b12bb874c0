"""Step Functions of the embedded AWS: the engine in the place of MiniStack's own.

MiniStack reaches its Step Functions only through the names of one module, `ministack.services.stepfunctions`. This
package puts another module there, whose names lead to an `asl.service.Service` on the event loop that serves MiniStack:
`handle_request` is the API, `_start_execution` what rules, pipes and schedules call, from any thread.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from asl.durability.journal import UnsavedError
from asl.service.app import Application
from asl.service.call import Call
from asl.service.constraints import RequestCheck
from asl.service.errors import ApiError
from asl.service.operations import OPERATIONS, READS
from asl.service.preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, MutableMapping
    from types import ModuleType

    from asl.service.service import Service

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Response = tuple[int, dict[str, str], bytes]

JSON_HEADERS: Final = {"Content-Type": "application/x-amz-json-1.0"}
client: Final[ContextVar[Receive | None]] = ContextVar("client", default=None)
"""The ASGI `receive` of the request that is being answered: a long poll ends when its client goes away."""


class StepFunctions:
    """What MiniStack finds where its own Step Functions was. Made on the event loop that serves requests."""

    def __init__(self, service: Service, scope: Callable[[], tuple[str, str]]) -> None:
        """`scope` gives account and region of the request that MiniStack is at work on, in whatever thread."""
        self.service = service
        self._scope = scope
        self._application = Application(service)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    async def handle_request(
        self, method: str, _path: str, headers: Mapping[str, str], body: bytes, _query: Mapping[str, Any]
    ) -> Response:
        """Answer a request of the API. MiniStack has checked and attributed it: `scope` says whose it is."""
        account, region = self._scope()
        request = {
            "type": "http",
            "method": method,
            "headers": [
                (b"x-amz-target", headers.get("x-amz-target", "").encode("latin-1", "replace")),
                (b"authorization", f"Credential={account}/20260101/{region}/states/aws4_request".encode()),
            ],
        }
        given = iter([{"type": "http.request", "body": body or b"", "more_body": False}])
        sent: list[Message] = []

        async def receive() -> Message:
            return next(given, None) or await _disconnected()

        async def send(message: Message) -> None:
            sent.append(message)

        await self._application(request, receive, send)
        if not sent:
            return 499, {}, b""  # the client has gone: nobody reads this
        start, end = sent
        return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, end["body"]

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of an operation that does not wait, for the account and region at hand; from any thread.

        What it does is kept before this returns, but for a call on the event loop itself: the loop must not wait.

        Raises:
            ApiError: it is refused.
        """
        call = Call(self.service, self.service.account(*self._scope()), _check(operation)(dict(request)))
        if threading.get_ident() == self._thread:
            return self._perform(operation, call)

        async def perform() -> dict[str, Any]:
            await prepare(call)
            answer = self._perform(operation, call)
            if operation not in READS:
                await self.service.check_saved()
            return answer

        try:
            return asyncio.run_coroutine_threadsafe(perform(), self._loop).result()
        except UnsavedError as error:
            raise ApiError("ServiceUnavailable", str(error), status=503) from error

    def _perform(self, operation: str, call: Call) -> dict[str, Any]:
        if operation not in READS:
            self.service.check_writable()
        answer = OPERATIONS[operation](call)
        if isawaitable(answer):
            raise TypeError(f"{operation} waits: it can only be called through the API")
        return answer

    def start_execution(self, request: Mapping[str, Any]) -> Response:
        """Start an execution for a rule, a pipe or a schedule."""
        try:
            answer = self.call("StartExecution", request)
        except ApiError as error:
            return error.status, JSON_HEADERS, json.dumps({"__type": error.code, "message": error.message}).encode()
        return 200, JSON_HEADERS, json.dumps(answer).encode()

    def resolve(self, arn: str) -> str | None:
        """The ARN of the state machine that `arn` names, be it as a version or an alias; None where there is none."""
        try:
            self.call("DescribeStateMachine", {"stateMachineArn": arn})
        except ApiError:
            return None
        return ":".join(arn.split(":")[:7])


@cache
def _check(operation: str) -> RequestCheck:
    return RequestCheck(operation)


async def _disconnected() -> Message:
    """Return when the client of the current request has gone."""
    receive = client.get()
    if receive is None:
        await asyncio.Future()
        raise AssertionError
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message


class StateMachineArns(Mapping[str, Any]):
    """The state machines by ARN, as the detection of drift in stacks looks them up."""

    def __init__(self, step_functions: StepFunctions) -> None:
        self._step_functions = step_functions

    def __getitem__(self, arn: str) -> Any:
        try:
            return self._step_functions.call("DescribeStateMachine", {"stateMachineArn": arn})
        except ApiError:
            raise KeyError(arn) from None

    def __iter__(self) -> Iterator[str]:
        return (machine["stateMachineArn"] for machine in self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> list[dict[str, Any]]:
        machines: list[dict[str, Any]] = []
        request: dict[str, Any] = {"maxResults": 1000}
        while True:
            answer = self._step_functions.call("ListStateMachines", request)
            machines += answer["stateMachines"]
            if "nextToken" not in answer:
                return machines
            request["nextToken"] = answer["nextToken"]


PROVIDED: Final = frozenset(
    {
        "handle_request",
        "_start_execution",
        "_resolve_state_machine_arn",
        "_state_machines",
        "get_state",
        "load_persisted_state",
        "reset",
    }
)
"""All that MiniStack uses of its Step Functions."""


def provide(module: ModuleType, step_functions: StepFunctions) -> None:
    """Give the module that stands where MiniStack's was the names `PROVIDED`."""
    names = {
        "handle_request": step_functions.handle_request,
        "_start_execution": step_functions.start_execution,
        "_resolve_state_machine_arn": step_functions.resolve,
        "_state_machines": StateMachineArns(step_functions),
        # MiniStack neither saves nor loads what the engine has.
        "get_state": lambda: None,
        "load_persisted_state": lambda _state: None,
        "reset": lambda: None,
    }
    vars(module).update({provided: names[provided] for provided in PROVIDED})
