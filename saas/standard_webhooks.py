"""Verification of webhooks that follow the Standard Webhooks specification, version 1.0.0, with symmetric secrets.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from saas.errors import WebhookRefused
from saas.port import Webhook
from saas.shared_secret import any_fits

TOLERANCE_SECONDS = 300
KEY_PREFIX = "whsec_"
MIN_KEY_BYTES = 24
MAX_KEY_BYTES = 64
# The specification keeps full stops out of the id: it is joined to what follows with one before it is signed.
_ID = re.compile(r"[A-Za-z0-9_:-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SYMMETRIC = "v1,"


def parse_secret(secret: str) -> bytes:
    """The key in a secret: base64 after `whsec_`, 24 to 64 bytes. Raises `ValueError`, without the secret."""
    if not secret.startswith(KEY_PREFIX):
        raise ValueError(f"does not begin with {KEY_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(KEY_PREFIX), validate=True)
    except ValueError:
        raise ValueError(f"is not base64 after {KEY_PREFIX}") from None
    if not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes, has to hold {MIN_KEY_BYTES} to {MAX_KEY_BYTES}")
    return key


def verify(webhook: Webhook, keys: Sequence[bytes], now: datetime) -> str:
    """Return the `webhook-id` of a genuine webhook: signed with one of `keys`, and at most 300 s before or after `now`.

    `now` is aware.

    Raises `WebhookRefused` with one of the reasons `missing_header`, `malformed_id`, `malformed_timestamp`,
    `outside_tolerance`, `no_supported_signature` and `wrong_signature`; nothing else, whatever the headers hold.
    """
    webhook_id, timestamp, signature = (webhook.header(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not _ID.fullmatch(webhook_id):
        raise WebhookRefused("malformed_id")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise WebhookRefused("malformed_timestamp")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise WebhookRefused("outside_tolerance")
    offered = _symmetric_signatures(signature)
    if not offered:
        raise WebhookRefused("no_supported_signature")
    signed = f"{webhook_id}.{timestamp}.".encode() + webhook.raw_body
    if not any_fits(offered, [hmac.digest(key, signed, hashlib.sha256) for key in keys]):
        raise WebhookRefused("wrong_signature")
    return webhook_id


def _symmetric_signatures(header: str) -> list[bytes]:
    """The `v1` signatures in a header. Other versions, and what isn't base64, are passed over."""
    signatures = []
    for item in header.split(" "):
        if item.startswith(_SYMMETRIC):
            try:
                signatures.append(base64.b64decode(item.removeprefix(_SYMMETRIC), validate=True))
            except ValueError:
                continue
    return signatures
