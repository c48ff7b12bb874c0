"""Webhooks as each vendor makes them, written down from its documentation and independent of the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """What a vendor posts."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


class Genuine(ABC):
    """One vendor. There are two keys: the one in use, and the one that takes its place."""

    vendor: ClassVar[str]
    campaign_id: ClassVar[str]
    signed: ClassVar[bool]
    proof: ClassVar[str]
    """The header that proves it genuine, or the field of the query."""

    @abstractmethod
    def secret(self, key: int = 0) -> str:
        """What the parameter `webhook-secret` holds so that webhooks made with this key are genuine."""

    @abstractmethod
    def body(self, campaign_id: str) -> bytes:
        """The content of a webhook about a campaign that has ended well."""

    @abstractmethod
    def made(self, body: bytes, at: datetime = NOW, key: int = 0) -> Sent:
        """A webhook with this content, made at that time with that key."""

    def webhook(self, campaign_id: str | None = None, at: datetime = NOW, key: int = 0) -> Sent:
        """A webhook about a campaign."""
        return self.made(self.body(self.campaign_id if campaign_id is None else campaign_id), at, key)


class PigeonWebhooks(Genuine):
    vendor = "pigeon"
    campaign_id = "cmp_1"
    signed = True
    proof = "webhook-signature"

    def _key(self, key: int) -> bytes:
        return hashlib.sha256(f"pigeon {key}".encode()).digest()

    def secret(self, key: int = 0) -> str:
        return "whsec_" + base64.b64encode(self._key(key)).decode()

    def body(self, campaign_id: str) -> bytes:
        data = {"campaign_id": campaign_id, "status": "sent"}
        return json.dumps({"type": "campaign.status", "timestamp": "2026-03-01T11:59:58.25Z", "data": data}).encode()

    def made(self, body: bytes, at: datetime = NOW, key: int = 0) -> Sent:
        event_id, timestamp = "msg_1", str(int(at.timestamp()))
        signed = f"{event_id}.{timestamp}.".encode() + body
        signature = base64.b64encode(hmac.new(self._key(key), signed, hashlib.sha256).digest()).decode()
        headers = {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
        return Sent(headers, body)


class MailchimpWebhooks(Genuine):
    vendor = "mailchimp"
    campaign_id = "5aa846c9b7"
    signed = False
    proof = "secret"

    def secret(self, key: int = 0) -> str:
        return hashlib.sha256(f"mailchimp {key}".encode()).hexdigest()

    def body(self, campaign_id: str) -> bytes:
        fields = {
            "type": "campaign",
            "fired_at": "2026-03-01 11:59:58",
            "data[id]": campaign_id,
            "data[subject]": "Spring",
            "data[status]": "sent",
            "data[reason]": "",
            "data[list_id]": "b1c2d3e4f5",
        }
        return urlencode(fields).encode()

    def made(self, body: bytes, at: datetime = NOW, key: int = 0) -> Sent:
        del at
        headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "MailChimp"}
        return Sent(headers, body, {"secret": self.secret(key)})


class BrevoWebhooks(Genuine):
    vendor = "brevo"
    campaign_id = "42"
    signed = False
    proof = "authorization"

    def secret(self, key: int = 0) -> str:
        return hashlib.sha256(f"brevo {key}".encode()).hexdigest()

    def event(self, campaign_id: str, **changes: object) -> dict[str, object]:
        return {
            "id": 4711,
            "event": "delivered",
            "email": "ada@example.org",
            "camp_id": int(campaign_id) if campaign_id.isdecimal() else campaign_id,
            "campaign name": "baton-spring",
            "date_sent": "2026-03-01 11:59:50",
            "date_event": "2026-03-01 11:59:58",
            "ts_sent": 1772366390,
            "ts_event": 1772366398,
            "ts": 1772366398,
            "tag": "",
            **changes,
        }

    def body(self, campaign_id: str) -> bytes:
        return json.dumps(self.event(campaign_id)).encode()

    def made(self, body: bytes, at: datetime = NOW, key: int = 0) -> Sent:
        del at
        return Sent({"content-type": "application/json", "authorization": f"Bearer {self.secret(key)}"}, body)


class SendGridWebhooks(Genuine):
    vendor = "sendgrid"
    campaign_id = "27c21bbf-a12c-440b-b8bf-c526975328ca"
    signed = True
    proof = "x-twilio-email-event-webhook-signature"

    _KEYS = tuple(derive_private_key(1000 + number, SECP256R1()) for number in range(3))

    def secret(self, key: int = 0) -> str:
        public = self._KEYS[key].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode()

    def event(self, campaign_id: str | None, **changes: object) -> dict[str, object]:
        return {
            "email": "ada@example.org",
            "timestamp": 1772366398,
            "event": "delivered",
            "sg_event_id": "rbtnWrG1DVDGGGFHFyun0A==",
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            **({} if campaign_id is None else {"singlesend_id": campaign_id, "singlesend_name": "baton-spring"}),
            **changes,
        }

    def body(self, campaign_id: str) -> bytes:
        return json.dumps([self.event(campaign_id)]).encode()

    def told(self, *events: dict[str, object]) -> Sent:
        """A webhook of these events, made now."""
        return self.made(json.dumps(events).encode(), datetime.now(UTC))

    def made(self, body: bytes, at: datetime = NOW, key: int = 0) -> Sent:
        timestamp = str(int(at.timestamp()))
        signature = base64.b64encode(self._KEYS[key].sign(timestamp.encode() + body, ECDSA(SHA256()))).decode()
        return Sent({self.proof: signature, "x-twilio-email-event-webhook-timestamp": timestamp}, body)


PIGEON, MAILCHIMP, BREVO, SENDGRID = PigeonWebhooks(), MailchimpWebhooks(), BrevoWebhooks(), SendGridWebhooks()
ALL = (PIGEON, MAILCHIMP, BREVO, SENDGRID)
