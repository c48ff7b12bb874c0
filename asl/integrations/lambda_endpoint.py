"""Invokes Lambda functions at an endpoint that speaks the Lambda API, such as `LAMBDA_ENDPOINT` names.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from asl.integrations.http_client import HttpClient, HttpError, HttpResponse
from asl.integrations.lambda_function import LambdaRequest, LambdaResponse, LambdaServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

OK: Final = 300


class Client(Protocol):
    """What sends requests to the endpoint."""

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        """Send a POST request and wait for the whole response.

        Raises:
            HttpError: there is no answer.
        """

    def close(self) -> None:
        """Let go of what is not in use."""


class LambdaEndpoint:
    """A `LambdaInvoker`. The function's account and region go along as those of the credential, without a signature."""

    def __init__(self, endpoint: str | Client) -> None:
        """`endpoint` is a URL, or what sends requests in its own way."""
        self._client = HttpClient(endpoint) if isinstance(endpoint, str) else endpoint

    async def __call__(self, request: LambdaRequest) -> LambdaResponse:
        """Invoke a function.

        Raises:
            LambdaServiceError: the API refused the request or cannot be reached.
        """
        path = f"/2015-03-31/functions/{quote(request.function, safe='')}/invocations"
        path += f"?Qualifier={quote(request.qualifier, safe='')}"
        try:
            response = await self._client.post(path, _headers(request), request.payload.encode("utf-8", "replace"))
        except HttpError as error:
            raise LambdaServiceError("SdkClientException", f"Unable to execute HTTP request: {error}", 503) from error
        if response.status >= OK:
            raise _refusal(response)
        return LambdaResponse(
            payload=response.body.decode("utf-8", "replace"),
            function_error=response.headers.get("x-amz-function-error"),
            status_code=response.status,
            executed_version=response.headers.get("x-amz-executed-version", "$LATEST"),
            request_id=response.headers.get("x-amzn-requestid", ""),
            headers=response.headers,
        )

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._client.close()


def _headers(request: LambdaRequest) -> dict[str, str]:
    _, _, _, region, account, *_ = request.function.split(":")
    scope = f"{account}/{datetime.now(UTC):%Y%m%d}/{region}/lambda/aws4_request"
    headers = {
        "Content-Type": "application/json",
        "X-Amz-Invocation-Type": request.invocation_type,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
    }
    if request.client_context is not None:
        headers["X-Amz-Client-Context"] = base64.b64encode(request.client_context.encode()).decode("ascii")
    return headers


def _refusal(response: HttpResponse) -> LambdaServiceError:
    try:
        content = json.loads(response.body)
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    code = response.headers.get("x-amzn-errortype") or content.get("__type") or "ServiceException"
    message = content.get("message") or content.get("Message") or "The Lambda API refused the request."
    name = str(code).partition(":")[0].rpartition("#")[2]
    return LambdaServiceError(name, str(message), response.status, response.headers.get("x-amzn-requestid", ""))
