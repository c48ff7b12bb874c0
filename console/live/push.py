"""Tells connections what changed.

It hears of executions from EventBridge and from their logs, and of failures from SNS. Its own log group has no
subscription and its own failures are published nowhere: either would have it invoke itself, for ever.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger, Tracer

from callbacks.metrics import count
from console.live import clients
from console.live.hints import hints_of
from console.live.posting import Outcome, post, tally

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

RESERVE_SECONDS: Final = 5.0
"""For dropping connections after the last post."""


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """A report of AWS in, hints out; how many connections were told, gone or let go.

    Raises `AwsUnavailable` where the connections can't be read: the hints are lost.
    """
    hints = hints_of(event, clients.machines())
    if not hints:
        return {}
    connections, now = clients.connections(), datetime.now(UTC)
    messages = {
        connection.id: told
        for connection in connections.all(now)
        if (told := [hint.message for hint in hints if hint.is_for(connection)])
    }
    if not messages:
        return {}
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    outcomes = post(clients.management(), messages, seconds)
    for connection_id, outcome in outcomes.items():
        if outcome is Outcome.GONE:
            connections.drop(connection_id, now)
        elif outcome is Outcome.LET_GO:
            count("LiveHintsLetGo")
    numbers = tally(outcomes)
    logger.info("pushed", extra={"hints": len(hints), "connections": numbers})
    return numbers
