"""Webhooks in: `POST /webhooks/{vendor}` behind an HTTP API.

A delivery is answered 202 once it is durable, also when it was recorded before. What can't be used is answered 400 with
the same body whatever the cause, and has no effect. Where the fault is ours (a table or a setting that can't be read
now, a secret that is missing) the answer is 503, so that the vendor tries again: a genuine delivery that was refused
instead might never come back. It tells a stranger that something is wrong here, never what.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
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
from saas.registry import VENDORS, vendor_named

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

UNKNOWN_VENDOR = "unknown"
_JSON = {"content-type": "application/json"}


class WebhookEnvironment(Environment):
    """What the function needs to know of its stack."""

    mailbox_table: str
    saas_parameters: str


class _PathParameters(BaseModel):
    vendor: str


class WebhookRequest(BaseModel):
    """What an HTTP API makes of a request (payload format 2.0), as far as it is used here."""

    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    path: _PathParameters = Field(alias="pathParameters")
    headers: dict[str, str] = {}
    body: str | None = None
    is_base64: bool = Field(default=False, alias="isBase64Encoded")

    def raw_body(self) -> bytes:
        """The body, byte for byte. Raises `WebhookRefused` where it isn't the text or base64 that it says it is."""
        body = self.body or ""
        try:
            return base64.b64decode(body, validate=True) if self.is_base64 else body.encode()
        except ValueError:
            raise WebhookRefused("malformed_request") from None


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Verify a webhook, record its delivery, answer."""
    vendor = UNKNOWN_VENDOR
    try:
        request = _read(event)
        vendor = _known(request.path.vendor)
        duplicate = receive(request, vendor, WebhookEnvironment.read(), datetime.now(UTC))
    except WebhookRefused as refused:
        return _refuse(vendor, refused.reason)
    except (AwsUnavailable, VendorMisconfigured, ClientError, BotoCoreError) as error:
        return _defer(vendor, fault(error))
    count("WebhookAccepted", vendor=vendor, duplicate=str(duplicate).lower())
    return {"statusCode": 202, "body": ""}


def receive(request: WebhookRequest, vendor: str, environment: WebhookEnvironment, now: datetime) -> bool:
    """Verify and record one webhook of a known vendor. True where the delivery was on record already.

    Raises `WebhookRefused` for what can't be used; `VendorMisconfigured`, `AwsUnavailable` or botocore's error where
    the fault is ours.
    """
    delivery = vendor_named(vendor, environment.saas_parameters).read_webhook(request.headers, request.raw_body(), now)
    key = correlation_key(vendor, delivery.campaign_id)
    recorded = MailboxTable(environment.mailbox_table).record(key, delivery, now)
    if recorded is Recorded.UNKNOWN_MAILBOX:
        raise WebhookRefused("unknown_campaign")
    logger.info(
        "delivery recorded",
        extra={
            "correlation_key": key,
            "delivery": delivery.event_id,
            "status": delivery.status,
            "duplicate": recorded is Recorded.DUPLICATE,
        },
    )
    return recorded is Recorded.DUPLICATE


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
