"""The audit trail: who changed what, when, and why.

Invariant: nothing is changed that is not on record. The record of what somebody is about to do is durable before it is
done; where it can't be written, nothing is done. A second record says how it went; where that one is missing, the
function died in between, and the first one says what to look at.

It is a table and no log: a function hears when an item is stored, and never when a log line is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger

from console.operations import OperationRefused, cursor
from saas.aws import aws_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from console.api.people import Person

logger = Logger(child=True)

_TEXTS: Final = ("at", "operation", "target", "by", "reason", "outcome", "request_id")


@dataclass(frozen=True)
class Change:
    """What somebody is about to do: an operation, what it is done to, by whom and why."""

    operation: str
    target: str
    by: Person
    reason: str
    request_id: str


@dataclass(frozen=True)
class AuditPage:
    """Records, the newest first. `next` is the cursor of the next page, None at the end."""

    records: tuple[dict[str, str], ...]
    next: str | None


class Audit:
    """The trail in one table: a partition per day (UTC), its records in order."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    @contextmanager
    def recorded(self, change: Change) -> Iterator[None]:
        """Do what is in the block on record.

        Raises:
            AwsUnavailable: the record can't be written now, and nothing was done.
        """
        self._record(change, "begun")
        try:
            yield
        except OperationRefused as refusal:
            self._record(change, f"refused: {refusal.reason}")
            raise
        except Exception as error:
            self._record(change, f"not known: {type(error).__name__}")
            raise
        self._record(change, "done")

    def of_day(self, day: str, *, limit: int, after: str | None = None) -> AuditPage:
        """The records of a day, such as 2026-03-01, the newest first, after the cursor `after`.

        Raises:
            OperationRefused: the cursor is of another day.
        """
        start: Any = {} if after is None else {"ExclusiveStartKey": _key(day, cursor.read(after, day))}
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": day}},
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        return AuditPage(
            tuple({name: item[name]["S"] for name in _TEXTS} for item in answer["Items"]),
            cursor.written(day, last["number"]["S"]) if last else None,
        )

    def _record(self, change: Change, outcome: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        texts = {
            "day": at[:10],
            "number": f"{at}#{change.request_id}",
            "at": at,
            "operation": change.operation,
            "target": change.target,
            "by": change.by.name,
            "subject": change.by.id,
            "reason": change.reason,
            "request_id": change.request_id,
            # It may repeat half a character that somebody sent, which no store takes.
            "outcome": outcome.encode("utf-8", "replace").decode(),
        }
        logger.info("audit", extra={"audit": texts})
        item: dict[str, AttributeValueTypeDef] = {name: {"S": text} for name, text in texts.items()}
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(#day)",
                ExpressionAttributeNames={"#day": "day"},
            )


def _key(day: str, number: Any) -> dict[str, AttributeValueTypeDef]:
    if not isinstance(number, str) or not number:
        raise cursor.foreign()
    return {"day": {"S": day}, "number": {"S": number}}
