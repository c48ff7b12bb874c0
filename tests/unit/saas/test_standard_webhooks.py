"""Verification of webhooks by the Standard Webhooks specification."""

import base64
import contextlib
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.errors import WebhookRefused
from saas.port import Webhook
from saas.standard_webhooks import TOLERANCE_SECONDS, parse_secret, verify

# The vector that the reference libraries of the specification share.
VECTOR_KEY = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
VECTOR_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": VECTOR_SIGNATURE,
}
VECTOR_TIME = datetime.fromtimestamp(1614265330, UTC)
OTHER_KEY = b"k" * 32


def signed(key: bytes, body: bytes, *, event_id: str = "msg_1", timestamp: str = "1614265330") -> dict[str, str]:
    digest = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def reason_of(headers: dict[str, str], body: bytes = VECTOR_BODY, now: datetime = VECTOR_TIME) -> str:
    with pytest.raises(WebhookRefused) as refused:
        verify(Webhook(headers, body), [VECTOR_KEY], now)
    return refused.value.reason


def test_the_shared_vector_is_genuine() -> None:
    assert verify(Webhook(VECTOR_HEADERS, VECTOR_BODY), [VECTOR_KEY], VECTOR_TIME) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize("position", range(len(VECTOR_BODY)))
def test_a_body_with_one_changed_byte_is_refused(position: int) -> None:
    changed = bytearray(VECTOR_BODY)
    changed[position] ^= 1
    assert reason_of(VECTOR_HEADERS, bytes(changed)) == "wrong_signature"


@pytest.mark.parametrize(("header", "value"), [("webhook-id", "msg_other"), ("webhook-timestamp", "1614265331")])
def test_id_and_timestamp_are_signed_too(header: str, value: str) -> None:
    assert reason_of({**VECTOR_HEADERS, header: value}) == "wrong_signature"


@pytest.mark.parametrize("keys", [[OTHER_KEY, VECTOR_KEY], [VECTOR_KEY, OTHER_KEY]])
def test_either_of_two_active_secrets_verifies(keys: list[bytes]) -> None:
    assert verify(Webhook(VECTOR_HEADERS, VECTOR_BODY), keys, VECTOR_TIME)


@pytest.mark.parametrize(
    "signatures",
    [
        f"v1,{base64.b64encode(b'x' * 32).decode()} {VECTOR_SIGNATURE}",
        f"{VECTOR_SIGNATURE} v1a,{base64.b64encode(b'x' * 64).decode()}",
        f"v2,unknown {VECTOR_SIGNATURE}",
        f"v1,*** v1, {VECTOR_SIGNATURE}",
    ],
)
def test_one_good_signature_among_several_is_enough(signatures: str) -> None:
    assert verify(Webhook({**VECTOR_HEADERS, "webhook-signature": signatures}, VECTOR_BODY), [VECTOR_KEY], VECTOR_TIME)


def test_a_secret_that_was_rotated_out_verifies_no_more() -> None:
    assert reason_of(signed(OTHER_KEY, VECTOR_BODY)) == "wrong_signature"


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, TOLERANCE_SECONDS])
def test_a_webhook_at_the_edge_of_the_window_is_genuine(seconds: int) -> None:
    assert verify(Webhook(VECTOR_HEADERS, VECTOR_BODY), [VECTOR_KEY], VECTOR_TIME + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1])
def test_a_webhook_outside_the_window_is_refused(seconds: int) -> None:
    assert reason_of(VECTOR_HEADERS, now=VECTOR_TIME + timedelta(seconds=seconds)) == "outside_tolerance"


@pytest.mark.parametrize("header", list(VECTOR_HEADERS))
@pytest.mark.parametrize("missing", [True, False])
def test_a_missing_or_empty_header_is_refused(header: str, missing: bool) -> None:
    headers = {name: value for name, value in VECTOR_HEADERS.items() if name != header}
    assert reason_of(headers if missing else {**headers, header: ""}) == "missing_header"


@pytest.mark.parametrize(
    "timestamp", ["now", "-1614265330", "1614265330.0", "\uff11\uff16", " 1614265330", "1" * 5000, "1e9", "NaN"]
)
def test_a_malformed_timestamp_is_refused(timestamp: str) -> None:
    assert reason_of({**VECTOR_HEADERS, "webhook-timestamp": timestamp}) == "malformed_timestamp"


@pytest.mark.parametrize("event_id", ["msg.1", "msg 1", "mög", "x" * 129, "msg\n1"])
def test_a_malformed_id_is_refused_even_with_its_own_signature(event_id: str) -> None:
    assert reason_of(signed(VECTOR_KEY, VECTOR_BODY, event_id=event_id)) == "malformed_id"


@pytest.mark.parametrize("signature", ["v1", "v1a,AAAA", "V1,AAAA", "g0hM9SsE", "v1,ä", "v1,A", "v1,A=B=", " "])
def test_a_header_without_a_readable_symmetric_signature_is_refused(signature: str) -> None:
    assert reason_of({**VECTOR_HEADERS, "webhook-signature": signature}) == "no_supported_signature"


@given(
    headers=st.dictionaries(
        st.sampled_from(list(VECTOR_HEADERS)) | st.text(),
        st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | st.sampled_from(list(VECTOR_HEADERS.values())),
    ),
    body=st.binary(),
)
def test_whatever_comes_in_is_refused_or_genuine(headers: dict[str, str], body: bytes) -> None:
    with contextlib.suppress(WebhookRefused):
        verify(Webhook(headers, body), [VECTOR_KEY], VECTOR_TIME)
        assert body == VECTOR_BODY
        assert headers.items() >= VECTOR_HEADERS.items()


@given(key=st.binary(min_size=24, max_size=64), body=st.binary(), event_id=st.from_regex(r"\A[A-Za-z0-9_:-]{1,128}\Z"))
def test_what_is_signed_by_the_specification_is_genuine(key: bytes, body: bytes, event_id: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    assert verify(Webhook(signed(key, body, event_id=event_id), body), [parse_secret(secret)], VECTOR_TIME) == event_id


@pytest.mark.parametrize(
    ("secret", "complaint"),
    [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin with whsec_"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "is not base64"),
        ("whsec_MfKQ", "holds 3 bytes"),
        ("whsec_" + "A" * 88, "holds 66 bytes"),
        ("whsec_ä", "is not base64"),
    ],
)
def test_an_unusable_secret_is_described_without_being_shown(secret: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refused:
        parse_secret(secret)
    assert secret.removeprefix("whsec_") not in str(refused.value)
