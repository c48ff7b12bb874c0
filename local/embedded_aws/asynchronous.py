"""Asynchronous invocations: their retries, and where what came of them is sent.

MiniStack repeats what the Invoke API accepts as an event and reports what failed for good. It invokes a function that a
rule or a topic names only once, and knows no destination for success: here all three are alike, as on AWS.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import eventbridge, lambda_svc, sns

from local.embedded_aws import EVENTS_AT_ONCE
from local.embedded_aws.event_queue import Event, EventQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = Mapping[str, Any]

logger = logging.getLogger(__name__)

MAX_RETRIES: Final = 2
MAX_AGE_SECONDS: Final = 6 * 3600
RETRY_SECONDS: Final = 1.0
"""Before the first retry, and twice as long before the second. AWS waits a minute, then two."""
THROTTLED_SECONDS: Final = 1.0
"""Before an event that met the limit of concurrency is tried again, which is not counted as a retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Configuration:
    """How often a function is tried, for how long, and who is told. ARNs may be empty."""

    retries: int
    max_age: float
    on_success: str
    on_failure: str
    dead_letters: str


@dataclass(frozen=True, slots=True)
class _Ended:
    """An event that needs no further attempt: the function, the event, the last result, why, and after how many."""

    config: Record
    event: Any
    result: Record
    condition: str
    attempts: int

    @property
    def name(self) -> str:
        """The name of the function."""
        return str(self.config["FunctionName"])

    def record(self) -> dict[str, Any]:
        """What a destination is told."""
        response: dict[str, Any] = {"statusCode": 200, "executedVersion": self.config.get("Version", "$LATEST")}
        if self.result.get("error"):
            response["functionError"] = self.result.get("function_error") or "Unhandled"
        return {
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": _qualified(self.config["FunctionArn"]),
                "condition": self.condition,
                "approximateInvokeCount": self.attempts,
            },
            "requestPayload": self.event,
            "responseContext": response,
            "responsePayload": self.result.get("body"),
        }

    def as_event(self, bus: str, text: str) -> dict[str, Any]:
        """The entry of PutEvents that tells a bus."""
        outcome = "Success" if self.condition == "Success" else "Failure"
        return {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Detail": text,
            "EventBusName": bus,
            "Resources": [bus, _qualified(self.config["FunctionArn"])],
        }


class Asynchronous:
    """What MiniStack calls to invoke a function without waiting for it."""

    def __init__(self, endpoint: str, scope: Callable[[], tuple[str, str]]) -> None:
        self._endpoint = endpoint
        self._scope = scope
        self._session = botocore.session.Session()
        self._queues = defaultdict[str, EventQueue](lambda: EventQueue(self._attempt, EVENTS_AT_ONCE))

    def invoke(self, func: Record, event: Any) -> None:
        """Accept an event: it is invoked, repeated and reported on other threads."""
        self._queues[_config(func)["FunctionArn"]].put(Event(func, event))

    def _attempt(self, event: Event) -> float | None:
        """Invoke the function; after how many seconds it is to be tried again, or None."""
        again: float | None = lambda_svc._run_with_function_config_scope(  # noqa: SLF001 - the seam
            _config(event.function), self._attempt_in_scope, event
        )
        return again

    def _attempt_in_scope(self, event: Event) -> float | None:
        config = _config(event.function)
        settings = _configuration(config)
        result = lambda_svc._execute_function(event.function, event.payload)  # noqa: SLF001 - the seam
        event.throttled = bool(result.get("throttle"))
        event.attempts += not event.throttled

        def ended(condition: str) -> _Ended:
            return _Ended(config, event.payload, result, condition, event.attempts)

        if not result.get("error"):
            self._tell(settings.on_success, ended("Success"))
            return None
        if event.attempts > settings.retries:
            self._give_up(settings, ended("RetriesExhausted"))
            return None
        pause = THROTTLED_SECONDS if event.throttled else RETRY_SECONDS * 2 ** (event.attempts - 1)
        if time.time() + pause - event.accepted > settings.max_age:
            self._give_up(settings, ended("EventAgeExceeded"))
            return None
        return pause

    def _give_up(self, settings: _Configuration, ended: _Ended) -> None:
        self._tell(settings.on_failure, ended)
        if settings.dead_letters:
            body = ended.result.get("body")
            message = str(body.get("errorMessage", "")) if isinstance(body, dict) else ""
            attributes = {"RequestID": str(uuid.uuid4()), "ErrorCode": "200", "ErrorMessage": message[:1024] or "-"}
            self._send(settings.dead_letters, ended.event, ended, attributes)

    def _tell(self, destination: str, ended: _Ended) -> None:
        if destination:
            self._send(destination, ended.record(), ended, {})

    def _send(self, destination: str, content: Any, ended: _Ended, attributes: Mapping[str, str]) -> None:
        """Send content to a queue, a topic, a function or a bus."""
        service, text = destination.split(":")[2], json.dumps(content)
        values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        try:
            client = self._client(service)
            if service == "sqs":
                queue = client.get_queue_url(QueueName=destination.rpartition(":")[2])["QueueUrl"]
                client.send_message(QueueUrl=queue, MessageBody=text, MessageAttributes=values)
            elif service == "sns":
                client.publish(TopicArn=destination, Message=text, MessageAttributes=values)
            elif service == "lambda":
                client.invoke(FunctionName=destination, InvocationType="Event", Payload=text.encode())
            elif service == "events":
                client.put_events(Entries=[ended.as_event(destination, text)])
            else:
                logger.error("%s is no destination for what became of an event for %s", destination, ended.name)
        except (BotoCoreError, ClientError):
            logger.exception("what became of an event for %s is not told to %s", ended.name, destination)

    def _client(self, service: str) -> Any:
        account, region = self._scope()
        return self._session.create_client(
            service,
            region_name=region,
            endpoint_url=self._endpoint,
            aws_access_key_id=account,
            aws_secret_access_key=account,
            config=Config(retries={"total_max_attempts": 2}),
        )


