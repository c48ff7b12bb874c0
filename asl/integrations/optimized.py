"""What the optimized integrations of AWS services have in common. Each service has a module that says what is its own.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.integrations.aws_api import AwsError
from asl.integrations.aws_names import Naming
from asl.integrations.aws_sdk import WAIT_FOR_TASK_TOKEN
from asl.integrations.aws_task import call_service, finish
from asl.integrations.errors import TaskFailure
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.integrations.aws_api import AwsApi, AwsResponse
    from asl.integrations.protocol import Caller, TaskCall

Json = Any


def as_given(parameters: Json, caller: Caller) -> Json:  # noqa: ARG001 - for other services it matters who calls
    """The parameters as the state machine gives them."""
    return parameters


def always(result: dict[str, Json]) -> None:
    """Every answer of the service is a success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizedService:
    """A service, and what its integration does that the service's API does not.

    `name` is that in the resource, `sdk_name` that of the SDK integration. Errors are `error_class.NAME`, worded as
    the AWS SDK for Java 1.x does, which calls the service `service_title`. `prepare` changes the parameters, `verify`
    raises TaskFailure for an answer that is not a success.
    """

    name: str
    sdk_name: str
    error_class: str
    service_title: str
    base_exception: str
    actions: frozenset[str]
    prepare: Callable[[Json, Caller], Json] = as_given
    verify: Callable[[dict[str, Json]], None] = always


class OptimizedIntegration:
    """The resource `arn:aws:states:::SERVICE:ACTION`, with `.waitForTaskToken` or without."""

    def __init__(self, service: OptimizedService, action: str, api: AwsApi) -> None:
        self.events = ServiceEvents(service.name, action)
        self.uses_token = action.endswith(WAIT_FOR_TASK_TOKEN)
        self._service = service
        self._target = (service.sdk_name, action.removesuffix(WAIT_FOR_TASK_TOKEN), Naming.OPTIMIZED)
        self._api = api

    def check(self) -> None:
        """Whether what it works on exists shows when it is called."""

    async def run(self, call: TaskCall) -> Json:
        """Call the action; with a task token, wait until that is answered."""
        call.started(None)
        service = self._service
        parameters = service.prepare(call.arguments, call.caller)
        try:
            response = await call_service(self._api, self._target, parameters, call, lambda _: service.error_class)
        except AwsError as error:
            raise _failure(service, error) from error
        service.verify(response.result)
        return await finish(call, {**response.result, **_metadata(response)})


def _failure(service: OptimizedService, error: AwsError) -> TaskFailure:
    name = service.base_exception if error.shape is None else f"{error.shape.removesuffix('Exception')}Exception"
    return TaskFailure(
        f"{service.error_class}.{name}",
        f"{error.message} (Service: {service.service_title}; Status Code: {error.status_code}; "
        f"Error Code: {error.code}; Request ID: {error.request_id}; Proxy: null)",
    )


def _metadata(response: AwsResponse) -> dict[str, Json]:
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in response.headers.items()},
            "HttpHeaders": dict(response.headers),
            "HttpStatusCode": response.status_code,
        },
        "SdkResponseMetadata": {"RequestId": response.request_id},
    }
