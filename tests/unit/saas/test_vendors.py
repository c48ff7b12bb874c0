"""Every vendor, by its own API: a campaign goes out once whatever gets lost, and what the vendor says is understood."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.vendors.settings import Behaviour, Fault, Outcome
from saas import brevo, mailchimp, pigeon, sendgrid
from saas.errors import VendorMisconfigured, VendorRejected, VendorThrottled, VendorUnavailable
from saas.port import CampaignDraft, Status
from saas.registry import VENDORS
from tests.unit.saas.settings_of import API_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.vendors.simulation import Campaign, SimulatedVendor
    from saas.port import Vendor
    from tests.unit.saas.conftest import Simulators

DRAFT = CampaignDraft("Spring", "<p>Spring is here</p>", ("ada@example.org", "grace@example.org"))
# Silent: it takes its course and posts nothing. It takes so long that its status stays what it was when it was sent.
QUIET = Behaviour(outcome=Outcome.SILENT, step_seconds=3600)
FAULTS = (Fault.LOST, Fault.UNAVAILABLE, Fault.THROTTLED)
STATUSES = {
    "brevo": brevo.STATUSES,
    "mailchimp": mailchimp.STATUSES,
    "pigeon": pigeon.STATUSES,
    "sendgrid": {name: status for name, status in sendgrid.STATUSES.items() if status is Status.PENDING},
}

every_vendor = pytest.mark.parametrize("name", sorted(VENDORS))


def send(vendor: Vendor, key: str) -> tuple[str, int]:
    """Send a campaign as a state machine has it sent, trying again from the start; its id, and how many tries it took.

    Nothing is remembered between two tries: each may have been killed before it could note what it did.
    """
    for attempt in range(1, 60):
        try:
            campaign_id = vendor.create(DRAFT, key)
            vendor.send(campaign_id)
        except (VendorUnavailable, VendorThrottled):
            continue
        return campaign_id, attempt
    pytest.fail("the campaign was never sent")


def sent_once(simulated: SimulatedVendor, campaign_id: str) -> Campaign:
    assert [campaign.id for campaign in simulated.campaigns.values()] == [campaign_id]
    campaign = simulated.campaigns[campaign_id]
    assert campaign.sendings == 1
    assert (campaign.subject, campaign.body) == (DRAFT.subject, DRAFT.body)
    assert sorted(campaign.recipients) == sorted(DRAFT.recipients)
    return campaign


def befalling(faults: Iterable[Fault]) -> Behaviour:
    return QUIET.model_copy(update={"faults": tuple(faults)})


@every_vendor
@pytest.mark.parametrize("fault", FAULTS)
def test_a_campaign_goes_out_once_whichever_call_fails(simulators: Simulators, name: str, fault: Fault) -> None:
    for position in range(12):
        simulated = simulators.fresh(name, befalling((*[Fault.NONE] * position, fault)))
        campaign_id, attempts = send(simulators.client(name), f"baton-{uuid.uuid4().hex}")
        sent_once(simulated, campaign_id)
        if attempts == 1:
            return  # the campaign needs no more calls than this
        assert attempts == 2
    pytest.fail("a campaign takes more calls than were tried")


@every_vendor
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(faults=st.lists(st.sampled_from(list(Fault)), max_size=20))
def test_a_campaign_goes_out_once_whatever_fails(simulators: Simulators, name: str, faults: list[Fault]) -> None:
    simulated = simulators.fresh(name, befalling(faults))
    campaign_id, _ = send(simulators.client(name), f"baton-{uuid.uuid4().hex}")
    sent_once(simulated, campaign_id)


@pytest.mark.parametrize("name", ["brevo", "sendgrid"])
def test_nothing_is_created_before_the_vendor_has_taken_in_all_recipients(simulators: Simulators, name: str) -> None:
    simulated = simulators.fresh(name, QUIET.model_copy(update={"late_imports": 2}))
    vendor, key = simulators.client(name), f"baton-{uuid.uuid4().hex}"
    with pytest.raises(VendorUnavailable, match="0 of 2 recipients"):
        vendor.create(DRAFT, key)
    assert simulated.campaigns == {}
    simulated.behaviour = QUIET
    sent_once(simulated, send(vendor, key)[0])


@pytest.mark.parametrize("name", ["brevo", "sendgrid"])
def test_users_who_share_an_address_are_one_recipient(simulators: Simulators, name: str) -> None:
    simulated = simulators.fresh(name, QUIET)
    shared = CampaignDraft("Spring", "<p>Spring is here</p>", ("ada@example.org", "Ada@Example.org"))
    campaign_id = simulators.client(name).create(shared, f"baton-{uuid.uuid4().hex}")
    assert simulated.campaigns[campaign_id].recipients == ("ada@example.org",)


@every_vendor
def test_another_request_is_another_campaign(simulators: Simulators, name: str) -> None:
    simulated = simulators.fresh(name, QUIET)
    key = uuid.uuid4().hex
    # Some vendors search by a part of the name, which finds the longer ones as well.
    ids = {send(simulators.client(name), f"baton-{key}{number}")[0] for number in ("12", "1", "")}
    assert ids == set(simulated.campaigns)
    assert len(ids) == 3


@every_vendor
def test_a_campaign_that_was_sent_is_found_among_many(simulators: Simulators, name: str) -> None:
    simulated = simulators.fresh(name, QUIET)
    vendor, key = simulators.client(name), f"baton-{uuid.uuid4().hex}"
    first = vendor.create(DRAFT, key)
    for number in range(120):
        simulated.campaigns[f"{9000 + number}"] = type(simulated.campaigns[first])(
            id=f"{9000 + number}",
            name=f"other {number}",
            subject="",
            body="",
            recipients=(),
            behaviour=QUIET,
            status="draft",
        )
    assert vendor.create(DRAFT, key) == first


@pytest.mark.parametrize(("name", "theirs"), [(name, theirs) for name in STATUSES for theirs in STATUSES[name]])
def test_each_status_of_a_vendor_has_one_of_ours(simulators: Simulators, name: str, theirs: str) -> None:
    simulated = simulators.fresh(name, QUIET)
    vendor = simulators.client(name)
    campaign_id = vendor.create(DRAFT, f"baton-{uuid.uuid4().hex}")
    simulated.campaigns[campaign_id].status = theirs
    assert vendor.status(campaign_id) is STATUSES[name][theirs]


@every_vendor
def test_a_status_that_nobody_knows_is_a_rejection(simulators: Simulators, name: str) -> None:
    simulated = simulators.fresh(name, QUIET)
    vendor = simulators.client(name)
    campaign_id = vendor.create(DRAFT, f"baton-{uuid.uuid4().hex}")
    simulated.campaigns[campaign_id].status = "exploded"
    with pytest.raises(VendorRejected, match="not a status"):
        vendor.status(campaign_id)


@every_vendor
@pytest.mark.parametrize(
    ("outcome", "ours"),
    [(Outcome.SUCCESS, Status.SUCCESS), (Outcome.FAILED, Status.FAILED), (Outcome.ARCHIVED, Status.ARCHIVED)],
)
def test_a_campaign_ends_as_the_vendor_says(simulators: Simulators, name: str, outcome: Outcome, ours: Status) -> None:
    simulated = simulators.vendors[name]
    if outcome not in simulated.scripts:
        assert (name, outcome) == ("sendgrid", Outcome.ARCHIVED)
        return
    simulated = simulators.fresh(name, QUIET)
    vendor = simulators.client(name)
    campaign_id = vendor.create(DRAFT, f"baton-{uuid.uuid4().hex}")
    assert vendor.status(campaign_id) is Status.PENDING
    vendor.send(campaign_id)
    assert vendor.status(campaign_id) is Status.PENDING
    simulated.campaigns[campaign_id].status = simulated.scripts[outcome][-1]
    assert vendor.status(campaign_id) is ours


@every_vendor
def test_a_campaign_that_the_vendor_does_not_know_is_a_rejection(simulators: Simulators, name: str) -> None:
    simulators.fresh(name, QUIET)
    vendor = simulators.client(name)
    for ask in (vendor.status, vendor.send):
        with pytest.raises(VendorRejected, match="knows no such campaign"):
            ask("31415")


@every_vendor
def test_a_key_that_is_not_accepted_is_named_and_not_shown(simulators: Simulators, name: str) -> None:
    simulated = simulators.fresh(name, QUIET)
    account, simulated.account = simulated.account, None
    try:
        with pytest.raises(VendorRejected, match="/api-key") as rejected:
            simulators.client(name).create(DRAFT, "baton-spring")
    finally:
        simulated.account = account
    assert API_KEY not in str(rejected.value)


@pytest.mark.parametrize(("name", "seconds"), [("brevo", 1.0), ("mailchimp", None), ("pigeon", 1.0)])
def test_throttling_carries_the_seconds_that_the_vendor_asks_for(
    simulators: Simulators, name: str, seconds: float | None
) -> None:
    simulators.fresh(name, befalling([Fault.THROTTLED]))
    with pytest.raises(VendorThrottled) as throttled:
        simulators.client(name).status("31415")
    assert throttled.value.retry_after == seconds


def test_sendgrid_says_until_when_it_throttles(simulators: Simulators) -> None:
    simulators.fresh("sendgrid", befalling([Fault.THROTTLED]))
    with pytest.raises(VendorThrottled) as throttled:
        simulators.client("sendgrid").status("31415")
    assert throttled.value.retry_after is not None
    assert 0 <= throttled.value.retry_after <= 1


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("brevo", "{}", "folder_id"),
        ("brevo", '{"folder_id": 7, "sender_name": "Baton", "sender_email": "nobody"}', "sender_email"),
        ("mailchimp", "[]", "document"),
        ("mailchimp", '{"list_id": "../x", "from_name": "Baton", "reply_to": "a@example.org"}', "list_id"),
        ("sendgrid", "not JSON", "document"),
        ("sendgrid", '{"sender_id": 11, "suppression_group_id": 12, "more": 1}', "more"),
    ],
)
def test_options_that_can_not_be_used_are_named_and_not_shown(
    simulators: Simulators, name: str, options: str, named: str
) -> None:
    with pytest.raises(VendorMisconfigured, match=named) as misconfigured:
        simulators.client(name, options).create(DRAFT, "baton-spring")
    assert misconfigured.value.setting == "options"
    assert "nobody" not in str(misconfigured.value)


def test_a_single_send_whose_mails_are_still_on_their_way_is_pending(simulators: Simulators) -> None:
    simulated = simulators.fresh("sendgrid", QUIET)
    vendor = simulators.client("sendgrid")
    campaign_id = vendor.create(DRAFT, f"baton-{uuid.uuid4().hex}")
    simulated.campaigns[campaign_id].status = "triggered"
    simulated.campaigns[campaign_id].recipients = ()
    assert vendor.status(campaign_id) is Status.PENDING


def test_mailchimp_is_given_recipients_that_it_knows_already(simulators: Simulators) -> None:
    simulated = simulators.fresh("mailchimp", QUIET)
    for _ in range(2):
        simulated.campaigns.clear()
        campaign_id, _ = send(simulators.client("mailchimp"), f"baton-{uuid.uuid4().hex}")
        sent_once(simulated, campaign_id)
