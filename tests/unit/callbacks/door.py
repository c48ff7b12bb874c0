"""The webhook function with a mailbox open for one campaign of every vendor, as requests reach it from the API."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from callbacks.mailbox_table import MailboxTable
from callbacks.webhook import handler
from tests.unit.genuine import ALL

if TYPE_CHECKING:
    import pytest

    from tests.unit.cloud import Aws
    from tests.unit.conftest import LambdaContext
    from tests.unit.genuine import Genuine, Sent

REFUSED = {"statusCode": 400, "headers": {"content-type": "application/json"}, "body": '{"message":"refused"}'}
ACCEPTED = {"statusCode": 202, "body": ""}


class Door:
    """The deployed function; every vendor's webhook secret is its first key unless a test sets another."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self.aws = aws
        self.table = aws.table("correlation_key", "item")
        self.root = f"/door-{uuid.uuid4().hex}"
        self._context = context
        environment.setenv("MAILBOX_TABLE", self.table)
        environment.setenv("SAAS_PARAMETERS", self.root)
        mailboxes = MailboxTable(self.table)
        for vendor in ALL:
            self.set_secret(vendor, vendor.secret())
            mailboxes.open(f"{vendor.vendor}#{vendor.campaign_id}", "execution", datetime.now(UTC))

    def set_secret(self, vendor: Genuine, value: str) -> None:
        self.aws.secret(f"{self.root}/{vendor.vendor}/webhook-secret", value)

    def remove_secret(self, vendor: Genuine) -> None:
        self.aws.ssm.delete_parameter(Name=f"{self.root}/{vendor.vendor}/webhook-secret")

    def post(self, vendor: str, sent: Sent, method: str = "POST", **changes: Any) -> Any:
        """Call the function as the HTTP API does for a request (payload format 2.0)."""
        return self.call(event(vendor, sent, method) | changes)

    def call(self, request: Any) -> Any:
        return handler(request, self._context)

    def recorded(self) -> list[str]:
        """The keys of the deliveries and hints on record."""
        keys = [f"{item['correlation_key']['S']} {item['item']['S']}" for item in self.aws.items(self.table)]
        return sorted(key for key in keys if not key.endswith(" mailbox"))


def event(vendor: str, sent: Sent, method: str = "POST") -> dict[str, Any]:
    """A request as the HTTP API hands it over; a body that is no text is base64."""
    try:
        body, is_base64 = sent.body.decode(), False
    except UnicodeDecodeError:
        body, is_base64 = base64.b64encode(sent.body).decode(), True
    return {
        "version": "2.0",
        "routeKey": f"{method} /webhooks/{{vendor}}",
        "pathParameters": {"vendor": vendor},
        "headers": dict(sent.headers),
        "requestContext": {"http": {"method": method}},
        "body": body,
        "isBase64Encoded": is_base64,
        **({"queryStringParameters": dict(sent.query)} if sent.query else {}),
    }
