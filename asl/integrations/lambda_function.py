"""Lambda functions: as a resource by ARN, and as `arn:aws:states:::lambda:invoke`.

Who really invokes the function is a port, `LambdaInvoker`.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from asl.integrations.errors import TaskFailure
from asl.integrations.protocol import error_details
from asl.integrations.service_events import NOT_TRUNCATED, ServiceEvents

if TYPE_CHECKING:
    from asl.integrations.protocol import Event, TaskCall

Json = Any

UNKNOWN_ERROR: Final = "Lambda.Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaRequest:
    """An invocation. `function` is a full ARN without qualifier; `payload` is JSON text, empty where there is none."""

    function: str
    qualifier: str = "$LATEST"
    payload: str = ""
    invocation_type: str = "RequestResponse"
    client_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaResponse:
    """What the Invoke API answers. `function_error` is there where the function raised; `payload` is JSON text."""

    payload: str
    function_error: str | None = None
    status_code: int = 200
    executed_version: str = "$LATEST"
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class LambdaServiceError(Exception):
    """The Invoke API refused the request: the error's code, its message and the HTTP status."""

    def __init__(self, code: str, message: str, status_code: int, request_id: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status_code = status_code
        self.request_id = request_id


LambdaInvoker: TypeAlias = Callable[[LambdaRequest], Awaitable[LambdaResponse]]


async def no_lambda(request: LambdaRequest) -> LambdaResponse:
    """The invoker where there is none."""
    raise LambdaServiceError(
        "SdkClientException", f"No Lambda endpoint is configured to invoke {request.function} at.", 503
    )


async def _invoke(invoker: LambdaInvoker, request: LambdaRequest, call: TaskCall) -> LambdaResponse:
    with call.clock.outside_work():
        try:
            response = await invoker(request)
        except LambdaServiceError as error:
            raise TaskFailure(
                f"Lambda.{error.code}",
                f"{error.message} (Service: AWSLambda; Status Code: {error.status_code}; "
                f"Error Code: {error.code}; Request ID: {error.request_id}; Proxy: null)",
            ) from error
    return response


def _error_name(content: Json) -> str:
    """The name of what a function raised, told from the payload of the answer."""
    error_type = content.get("errorType") if isinstance(content, dict) else None
    return error_type if isinstance(error_type, str) else UNKNOWN_ERROR


def _json_or_text(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


def compact(value: Json) -> str:
    """JSON text as AWS writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class LambdaFunctionEvents:
    """The history events of a task whose resource is a function's ARN."""

    __slots__ = ("_arn",)

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def scheduled(self, call: TaskCall) -> Event:
        """`LambdaFunctionScheduled`."""
        details = call.schedule.details()
        details.pop("heartbeatInSeconds", None)
        return "LambdaFunctionScheduled", {
            "resource": self._arn,
            "input": call.arguments_text,
            "inputDetails": NOT_TRUNCATED,
            **details,
        }

    def started(self, worker_name: str | None) -> Event:  # noqa: ARG002 - functions have no named workers
        """`LambdaFunctionStarted`."""
        return "LambdaFunctionStarted", {}

    def submitted(self, output_text: str) -> Event:
        """Never: a function by ARN is always waited for."""
        raise NotImplementedError(output_text)

    def succeeded(self, output_text: str) -> Event:
        """`LambdaFunctionSucceeded`."""
        return "LambdaFunctionSucceeded", {"output": output_text, "outputDetails": NOT_TRUNCATED}

    def failed(self, error: str | None, cause: str | None) -> Event:
        """`LambdaFunctionFailed`."""
        return "LambdaFunctionFailed", error_details(error, cause)

    def timed_out(self, error: str) -> Event:
        """`LambdaFunctionTimedOut`."""
        return "LambdaFunctionTimedOut", {"error": error}


class LambdaFunctionIntegration:
    """The resource `arn:aws:lambda:REGION:ACCOUNT:function:NAME`: its event is the arguments."""

    uses_token = False

    def __init__(self, arn: str, invoker: LambdaInvoker) -> None:
        self.events = LambdaFunctionEvents(arn)
        self._function, self._qualifier = split_qualifier(arn)
        self._invoker = invoker

    def check(self) -> None:
        """Whether the function exists shows when it is invoked."""

    async def run(self, call: TaskCall) -> Json:
        """Invoke the function with the arguments."""
        call.started(None)
        request = LambdaRequest(function=self._function, qualifier=self._qualifier, payload=call.arguments_text)
        response = await _invoke(self._invoker, request, call)
        if response.function_error is not None:
            raise TaskFailure(_error_name(_json_or_text(response.payload)), response.payload)
        return _json_or_text(response.payload) if response.payload else None


class LambdaInvokeIntegration:
    """The resource `arn:aws:states:::lambda:invoke`, with `.waitForTaskToken` or without."""

    def __init__(self, action: str, invoker: LambdaInvoker) -> None:
        self.events = ServiceEvents("lambda", action)
        self.uses_token = action.endswith(".waitForTaskToken")
        self._invoker = invoker

    def check(self) -> None:
        """Whether the function exists shows when it is invoked."""

    async def run(self, call: TaskCall) -> Json:
        """Invoke the function; with a task token, wait until that is answered."""
        call.started(None)
        response = await _invoke(self._invoker, self._request(call), call)
        if response.function_error is not None:
            content = _json_or_text(response.payload)
            raise TaskFailure(_error_name(content), compact(content))
        output = _invoke_output(response)
        if call.pending is None:
            return output
        call.submitted(output)
        return await call.pending.completion

    def _request(self, call: TaskCall) -> LambdaRequest:
        arguments = call.arguments if isinstance(call.arguments, dict) else {}
        name = arguments.get("FunctionName")
        if not isinstance(name, str):
            raise TaskFailure("Lambda.AWSLambdaException", "The parameter FunctionName has to name a function.")
        function, qualifier = split_qualifier(_function_arn(name, call))
        context = arguments.get("ClientContext")
        return LambdaRequest(
            function=function,
            qualifier=str(arguments.get("Qualifier", qualifier)),
            payload=_payload_text(arguments.get("Payload")),
            invocation_type=str(arguments.get("InvocationType", "RequestResponse")),
            client_context=None if context is None else str(context),
        )


def _payload_text(payload: Json) -> str:
    """The text that a function receives: a string is taken to be JSON text already."""
    if payload is None:
        return ""
    return payload if isinstance(payload, str) else compact(payload)


def _function_arn(name: str, call: TaskCall) -> str:
    if name.startswith("arn:"):
        return name
    account, separator, rest = name.partition(":function:")
    if not separator:
        account, rest = call.account, name
    return f"arn:aws:lambda:{call.caller.region}:{account}:function:{rest}"


def split_qualifier(arn: str) -> tuple[str, str]:
    """A function's ARN without its qualifier, and the qualifier, `$LATEST` where there is none."""
    parts = arn.split(":")
    return ":".join(parts[:7]), parts[7] if len(parts) > 7 else "$LATEST"


def _invoke_output(response: LambdaResponse) -> Json:
    """The answer of the Invoke API as the service integration shows it."""
    return {
        "ExecutedVersion": response.executed_version,
        "Payload": _json_or_text(response.payload) if response.payload else None,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in response.headers.items()},
            "HttpHeaders": dict(response.headers),
            "HttpStatusCode": response.status_code,
        },
        "SdkResponseMetadata": {"RequestId": response.request_id},
        "StatusCode": response.status_code,
    }
