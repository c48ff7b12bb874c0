"""Lambda functions of a test: Python handlers, called as Lambda calls them, or outcomes that stand for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from asl.integrations import LambdaResponse, TaskFailure
from asl.randomness import random_uuid
from asl.testing.errors import TestSetupError, UnansweredCallError
from asl.testing.lambda_errors import MarshalError, error_payload
from asl.testing.outcomes import WAITS, Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.integrations import LambdaRequest
    from asl.testing.clock import SteppedClock
    from asl.testing.outcomes import Outcome

Json = Any

EVENT = "Event"
DRY_RUN = "DryRun"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """The second argument of a handler.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: None = None
    client_context: Json = None

    def get_remaining_time_in_millis(self) -> int:
        """Always 30 seconds: a handler takes no virtual time."""
        return 30_000


class Functions:
    """The functions that the tasks of a run may invoke, by ARN or name; `aliases` are further names of ARNs."""

    def __init__(self, handlers: Mapping[str, Outcome], aliases: Mapping[str, str], clock: SteppedClock) -> None:
        self._scripts = {
            aliases.get(name, name): Script(f"the function {name!r}", handler, clock, clock.inside_work)
            for name, handler in handlers.items()
        }

    async def invoke(self, request: LambdaRequest) -> LambdaResponse:
        """Invoke a function.

        Raises:
            TaskFailure: the Lambda service, not the function, fails as the test says.
            TestSetupError: nothing is bound to the function, or no outcome is left.
        """
        name = request.function.rpartition(":")[2]
        script = self._find(request, name)
        request_id = random_uuid()
        if request.invocation_type == DRY_RUN:
            return LambdaResponse(payload="", status_code=204, request_id=request_id)
        context = LambdaContext(
            function_name=name,
            invoked_function_arn=request.function,
            aws_request_id=request_id,
            function_version=request.qualifier,
            log_group_name=f"/aws/lambda/{name}",
            log_stream_name=f"[{request.qualifier}]{request_id.replace('-', '')}",
            client_context=request.client_context,
        )
        payload, error = await _answer(script, json.loads(request.payload or "{}"), context)
        if request.invocation_type == EVENT:
            return LambdaResponse(payload="", status_code=202, request_id=request_id)
        return LambdaResponse(payload=payload, function_error=error, request_id=request_id)

    def _find(self, request: LambdaRequest, name: str) -> Script:
        for key in (f"{request.function}:{request.qualifier}", request.function, f"{name}:{request.qualifier}", name):
            if key in self._scripts:
                return self._scripts[key]
        raise UnansweredCallError(
            f"the function {name!r} is invoked and nothing is bound to it: give its handler, or what it answers, with "
            f"handlers={{{name!r}: ...}}, or mock the state"
        )


async def _answer(script: Script, event: Json, context: LambdaContext) -> tuple[str, str | None]:
    """The payload of the answer, and `Unhandled` where it tells an error."""
    try:
        result = await script.perform(event, context)
        return _marshal(None if result is WAITS else result), None
    except TestSetupError:
        raise
    except TaskFailure as failure:
        if (failure.error or "").startswith("Lambda."):
            raise
        content = {"errorMessage": failure.cause or "", "errorType": failure.error}
    except SystemExit as exited:
        text = f"RequestId: {context.aws_request_id} Error: Runtime exited with error: exit status {exited.code or 0}"
        content = {"errorMessage": text, "errorType": "Runtime.ExitError"}
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is what its function fails with
        content = error_payload(error, context.aws_request_id)
    return json.dumps(content), "Unhandled"


def _marshal(value: Json) -> str:
    try:
        return json.dumps(value, default=_plain)
    except (TypeError, ValueError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from None


def _plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
