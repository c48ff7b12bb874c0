"""Collects what failed for good beside the workflows' own reports, and publishes it in the one format.

Executions, functions and rules report to the intake queue, each in AWS's own format. A report that can't be published
now stays in the queue; one that nobody can read goes on to the dead-letter queue, where a person finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer
from botocore.exceptions import BotoCoreError, ClientError

from callbacks.clients import sns, step_functions
from callbacks.environment import Environment
from callbacks.metrics import count
from saas.aws import error_code, fault
from tasks.failures.reports import UnreadableReportError, read
from workflows.failure_message import FailureMessage, FailureSource

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

EVENTS_LOOKED_AT = 100
NO_HISTORY = frozenset({"ExecutionDoesNotExist", "InvalidArn"})


class CollectEnvironment(Environment):
    """What the function needs to know of its stack."""

    failure_topic_arn: str


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Publish what each message of the batch reports; name the messages that have to be tried again."""
    environment = CollectEnvironment.read()
    failed = []
    for record in event["Records"]:
        try:
            _publish(environment.failure_topic_arn, _with_state(read(record["body"], _attributes(record))))
        except (UnreadableReportError, ClientError, BotoCoreError) as error:
            logger.warning("report not published", extra={"message_id": record["messageId"], "fault": fault(error)})
            count("FailureReportDeferred")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _attributes(record: dict[str, Any]) -> dict[str, str]:
    return {
        name: value["stringValue"]
        for name, value in record.get("messageAttributes", {}).items()
        if value.get("stringValue") is not None
    }


def _with_state(failure: FailureMessage) -> FailureMessage:
    """The failure with the state that its execution entered last, which AWS's report does not name."""
    if failure.source is not FailureSource.EXECUTION:
        return failure
    try:
        history = step_functions().get_execution_history(
            executionArn=failure.execution,
            reverseOrder=True,
            maxResults=EVENTS_LOOKED_AT,
            includeExecutionData=False,
        )
    except ClientError as error:
        if error_code(error) in NO_HISTORY:
            return failure
        raise
    entered = (event["stateEnteredEventDetails"] for event in history["events"] if "stateEnteredEventDetails" in event)
    last = next(entered, None)
    return failure if last is None else failure.model_copy(update={"state": last["name"]})


def _publish(topic_arn: str, failure: FailureMessage) -> None:
    sns().publish(TopicArn=topic_arn, Message=failure.model_dump_json(exclude_none=True))
    logger.info(
        "failure reported",
        extra={"failure_id": failure.id, "source": failure.source, "execution": failure.execution},
    )
    count("FailureReported", source=failure.source)
