from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from asl.integrations import LambdaEndpoint, LambdaRequest, LambdaServiceError
from tests.asl.engine.conftest import ACCOUNT
from tests.asl.engine.lambda_api import Functions, running_lambda_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from http.server import ThreadingHTTPServer

ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function"
SOURCE = """
class QuotaExceeded(Exception):
    pass


def echo(event, context):
    return event


def refuse(event, context):
    raise QuotaExceeded("too many")
"""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with running_lambda_api() as running:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("code.py", SOURCE)
        functions: Functions = running.RequestHandlerClass.functions  # type: ignore[attr-defined]  # its own handler
        for name in ("echo", "refuse"):
            code = {"ZipFile": base64.b64encode(buffer.getvalue()).decode()}
            functions.create(ACCOUNT, "us-east-1", {"FunctionName": name, "Handler": f"code.{name}", "Code": code})
        yield running


@pytest.fixture
async def invoke(server: ThreadingHTTPServer) -> AsyncIterator[LambdaEndpoint]:
    endpoint = LambdaEndpoint(f"http://127.0.0.1:{server.server_port}")
    yield endpoint
    endpoint.close()


async def test_a_function_answers(invoke: LambdaEndpoint) -> None:
    response = await invoke(LambdaRequest(function=f"{ARN}:echo", payload='{"text": "Zoë"}'))
    assert json.loads(response.payload) == {"text": "Zoë"}
    assert (response.function_error, response.status_code, response.executed_version) == (None, 200, "$LATEST")


async def test_what_a_function_raised_is_told_with_its_type(invoke: LambdaEndpoint) -> None:
    response = await invoke(LambdaRequest(function=f"{ARN}:refuse"))
    assert response.function_error == "Unhandled"
    assert json.loads(response.payload)["errorType"] == "QuotaExceeded"


async def test_an_unknown_function_is_refused(invoke: LambdaEndpoint) -> None:
    with pytest.raises(LambdaServiceError) as refused:
        await invoke(LambdaRequest(function=f"{ARN}:missing"))
    assert (refused.value.code, refused.value.status_code) == ("ResourceNotFoundException", 404)
    assert refused.value.message == f"Function not found: {ARN}:missing:$LATEST"


async def test_many_invocations_share_a_few_connections(invoke: LambdaEndpoint) -> None:
    for _ in range(3):
        requests = [invoke(LambdaRequest(function=f"{ARN}:echo", payload=str(number))) for number in range(5)]
        assert [response.payload for response in await asyncio.gather(*requests)] == ["0", "1", "2", "3", "4"]


async def test_an_endpoint_that_nobody_listens_at_is_an_error_of_the_client() -> None:
    endpoint = LambdaEndpoint("http://127.0.0.1:9")
    with pytest.raises(LambdaServiceError, match=r"no answer from http://127\.0\.0\.1:9"):
        await endpoint(LambdaRequest(function=f"{ARN}:echo"))


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
async def test_an_endpoint_that_breaks_off_is_an_error_of_the_client(answer: bytes) -> None:
    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    listener = await asyncio.start_server(broken, "127.0.0.1", 0)
    async with listener:
        endpoint = LambdaEndpoint(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
        with pytest.raises(LambdaServiceError) as refused:
            await endpoint(LambdaRequest(function=f"{ARN}:echo"))
    assert refused.value.code == "SdkClientException"


@pytest.mark.parametrize("endpoint", ["", "127.0.0.1:4566", "ftp://127.0.0.1", "http://"])
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="an endpoint has to look like"):
        LambdaEndpoint(endpoint)
