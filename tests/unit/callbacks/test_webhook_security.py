"""What keeps strangers out of the webhook endpoint, for every vendor in the same words: a vendor inherits all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from saas.registry import VENDORS
from tests.unit.callbacks.door import ACCEPTED, REFUSED, Door, event
from tests.unit.genuine import ALL, BREVO, MAILCHIMP, PIGEON, SENDGRID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext
    from tests.unit.genuine import Genuine, Sent


@pytest.fixture
def door(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Door:
    return Door(aws, function_environment, lambda_context)


def now(**offset: int) -> datetime:
    return datetime.now(UTC) + timedelta(**offset)


def refusals(door: Door, vendor: str, cases: Mapping[str, Sent]) -> None:
    """Every case is refused, in the same words, and leaves nothing behind."""
    answers = {name: door.post(vendor, sent) for name, sent in cases.items()}
    assert answers == dict.fromkeys(cases, REFUSED)
    assert door.recorded() == []


class WebhookSecurity:
    """The tests that every vendor inherits."""

    genuine: ClassVar[Genuine]
    record: ClassVar[str]
    """How the item begins that a genuine webhook leaves."""

    @property
    def vendor(self) -> str:
        return self.genuine.vendor

    def without(self, sent: Sent, name: str) -> Sent:
        return replace(
            sent,
            headers={key: value for key, value in sent.headers.items() if key != name},
            query={key: value for key, value in sent.query.items() if key != name},
        )

    def proving(self, sent: Sent, proof: str) -> Sent:
        """The same with another proof."""
        if self.genuine.proof in sent.query:
            return replace(sent, query={**sent.query, self.genuine.proof: proof})
        return replace(sent, headers={**sent.headers, self.genuine.proof: proof})

    def proof(self, sent: Sent) -> str:
        return {**sent.headers, **sent.query}[self.genuine.proof]

    def test_a_genuine_webhook_is_on_record_once(self, door: Door) -> None:
        sent = self.genuine.webhook(at=now())
        assert door.post(self.vendor, sent) == ACCEPTED
        (recorded,) = door.recorded()
        assert recorded.startswith(f"{self.vendor}#{self.genuine.campaign_id} {self.record}")
        before = door.aws.items(door.table)
        assert [door.post(self.vendor, sent) for _ in range(2)] == [ACCEPTED, ACCEPTED]
        assert door.aws.items(door.table) == before

    def test_names_of_headers_are_in_any_case(self, door: Door) -> None:
        sent = self.genuine.webhook(at=now())
        shouted = replace(sent, headers={name.upper(): value for name, value in sent.headers.items()})
        assert door.post(self.vendor, shouted) == ACCEPTED

    def test_without_its_proof_it_is_refused(self, door: Door) -> None:
        sent = self.genuine.webhook(at=now())
        proof = self.proof(sent)
        cases = {
            "nothing but a body": replace(sent, headers={}, query={}),
            "no proof": self.without(sent, self.genuine.proof),
            "the proof in another place": replace(self.without(sent, self.genuine.proof), query={"proof": proof}),
            "made with another key": self.genuine.webhook(at=now(), key=1),
            **{
                f"proof {wrong!r}": self.proving(sent, wrong)
                for wrong in (
                    *("", " ", "%%%", "ä", "\ud800", "null", "v1,", "Bearer", "Bearer ", "=", "A" * 10_000),
                    proof[:-1],
                    proof + "A",
                    proof.swapcase(),
                    f"x{proof}",
                    # What the HTTP API makes of a header or a field that comes twice.
                    f"{proof},{proof}",
                )
            },
        }
        refusals(door, self.vendor, cases)

    def test_what_another_vendor_sends_is_refused(self, door: Door) -> None:
        others = [other for other in ALL if other is not self.genuine]
        ours = self.genuine.webhook(at=now())
        cases = {f"as {other.vendor} sends it": other.webhook(at=now()) for other in others}
        cases |= {
            f"with the proof of {other.vendor} too": replace(
                self.without(ours, self.genuine.proof),
                headers={**self.without(ours, self.genuine.proof).headers, **other.webhook(at=now()).headers},
                query=other.webhook(at=now()).query if self.genuine.proof not in other.webhook().query else {},
            )
            for other in others
            if self.genuine.proof not in other.webhook().headers
        }
        refusals(door, self.vendor, cases)

    def test_a_campaign_that_nobody_waits_for_is_refused(self, door: Door) -> None:
        cases = {"unknown": self.genuine.webhook("31415", at=now())}
        cases |= {f"of {other.vendor}": self.genuine.webhook(other.campaign_id, at=now()) for other in ALL}
        del cases[f"of {self.vendor}"]
        cases |= {
            f"campaign {wrong!r}": self.genuine.webhook(wrong, at=now())
            for wrong in ("../mailbox", "a#b", "", "ä", "x" * 200, "\x00")
        }
        refusals(door, self.vendor, cases)

    def test_a_genuine_proof_of_what_is_no_document_is_refused(self, door: Door) -> None:
        body = self.genuine.body(self.genuine.campaign_id)
        largest = VENDORS[self.vendor].max_webhook_bytes
        bodies = {
            "empty": b"",
            "cut off": body[: len(body) // 2],
            "UTF-16": body.decode().encode("utf-16"),
            "not UTF-8": b"\xff\xfe" + body,
            "zeros": b"\x00" * 64,
            "null": b"null",
            "text": b'"sent"',
            "nested": b"[" * 30_000,
            "too large": body + b" " * (largest + 1 - len(body)),
        }
        refusals(door, self.vendor, {name: self.genuine.made(wrong, at=now()) for name, wrong in bodies.items()})

    def test_a_request_that_is_none_is_refused(self, door: Door) -> None:
        whole = event(self.vendor, self.genuine.webhook(at=now()))
        cases: dict[str, dict[str, Any]] = {
            "nothing": {},
            "no vendor": {**whole, "pathParameters": None},
            "another vendor": {**whole, "pathParameters": {"vendor": self.vendor.upper()}},
            "no headers": {**whole, "headers": None},
            "headers that are none": {**whole, "headers": {"a": 1}},
            "no text": {**whole, "body": "\ud800"},
            "no base64": {**whole, "body": "%", "isBase64Encoded": True},
            "no body": {**whole, "body": None},
        }
        assert {name: door.call(case) for name, case in cases.items()} == dict.fromkeys(cases, REFUSED)
        assert door.recorded() == []

    def test_during_a_rotation_both_secrets_are_good_and_afterwards_the_new_one_alone(
        self, door: Door, function_environment: pytest.MonkeyPatch
    ) -> None:
        del function_environment
        door.set_secret(self.genuine, f"{self.genuine.secret(1)} {self.genuine.secret(0)}")
        for key in (0, 1):
            assert door.post(self.vendor, self.genuine.webhook(at=now(), key=key)) == ACCEPTED
        assert door.post(self.vendor, self.genuine.webhook(at=now(), key=2)) == REFUSED

    def test_a_secret_that_was_rotated_out_is_good_no_more(self, door: Door) -> None:
        door.set_secret(self.genuine, self.genuine.secret(1))
        refusals(door, self.vendor, {"the old key": self.genuine.webhook(at=now(), key=0)})
        assert door.post(self.vendor, self.genuine.webhook(at=now(), key=1)) == ACCEPTED

    def test_without_a_secret_nothing_is_taken_and_the_vendor_is_asked_to_come_back(self, door: Door) -> None:
        door.remove_secret(self.genuine)
        sent = self.genuine.webhook(at=now())
        cases = (sent, replace(sent, headers={}, query={}), self.proving(sent, ""), self.genuine.webhook(key=1))
        for case in cases:
            answer = door.post(self.vendor, case)
            assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
        assert door.recorded() == []

    @pytest.mark.parametrize("secret", ["nothing-of-ours", "whsec_short", "one two three", "ä"])
    def test_a_secret_that_can_not_be_used_is_our_own_fault(self, door: Door, heard: Heard, secret: str) -> None:
        door.set_secret(self.genuine, secret)
        assert door.post(self.vendor, self.genuine.webhook(at=now()))["statusCode"] == 503
        assert door.recorded() == []
        said = heard.text
        assert "webhook-secret" in said
        assert secret not in said

    def test_neither_secret_nor_proof_nor_body_is_logged(self, door: Door, heard: Heard) -> None:
        genuine, forged = self.genuine.webhook(at=now()), self.genuine.webhook(at=now(), key=1)
        door.post(self.vendor, genuine)
        door.post(self.vendor, forged)
        said = heard.text
        assert "webhook refused" in said
        for told in (self.genuine.secret(0), self.proof(genuine), self.proof(forged), "ada@example.org"):
            assert told not in said

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_who_looks_whether_the_endpoint_is_there_changes_nothing(self, door: Door, method: str) -> None:
        sent = self.genuine.webhook(at=now())
        assert door.post(self.vendor, sent, method) == {"statusCode": 200, "body": ""}
        assert door.recorded() == []


class SignedWebhookSecurity(WebhookSecurity):
    """What vendors inherit beside that whose webhooks are signed."""

    timestamp: ClassVar[str]

    def test_every_byte_of_the_body_is_signed(self, door: Door) -> None:
        sent = self.genuine.webhook(at=now())
        cases = {}
        for position in range(0, len(sent.body), 7):
            changed = bytearray(sent.body)
            changed[position] ^= 1
            cases[f"byte {position}"] = replace(sent, body=bytes(changed))
        cases |= {"one more": replace(sent, body=sent.body + b" "), "one less": replace(sent, body=sent.body[:-1])}
        refusals(door, self.vendor, cases)

    def test_one_that_is_old_or_from_the_future_is_refused(self, door: Door) -> None:
        cases = {
            f"{seconds} s": self.genuine.webhook(at=now(seconds=seconds)) for seconds in (-86_400, -310, 310, 86_400)
        }
        refusals(door, self.vendor, cases)

    def test_one_that_was_caught_can_not_be_made_new_again(self, door: Door) -> None:
        caught = self.genuine.webhook(at=now(seconds=-600))
        fresh = str(int(now().timestamp()))
        refusals(door, self.vendor, {"a new time": replace(caught, headers={**caught.headers, self.timestamp: fresh})})

    def test_a_time_that_is_none_is_refused(self, door: Door) -> None:
        sent = self.genuine.webhook(at=now())
        right = sent.headers[self.timestamp]
        cases = {"missing": self.without(sent, self.timestamp)} | {
            repr(wrong): replace(sent, headers={**sent.headers, self.timestamp: wrong})
            for wrong in (
                "",
                "now",
                "-1",
                f"{right}.0",
                f" {right}",
                f"{right},{right}",
                "9" * 400,
                "1e9",
                "\uff11\uff16",
            )
        }
        refusals(door, self.vendor, cases)


class HintSecurity(WebhookSecurity):
    """What vendors inherit beside that whose webhooks are not signed."""

    def test_whatever_it_says_is_only_a_hint(self, door: Door) -> None:
        sent = self.genuine.webhook(at=now())
        for position in range(0, len(sent.body), 7):
            changed = bytearray(sent.body)
            changed[position] ^= 1
            door.post(self.vendor, replace(sent, body=bytes(changed)))
        assert all(" unconfirmed#" in recorded for recorded in door.recorded())


class TestPigeon(SignedWebhookSecurity):
    genuine = PIGEON
    record = "delivery#msg_1"
    timestamp = "webhook-timestamp"


class TestSendGrid(SignedWebhookSecurity):
    genuine = SENDGRID
    record = "delivery#delivered"
    timestamp = "x-twilio-email-event-webhook-timestamp"


class TestBrevo(HintSecurity):
    genuine = BREVO
    record = "unconfirmed#digest-"


class TestMailchimp(HintSecurity):
    genuine = MAILCHIMP
    record = "unconfirmed#digest-"

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_who_looks_without_the_secret_is_refused(self, door: Door, method: str) -> None:
        sent = self.genuine.webhook(at=now())
        for case in (replace(sent, query={}), self.proving(sent, "guessed"), self.genuine.webhook(key=1)):
            assert door.post(self.vendor, case, method) == REFUSED


def test_every_vendor_is_tested() -> None:
    assert {vendor.vendor for vendor in ALL} == set(VENDORS)
