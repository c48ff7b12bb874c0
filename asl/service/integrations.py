"""Tasks that use Step Functions itself: `states:startExecution`, and `aws-sdk:sfn` with any action that is served here.

See https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html and
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import re
import uuid
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from asl.engine import EngineError
from asl.integrations import Integrations, StartError, TaskFailure
from asl.integrations.aws_api import AwsUnsupportedError
from asl.integrations.aws_models import service_model
from asl.integrations.aws_names import Naming
from asl.integrations.aws_shapes import to_json, to_parameters
from asl.integrations.service_events import ServiceEvents
from asl.service.call import Call
from asl.service.constraints import RequestCheck
from asl.service.errors import ApiError
from asl.service.operations import OPERATIONS
from asl.service.operations.executions import start

if TYPE_CHECKING:
    from botocore.model import Shape

    from asl.engine import Execution
    from asl.integrations import AwsApi, Caller, Integration, LambdaInvoker, StartedExecution, TaskCall
    from asl.service.service import Service

Json = Any

SDK_ACTION: Final = re.compile(r"arn:[\w-]+:states:[\w-]*:\d*:aws-sdk:sfn:([a-z]\w*)(\.waitForTaskToken)?")


class ServiceIntegrations(Integrations):
    """The integrations of an engine that is served: what concerns state machines comes back to the service."""

    def __init__(self, lambda_invoker: LambdaInvoker, service: Service, aws: AwsApi) -> None:
        super().__init__(lambda_invoker, NestedExecutions(service), aws)
        self._service = service

    def of(self, resource: str) -> Integration:
        """The integration that a resource names."""
        match = SDK_ACTION.fullmatch(resource)
        if match is not None:
            operation = match[1][0].upper() + match[1][1:]
            if operation in OPERATIONS:
                return SdkActionIntegration(self._service, operation, match[1] + (match[2] or ""))
        return super().of(resource)


class NestedExecutions:
    """Starts the executions that tasks start."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._check = RequestCheck("StartExecution")

    def start_execution(
        self, state_machine_arn: str, execution_input: str, name: str | None, caller: Caller
    ) -> Execution:
        """Start an execution as StartExecution does, for the account of the calling execution.

        Raises:
            StartError: it is not started.

        """
        request = {"stateMachineArn": state_machine_arn, "input": execution_input, "name": name}
        account = self._service.account(caller.account, caller.region)
        try:
            return start(Call(self._service, account, self._check(request)))
        except ApiError as error:
            raise StartError(error.code, error.message) from error

    def find_execution(self, execution_arn: str, caller: Caller) -> StartedExecution | None:
        """A standard execution of the account of the calling execution."""
        stored = self._service.account(caller.account, caller.region).executions.get(execution_arn)
        return None if stored is None else stored.execution


class SdkActionIntegration:
    """The resource `arn:aws:states:::aws-sdk:sfn:ACTION`: names of parameters and results begin with a capital."""

    def __init__(self, service: Service, operation: str, action: str) -> None:
        self.events = ServiceEvents("aws-sdk:sfn", action)
        self.uses_token = action.endswith(".waitForTaskToken")
        self._service = service
        self._operation = operation
        self._check = RequestCheck(operation)
        self._input_shape, self._output_shape = _shapes(operation)

    def check(self) -> None:
        """Whether the resource it works on exists shows when it is called."""

    async def run(self, call: TaskCall) -> Json:
        """Call the action for the account of the task; with a task token, wait until that is answered."""
        call.started(None)
        account = self._service.account(call.account, call.caller.region)
        try:
            request = self._check(self._parameters(call.arguments))
            answer = OPERATIONS[self._operation](Call(self._service, account, request))
            result = to_json(await answer if isawaitable(answer) else answer, self._output_shape, Naming.SDK)
        except ApiError as error:
            raise _failure(error.code, error.message) from error
        except EngineError as error:
            raise _failure(type(error).__name__, str(error)) from error
        if call.pending is None:
            return result
        call.submitted(result)
        return await call.pending.completion

    def _parameters(self, arguments: Json) -> Json:
        """The request that the arguments are: with the API's names, and JSON as text where the API takes a text."""
        try:
            return to_parameters(arguments, self._input_shape, Naming.SDK)
        except AwsUnsupportedError as error:
            raise TaskFailure("States.Runtime", str(error)) from error


def _shapes(operation: str) -> tuple[Shape, Shape]:
    """What an action takes and answers."""
    model = service_model("sfn")
    action = None if model is None else model.operation_model(operation)
    if action is None or action.input_shape is None or action.output_shape is None:
        raise LookupError(f"botocore has no model of {operation}")
    return action.input_shape, action.output_shape


def _failure(code: str, message: str) -> TaskFailure:
    name = code if code.endswith("Exception") else f"{code}Exception"
    return TaskFailure(f"Sfn.{name}", f"{message} (Service: Sfn, Status Code: 400, Request ID: {uuid.uuid4()})")
