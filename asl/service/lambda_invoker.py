"""Where the Lambda functions of tasks are invoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.integrations import LambdaEndpoint
from asl.integrations.lambda_function import no_lambda

if TYPE_CHECKING:
    from asl.integrations import LambdaInvoker
    from asl.service.settings import Settings


def lambda_invoker(settings: Settings) -> LambdaInvoker:
    """The invoker for `LAMBDA_ENDPOINT`; where that is not set, one that fails the task and says so."""
    endpoint = settings.endpoints.get("lambda")
    return no_lambda if endpoint is None else LambdaEndpoint(endpoint)
