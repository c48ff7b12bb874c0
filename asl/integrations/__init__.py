"""What Task states call: Lambda functions, activities, task tokens, other state machines."""

from asl.integrations.activity import ActivityTask
from asl.integrations.aws_api import AwsApi
from asl.integrations.errors import ActivityDoesNotExist, EngineError, InvalidToken, TaskFailure, TaskTimedOut
from asl.integrations.http_client import HttpError, HttpResponse
from asl.integrations.lambda_endpoint import LambdaEndpoint
from asl.integrations.lambda_function import LambdaInvoker, LambdaRequest, LambdaResponse, LambdaServiceError
from asl.integrations.nested_execution import StartedExecution, StartError, StateMachines
from asl.integrations.protocol import Caller, Integration, ResourceError, TaskCall
from asl.integrations.registry import Integrations

__all__ = [
    "ActivityDoesNotExist",
    "ActivityTask",
    "AwsApi",
    "Caller",
    "EngineError",
    "HttpError",
    "HttpResponse",
    "Integration",
    "Integrations",
    "InvalidToken",
    "LambdaEndpoint",
    "LambdaInvoker",
    "LambdaRequest",
    "LambdaResponse",
    "LambdaServiceError",
    "ResourceError",
    "StartError",
    "StartedExecution",
    "StateMachines",
    "TaskCall",
    "TaskFailure",
    "TaskTimedOut",
]