def install(asynchronous: Asynchronous) -> None:
    """Put it where MiniStack invokes functions for the Invoke API and S3, for rules and for topics."""
    lambda_svc.invoke_async_with_retry = asynchronous.invoke

    def of_rule(arn: str, payload: str) -> None:
        try:
            event = json.loads(payload)
        except ValueError:
            event = payload
        _invoke(asynchronous, arn, event)

    def of_topic(endpoint: str, envelope: str, _topic: str, subscription: str, *_rest: Any) -> None:
        record = {"EventVersion": "1.0", "EventSubscriptionArn": subscription, "EventSource": "aws:sns"}
        _invoke(asynchronous, endpoint, {"Records": [{**record, "Sns": json.loads(envelope)}]})

    eventbridge._dispatch_to_lambda = of_rule  # noqa: SLF001 - the seam
    sns._deliver_to_lambda = of_topic  # noqa: SLF001 - the seam


def _invoke(asynchronous: Asynchronous, arn: str, event: Any) -> None:
    func, config, name = lambda_svc._get_func_record_for_ref(arn)  # noqa: SLF001 - the seam
    if not func or not config:
        logger.error("the function %s, which is to be invoked with an event, does not exist", name)
        return
    asynchronous.invoke(lambda_svc._execution_record_for_config(func, config), event)  # noqa: SLF001 - the seam


def _config(func: Record) -> Record:
    found: Record = func.get("config") or func
    return found


def _configuration(config: Record) -> _Configuration:
    """What PutFunctionEventInvokeConfig set for the function, or the version or alias that was invoked."""
    parts = config["FunctionArn"].split(":")
    function = lambda_svc._functions.get(config["FunctionName"]) or {}  # noqa: SLF001 - the seam
    found = lambda_svc._event_invoke_config(function, parts[7] if len(parts) > 7 else None) or {}  # noqa: SLF001 - the seam
    destinations = found.get("DestinationConfig") or {}
    return _Configuration(
        retries=int(found.get("MaximumRetryAttempts", MAX_RETRIES)),
        max_age=float(found.get("MaximumEventAgeInSeconds", MAX_AGE_SECONDS)),
        on_success=(destinations.get("OnSuccess") or {}).get("Destination") or "",
        on_failure=(destinations.get("OnFailure") or {}).get("Destination") or "",
        dead_letters=(config.get("DeadLetterConfig") or {}).get("TargetArn") or "",
    )


def _qualified(arn: str) -> str:
    return arn if arn.count(":") > 6 else f"{arn}:$LATEST"
