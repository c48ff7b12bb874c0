"""Webhooks in: `POST /webhooks/{vendor}` behind an HTTP API; a GET or HEAD only looks whether the endpoint is there.

A delivery is answered 202 once it is durable, also when it was recorded before. What does not say by itself how a
campaign stands is recorded as a hint, and another function asks the vendor (`callbacks.confirm`). What can't be used
is answered 400 with the same body whatever the cause, and has no effect. Where the fault is ours (a table or a setting
that can't be read now, a secret that is missing) the answer is 503, so that the vendor tries again: a genuine delivery
that was refused instead might never come back. It tells a stranger that something is wrong here, never what.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callbacks.environment import Environment
from callbacks.mailbox import correlation_key
from callbacks.mailbox_table import MailboxTable, Recorded
from callbacks.metrics import count
from saas.aws import fault
from saas.errors import AwsUnavailable, VendorMisconfigured, WebhookRefused
from saas.port import Webhook
from saas.registry import VENDORS, vendor_named

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from saas.port import Delivery

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

UNKNOWN_VENDOR = "unknown"
LOOKING = frozenset({"GET", "HEAD"})
_JSON = {"content-type": "application/json"}


class Kept(StrEnum):
    """What of an accepted webhook was recorded; nothing where it tells nothing of campaigns."""

    NEW = "new"
    DUPLICATE = "duplicate"
    NOTHING = "nothing"


class WebhookEnvironment(Environment):
    """What the function needs to know of its stack."""

    mailbox_table: str
    saas_parameters: str


class _PathParameters(BaseModel):
    vendor: str


class _Http(BaseModel):
    method: str


class _Context(BaseModel):
    http: _Http


class WebhookRequest(BaseModel):
    """What an HTTP API makes of a request (payload format 2.0), as far as it is used here."""

    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    path: _PathParameters = Field(alias="pathParameters")
    query: dict[str, str] = Field(default={}, alias="queryStringParameters")
    headers: dict[str, str] = {}
    context: _Context = Field(default=_Context(http=_Http(method="POST")), alias="requestContext")
    body: str | None = None
    is_base64: bool = Field(default=False, alias="isBase64Encoded")

    def webhook(self) -> Webhook:
        """The request as vendors see it, with the body byte for byte.

        Raises `WebhookRefused` where the body isn't the text or base64 that it says it is.
        """
        body = self.body or ""
        try:
            raw_body = base64.b64decode(body, validate=True) if self.is_base64 else body.encode()
        except ValueError:
            raise WebhookRefused("malformed_request") from None
        return Webhook(self.headers, raw_body, self.query)


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Verify a webhook, record its delivery, answer."""
    vendor = UNKNOWN_VENDOR
    try:
        request = _read(event)
        vendor = _known(request.path.vendor)
        environment = WebhookEnvironment.read()
        if request.context.http.method in LOOKING:
            vendor_named(vendor, environment.saas_parameters).verify_endpoint(request.webhook())
            return {"statusCode": 200, "body": ""}
        kept = receive(request, vendor, environment, datetime.now(UTC))
    except WebhookRefused as refused:
        return _refuse(vendor, refused.reason)
    except (AwsUnavailable, VendorMisconfigured, ClientError, BotoCoreError) as error:
        return _defer(vendor, fault(error))
    count("WebhookAccepted", vendor=vendor, kept=kept)
    return {"statusCode": 202, "body": ""}


def receive(request: WebhookRequest, vendor: str, environment: WebhookEnvironment, now: datetime) -> Kept:
    """Verify one webhook of a known vendor and record what it says of campaigns that an execution waits for.

    Of several campaigns those that nobody knows here are passed over; a webhook about no other is refused. Raises
    `WebhookRefused` for what can't be used; `VendorMisconfigured`, `AwsUnavailable` or botocore's error where the fault
    is ours.
    """
    deliveries = vendor_named(vendor, environment.saas_parameters).read_webhook(request.webhook(), now)
    mailboxes = MailboxTable(environment.mailbox_table)
    outcomes = [_record(mailboxes, vendor, delivery, now) for delivery in deliveries]
    if outcomes and set(outcomes) == {Recorded.UNKNOWN_MAILBOX}:
        raise WebhookRefused("unknown_campaign")
    if Recorded.NEW in outcomes:
        return Kept.NEW
    return Kept.DUPLICATE if outcomes else Kept.NOTHING


def _record(mailboxes: MailboxTable, vendor: str, delivery: Delivery, now: datetime) -> Recorded:
    key = correlation_key(vendor, delivery.campaign_id)
    recorded = mailboxes.record(key, delivery, now)
    if recorded is not Recorded.UNKNOWN_MAILBOX:
        logger.info(
            "delivery recorded",
            extra={
                "correlation_key": key,
                "delivery": delivery.event_id,
                "status": delivery.status or "unconfirmed",
                "duplicate": recorded is Recorded.DUPLICATE,
            },
        )
    return recorded


def _read(event: dict[str, Any]) -> WebhookRequest:
    try:
        return WebhookRequest.model_validate(event)
    except ValidationError:
        raise WebhookRefused("malformed_request") from None


def _known(vendor: str) -> str:
    if vendor not in VENDORS:
        raise WebhookRefused("unknown_vendor")
    return vendor


def _refuse(vendor: str, reason: str) -> dict[str, Any]:
    count("WebhookRefused", vendor=vendor, reason=reason)
    logger.warning("webhook refused", extra={"vendor": vendor, "reason": reason})
    return {"statusCode": 400, "headers": _JSON, "body": '{"message":"refused"}'}


def _defer(vendor: str, what: str) -> dict[str, Any]:
    count("WebhookDeferred", vendor=vendor)
    logger.error("webhook deferred", extra={"vendor": vendor, "fault": what})
    return {"statusCode": 503, "headers": {**_JSON, "retry-after": "30"}, "body": '{"message":"try again later"}'}
