"""Looking into the failure queue without taking anything out of it."""

import json
from dataclasses import dataclass
from typing import Any

import urllib3

from local.aws import AwsClients
from local.errors import LocalError, NotRunningError
from local.outputs import Outputs


@dataclass(frozen=True)
class Failure:
    """A message in the failure queue, as its workflow wrote it. Fields that a message lacks are empty."""

    workflow: str
    execution: str
    state: str
    error: str
    cause: str
    body: dict[str, Any]


def peek(aws: AwsClients, outputs: Outputs) -> list[Failure]:
    """Every message in the failure queue, oldest first.

    Receiving a message counts towards its move to the dead-letter queue, so this asks the embedded AWS to show the
    queue instead, which changes nothing.

    Raises:
        NotRunningError: the embedded AWS does not answer.
        LocalError: it does not show the queue.
    """
    url = f"{aws.url}/_ministack/sqs/messages"
    try:
        answer = urllib3.request(
            "GET", url, fields={"QueueUrl": outputs.failure_queue_url}, timeout=10.0, retries=False
        )
    except urllib3.exceptions.HTTPError as error:
        raise NotRunningError("The embedded AWS does not answer.") from error
    if answer.status != 200:
        raise LocalError(f"The embedded AWS does not show its queues: {answer.status}")
    return [_failure(text) for text in _bodies(answer.json())]


def _bodies(shown: dict[str, Any]) -> list[str]:
    messages = [
        message
        for regions in shown["messages"].values()
        for queues in regions.values()
        for queue in queues.values()
        for message in queue
    ]
    return [message["Body"] for message in sorted(messages, key=lambda message: message["SentTimestamp"])]


def _failure(text: str) -> Failure:
    """A message of the queue. One that is no JSON object is kept whole, as the field `text` of its body."""
    body = _document(text)
    fields = {name: str(body.get(name) or "") for name in ("workflow", "execution", "state", "error", "cause")}
    return Failure(**fields, body=body)


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"text": text}
