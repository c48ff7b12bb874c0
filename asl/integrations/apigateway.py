"""`arn:aws:states:::apigateway:invoke`: a request to a REST or HTTP API of API Gateway.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from asl.integrations.aws_api import AwsUnreachableError
from asl.integrations.aws_sdk import WAIT_FOR_TASK_TOKEN
from asl.integrations.aws_task import CLIENT_EXCEPTION, RUNTIME, finish
from asl.integrations.errors import TaskFailure
from asl.integrations.http_task import Arguments, body_text, query, request_of, result_of
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsApi
    from asl.integrations.protocol import TaskCall

Json = Any

ACTIONS: Final = frozenset({"invoke", "invoke.waitForTaskToken"})
SIGNED: Final = {"NO_AUTH": False, "RESOURCE_POLICY": True, "IAM_ROLE": True}
REFUSED: Final = 400
PATH_SAFE: Final = "/-._~%:@!$&'()*+,;="


class ApiGatewayIntegration:
    """The resource `arn:aws:states:::apigateway:invoke`, with `.waitForTaskToken` or without."""

    def __init__(self, action: str, api: AwsApi) -> None:
        self.events = ServiceEvents("apigateway", action)
        self.uses_token = action.endswith(WAIT_FOR_TASK_TOKEN)
        self._api = api

    def check(self) -> None:
        """Whether the API exists shows when it is called."""

    async def run(self, call: TaskCall) -> Json:
        """Send the request; with a task token, wait until that is answered."""
        call.started(None)
        arguments = Arguments.of(call)
        signed = SIGNED.get(arguments.optional_text("AuthType") or "NO_AUTH")
        if signed is None:
            raise TaskFailure(RUNTIME, f"The argument AuthType has to be one of {', '.join(SIGNED)}.")
        headers = arguments.pairs("Headers")
        request = request_of(call, arguments, _url(arguments), headers, "execute-api" if signed else None)
        with call.clock.outside_work():
            try:
                answer = await self._api.send(request)
            except AwsUnreachableError as error:
                raise TaskFailure(f"ApiGateway.{CLIENT_EXCEPTION}", error.message) from error
        if answer.status_code >= REFUSED:
            raise TaskFailure(f"ApiGateway.{answer.status_code}", body_text(answer))
        return await finish(call, result_of(answer))


def _url(arguments: Arguments) -> str:
    endpoint = arguments.text("ApiEndpoint").rstrip("/")
    if "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    parts = (arguments.optional_text(name).strip("/") for name in ("Stage", "Path"))
    path = "".join(f"/{quote(part, safe=PATH_SAFE)}" for part in parts if part)
    return f"{endpoint}{path}{query(arguments.pairs('QueryParameters'))}"
