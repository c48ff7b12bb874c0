"""SendCampaign: once per request, however often and at whichever point it is tried again."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.errors import VendorMisconfigured, VendorUnavailable
from saas.port import CampaignDraft, Delivery, Status, Vendor, Webhook
from saas.registry import vendor_named
from tasks.email_campaign import send_campaign as module
from tasks.email_campaign.campaigns import CampaignsTable, Claim
from tasks.email_campaign.send_campaign import handler, send_campaign
from tasks.email_campaign.users import UsersTable
from workflows.email_campaign.contract import (
    CampaignRequested,
    InvalidRequest,
    SendCampaignInput,
    SendCampaignOutput,
    UnknownRecipients,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REQUEST = CampaignRequested(
    version="1",
    request_id="spring",
    vendor="pigeon",
    subject="Spring",
    body="<p>Spring</p>",
    recipients=("user-1", "user-2"),
)
ADDRESSES = {"user-1": "ada@example.org", "user-2": "grace@example.org"}
SENT = SendCampaignOutput(vendor="pigeon", campaign_id="cmp_1", duplicate=False)
DUPLICATE = SendCampaignOutput(vendor="pigeon", campaign_id=None, duplicate=True)


class LostError(Exception):
    """The function ended in the middle: what it did is done, and nobody learned of it."""


class NoSettings:
    """Settings that nobody may need."""

    def api_key(self) -> str:
        raise AssertionError

    def base_url(self) -> str:
        raise AssertionError

    def webhook_secrets(self) -> tuple[str, ...]:
        raise AssertionError

    def options(self) -> str:
        raise AssertionError


class Recording(Vendor):
    """A vendor that remembers what it was asked, and forgets nothing that it did."""

    name = "pigeon"
    signed = True

    def __init__(self) -> None:
        super().__init__(NoSettings())
        self.drafts: dict[str, CampaignDraft] = {}
        self.sendings: list[str] = []

    def _create(self, draft: CampaignDraft, idempotency_key: str) -> str:
        self.drafts.setdefault(idempotency_key, draft)
        return f"cmp_{list(self.drafts).index(idempotency_key) + 1}"

    def _send(self, campaign_id: str) -> None:
        if campaign_id not in self.sendings:
            self.sendings.append(campaign_id)

    def _status(self, campaign_id: str) -> Status:
        raise AssertionError(campaign_id)

    def _verify(self, webhook: Webhook, now: datetime) -> None:
        raise AssertionError((webhook, now))

    def _read(self, webhook: Webhook) -> Iterable[Delivery]:
        raise AssertionError(webhook)


@dataclass
class World:
    """Tables and a vendor in memory. `lost_after` makes the function end after that many effects."""

    vendor: Recording = field(default_factory=Recording)
    owner: str | None = None
    campaign_id: str | None = None
    addresses_of: Mapping[str, str] = field(default_factory=lambda: ADDRESSES)
    mailboxes: dict[str, str] = field(default_factory=dict)
    sent_before_mailbox: bool = False
    lost_after: int | None = None

    def effect(self) -> None:
        if self.lost_after is not None:
            self.lost_after -= 1
            if self.lost_after < 0:
                self.lost_after = None
                raise LostError

    def claim(
        self, _request: str, _vendor: str, execution_id: str, _now: datetime, *, replays: str = ""
    ) -> Claim | None:
        if self.owner not in (None, execution_id, replays):
            return None
        self.owner = execution_id
        self.effect()
        return Claim(self.campaign_id)

    def record_created(self, _request: str, _execution: str, campaign_id: str) -> str:
        self.effect()
        self.campaign_id = self.campaign_id or campaign_id
        self.effect()
        return self.campaign_id

    def addresses(self, user_ids: Sequence[str]) -> Mapping[str, str]:
        return {user: self.addresses_of[user] for user in user_ids if user in self.addresses_of}

    def open(self, correlation_key: str, execution_id: str, _now: datetime, *, replays: str = "") -> None:
        self.sent_before_mailbox |= bool(self.vendor.sendings)
        if self.mailboxes.get(correlation_key) in (None, replays):
            self.mailboxes[correlation_key] = execution_id
        self.effect()

    def run(self, execution_id: str = "execution-1", replays: str = "") -> SendCampaignOutput:
        task = SendCampaignInput(request=REQUEST, execution_id=execution_id, replays=replays)
        output = send_campaign(task, vendor=self.vendor, campaigns=self, users=self, mailboxes=self, now=NOW)
        self.effect()
        return output


def test_a_campaign_is_created_for_the_users_addresses_and_sent() -> None:
    world = World()
    assert world.run() == SENT
    assert list(world.vendor.drafts.values()) == [
        CampaignDraft("Spring", "<p>Spring</p>", ("ada@example.org", "grace@example.org"))
    ]
    assert world.vendor.sendings == ["cmp_1"]
    assert world.mailboxes == {"pigeon#cmp_1": "execution-1"}
    assert not world.sent_before_mailbox


def test_a_second_execution_of_the_same_request_does_nothing() -> None:
    world = World()
    world.run("execution-1")
    assert world.run("execution-2") == DUPLICATE
    assert (len(world.vendor.drafts), world.vendor.sendings) == (1, ["cmp_1"])
    assert world.mailboxes == {"pigeon#cmp_1": "execution-1"}


def test_a_replay_takes_the_place_of_the_execution_that_failed_and_of_no_other() -> None:
    world = World()
    world.run("execution-1")
    assert world.run("execution-3", replays="execution-2") == DUPLICATE
    assert world.run("execution-2", replays="execution-1") == SENT
    assert world.mailboxes == {"pigeon#cmp_1": "execution-2"}
    assert len(world.vendor.drafts) == 1
    assert world.run("execution-1") == DUPLICATE


@given(st.lists(st.integers(0, 5), max_size=5))
def test_whatever_gets_lost_the_campaign_is_sent_once(losses: list[int]) -> None:
    world = World()
    for loss in losses:
        world.lost_after = loss
        try:
            world.run()
        except LostError:
            continue
        world.lost_after = None
    assert world.run() == SENT
    assert (len(world.vendor.drafts), world.vendor.sendings) == (1, ["cmp_1"])
    assert world.mailboxes == {"pigeon#cmp_1": "execution-1"}


def test_a_request_with_unknown_recipients_asks_the_vendor_nothing() -> None:
    world = World(addresses_of={"user-1": "ada@example.org"})
    with pytest.raises(UnknownRecipients) as unknown:
        world.run()
    assert unknown.value.users == ("user-2",)
    assert not world.vendor.drafts


class Deployed:
    """The deployed function with its tables, and the vendor as a recording."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._context = context
        self.aws = aws
        self.campaigns, self.users = aws.table("request_id"), aws.table("user_id")
        self.mailbox = aws.table("correlation_key", "item")
        self.vendor = Recording()
        for name, value in {
            "CAMPAIGNS_TABLE": self.campaigns,
            "USERS_TABLE": self.users,
            "MAILBOX_TABLE": self.mailbox,
            "SAAS_PARAMETERS": "/test",
        }.items():
            environment.setenv(name, value)
        environment.setattr(module, "vendor_named", lambda *_: self.vendor)
        for user_id, email in ADDRESSES.items():
            aws.put(self.users, user_id=user_id, email=email)

    def invoke(self, execution_id: str = "execution-1", **changes: Any) -> Any:
        return self.replay(execution_id, "", **changes)

    def replay(self, execution_id: str, replays: str, **changes: Any) -> Any:
        request = {**REQUEST.model_dump(mode="json"), **changes}
        return handler({"request": request, "execution_id": execution_id, "replays": replays}, self._context)


