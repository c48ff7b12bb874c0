"""The webhook function: what it answers, records and counts. Who is kept out is tested for every vendor elsewhere."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from callbacks.clients import dynamodb
from saas.settings import parameters
from tests.unit.callbacks.door import ACCEPTED, REFUSED, Door, event
from tests.unit.genuine import BREVO, PIGEON, SENDGRID

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext
    from tests.unit.genuine import Sent


@pytest.fixture
def door(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Door:
    return Door(aws, function_environment, lambda_context)


def genuine() -> Sent:
    return PIGEON.webhook(at=datetime.now(UTC))


def forged() -> Sent:
    return PIGEON.webhook(at=datetime.now(UTC), key=1)


@pytest.mark.parametrize("as_base64", [True, False])
def test_a_genuine_delivery_is_durable_before_it_is_accepted(door: Door, as_base64: bool) -> None:
    sent = genuine()
    request = event("pigeon", sent)
    if as_base64:
        request |= {"body": base64.b64encode(sent.body).decode(), "isBase64Encoded": True}
    assert door.call(request) == ACCEPTED
    assert door.recorded() == ["pigeon#cmp_1 delivery#msg_1"]


def test_of_several_campaigns_those_are_recorded_that_somebody_waits_for(door: Door) -> None:
    known, unknown = SENDGRID.event(SENDGRID.campaign_id), SENDGRID.event("unknown")
    assert door.post("sendgrid", SENDGRID.told(unknown, known)) == ACCEPTED
    assert door.recorded() == [f"sendgrid#{SENDGRID.campaign_id} delivery#delivered"]
    assert door.post("sendgrid", SENDGRID.told(unknown, unknown)) == REFUSED


def test_what_tells_nothing_of_campaigns_is_accepted_and_leaves_nothing(door: Door) -> None:
    assert door.post("sendgrid", SENDGRID.told(SENDGRID.event(None))) == ACCEPTED
    assert door.recorded() == []


def test_a_webhook_is_counted_with_what_was_kept_of_it(door: Door, heard: Heard) -> None:
    for sent in (genuine(), genuine()):
        door.post("pigeon", sent)
    door.post("brevo", BREVO.webhook())
    door.post("sendgrid", SENDGRID.told(SENDGRID.event(None)))
    counted = [(metric["vendor"], metric["kept"]) for metric in heard.metrics]
    assert counted == [("pigeon", "new"), ("pigeon", "duplicate"), ("brevo", "new"), ("sendgrid", "nothing")]


def test_a_refusal_is_counted_with_its_reason(door: Door, heard: Heard) -> None:
    door.post("pigeon", forged())
    (metric,) = heard.metrics
    assert (metric["WebhookRefused"], metric["vendor"], metric["reason"]) == ([1.0], "pigeon", "wrong_signature")


def test_a_name_that_no_vendor_has_is_no_dimension_of_a_metric(door: Door, heard: Heard) -> None:
    assert door.post("albatross", genuine()) == REFUSED
    assert "albatross" not in heard.text


@pytest.mark.parametrize(
    "trouble",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems"),
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret things"}}, "TransactWriteItems"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
    ],
)
def test_where_storage_fails_the_vendor_is_asked_to_come_back(door: Door, heard: Heard, trouble: Exception) -> None:
    def fail(**_: object) -> None:
        raise trouble

    dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", fail)
    answer = door.post("pigeon", genuine())
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
    assert "secret" not in answer["body"]
    assert "secret things" not in heard.text


def test_the_secret_is_read_once_for_many_webhooks(door: Door) -> None:
    asked: list[str] = []
    parameters().client.meta.events.register("before-call.ssm", lambda model, **_: asked.append(model.name))
    for _ in range(3):
        assert door.post("pigeon", genuine()) == ACCEPTED
    assert asked == ["GetParameters"]


def test_a_delivery_costs_one_call(door: Door) -> None:
    """One transaction: a condition on the mailbox, and the delivery."""
    asked: list[str] = []
    dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: asked.append(model.name))
    for _ in range(2):
        assert door.post("pigeon", genuine()) == ACCEPTED
    assert asked == ["TransactWriteItems", "TransactWriteItems"]
