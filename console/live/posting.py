"""Posting to many connections at once, none of which waits for another.

What is throttled, or fails inside AWS, is tried again by the client (`console.live.clients`) and then let go: a hint
that is late tells nothing that the page has not found out by itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from enum import StrEnum
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from console.live.clients import MAX_AT_ONCE
from saas.aws import error_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

logger = Logger(child=True)


class Outcome(StrEnum):
    """What became of the messages for a connection."""

    TOLD = "told"
    GONE = "gone"
    LET_GO = "let go"


def post(
    management: ApiGatewayManagementApiClient, messages: Mapping[str, Sequence[str]], seconds: float
) -> dict[str, Outcome]:
    """Post to each connection its messages, in order; what became of each after at most so many seconds."""
    pool = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="post")
    posting = {pool.submit(_post, management, to, texts): to for to, texts in messages.items()}
    done, _ = wait(posting, timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    outcomes = dict.fromkeys(messages, Outcome.LET_GO)
    for future in done:
        outcomes[posting[future]] = future.result()
    return outcomes


def tally(outcomes: Mapping[str, Outcome]) -> dict[str, int]:
    """How many connections had which outcome."""
    return {str(outcome): number for outcome, number in Counter(outcomes.values()).items()}


def _post(management: ApiGatewayManagementApiClient, connection_id: str, messages: Sequence[str]) -> Outcome:
    for message in messages:
        try:
            management.post_to_connection(ConnectionId=connection_id, Data=message.encode())
        except management.exceptions.GoneException:
            return Outcome.GONE
        except (ClientError, BotoCoreError) as error:
            logger.warning("not told", extra={"fault": error_code(error), "connection": connection_id})
            return Outcome.LET_GO
    return Outcome.TOLD