@pytest.fixture
def deployed(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Deployed:
    return Deployed(aws, function_environment, lambda_context)


def test_the_function_claims_the_request_and_opens_the_mailbox(deployed: Deployed) -> None:
    assert deployed.invoke() == {"vendor": "pigeon", "campaign_id": "cmp_1", "duplicate": False}
    (claim,) = deployed.aws.items(deployed.campaigns)
    assert (claim["request_id"], claim["execution_id"], claim["campaign_id"]) == (
        {"S": "spring"},
        {"S": "execution-1"},
        {"S": "cmp_1"},
    )
    (box,) = deployed.aws.items(deployed.mailbox)
    assert box["correlation_key"] == {"S": "pigeon#cmp_1"}


def test_the_function_answers_a_second_execution_with_duplicate(deployed: Deployed) -> None:
    deployed.invoke("execution-1")
    assert deployed.invoke("execution-2") == {"vendor": "pigeon", "campaign_id": None, "duplicate": True}
    assert deployed.vendor.sendings == ["cmp_1"]


def test_the_function_lets_a_replay_take_the_place_of_the_execution_that_failed(deployed: Deployed) -> None:
    deployed.invoke("execution-1")
    assert deployed.replay("execution-2", "execution-1")["campaign_id"] == "cmp_1"
    assert deployed.replay("execution-2", "execution-1")["campaign_id"] == "cmp_1"
    (claim,) = deployed.aws.items(deployed.campaigns)
    (box,) = deployed.aws.items(deployed.mailbox)
    assert claim["execution_id"] == box["execution_id"] == {"S": "execution-2"}
    assert len(deployed.vendor.drafts) == 1


def test_the_function_takes_up_where_it_stopped(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise VendorUnavailable("pigeon", "send", "HTTP 503")

    with monkeypatch.context() as broken:
        broken.setattr(deployed.vendor, "_send", fail)
        with pytest.raises(VendorUnavailable):
            deployed.invoke()
    assert deployed.invoke()["campaign_id"] == "cmp_1"
    assert len(deployed.vendor.drafts) == 1


def test_the_first_recorded_campaign_stays(deployed: Deployed) -> None:
    deployed.invoke()
    campaigns = CampaignsTable(deployed.campaigns)
    assert campaigns.record_created("spring", "execution-1", "cmp_9") == "cmp_1"


def test_addresses_of_more_users_than_one_call_returns_are_all_found(deployed: Deployed) -> None:
    users = [f"many-{number}" for number in range(150)]
    for user in users:
        deployed.aws.put(deployed.users, user_id=user, email=f"{user}@example.org")
    found = UsersTable(deployed.users).addresses(users)
    assert found == {user: f"{user}@example.org" for user in users}


def test_a_user_without_an_address_is_unknown(deployed: Deployed) -> None:
    deployed.aws.put(deployed.users, user_id="user-3")
    with pytest.raises(UnknownRecipients, match="user-3"):
        deployed.invoke(recipients=["user-1", "user-3"])


def test_an_event_that_does_not_fit_is_refused_before_anything_is_claimed(deployed: Deployed) -> None:
    with pytest.raises(InvalidRequest, match=r"request\.subject"):
        deployed.invoke(subject="")
    assert deployed.aws.items(deployed.campaigns) == []


def test_no_address_and_no_content_is_logged(deployed: Deployed, heard: Heard) -> None:
    deployed.invoke()
    said = heard.text
    assert "campaign sent" in said
    assert not any(secret in said for secret in itertools.chain(ADDRESSES.values(), ["<p>Spring</p>"]))


@pytest.mark.usefixtures("aws")
def test_a_vendor_that_nobody_knows_is_named(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "vendor_named", vendor_named)
    with pytest.raises(VendorMisconfigured, match=r"albatross.*known are: .*pigeon"):
        deployed.invoke(vendor="albatross")
