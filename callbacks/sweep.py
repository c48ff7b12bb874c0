"""Looks after tokens that are older than they should be: a webhook that never comes is an ordinary day.

For each execution that has waited too long, the mailbox is handed over to the stream again, in case a change of it was
lost, and a hint is left, so that the vendor is asked how the campaign stands. Both are harmless where all is well, and
neither needs a token: who sweeps can't resume anything.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger, Tracer

from callbacks.environment import Environment
from callbacks.mailbox import campaign_of
from callbacks.mailbox_table import MailboxTable
from callbacks.metrics import count
from saas.port import Delivery

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

MAX_WAITS: Final = 1_000
"""As many as one run looks after; the rest is older still at the next."""


class SweepEnvironment(Environment):
    """What the function needs to know of its stack."""

    mailbox_table: str
    sweep_after_seconds: int


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(_event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Look after every wait that is too old; how many there were.

    Raises `AwsUnavailable`, after which Lambda tries again: doing it twice does no harm.
    """
    environment = SweepEnvironment.read()
    swept = sweep(
        MailboxTable(environment.mailbox_table), datetime.now(UTC), timedelta(seconds=environment.sweep_after_seconds)
    )
    logger.info("swept", extra={"waits": swept})
    return {"waits": swept}


def sweep(mailboxes: MailboxTable, now: datetime, after: timedelta) -> int:
    """Look after the executions that have waited longer than `after`; how many there were. Raises `AwsUnavailable`."""
    # As many as there are: what is done for one changes the index while it is read.
    waits = list(islice(mailboxes.waits(now - after), MAX_WAITS))
    for wait in waits:
        vendor, campaign_id = campaign_of(wait.correlation_key)
        mailboxes.nudge(wait, now)
        hint = Delivery(f"sweep:{now:%Y%m%dT%H%M%S}", campaign_id, None, now)
        mailboxes.record(wait.correlation_key, hint, now)
        count("WaitSwept", vendor=vendor)
    return len(waits)
