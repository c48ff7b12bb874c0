"""AwaitStatus: leaves the task token in the campaign's mailbox, where the next delivery finds it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer

from callbacks.environment import Environment
from callbacks.handshake import Boxes, Cipher, Registered, wait_for_delivery
from callbacks.mailbox import Attempt, correlation_key
from callbacks.mailbox_table import MailboxTable
from callbacks.metrics import count
from callbacks.task_tokens import TokenCipher
from workflows.email_campaign.contract import AwaitStatusInput, AwaitStatusOutput, MailboxNotOpen

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

_NOT_OPEN = {
    Registered.NO_MAILBOX: "its mailbox was never opened, or has expired",
    Registered.FOREIGN_MAILBOX: "its mailbox belongs to another execution",
}


class AwaitStatusEnvironment(Environment):
    """What the function needs to know of its stack."""

    mailbox_table: str
    token_key_arn: str


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """`AwaitStatusInput` in, `AwaitStatusOutput` out. Raises what `AWAIT_STATUS_RETRIABLE` and `PERMANENT` name."""
    task = AwaitStatusInput.read(event)
    logger.append_keys(execution_id=task.execution_id)
    environment = AwaitStatusEnvironment.read()
    registered = await_status(
        task,
        boxes=MailboxTable(environment.mailbox_table),
        cipher=TokenCipher(environment.token_key_arn),
        now=datetime.now(UTC),
    )
    outcome = registered.name.lower()
    logger.info("attempt registered", extra={"campaign_id": task.campaign_id, "waits": task.waits, "outcome": outcome})
    count("WaitsRegistered", vendor=task.vendor, outcome=outcome)
    return AwaitStatusOutput().model_dump(mode="json")


def await_status(task: AwaitStatusInput, *, boxes: Boxes, cipher: Cipher, now: datetime) -> Registered:
    """Register the attempt. One that is not the newest any more is left alone: its token is of no use.

    Raises `MailboxNotOpen` and `AwsUnavailable`.
    """
    registered = wait_for_delivery(
        boxes,
        cipher,
        correlation_key=correlation_key(task.vendor, task.campaign_id),
        execution_id=task.execution_id,
        attempt=Attempt(task.waits, task.entered_at, called_at=now),
        token=task.task_token.get_secret_value(),
        consumed_delivery=task.consumed_delivery,
    )
    if reason := _NOT_OPEN.get(registered):
        raise MailboxNotOpen(task.vendor, task.campaign_id, reason)
    return registered
