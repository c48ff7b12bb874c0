"""SendCampaign: asks the vendor to send a campaign, once per request however often it is tried.

Each step may be repeated: the claim is the execution's own, a draft that was created before is the same draft
(idempotency key) and harmless, and the vendor sends a campaign only once. So a retry takes up where the attempt before
it stopped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger, Tracer

from callbacks.environment import Environment
from callbacks.mailbox import correlation_key
from callbacks.mailbox_table import MailboxTable
from callbacks.metrics import count
from saas.port import CampaignDraft, Vendor
from saas.registry import vendor_named
from tasks.email_campaign.campaigns import CampaignsTable
from tasks.email_campaign.users import UsersTable
from workflows.email_campaign.contract import (
    CampaignRequested,
    SendCampaignInput,
    SendCampaignOutput,
    UnknownRecipients,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from tasks.email_campaign.campaigns import Claim

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])


class SendCampaignEnvironment(Environment):
    """What the function needs to know of its stack."""

    campaigns_table: str
    users_table: str
    mailbox_table: str
    saas_parameters: str


class Campaigns(Protocol):
    """Who owns which request."""

    def claim(
        self, request_id: str, vendor: str, execution_id: str, now: datetime, *, replays: str = ""
    ) -> Claim | None:
        """Claim a request for an execution; None where another one owns it that it does not replay."""

    def record_created(self, request_id: str, execution_id: str, campaign_id: str) -> str:
        """Record the vendor's campaign; return the one that is on record."""


class Users(Protocol):
    """Who can be written to."""

    def addresses(self, user_ids: Sequence[str]) -> Mapping[str, str]:
        """The addresses of the users that have one."""


class Mailboxes(Protocol):
    """Where the vendor's deliveries will arrive."""

    def open(self, correlation_key: str, execution_id: str, now: datetime, *, replays: str = "") -> None:
        """Open a mailbox; one that is open stays as it is, unless it is that of the replayed execution."""


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """`SendCampaignInput` in, `SendCampaignOutput` out. Raises what `SEND_CAMPAIGN_RETRIABLE` and `PERMANENT` name."""
    task = SendCampaignInput.read(event)
    logger.append_keys(request_id=task.request.request_id, execution_id=task.execution_id)
    environment = SendCampaignEnvironment.read()
    output = send_campaign(
        task,
        vendor=vendor_named(task.request.vendor, environment.saas_parameters),
        campaigns=CampaignsTable(environment.campaigns_table),
        users=UsersTable(environment.users_table),
        mailboxes=MailboxTable(environment.mailbox_table),
        now=datetime.now(UTC),
    )
    logger.info("duplicate request" if output.duplicate else "campaign sent", extra={"campaign_id": output.campaign_id})
    count("CampaignRequests", vendor=output.vendor, duplicate=str(output.duplicate).lower())
    return output.model_dump(mode="json")


def send_campaign(
    task: SendCampaignInput, *, vendor: Vendor, campaigns: Campaigns, users: Users, mailboxes: Mailboxes, now: datetime
) -> SendCampaignOutput:
    """Claim the request; have the vendor create the campaign; open its mailbox; have it sent. In this order.

    The mailbox is open before anything is sent, so no delivery comes too early. Raises `UnknownRecipients` and the
    errors of `saas.errors.SaasError`.
    """
    request = task.request
    claim = campaigns.claim(request.request_id, request.vendor, task.execution_id, now, replays=task.replays)
    if claim is None:
        return SendCampaignOutput(vendor=request.vendor, campaign_id=None, duplicate=True)
    campaign_id = claim.campaign_id
    if campaign_id is None:
        created = vendor.create(_draft(request, users), idempotency_key=f"baton-{request.request_id}")
        campaign_id = campaigns.record_created(request.request_id, task.execution_id, created)
    mailboxes.open(correlation_key(request.vendor, campaign_id), task.execution_id, now, replays=task.replays)
    vendor.send(campaign_id)
    return SendCampaignOutput(vendor=request.vendor, campaign_id=campaign_id, duplicate=False)


def _draft(request: CampaignRequested, users: Users) -> CampaignDraft:
    addresses = users.addresses(request.recipients)
    unknown = tuple(user for user in request.recipients if user not in addresses)
    if unknown:
        raise UnknownRecipients(unknown)
    return CampaignDraft(request.subject, request.body, tuple(addresses[user] for user in request.recipients))
