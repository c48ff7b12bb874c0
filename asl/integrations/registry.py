"""Which integration a Task state's `Resource` names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.integrations.activity import Activities, ActivityIntegration
from asl.integrations.lambda_function import (
    LambdaFunctionIntegration,
    LambdaInvokeIntegration,
    LambdaInvoker,
    no_lambda,
)
from asl.integrations.nested_execution import NoStateMachines, StartExecutionIntegration, StateMachines
from asl.integrations.task_tokens import TaskTokens
from asl.integrations.unsupported import UnsupportedIntegration

if TYPE_CHECKING:
    from asl.integrations.protocol import Integration

LAMBDA_FUNCTION: Final = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:.+")
ACTIVITY: Final = re.compile(r"arn:[\w-]+:states:[\w-]+:\d+:activity:.+")
SERVICE: Final = re.compile(r"arn:[\w-]+:states:[\w-]*:\d*:(?P<service>[\w-]+):(?P<action>.+)")
LAMBDA_ACTIONS: Final = frozenset({"invoke", "invoke.waitForTaskToken"})
STATES_ACTIONS: Final = frozenset(
    {"startExecution", "startExecution.sync", "startExecution.sync:2", "startExecution.waitForTaskToken"}
)


class Integrations:
    """The integrations of an engine, with the tokens and activities that belong to it."""

    def __init__(self, lambda_invoker: LambdaInvoker = no_lambda, state_machines: StateMachines | None = None) -> None:
        self.task_tokens = TaskTokens()
        self.activities = Activities()
        self.lambda_invoker = lambda_invoker
        self.state_machines = state_machines or NoStateMachines()

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
        return UnsupportedIntegration(resource)
