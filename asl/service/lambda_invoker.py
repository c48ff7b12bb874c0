"""Where the Lambda functions of tasks are invoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.integrations import LambdaEndpoint
from asl.integrations.lambda_function import no_lambda

if TYPE_CHECKING:
    from asl.integrations import LambdaInvoker
    from asl.service.settings import Settings


def lambda_invoker(settings: Settings) -> LambdaInvoker:
    """The invoker for the endpoint of Lambda; where none is set, one that fails the task and says so."""
    endpoint = settings.endpoint_of("lambda")
    return no_lambda if endpoint is None else LambdaEndpoint(endpoint)
