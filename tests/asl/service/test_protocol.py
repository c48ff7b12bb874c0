"""Whatever is sent to the endpoint, the answer is one of AWS's."""

from __future__ import annotations

import asyncio
import json
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.service import app
from asl.service.app import Application
from asl.service.constraints import service_model
from asl.service.operations import OPERATIONS
from asl.service.service import Service
from asl.service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.asl.service.conftest import Api, Response

    Answer = Callable[[bytes, dict[str, str]], Response]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ARN = st.sampled_from(
    ["stateMachine:orders", "stateMachine:orders:1", "execution:orders:one", "activity:work", "x"]
).map("arn:aws:states:us-east-1:123456789012:{}".format)


def error_of(response: Response) -> tuple[int, str, str]:
    answer = json.loads(response.body)
    return response.status, answer["__type"], answer["message"]


async def test_every_action_of_the_model_is_served() -> None:
    assert set(OPERATIONS) == set(service_model().operation_names)


async def test_an_answer_has_the_headers_of_aws(api: Api) -> None:
    response = await api.post("ListActivities", {})
    assert response.headers["content-type"] == "application/x-amz-json-1.0"
    assert response.headers["content-length"] == str(len(response.body))
    assert len(response.headers["x-amzn-requestid"]) == 36


async def test_the_body_may_arrive_in_parts_or_be_empty(api: Api) -> None:
    headers = {"x-amz-target": "AWSStepFunctions.ListActivities"}
    for parts in ([b'{"maxRes', b'ults": 1}'], [b""]):
        assert json.loads((await api.send_parts(parts, headers)).body) == {"activities": []}


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[NaN]", b"[" * 100_000, b'"\\ud800"', b"[]", b"1"])
async def test_a_body_that_cannot_be_read_is_a_serialization_error(api: Api, body: bytes) -> None:
    response = await api.send(body, {"x-amz-target": "AWSStepFunctions.ListActivities"})
    assert error_of(response)[:2] == (400, "com.amazon.coral.service#SerializationException")


async def test_a_body_that_is_too_large_is_not_read_to_its_end(api: Api) -> None:
    headers = {"x-amz-target": "AWSStepFunctions.ListActivities"}
    for parts in ([b" " * (app.MAX_BODY_BYTES + 1)], [b" " * app.MAX_BODY_BYTES, b" ", b" "]):
        response = await api.send_parts(parts, headers)
        assert error_of(response)[:2] == (413, "RequestEntityTooLargeException")


async def test_a_body_that_does_not_arrive_is_not_waited_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "READ_TIMEOUT", 0.01)
    response = await api.stalled(b"{", {"x-amz-target": "AWSStepFunctions.ListActivities"})
    assert error_of(response)[:2] == (408, "RequestTimeout")


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "AWSStepFunctions.ListActivities"), ("POST", ""), ("POST", "ListActivities")]
)
async def test_a_request_that_names_no_action_is_told_how(api: Api, method: str, target: str) -> None:
    response = await api.send(b"{}", {"x-amz-target": target}, method)
    assert error_of(response)[1:] == (
        "com.amazon.coral.service#UnknownOperationException",
        "No action: send a POST with X-Amz-Target: AWSStepFunctions.<action>",
    )


@pytest.mark.parametrize(
    ("authorization", "owner"),
    [
        ("", "us-east-1:123456789012"),
        ("Bearer x", "us-east-1:123456789012"),
        ("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/states/aws4_request", "eu-west-1:123456789012"),
        ("AWS4-HMAC-SHA256 Credential=111122223333/20261123/eu-west-1/states/aws4_request", "eu-west-1:111122223333"),
    ],
)
async def test_the_credential_says_whose_request_it_is(api: Api, authorization: str, owner: str) -> None:
    headers = {"x-amz-target": "AWSStepFunctions.CreateActivity", "authorization": authorization}
    answer = json.loads((await api.send(b'{"name": "work"}', headers)).body)
    assert answer["activityArn"] == f"arn:aws:states:{owner}:activity:work"


async def test_a_defect_is_answered_without_its_traceback(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_call: object) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(app, "OPERATIONS", {**OPERATIONS, "ListActivities": broken})
    assert error_of(await api.post("ListActivities", {})) == (
        500,
        "InternalFailure",
        "The request could not be answered.",
    )
    assert "ZeroDivisionError" in caplog.text


def requests_of(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    shape = service_model().operation_model(operation).input_shape
    assert shape is not None
    members = list(shape.members)
    return st.dictionaries(st.sampled_from(members), JSON | ARN, max_size=len(members))


@pytest.fixture(scope="module")
def answer() -> Iterator[Answer]:
    """Sends a request to one service that has lived through all requests before."""
    from tests.asl.service.conftest import Api

    with asyncio.Runner() as runner:
        api = runner.run(_new_api(Api))
        yield lambda body, headers: runner.run(asyncio.wait_for(api.send(body, headers), 5))


async def _new_api(make: type[Api]) -> Api:
    api = make(Application(Service(Settings(), VirtualClock(), no_lambda)))
    await api.waiting_machine()
    return api


def is_of_aws(response: Response) -> bool:
    if response.status == 200:
        return isinstance(json.loads(response.body), dict)
    status, kind, message = error_of(response)
    return status in (400, 408, 413) and bool(kind) and isinstance(message, str)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=200), target=st.sampled_from(sorted(OPERATIONS)), authorization=st.text(max_size=60))
def test_any_bytes_get_an_answer_of_aws(answer: Answer, body: bytes, target: str, authorization: str) -> None:
    headers = {"x-amz-target": f"AWSStepFunctions.{target}", "authorization": authorization.encode().decode("latin-1")}
    assert is_of_aws(answer(body, headers))


@settings(max_examples=100, deadline=None)
@given(target=st.binary(max_size=80), name=st.text(string.ascii_lowercase + "-", min_size=1, max_size=12))
def test_any_headers_get_an_answer_of_aws(answer: Answer, target: bytes, name: str) -> None:
    assert is_of_aws(answer(b"{}", {"x-amz-target": target.decode("latin-1"), name: target.decode("latin-1")}))


@settings(max_examples=600, deadline=None)
@given(data=st.data())
def test_any_request_gets_an_answer_of_aws(answer: Answer, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sorted(OPERATIONS)))
    request = data.draw(requests_of(operation) | JSON)
    body = json.dumps(request).encode()
    assert is_of_aws(answer(body, {"x-amz-target": f"AWSStepFunctions.{operation}"}))
