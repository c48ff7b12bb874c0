"""AskStatus: asks the vendor where a campaign stands, when no webhook has told for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer

from callbacks.environment import Environment
from callbacks.metrics import count
from saas.registry import vendor_named
from workflows.email_campaign.contract import AskStatusInput, StatusAnswer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from saas.port import Vendor

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])


class AskStatusEnvironment(Environment):
    """What the function needs to know of its stack."""

    saas_parameters: str


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """`AskStatusInput` in, `StatusAnswer` out. Raises what `ASK_STATUS_RETRIABLE` and `PERMANENT` name."""
    task = AskStatusInput.read(event)
    answer = ask_status(task, vendor_named(task.vendor, AskStatusEnvironment.read().saas_parameters))
    logger.info("vendor asked", extra={"campaign_id": task.campaign_id, "status": answer.status})
    count("VendorAsked", vendor=task.vendor, status=answer.status)
    return answer.model_dump(mode="json")


def ask_status(task: AskStatusInput, vendor: Vendor) -> StatusAnswer:
    """The status now. No delivery told it, so the last consumed one stays what it was.

    Raises the errors of `saas.errors.SaasError`.
    """
    return StatusAnswer(status=vendor.status(task.campaign_id), delivery=task.consumed_delivery)
