"""`http:invoke`: real requests to an API on this machine, with connections and secrets of the embedded AWS."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.definition import parse
from asl.engine import VirtualClock
from asl.integrations import Integrations
from asl.integrations.aws_api import AwsError, AwsResponse, AwsUnreachableError, HttpAnswer
from asl.integrations.aws_endpoint import AwsEndpoints
from asl.integrations.errors import TaskFailure
from asl.integrations.form_encoding import ARRAY_FORMATS, form_encoded
from asl.integrations.http_connection import Connections
from asl.integrations.http_invoke import HttpInvokeIntegration
from asl.integrations.protocol import Caller, Schedule, TaskCall
from asl.test_state import StateTest, run_state
from tests.asl.integrations.conftest import ACCOUNT, NAMES, PREFIX, Bench, Cloud
from tests.asl.integrations.mirror import Mirror, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.integrations.aws_api import AwsRequest, HttpRequest
    from tests.asl.integrations.conftest import Result

Json = Any
INVOKE = "http:invoke"


class Api(Mirror):
    """A mirror, and an authorization server whose first access token is not taken."""

    tokens = 0

    def answer(self) -> None:
        if self.path.startswith("/token"):
            type(self).tokens += 1
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self.send(200, json.dumps({"access_token": f"{self.tokens}:{body}", "expires_in": 3600}).encode())
        elif self.headers.get("Authorization", "").startswith("Bearer 1:"):
            self.send(401, b"{}")
        elif self.path == "/binary":
            self.send(200, b"\xff\xfe", Content_Type="text/plain")
        elif self.path == "/image":
            self.send(200, b"x", Content_Type="image/png")
        elif self.path == "/large":
            self.send(200, b"x" * 262_145)
        else:
            super().answer()

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that the server looks for


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(Api) as url:
        yield url


def connection(cloud: Cloud, kind: str, parameters: Json) -> str:
    """The ARN of a new connection."""
    name = f"connection-{next(NAMES)}"
    created = cloud.client("events").create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters)
    return str(created["ConnectionArn"])


@pytest.fixture
def key(cloud: Cloud) -> str:
    """The ARN of a connection that adds a header with an API key."""
    return connection(cloud, "API_KEY", {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k-1"}})


async def invoke(bench: Bench, url: str, arn: str, **arguments: Json) -> Result:
    parameters = {"ApiEndpoint": url, "Method": "GET", "InvocationConfig": {"ConnectionArn": arn}, **arguments}
    return await bench.perform(INVOKE, parameters)


async def seen(bench: Bench, url: str, arn: str, **arguments: Json) -> Json:
    """What the API was asked."""
    return (await invoke(bench, url, arn, **arguments)).output["ResponseBody"]


async def test_the_answer_is_told_and_the_credentials_are_not(bench: Bench, api: str, key: str) -> None:
    result = await invoke(bench, f"{api}/things", key)
    assert (result.output["StatusCode"], result.output["StatusText"]) == (200, "OK")
    assert result.output["Headers"]["X-Twice"] == ["1", "2"]
    asked = result.output["ResponseBody"]
    assert asked["headers"]["X-Key"] == "k-1"
    assert asked["headers"]["User-Agent"] == "Amazon|StepFunctions|HttpInvoke|us-east-1"
    assert asked["headers"]["Range"] == "bytes=0-262144"
    scheduled = result.details("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"], scheduled["region"]) == ("http", "invoke", "us-east-1")
    assert "k-1" not in json.dumps(scheduled)


async def test_the_older_name_of_the_field_is_taken_too(bench: Bench, api: str, key: str) -> None:
    parameters = {"ApiEndpoint": api, "Method": "GET", "Authentication": {"ConnectionArn": key}}
    result = await bench.perform(INVOKE, parameters)
    assert result.output["StatusCode"] == 200


async def test_basic_credentials_come_from_the_connection(bench: Bench, api: str, cloud: Cloud) -> None:
    parameters = {"BasicAuthParameters": {"Username": "us", "Password": "pässword"}}
    asked = await seen(bench, api, connection(cloud, "BASIC", parameters))
    kind, _, value = asked["headers"]["Authorization"].partition(" ")
    assert (kind, base64.b64decode(value).decode()) == ("Basic", "us:pässword")


async def test_an_access_token_is_fetched_kept_and_replaced_when_it_is_refused(
    bench: Bench, api: str, cloud: Cloud
) -> None:
    oauth = {
        "ClientParameters": {"ClientID": "me", "ClientSecret": "secret"},
        "AuthorizationEndpoint": f"{api}/token",
        "HttpMethod": "POST",
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]},
    }
    arn = connection(cloud, "OAUTH_CLIENT_CREDENTIALS", {"OAuthParameters": oauth})
    form = "grant_type=client_credentials&client_id=me&client_secret=secret&scope=all"
    for _ in range(2):
        assert (await seen(bench, api, arn))["headers"]["Authorization"] == f"Bearer 2:{form}"
    assert Api.tokens == 2


SHARED = {
    "HeaderParameters": [{"Key": "header-param", "Value": "connection"}],
    "QueryStringParameters": [{"Key": "QueryParam", "Value": "connection"}],
    "BodyParameters": [{"Key": "BodyParam", "Value": "connection"}],
}


async def test_what_the_connection_has_replaces_what_the_task_gives(bench: Bench, api: str, cloud: Cloud) -> None:
    parameters = {
        "ApiKeyAuthParameters": {"ApiKeyName": "ApiKey", "ApiKeyValue": "v"},
        "InvocationHttpParameters": SHARED,
    }
    arn = connection(cloud, "API_KEY", parameters)
    asked = await seen(
        bench,
        f"{api}/path",
        arn,
        Method="POST",
        Headers={"Request-Id": "mine", "Header-Param": "task"},
        RequestBody={"Job": "Engineer", "BodyParam": "task"},
        QueryParameters={"QueryParam": "task", "q": ["a b", "ü"]},
    )
    assert asked["path"] == "/path?q=a%20b&q=%C3%BC&QueryParam=connection"
    assert asked["body"] == '{"Job":"Engineer","BodyParam":"connection"}'
    headers = {name.lower(): value for name, value in asked["headers"].items()}
    assert (headers["request-id"], headers["header-param"], headers["apikey"]) == ("mine", "connection", "v")
    assert headers["content-type"] == "application/json; charset=UTF-8"


async def test_a_body_that_is_no_object_can_not_be_merged(bench: Bench, api: str, cloud: Cloud) -> None:
    parameters = {
        "ApiKeyAuthParameters": {"ApiKeyName": "ApiKey", "ApiKeyValue": "v"},
        "InvocationHttpParameters": SHARED,
    }
    result = await invoke(bench, api, connection(cloud, "API_KEY", parameters), Method="POST", RequestBody="text")
    assert result.error[0] == "States.Runtime"


async def test_a_body_that_is_a_text_is_sent_as_it_is(bench: Bench, api: str, key: str) -> None:
    asked = await seen(bench, api, key, Method="PUT", RequestBody="<xml/>", Headers={"Content-Type": "text/xml"})
    assert (asked["method"], asked["body"], asked["headers"]["Content-Type"]) == ("PUT", "<xml/>", "text/xml")


async def test_a_form_is_sent_where_the_task_says_so(bench: Bench, api: str, key: str) -> None:
    asked = await seen(
        bench,
        api,
        key,
        Method="POST",
        Headers={"Content-Type": "application/x-www-form-urlencoded"},
        RequestBody={"description": "Monthly subscription", "metadata": {"order": [1, 2]}, "none": None},
        Transform={"RequestBodyEncoding": "URL_ENCODED"},
    )
    expected = "description=Monthly%20subscription&metadata%5Border%5D%5B0%5D=1&metadata%5Border%5D%5B1%5D=2&none="
    assert asked["body"] == expected


@pytest.mark.parametrize(
    ("array_format", "form"),
    [
        ("INDICES", "array%5B0%5D=a&array%5B1%5D=b"),
        ("REPEAT", "array=a&array=b"),
        ("COMMAS", "array=a%2Cb"),
        ("BRACKETS", "array%5B%5D=a&array%5B%5D=b"),
    ],
)
def test_each_way_to_write_arrays(array_format: str, form: str) -> None:
    assert form_encoded({"array": ["a", "b"]}, array_format) == form


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4), st.sampled_from(ARRAY_FORMATS))
def test_a_form_has_no_character_that_ends_a_name_or_a_value(value: Json, array_format: str) -> None:
    form = form_encoded(value, array_format)
    assert set(form) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%&=")
    assert all(pair.count("=") == 1 for pair in form.split("&") if form)


@pytest.mark.parametrize("status", [304, 404, 503])
async def test_any_other_status_is_an_error_named_by_it(bench: Bench, api: str, key: str, status: int) -> None:
    error, cause = (await invoke(bench, f"{api}/{status}", key)).error
    assert error == f"States.Http.StatusCode.{status}"
    assert json.loads(cause or "")["StatusCode"] == status


@pytest.mark.parametrize(
    ("path", "error"),
    [("binary", "States.Runtime"), ("image", "States.Runtime"), ("large", "States.DataLimitExceeded")],
)
async def test_what_can_not_be_read_fails(bench: Bench, api: str, key: str, path: str, error: str) -> None:
    assert (await invoke(bench, f"{api}/{path}", key)).error[0] == error


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/"],
)
async def test_an_api_that_can_not_or_must_not_be_called_is_an_error_of_the_socket(
    bench: Bench, key: str, url: str
) -> None:
    error, cause = (await invoke(bench, url, key)).error
    assert error == "States.Http.Socket"
    assert "Unable to execute HTTP request" in (cause or "")


@pytest.mark.parametrize(
    "arguments",
    [
        {"ApiEndpoint": "ftp://example.com"},
        {"ApiEndpoint": "http://[broken"},
        {"Method": "TRACE"},
        {"InvocationConfig": {}},
        {"InvocationConfig": {"ConnectionArn": "arn:aws:sqs:us-east-1:123456789012:queue"}},
        {"Headers": {"Authorization": "mine"}},
        {"Headers": {"X-Amz-Date": "now"}},
        {"Headers": "no object"},
        {"Transform": {"RequestBodyEncoding": "XML"}},
        {"Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "DOTS"}}},
    ],
    ids=lambda arguments: json.dumps(arguments)[:60],
)
async def test_arguments_that_make_no_sense_are_errors_of_the_runtime(
    bench: Bench, api: str, key: str, arguments: Json
) -> None:
    error, cause = (await invoke(bench, api, key, **arguments)).error
    assert error == "States.Runtime"
    assert cause


async def test_a_connection_that_is_not_there_is_named(bench: Bench, api: str) -> None:
    arn = f"arn:aws:events:us-east-1:{ACCOUNT}:connection/none/81210c42-8af1-456b-9c4a-6ff02fc664ac"
    error, cause = (await invoke(bench, api, arn)).error
    assert error == "Events.ConnectionResource.ResourceNotFound"
    assert "none" in (cause or "")


async def test_without_an_endpoint_of_eventbridge_the_error_says_what_to_set(api: str) -> None:
    error, cause = (await invoke(Bench(None), api, f"arn:aws:events:us-east-1:{ACCOUNT}:connection/c")).error
    assert error == "Events.ConnectionResource.InternalError"
    assert "AWS_ENDPOINT_URL_EVENTBRIDGE" in (cause or "")


class SecretiveAws:
    """Describes a connection as AWS does, and keeps what is secret in a secret; requests are really sent."""

    def __init__(self, described: Json, secret: str | Exception) -> None:
        self._described = described
        self._secret = secret
        self._http = AwsEndpoints(lambda _: None)

    async def call(self, request: AwsRequest) -> AwsResponse:
        if request.action == "describeConnection":
            return AwsResponse(self._described, 200, "", {})
        assert request.parameters == {"SecretId": "arn:secret"}
        if isinstance(self._secret, Exception):
            raise self._secret
        return AwsResponse({"SecretString": self._secret}, 200, "", {})

    async def send(self, request: HttpRequest) -> HttpAnswer:
        return await self._http.send(request)


BASIC_SECRET = json.dumps({"username": "us", "password": "pw", "invocation_http_parameters": SHARED})


async def asked_with(url: str, described: Json, secret: str | Exception = "{}") -> Result:
    bench = Bench(None)
    bench.integrations.aws = SecretiveAws(described, secret)
    bench.integrations.connections = Connections(bench.integrations.aws)
    return await invoke(bench, url, f"arn:aws:events:us-east-1:{ACCOUNT}:connection/c/1")


async def test_the_secret_of_a_connection_is_read_where_aws_keeps_it(api: str) -> None:
    described = {"ConnectionState": "AUTHORIZED", "AuthorizationType": "BASIC", "SecretArn": "arn:secret"}
    asked = (await asked_with(api, described, BASIC_SECRET)).output["ResponseBody"]
    assert asked["headers"]["Authorization"] == f"Basic {base64.b64encode(b'us:pw').decode()}"
    assert asked["path"] == "/?QueryParam=connection"


@pytest.mark.parametrize(
    ("described", "secret", "reason"),
    [
        ({"ConnectionState": "AUTHORIZING"}, "{}", "AuthInProgress"),
        ({"ConnectionState": "DEAUTHORIZED"}, "{}", "InvalidConnectionState"),
        ({"AuthParameters": {"BasicAuthParameters": {"Username": "us"}}}, "{}", "InternalError"),
        ({"SecretArn": "arn:secret"}, "no JSON", "InternalError"),
        ({"SecretArn": "arn:secret"}, "{}", "InternalError"),
        ({"SecretArn": "arn:secret"}, AwsUnreachableError("Secrets Manager", "away"), "InternalError"),
        (
            {"SecretArn": "arn:secret"},
            AwsError("Secrets Manager", "AccessDeniedException", "no", status_code=400, request_id="1"),
            "AccessDenied",
        ),
    ],
)
async def test_what_is_wrong_with_a_connection_is_told(
    api: str, described: Json, secret: str | Exception, reason: str
) -> None:
    error, cause = (await asked_with(api, described, secret)).error
    assert error == f"Events.ConnectionResource.{reason}"
    assert cause
    assert "us:pw" not in cause


@pytest.mark.parametrize("reveal", [True, False])
async def test_a_trace_tells_the_request_and_secrets_only_when_asked(
    embedded_aws: str, api: str, cloud: Cloud, reveal: bool
) -> None:
    parameters = {
        "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "hidden"},
        "InvocationHttpParameters": SHARED,
    }
    arguments = {
        "ApiEndpoint": f"{api}/201",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": connection(cloud, "API_KEY", parameters)},
        "Headers": {"mine": "h1"},
        "RequestBody": {"message": "hello"},
    }
    state = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": arguments, "End": True}
    machine = parse(json.dumps({"StartAt": "Call", "States": {"Call": state}}))
    test = StateTest(
        machine=machine, state=machine.states["Call"], arn_prefix=PREFIX, traced=True, reveal_secrets=reveal
    )
    outcome = await run_state(test, VirtualClock(), Integrations(aws=AwsEndpoints(lambda _: embedded_aws)))
    request, response = outcome.inspection["request"], outcome.inspection["response"]
    agent = "User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144"
    content_type = "Content-Type: application/json; charset=UTF-8"
    assert request["protocol"] == "http"
    assert request["method"] == "POST"
    if reveal:
        assert request["url"] == f"{api}/201?QueryParam=connection"
        assert request["headers"] == f"[mine: h1, X-Key: hidden, header-param: connection, {content_type}, {agent}]"
        assert request["body"] == '{"message":"hello","BodyParam":"connection"}'
    else:
        assert request["url"] == f"{api}/201"
        assert request["headers"] == f"[mine: h1, {content_type}, {agent}]"
        assert request["body"] == '{"message":"hello"}'
    assert (response["statusCode"], response["statusMessage"]) == ("201", "Created")


CONNECTION = {"ConnectionArn": f"arn:aws:events:us-east-1:{ACCOUNT}:connection/c/1"}
PARAMETERS = st.lists(st.fixed_dictionaries({"Key": st.text(max_size=5), "Value": JSON}), max_size=2)
SHARED_PARAMETERS = st.fixed_dictionaries({}, optional=dict.fromkeys(SHARED, PARAMETERS))
ARGUMENTS = st.fixed_dictionaries(
    {
        "ApiEndpoint": st.just("https://api.example/p?a=b#c") | st.text(max_size=9).map("https://".__add__) | JSON,
        "Method": st.sampled_from(["GET", "POST"]) | JSON,
        "InvocationConfig": st.just(CONNECTION) | JSON,
    },
    optional={
        "Headers": JSON,
        "QueryParameters": JSON,
        "RequestBody": JSON,
        "Transform": JSON | st.fixed_dictionaries({"RequestBodyEncoding": st.just("URL_ENCODED")}),
    },
)


HTTP = AwsEndpoints(lambda _: None)
CALLER = Caller(f"{PREFIX}:execution:m:e", f"{PREFIX}:stateMachine:m", "role", region="us-east-1", account=ACCOUNT)


class PreparingAws:
    """Describes a connection, and makes every request that it is asked to send, but does not send it."""

    def __init__(self, shared: Json) -> None:
        basic = {"Username": "us", "Password": "pw"}
        self._described = {"AuthParameters": {"BasicAuthParameters": basic, "InvocationHttpParameters": shared}}

    async def call(self, request: AwsRequest) -> AwsResponse:
        assert request.action == "describeConnection"
        return AwsResponse(self._described, 200, "", {})

    async def send(self, request: HttpRequest) -> HttpAnswer:
        try:
            HTTP._prepared(request)
        except ValueError as error:
            raise AwsUnreachableError("HTTP", str(error)) from error
        return HttpAnswer(200, "OK", (), b"{}")


@given(ARGUMENTS | JSON, SHARED_PARAMETERS)
@settings(max_examples=200, deadline=None)
def test_whatever_the_arguments_are_a_task_has_a_result_or_fails(arguments: Json, shared: Json) -> None:
    api = PreparingAws(shared)
    call = TaskCall(
        arguments=arguments,
        arguments_text="",
        caller=CALLER,
        clock=VirtualClock(),
        schedule=Schedule(None, None, None),
        started=lambda _: None,
        submitted=lambda _: None,
        pending=None,
    )

    async def run() -> tuple[Json, TaskFailure | None]:
        try:
            return await HttpInvokeIntegration(api, Connections(api)).run(call), None
        except TaskFailure as failure:
            return None, failure

    result, failure = asyncio.run(run())
    assert result["StatusCode"] == 200 if failure is None else failure.error and failure.cause
