"""Doing again what failed for good.

| The failure | What is done | Done twice |
|---|---|---|
| a workflow reported it and ended | a new execution takes the failed one's place | there is one of its name |
| an execution ended without a word | it is redriven from where it stood | it runs already, or has succeeded |
| an event was not delivered | the event is put on the bus again | its request id is known already |
| a function was given up | nothing: its payload is not kept | |
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from console.operations.errors import OperationRefused
from workflows.failure_message import FailureMessage, FailureSource

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

NAME_PREFIX: Final = "replay-"


class Replayer:
    """Replays failures of the workflows whose events are on the bus `bus` (a name or ARN)."""

    def __init__(self, step_functions: SFNClient, events: EventBridgeClient, bus: str) -> None:
        self._step_functions = step_functions
        self._events = events
        self._bus = bus

    def replay(self, failure_id: str, message: FailureMessage) -> str:
        """Do again what failed, and say what was done; as the table above says.

        Raises:
            OperationRefused: it can't be replayed.
        """
        match message.source:
            case FailureSource.WORKFLOW:
                return self._start_anew(failure_id, message.execution)
            case FailureSource.EXECUTION:
                return self._redrive(failure_id, message.execution)
            case FailureSource.EVENT:
                return self._put_again(message)
            case FailureSource.FUNCTION:
                raise OperationRefused(
                    f"What {message.workflow} was given is not kept, so it can't be given it again.",
                    "What came of a stream is in its table still, and the next change takes it up. Then discard it.",
                )

    def _start_anew(self, failure_id: str, execution: str) -> str:
        failed = self._describe(execution)
        if failed["status"] == "RUNNING":
            raise OperationRefused(f"The execution {execution} still runs.", "Replay it once it has ended.")
        name = f"{NAME_PREFIX}{failure_id}"
        replaying = {**_json_object(failed.get("input", "{}")), "replays": execution}
        try:
            started = self._step_functions.start_execution(
                stateMachineArn=failed["stateMachineArn"], name=name, input=json.dumps(replaying)
            )
        except self._step_functions.exceptions.ExecutionAlreadyExists:
            return f"It was replayed before, by the execution {name}."
        return f"Started {started['executionArn']} in its place."

    def _redrive(self, failure_id: str, execution: str) -> str:
        ended = self._describe(execution)
        if ended["status"] in ("RUNNING", "SUCCEEDED", "PENDING_REDRIVE"):
            return f"It was replayed before: the execution is {ended['status']}."
        try:
            self._step_functions.redrive_execution(executionArn=execution, clientToken=failure_id)
        except self._step_functions.exceptions.ExecutionNotRedrivable as error:
            raise OperationRefused(
                f"The execution {execution} can't be redriven: {error.response['Error']['Message']}",
                "Start a new one, then discard this failure.",
            ) from error
        return f"Redriven {execution} from where it stood."

    def _put_again(self, message: FailureMessage) -> str:
        event = message.event
        if event is None:
            raise OperationRefused(
                "The event was too large to be kept in the failure.",
                "The bus's archive has it: aws events start-replay, over the minute in which it was sent.",
            )
        answer = self._events.put_events(
            Entries=[
                {
                    "EventBusName": self._bus,
                    "Source": event.source,
                    "DetailType": event.detail_type,
                    "Detail": json.dumps(event.detail),
                }
            ]
        )
        entry = answer["Entries"][0]
        if answer["FailedEntryCount"]:
            raise OperationRefused(f"EventBridge did not take the event: {entry.get('ErrorCode', 'no reason given')}")
        return f"Put {event.detail_type} on the bus again, as event {entry['EventId']}."

    def _describe(self, execution: str) -> DescribeExecutionOutputTypeDef:
        if not execution:
            raise OperationRefused("The failure names no execution.", "Discard it.")
        try:
            return self._step_functions.describe_execution(executionArn=execution)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ExecutionDoesNotExist", "InvalidArn"):
                raise OperationRefused(
                    f"There is no execution {execution} (any more).", "Discard the failure."
                ) from error
            raise


def _json_object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise OperationRefused("The execution's input is no JSON object, so nothing can be added to it.")
    return found
