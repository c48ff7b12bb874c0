"""The webhook function: what it answers, what it records, what it never says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbacks.clients import dynamodb
from callbacks.mailbox_table import MailboxTable
from callbacks.webhook import handler
from saas.settings import parameters

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
REFUSED = {"statusCode": 400, "headers": {"content-type": "application/json"}, "body": '{"message":"refused"}'}
ACCEPTED = {"statusCode": 202, "body": ""}


class Endpoint:
    """The deployed function, with one open mailbox for the campaign `cmp_1`."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self.aws = aws
        self.table = aws.table("correlation_key", "item")
        self.root = f"/test-{uuid.uuid4().hex}"
        self._context = context
        environment.setenv("MAILBOX_TABLE", self.table)
        environment.setenv("SAAS_PARAMETERS", self.root)
        aws.secret(f"{self.root}/pigeon/webhook-secret", SECRET)
        MailboxTable(self.table).open("pigeon#cmp_1", "execution", datetime.now(UTC))

    def post(self, request: Any) -> Any:
        answer: Any = handler(request, self._context)
        return answer

    def deliveries(self) -> list[str]:
        items = self.aws.items(self.table)
        return sorted(item["item"]["S"] for item in items if item["item"]["S"] != "mailbox")


@pytest.fixture
def endpoint(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Endpoint:
    return Endpoint(aws, function_environment, lambda_context)


def request(
    *,
    vendor: str = "pigeon",
    event_id: str = "msg_1",
    key: bytes = KEY,
    age: int = 0,
    as_base64: bool = False,
    **data: str,
) -> dict[str, Any]:
    body = json.dumps(
        {
            "type": "campaign.status",
            "timestamp": "2026-03-01T12:00:00Z",
            "data": {"campaign_id": "cmp_1", "status": "sent", **data},
        }
    )
    timestamp = str(int(time.time()) - age)
    digest = hmac.new(key, f"{event_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/{vendor}",
        "pathParameters": {"vendor": vendor},
        "headers": {
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        },
        "body": base64.b64encode(body.encode()).decode() if as_base64 else body,
        "isBase64Encoded": as_base64,
    }


@pytest.mark.parametrize("as_base64", [True, False])
def test_a_genuine_delivery_is_durable_before_it_is_accepted(endpoint: Endpoint, as_base64: bool) -> None:
    assert endpoint.post(request(as_base64=as_base64)) == ACCEPTED
    assert endpoint.deliveries() == ["delivery#msg_1"]


def test_a_delivery_that_comes_again_is_accepted_without_effect(endpoint: Endpoint) -> None:
    endpoint.post(request())
    before = endpoint.aws.items(endpoint.table)
    assert endpoint.post(request(age=7)) == ACCEPTED
    assert endpoint.aws.items(endpoint.table) == before


def test_during_a_rotation_both_secrets_are_good(endpoint: Endpoint) -> None:
    new = b"n" * 32
    endpoint.aws.secret(f"{endpoint.root}/pigeon/webhook-secret", f"whsec_{base64.b64encode(new).decode()} {SECRET}")
    assert endpoint.post(request(event_id="old")) == ACCEPTED
    assert endpoint.post(request(event_id="new", key=new)) == ACCEPTED


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(request(key=b"x" * 32), id="forged"),
        pytest.param(request(age=301), id="too old"),
        pytest.param(request(age=-400), id="from the future"),
        pytest.param(request(campaign_id="cmp_2"), id="unknown campaign"),
        pytest.param(request(status="exploded"), id="unknown status"),
        pytest.param(request(campaign_id="cmp_1#mailbox"), id="malformed campaign"),
        pytest.param(request(vendor="albatross"), id="unknown vendor"),
        pytest.param({**request(), "headers": {}}, id="no headers"),
        pytest.param({**request(), "body": None}, id="no body"),
        pytest.param({**request(), "body": "\ud800"}, id="no text"),
        pytest.param({**request(), "isBase64Encoded": True}, id="no base64"),
        pytest.param({**request(), "pathParameters": None}, id="no vendor"),
        pytest.param({}, id="nothing at all"),
    ],
)
def test_what_can_not_be_used_gets_the_same_answer_whatever_the_cause(endpoint: Endpoint, bad: dict[str, Any]) -> None:
    assert endpoint.post(bad) == REFUSED
    assert endpoint.deliveries() == []


def test_a_refusal_is_counted_with_its_reason(endpoint: Endpoint, heard: Heard) -> None:
    endpoint.post(request(key=b"x" * 32))
    (metric,) = heard.metrics
    assert (metric["WebhookRefused"], metric["vendor"], metric["reason"]) == ([1.0], "pigeon", "wrong_signature")


def test_a_name_that_no_vendor_has_is_no_dimension_of_a_metric(endpoint: Endpoint, heard: Heard) -> None:
    endpoint.post(request(vendor="albatross"))
    assert "albatross" not in heard.text


@pytest.mark.parametrize(
    "trouble",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems"),
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret things"}}, "TransactWriteItems"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
    ],
)
def test_where_storage_fails_the_vendor_is_asked_to_come_back(
    endpoint: Endpoint, heard: Heard, trouble: Exception
) -> None:
    def fail(**_: object) -> None:
        raise trouble

    dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", fail)
    answer = endpoint.post(request())
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
    assert "secret things" not in heard.text


@pytest.mark.parametrize("secret", [None, "whsec_short", "one two three"])
def test_where_our_secret_can_not_be_used_the_vendor_is_asked_to_come_back(
    endpoint: Endpoint, heard: Heard, secret: str | None
) -> None:
    name = f"{endpoint.root}/pigeon/webhook-secret"
    endpoint.aws.ssm.delete_parameter(Name=name)
    if secret is not None:
        endpoint.aws.secret(name, secret)
    answer = endpoint.post(request())
    assert answer["statusCode"] == 503
    assert "secret" not in answer["body"]
    logged = heard.text
    assert "webhook-secret" in logged
    assert secret is None or secret not in logged


def test_neither_secret_nor_signature_is_logged(endpoint: Endpoint, heard: Heard) -> None:
    genuine, forged = request(), request(key=b"x" * 32)
    endpoint.post(genuine)
    endpoint.post(forged)
    logged = heard.text
    assert "wrong_signature" in logged
    for told in (SECRET, genuine["headers"]["webhook-signature"], forged["headers"]["webhook-signature"]):
        assert told not in logged


def test_the_secret_is_read_once_for_many_webhooks(endpoint: Endpoint) -> None:
    asked: list[str] = []
    parameters().client.meta.events.register("before-call.ssm", lambda model, **_: asked.append(model.name))
    for number in range(3):
        assert endpoint.post(request(event_id=f"msg_{number}")) == ACCEPTED
    assert asked == ["GetParameters"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]) | st.text(), st.text()
    ),
    body=st.none() | st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()),
    is_base64=st.booleans(),
    vendor=st.just("pigeon") | st.text(),
)
def test_whatever_a_stranger_sends_is_refused(
    endpoint: Endpoint, headers: dict[str, str], body: str | None, is_base64: bool, vendor: str
) -> None:
    event = {"pathParameters": {"vendor": vendor}, "headers": headers, "body": body, "isBase64Encoded": is_base64}
    assert endpoint.post(event) == REFUSED
