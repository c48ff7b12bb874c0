"""Measures the webhook function: CPU time in its process per webhook, and how often it calls AWS.

python -m benchmarks.webhooks               # every vendor, against an embedded AWS in another process
python -m benchmarks.webhooks --scale 0.1   # quicker, less steady

The time is that of the whole handler: reading the request, verifying it, recording the delivery, the log line and the
metric. What it waits for on the other side of the socket is not in it. A duplicate is the same webhook once more.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import io
import json
import logging
import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import boto3
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.servers import ministack
from callbacks.clients import dynamodb
from callbacks.mailbox_table import MailboxTable
from callbacks.webhook import handler, logger

if TYPE_CHECKING:
    from collections.abc import Callable

WEBHOOKS: Final = 500
TABLE: Final = "mailbox"
ROOT: Final = "/benchmark"
SECRET: Final = base64.b64encode(hashlib.sha256(b"benchmark").digest()).decode()
KEY: Final = generate_private_key(SECP256R1())
PUBLIC_KEY: Final = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
MILLISECONDS: Final = 1e-6


@dataclass(frozen=True)
class Vendor:
    """A vendor, its webhook secret, and the request of its webhook of a number about a campaign."""

    name: str
    secret: str
    request: Callable[[int], dict[str, Any]]
    campaign_id: str = "42"


@dataclass(frozen=True)
class Context:
    """What Lambda tells of an invocation."""

    function_name: str = "webhook"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:webhook"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"


def event(vendor: str, headers: dict[str, str], body: str, query: dict[str, str] | None = None) -> dict[str, Any]:
    """A request as the HTTP API hands it over."""
    return {
        "pathParameters": {"vendor": vendor},
        "headers": headers,
        "queryStringParameters": query or {},
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": False,
    }


def pigeon(number: int) -> dict[str, Any]:
    data = {"campaign_id": "42", "status": "sending"}
    body = json.dumps({"type": "campaign.status", "timestamp": "2026-03-01T12:00:00Z", "data": data})
    event_id, timestamp = f"msg_{number}", str(int(time.time()))
    digest = hmac.digest(base64.b64decode(SECRET), f"{event_id}.{timestamp}.{body}".encode(), "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    headers = {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    return event("pigeon", headers, body)


def mailchimp(number: int) -> dict[str, Any]:
    body = f"type=campaign&fired_at=2026-03-01+12%3A00%3A00&data%5Bid%5D=42&data%5Bsubject%5D={number}"
    query = {"secret": SECRET}
    return event("mailchimp", {}, f"{body}&data%5Bstatus%5D=sent&data%5Blist_id%5D=b1c2d3e4f5", query)


def brevo(number: int) -> dict[str, Any]:
    body = json.dumps({"id": number, "event": "delivered", "camp_id": 42, "ts_event": 1772366398, "email": "a@b.c"})
    return event("brevo", {"authorization": f"Bearer {SECRET}"}, body)


def sendgrid(number: int, events: int = 1) -> dict[str, Any]:
    told = {"email": "a@b.c", "timestamp": 1772366398, "event": "delivered", "singlesend_id": "42"}
    body = json.dumps([{**told, "sg_event_id": f"{number}-{index}"} for index in range(events)])
    timestamp = str(int(time.time()))
    signature = base64.b64encode(KEY.sign((timestamp + body).encode(), ECDSA(SHA256()))).decode()
    name = "x-twilio-email-event-webhook"
    return event("sendgrid", {f"{name}-signature": signature, f"{name}-timestamp": timestamp}, body)


VENDORS: Final = (
    Vendor("pigeon", f"whsec_{SECRET}", pigeon),
    Vendor("mailchimp", SECRET, mailchimp),
    Vendor("brevo", SECRET, brevo),
    Vendor("sendgrid", PUBLIC_KEY, sendgrid),
)


def prepare(url: str) -> None:
    """The function's environment, table and secrets on the AWS at this URL."""
    os.environ.update(
        AWS_ENDPOINT_URL=url,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        POWERTOOLS_SERVICE_NAME="callbacks",
        POWERTOOLS_METRICS_NAMESPACE="Baton",
        POWERTOOLS_TRACE_DISABLED="true",
        MAILBOX_TABLE=TABLE,
        SAAS_PARAMETERS=ROOT,
    )
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("correlation_key", "item")],
        KeySchema=[
            {"AttributeName": "correlation_key", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for vendor in VENDORS:
        name = f"{ROOT}/{vendor.name}/webhook-secret"
        boto3.client("ssm").put_parameter(Name=name, Value=vendor.secret, Type="SecureString")


def measure(vendor: Vendor, count: int) -> None:
    """Print what a new webhook and its duplicate take, and which calls they make."""
    MailboxTable(TABLE).open(f"{vendor.name}#{vendor.campaign_id}", "execution", datetime.now(UTC))
    calls: Counter[str] = Counter()
    dynamodb().meta.events.register("before-call", lambda model, **_: calls.update([model.name]))

    def milliseconds(request: dict[str, Any]) -> float:
        with contextlib.redirect_stdout(io.StringIO()):
            began = time.process_time_ns()
            answer: Any = handler(request, Context())
            took = (time.process_time_ns() - began) * MILLISECONDS
        if answer["statusCode"] != 202:
            raise RuntimeError(f"{vendor.name}: {answer}")
        return took

    milliseconds(vendor.request(-1))  # the cold start: clients, secrets
    requests = [vendor.request(number) for number in range(count)]
    for what in ("new", "duplicate"):
        calls.clear()
        took = sorted(milliseconds(request) for request in requests)
        each = ", ".join(f"{made / count:g} {name}" for name, made in sorted(calls.items()))
        print(f"{vendor.name:12}{what:12}{median(took):9.2f} ms {took[int(count * 0.99) - 1]:9.2f} ms   {each}")


async def main() -> None:
    """Measure every vendor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="how much work, 1 by default")
    options = parser.parse_args()
    if isinstance(logger.registered_handler, logging.StreamHandler):
        logger.registered_handler.setStream(io.StringIO())  # the lines are written, and nobody reads them
    async with ministack() as server:
        prepare(f"http://127.0.0.1:{server.port}")
        print(f"{'CPU per webhook':24}{'median':>12}{'p99':>13}   calls")
        for vendor in VENDORS:
            measure(vendor, max(10, int(WEBHOOKS * options.scale)))


if __name__ == "__main__":
    asyncio.run(main())
