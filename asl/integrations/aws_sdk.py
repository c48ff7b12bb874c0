"""Any action of any AWS service: `arn:aws:states:::aws-sdk:SERVICE:ACTION`, with `.waitForTaskToken` or without.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.integrations.aws_api import AwsError
from asl.integrations.aws_names import Naming, exception_class, service_class
from asl.integrations.aws_task import call_service, finish
from asl.integrations.errors import TaskFailure
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsApi
    from asl.integrations.protocol import TaskCall

Json = Any

WAIT_FOR_TASK_TOKEN: Final = ".waitForTaskToken"  # noqa: S105 - the name of a pattern, not a password


class AwsSdkIntegration:
    """The resource `arn:aws:states:::aws-sdk:SERVICE:ACTION`. Its result is what the service answers."""

    def __init__(self, service: str, action: str, api: AwsApi) -> None:
        self.events = ServiceEvents(f"aws-sdk:{service}", action)
        self.uses_token = action.endswith(WAIT_FOR_TASK_TOKEN)
        self._target = (service, action.removesuffix(WAIT_FOR_TASK_TOKEN), Naming.SDK)
        self._api = api

    def check(self) -> None:
        """Whether there is such an action shows when it is called."""

    async def run(self, call: TaskCall) -> Json:
        """Call the action; with a task token, wait until that is answered."""
        call.started(None)
        try:
            response = await call_service(self._api, self._target, call.arguments, call, service_class)
        except AwsError as error:
            raise _failure(error) from error
        return await finish(call, response.result)


def _failure(error: AwsError) -> TaskFailure:
    """An error as the AWS SDK for Java 2.x has it: the service's base exception where its model knows no other."""
    service = service_class(error.service_id)
    name = f"{service}Exception" if error.shape is None else exception_class(error.shape)
    told = f"Service: {service}, Status Code: {error.status_code}, Request ID: {error.request_id}"
    if error.extended_request_id is not None and service.startswith("S3"):
        told += f", Extended Request ID: {error.extended_request_id}"
    return TaskFailure(f"{service}.{name}", f"{error.message} ({told})")
