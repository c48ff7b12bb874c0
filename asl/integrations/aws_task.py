"""What all tasks that call an AWS service have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.integrations.aws_api import AwsRequest, AwsUnreachableError, AwsUnsupportedError
from asl.integrations.errors import TaskFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.integrations.aws_api import AwsApi, AwsResponse
    from asl.integrations.aws_names import Naming
    from asl.integrations.protocol import TaskCall

Json = Any

CLIENT_EXCEPTION: Final = "SdkClientException"
RUNTIME: Final = "States.Runtime"


async def call_service(
    api: AwsApi, target: tuple[str, str, Naming], parameters: Json, call: TaskCall, error_class: Callable[[str], str]
) -> AwsResponse:
    """Call an action of a service, which `target` names, for a task.

    `error_class` gives the first part of the name of an error for a service's id.

    Raises:
        AwsError: the service refused the request.
        TaskFailure: there was no answer, or no such action.
    """
    service, action, naming = target
    request = AwsRequest(
        service, action, parameters, naming, call.account, call.caller.region, credentials=call.credentials
    )
    with call.clock.outside_work():
        try:
            return await api.call(request)
        except AwsUnreachableError as error:
            raise TaskFailure(f"{error_class(error.service_id)}.{CLIENT_EXCEPTION}", error.message) from error
        except AwsUnsupportedError as error:
            raise TaskFailure(RUNTIME, str(error)) from error


async def finish(call: TaskCall, output: Json) -> Json:
    """The result of a task whose service has answered: with a task token, wait until that is answered too."""
    if call.pending is None:
        return output
    call.submitted(output)
    return await call.pending.completion
