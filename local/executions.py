"""Finding executions and reading what they and the mailbox recorded."""

import json
import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from console.operations import OperationRefused
from console.operations.waits import Arrival, Waits
from local.aws import AwsClients
from local.errors import InputError, LocalError
from local.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef, HistoryEventTypeDef

POLL_SECONDS: Final = 0.1
START_TIMEOUT_SECONDS: Final = 30.0


def history(aws: AwsClients, execution_arn: str) -> "Iterator[HistoryEventTypeDef]":
    """Every event of an execution so far, oldest first.

    Raises:
        InputError: there is no such execution.
    """
    try:
        for page in aws.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=execution_arn):
            yield from page["events"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ExecutionDoesNotExist", "InvalidArn"):
            raise InputError(f"There is no execution {execution_arn}.", "List them: baton status") from error
        raise


def recent(aws: AwsClients, outputs: Outputs, limit: int = 10) -> "list[ExecutionListItemTypeDef]":
    """The most recent executions of the email campaign, newest first."""
    page = aws.stepfunctions.list_executions(stateMachineArn=outputs.state_machine_arn, maxResults=1000)
    return sorted(page["executions"], key=lambda execution: execution["startDate"], reverse=True)[:limit]


def started_by(aws: AwsClients, outputs: Outputs, event_id: str) -> str:
    """The ARN of the execution that an event on the bus started; waits for it to start.

    Raises:
        LocalError: none started within 30 s.
    """
    give_up = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < give_up:
        for execution in recent(aws, outputs):
            arn = execution["executionArn"]
            started_with = json.loads(aws.stepfunctions.describe_execution(executionArn=arn).get("input", "{}"))
            if started_with.get("event_id") == event_id:
                return arn
        time.sleep(POLL_SECONDS)
    raise LocalError(
        f"No execution started for event {event_id} within {START_TIMEOUT_SECONDS:.0f} s.",
        "See whether the event reached the failure queue: baton failures",
    )


def chosen(aws: AwsClients, outputs: Outputs, name: str | None) -> str:
    """The ARN of the execution with this name or ARN, or of the newest one.

    Raises:
        InputError: there is none.
    """
    if name is None:
        newest = recent(aws, outputs, 1)
        if not newest:
            raise InputError("No campaign has been requested yet.", "Request one: baton send FILE")
        return newest[0]["executionArn"]
    if name.startswith("arn:"):
        return name
    return f"{outputs.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def deliveries(aws: AwsClients, outputs: Outputs, vendor: str, campaign_id: str) -> list[Arrival]:
    """The deliveries on record for a campaign, in the order in which they occurred; none where nobody waits for it."""
    try:
        mailbox = Waits(aws.dynamodb, outputs.mailbox_table).mailbox(vendor, campaign_id)
    except OperationRefused:
        return []
    return [arrival for arrival in mailbox.arrivals if arrival.status is not None]
