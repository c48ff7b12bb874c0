"""Which integration a Task state's `Resource` names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.integrations.activity import Activities, ActivityIntegration
from asl.integrations.apigateway import ACTIONS as APIGATEWAY_ACTIONS
from asl.integrations.apigateway import ApiGatewayIntegration
from asl.integrations.aws_api import NoAws
from asl.integrations.aws_sdk import AwsSdkIntegration
from asl.integrations.dynamodb import DYNAMODB
from asl.integrations.events import EVENTS
from asl.integrations.http_connection import Connections
from asl.integrations.http_invoke import HttpInvokeIntegration
from asl.integrations.lambda_function import (
    LambdaFunctionIntegration,
    LambdaInvokeIntegration,
    LambdaInvoker,
    no_lambda,
)
from asl.integrations.nested_execution import NoStateMachines, StartExecutionIntegration, StateMachines
from asl.integrations.optimized import OptimizedIntegration
from asl.integrations.sns import SNS
from asl.integrations.sqs import SQS
from asl.integrations.task_tokens import TaskTokens
from asl.integrations.unsupported import UnsupportedIntegration

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsApi
    from asl.integrations.protocol import Integration

LAMBDA_FUNCTION: Final = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:.+")
ACTIVITY: Final = re.compile(r"arn:[\w-]+:states:[\w-]+:\d+:activity:.+")
SDK_ACTION: Final = re.compile(r"(?P<service>[a-z0-9]+):(?P<action>[a-z]\w*(\.waitForTaskToken)?)")
SERVICE: Final = re.compile(r"arn:[\w-]+:states:[\w-]*:\d*:(?P<service>[\w-]+):(?P<action>.+)")
LAMBDA_ACTIONS: Final = frozenset({"invoke", "invoke.waitForTaskToken"})
STATES_ACTIONS: Final = frozenset(
    {"startExecution", "startExecution.sync", "startExecution.sync:2", "startExecution.waitForTaskToken"}
)
OPTIMIZED_SERVICES: Final = {service.name: service for service in (DYNAMODB, EVENTS, SNS, SQS)}


class Integrations:
    """The integrations of an engine, with the tokens and activities that belong to it."""

    def __init__(
        self,
        lambda_invoker: LambdaInvoker = no_lambda,
        state_machines: StateMachines | None = None,
        aws: AwsApi | None = None,
    ) -> None:
        self.task_tokens = TaskTokens()
        self.activities = Activities()
        self.lambda_invoker = lambda_invoker
        self.state_machines = state_machines or NoStateMachines()
        self.aws = aws or NoAws()
        self.connections = Connections(self.aws)

    def of(self, resource: str) -> Integration:
        """The integration that a resource names; one that is not supported fails when it is used."""
        if LAMBDA_FUNCTION.fullmatch(resource):
            return LambdaFunctionIntegration(resource, self.lambda_invoker)
        if ACTIVITY.fullmatch(resource):
            return ActivityIntegration(resource, self.activities)
        match = SERVICE.fullmatch(resource)
        service, action = (match["service"], match["action"]) if match else ("", "")
        if service == "lambda" and action in LAMBDA_ACTIONS:
            return LambdaInvokeIntegration(action, self.lambda_invoker)
        if service == "states" and action in STATES_ACTIONS:
            return StartExecutionIntegration(action, self.state_machines)
        return self._of_aws(service, action) or UnsupportedIntegration(resource)

    def _of_aws(self, service: str, action: str) -> Integration | None:
        optimized = OPTIMIZED_SERVICES.get(service)
        if optimized is not None and action in optimized.actions:
            return OptimizedIntegration(optimized, action, self.aws)
        if (service, action) == ("http", "invoke"):
            return HttpInvokeIntegration(self.aws, self.connections)
        if service == "apigateway" and action in APIGATEWAY_ACTIONS:
            return ApiGatewayIntegration(action, self.aws)
        sdk = SDK_ACTION.fullmatch(action) if service == "aws-sdk" else None
        # Step Functions itself is not at any endpoint: its actions come back to the engine that runs the task.
        if sdk is not None and sdk["service"] != "sfn":
            return AwsSdkIntegration(sdk["service"], sdk["action"], self.aws)
        return None
