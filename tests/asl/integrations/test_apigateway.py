"""`apigateway:invoke` against an API that tells what it was asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.integrations.aws_endpoint import AwsEndpoints
from tests.asl.integrations.conftest import Bench
from tests.asl.integrations.mirror import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
INVOKE = "apigateway:invoke"
API = "abc123.execute-api.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture
async def bench(api: str) -> Bench:
    return Bench(api)


async def seen(bench: Bench, **arguments: Json) -> Json:
    """What the API was asked by a task with some arguments."""
    return (await bench.perform(INVOKE, {"Method": "GET", **arguments})).output["ResponseBody"]


async def test_stage_path_and_query_make_the_url(bench: Bench, api: str) -> None:
    query = {"a": ["1", "x y"], "b": "2"}
    asked = await seen(bench, ApiEndpoint=api, Stage="dev", Path="/pets/ü", QueryParameters=query)
    assert asked["path"] == "/dev/pets/%C3%BC?a=1&a=x%20y&b=2"


@pytest.mark.parametrize(("body", "sent"), [({"a": 1}, '{"a": 1}'), ("text", '"text"'), (None, "")])
async def test_the_body_is_sent_as_json(bench: Bench, api: str, body: Json, sent: str) -> None:
    asked = await seen(bench, ApiEndpoint=api, Method="POST", RequestBody=body)
    assert asked["body"] == sent
    assert asked["headers"].get("Content-Type") == ("application/json" if sent else None)


async def test_headers_are_sent(bench: Bench, api: str) -> None:
    asked = await seen(bench, ApiEndpoint=api, Headers={"X-Mine": ["1"], "Content-Type": "text/plain"})
    assert asked["headers"]["X-Mine"] == "1"
    assert asked["headers"]["Content-Type"] == "text/plain"


async def test_an_api_of_aws_is_looked_for_at_the_endpoint_by_its_name(bench: Bench) -> None:
    assert (await seen(bench, ApiEndpoint=API, Stage="dev"))["headers"]["Host"] == API


@pytest.mark.parametrize(("auth", "signed"), [("NO_AUTH", False), ("IAM_ROLE", True), ("RESOURCE_POLICY", True)])
async def test_a_request_is_signed_where_the_api_asks_who_calls(bench: Bench, auth: str, signed: bool) -> None:
    authorization = (await seen(bench, ApiEndpoint=API, AuthType=auth))["headers"].get("Authorization", "")
    assert ("/us-east-1/execute-api/aws4_request" in authorization) is signed


async def test_the_result_shows_status_and_headers(bench: Bench, api: str) -> None:
    output = (await bench.perform(INVOKE, {"ApiEndpoint": api, "Method": "GET"})).output
    assert (output["StatusCode"], output["StatusText"]) == (200, "OK")
    assert output["Headers"]["X-Twice"] == ["1", "2"]


async def test_a_refusal_is_an_error_named_by_its_status(bench: Bench, api: str) -> None:
    error, cause = (await bench.perform(INVOKE, {"ApiEndpoint": api, "Method": "POST", "Path": "403"})).error
    assert error == "ApiGateway.403"
    assert json.loads(cause or "")["path"] == "/403"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://[::1", "gopher://localhost"])
async def test_an_api_that_cannot_be_reached_is_an_error(bench: Bench, endpoint: str) -> None:
    result = await bench.perform(INVOKE, {"ApiEndpoint": endpoint, "Method": "GET"})
    assert result.error[0] == "ApiGateway.SdkClientException"


async def test_what_answers_but_is_no_aws_is_an_error(bench: Bench) -> None:
    error, cause = (await bench.perform("aws-sdk:sns:listTopics", {})).error
    assert error == "Sns.SdkClientException"
    assert "Unable to execute HTTP request" in (cause or "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"ApiEndpoint": API}, "Method"),
        ({"ApiEndpoint": API, "Method": "FETCH"}, "Method"),
        ({"Method": "GET"}, "ApiEndpoint"),
        ({"ApiEndpoint": API, "Method": "GET", "AuthType": "MAGIC"}, "AuthType"),
        ({"ApiEndpoint": API, "Method": "GET", "Headers": []}, "Headers"),
    ],
)
async def test_an_argument_that_cannot_be_used_is_named(bench: Bench, arguments: Json, named: str) -> None:
    error, cause = (await bench.perform(INVOKE, arguments)).error
    assert error == "States.Runtime"
    assert named in (cause or "")


async def test_a_request_is_signed_as_the_role_that_was_assumed(bench: Bench, api: str, embedded_aws: str) -> None:
    bench.integrations.aws = AwsEndpoints(lambda service: embedded_aws if service == "sts" else api)
    arguments = {"ApiEndpoint": api, "Method": "GET", "AuthType": "IAM_ROLE"}
    role = "arn:aws:iam::345678901234:role/caller"
    result = await bench.perform(INVOKE, arguments, Credentials={"RoleArn": role})
    headers = result.output["ResponseBody"]["headers"]
    assert headers["X-Amz-Security-Token"]
    assert "Credential=ASIA" in headers["Authorization"]
