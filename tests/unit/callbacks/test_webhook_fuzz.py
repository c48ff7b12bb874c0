"""Bytes in headers, query and body of every vendor's webhooks: 2xx or 4xx, and no effect of what is refused.

The long profile: `pytest -m long tests/unit/callbacks/test_webhook_fuzz.py`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.callbacks.door import ACCEPTED, REFUSED, Door
from tests.unit.genuine import ALL

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import LambdaContext
    from tests.unit.genuine import Genuine

SHORT, LONG = 150, 20_000
PROVING = sorted(
    {name for vendor in ALL for name in (*vendor.webhook().headers, *vendor.webhook().query)} - {"user-agent"}
)

texts = st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))
names = st.sampled_from(PROVING) | st.text(min_size=1, max_size=20)


@dataclass(frozen=True)
class Tampering:
    """What a stranger does to a webhook: bytes of the body, headers and query fields (None takes one away)."""

    resigned: bool
    """Whether the bytes were changed before the vendor signed, so that its proof is good."""
    cut: tuple[int, int]
    insert: bytes
    headers: dict[str, str | None]
    query: dict[str, str | None]
    encoded: bool

    def body(self, genuine: bytes) -> bytes:
        begin, end = sorted(position % (len(genuine) + 1) for position in self.cut)
        return genuine[:begin] + self.insert + genuine[end:]


tamperings = st.builds(
    Tampering,
    resigned=st.booleans(),
    cut=st.just((0, 0)) | st.tuples(st.integers(0, 4000), st.integers(0, 4000)),
    insert=st.just(b"") | st.binary(max_size=40),
    headers=st.dictionaries(names, st.none() | texts, max_size=3),
    query=st.dictionaries(names, st.none() | texts, max_size=2),
    encoded=st.booleans(),
)


def merged(before: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in (before | changes).items() if value is not None}


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def request(genuine: Genuine, tampering: Tampering) -> tuple[dict[str, Any], bool]:
    """The request as the HTTP API hands it over, and whether it still proves itself."""
    at = datetime.now(UTC)
    body = genuine.body(genuine.campaign_id)
    changed = tampering.body(body)
    sent = genuine.made(changed if tampering.resigned else body, at)
    headers, query = merged(dict(sent.headers), tampering.headers), merged(dict(sent.query), tampering.query)
    proofs = set(sent.headers) if genuine.signed else {genuine.proof}
    proven = all(headers.get(name) == sent.headers[name] for name in proofs & sent.headers.keys())
    proven = proven and all(query.get(name) == sent.query[name] for name in proofs & sent.query.keys())
    if genuine.signed:
        proven = proven and changed == sent.body
    # Header names are in any case, so one that was added may be the proof in other letters.
    added = {name.lower() for name in tampering.headers if name not in sent.headers}
    proven = proven and not added & proofs & sent.headers.keys()
    encoded = tampering.encoded or not _is_text(changed)
    text = base64.b64encode(changed).decode() if encoded else changed.decode()
    return {
        "pathParameters": {"vendor": genuine.vendor},
        "headers": headers,
        "queryStringParameters": query,
        "requestContext": {"http": {"method": "POST"}},
        "body": text,
        "isBase64Encoded": encoded,
    }, proven


def fuzz(door: Door, genuine: Genuine, examples: int) -> None:
    accepted = 0

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tamperings)
    def attempt(tampering: Tampering) -> None:
        nonlocal accepted
        event, proven = request(genuine, tampering)
        answer = door.call(event)
        assert answer in ((REFUSED, ACCEPTED) if proven else (REFUSED,))
        accepted += answer == ACCEPTED

    attempt()
    assert accepted, "some are genuine, or nothing was tested"
    assert len(door.recorded()) <= accepted


@pytest.fixture
def door(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Door:
    return Door(aws, function_environment, lambda_context)


@pytest.mark.parametrize("genuine", ALL, ids=lambda genuine: genuine.vendor)
def test_bytes_are_refused_or_genuine(door: Door, genuine: Genuine) -> None:
    fuzz(door, genuine, SHORT)


@pytest.mark.long
@pytest.mark.parametrize("genuine", ALL, ids=lambda genuine: genuine.vendor)
def test_many_bytes_are_refused_or_genuine(door: Door, genuine: Genuine) -> None:
    fuzz(door, genuine, LONG)
