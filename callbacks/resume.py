"""Task tokens out: what changed in the mailbox table may complete a handshake, and then an execution goes on.

The stream hands over the changes of one mailbox in order. What can't be done now is reported as failed, so that the
stream tries again from there (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer
from botocore.exceptions import BotoCoreError, ClientError

from callbacks.environment import Environment
from callbacks.handshake import complete
from callbacks.mailbox_table import MailboxTable
from callbacks.metrics import count
from callbacks.task_tokens import TokenCipher, TokenResumer
from saas.aws import fault
from saas.errors import AwsUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from callbacks.mailbox import Outcome

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])


class ResumeEnvironment(Environment):
    """What the function needs to know of its stack."""

    mailbox_table: str
    token_key_arn: str


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Complete the handshake of every mailbox in the batch; name the records whose mailbox has to be tried again."""
    environment = ResumeEnvironment.read()
    mailboxes = MailboxTable(environment.mailbox_table)
    resumer = TokenResumer(TokenCipher(environment.token_key_arn))
    failed = []
    for record in event["Records"]:
        change = record["dynamodb"]
        key = change["Keys"]["correlation_key"]["S"]
        try:
            _report(key, complete(mailboxes, resumer, key))
        except (AwsUnavailable, ClientError, BotoCoreError) as error:
            logger.warning("handshake deferred", extra={"correlation_key": key, "fault": fault(error)})
            count("HandshakeDeferred")
            failed.append({"itemIdentifier": change["SequenceNumber"]})
    return {"batchItemFailures": failed}


def _report(key: str, outcome: Outcome | None) -> None:
    if outcome is not None:
        logger.info("token used", extra={"correlation_key": key, "outcome": outcome})
        count("TokenUsed", outcome=outcome)
