"""Hints become deliveries: the vendor's API is asked how a campaign stands, and what it says is recorded.

A webhook that is not signed, or does not say how the campaign stands, is only a hint. The mailbox table's stream brings
hints here, and the answer goes into the mailbox as a delivery like any other, once per status: an execution is resumed
by what the vendor's API said and never by what a stranger posted. Nothing is recorded while the campaign is not
through: a later hint asks again, and if none comes the execution asks by itself in the end.

Several hints for one campaign are one question. What can't be asked now is tried again by the stream.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer
from botocore.exceptions import BotoCoreError, ClientError

from callbacks.environment import Environment
from callbacks.mailbox import campaign_of, correlation_key
from callbacks.mailbox_table import MailboxTable, Recorded, is_hint
from callbacks.metrics import count
from saas.aws import fault
from saas.errors import AwsUnavailable, VendorMisconfigured, VendorRejected, VendorThrottled, VendorUnavailable
from saas.port import Delivery, Status
from saas.registry import vendor_named

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from saas.port import Vendor

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

_RECORDED = {Recorded.NEW: "confirmed", Recorded.DUPLICATE: "known", Recorded.UNKNOWN_MAILBOX: "expired"}
_PASSING = (AwsUnavailable, VendorUnavailable, VendorThrottled, VendorMisconfigured, ClientError, BotoCoreError)


class ConfirmEnvironment(Environment):
    """What the function needs to know of its stack."""

    mailbox_table: str
    saas_parameters: str


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Ask once for every campaign in the batch; name the records whose campaign has to be asked for again."""
    environment = ConfirmEnvironment.read()
    mailboxes = MailboxTable(environment.mailbox_table)
    failed = []
    for key, numbers in _hints(event).items():
        vendor, campaign_id = campaign_of(key)
        try:
            outcome = confirm(
                mailboxes, vendor_named(vendor, environment.saas_parameters), campaign_id, datetime.now(UTC)
            )
        except VendorRejected as rejected:
            # Asking again would not help. The execution asks when its wait is over, and reports what it is told.
            logger.warning("hint rejected", extra={"correlation_key": key, "fault": str(rejected)})
            outcome = "rejected"
        except _PASSING as error:
            logger.warning("hint deferred", extra={"correlation_key": key, "fault": fault(error)})
            outcome = "deferred"
            failed += numbers
        count("HintAsked", vendor=vendor, outcome=outcome)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def confirm(mailboxes: MailboxTable, vendor: Vendor, campaign_id: str, now: datetime) -> str:
    """Ask how a campaign stands and record it if it is through; what came of it, in a word.

    Raises the errors of `saas.errors.SaasError`.
    """
    status = vendor.status(campaign_id)
    if status is Status.PENDING:
        return "pending"
    delivery = Delivery(f"confirmed:{status}", campaign_id, status, now)
    key = correlation_key(vendor.name, campaign_id)
    outcome = _RECORDED[mailboxes.record(key, delivery, now)]
    logger.info("vendor asked", extra={"correlation_key": key, "status": status, "outcome": outcome})
    return outcome


def _hints(event: dict[str, Any]) -> dict[str, list[str]]:
    """The sequence numbers of the hints in a batch, by correlation key."""
    hints: dict[str, list[str]] = {}
    for record in event["Records"]:
        change = record["dynamodb"]
        if is_hint(change["Keys"]["item"]["S"]):
            hints.setdefault(change["Keys"]["correlation_key"]["S"], []).append(change["SequenceNumber"])
    return hints
