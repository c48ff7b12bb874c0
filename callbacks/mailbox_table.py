"""The mailbox in DynamoDB: one partition per correlation key, with the item `mailbox` and an item per delivery.

What is only a hint is an item too, `unconfirmed#` and its id. It wakes whoever asks the vendor, and no token waits for
it: it sorts behind the rest, where a reader of the mailbox never comes.

The index `waits` holds the boxes with a token that waits, spread over a few partitions, the oldest first; it may lag a
little, which does not matter where it is read. All other reads are consistent, all writes conditional. Items expire 90
days after they were made (attribute `expires_at`), which is long after the longest execution has ended.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from callbacks.clients import dynamodb
from callbacks.mailbox import Box, Outcome, RecordedDelivery, State
from saas.aws import aws_call
from saas.errors import AwsUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from saas.port import Delivery

    Item = Mapping[str, AttributeValueTypeDef]

RETENTION = timedelta(days=90)
MAX_TRANSACTION_CONFLICTS = 5
_BOX = "mailbox"
_DELIVERY = "delivery#"
_HINT = "unconfirmed#"
_CONDITION_FAILED = "ConditionalCheckFailed"
_CONFLICT = "TransactionConflict"
_LATER = ("waits", "waiting_since", "swept_at", "token", "delivery", "outcome", "consumed")
"""What a box has only once something happened to it."""

WAITS_INDEX = "waits"
WAITS_PARTITIONS = 8
_WAITING = frozenset({State.WAITING, State.RESUMING})


@dataclass(frozen=True)
class Wait:
    """An execution whose token waits; `since` is when its state was entered, UTC."""

    correlation_key: str
    execution_id: str
    since: datetime


class Recorded(Enum):
    """What became of a delivery that was to be recorded."""

    NEW = auto()
    DUPLICATE = auto()
    UNKNOWN_MAILBOX = auto()


class MailboxTable:
    """The mailboxes in one table. Every method raises `AwsUnavailable` where DynamoDB does not answer now."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._client = dynamodb()

    def open(self, correlation_key: str, execution_id: str, now: datetime, *, replays: str = "") -> None:
        """Open the mailbox of an execution: what `callbacks.mailbox.open_for` decides, in one conditional write."""
        left_out = [f"#{name}" for name in _LATER]
        try:
            with aws_call("dynamodb:UpdateItem"):
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(correlation_key, _BOX),
                    UpdateExpression="SET execution_id = :execution, #state = :open, attempt = :none, "
                    "version = if_not_exists(version, :zero) + :one, expires_at = :expiry "
                    f"REMOVE {', '.join(left_out)}",
                    ConditionExpression="attribute_not_exists(correlation_key) OR execution_id = :replays",
                    ExpressionAttributeNames={"#state": "state", **{f"#{name}": name for name in _LATER}},
                    ExpressionAttributeValues={
                        ":execution": {"S": execution_id},
                        ":replays": {"S": replays},
                        ":open": {"S": State.OPEN},
                        ":none": {"S": ""},
                        ":zero": {"N": "0"},
                        ":one": {"N": "1"},
                        ":expiry": _expiry(now),
                    },
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def find(self, correlation_key: str) -> Box | None:
        """The box as it is now, or None where no mailbox was opened."""
        with aws_call("dynamodb:GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(correlation_key, _BOX), ConsistentRead=True)
        item = answer.get("Item")
        return _read_box(item) if item else None

    def load(self, correlation_key: str) -> tuple[Box | None, tuple[RecordedDelivery, ...]]:
        """The box and all its deliveries as they are now, without the hints."""
        box = None
        deliveries = []
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="correlation_key = :key AND #item <= :box",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":key": {"S": correlation_key}, ":box": {"S": _BOX}},
            ConsistentRead=True,
        )
        with aws_call("dynamodb:Query"):
            for page in pages:
                for item in page["Items"]:
                    if item["item"]["S"] == _BOX:
                        box = _read_box(item)
                    else:
                        deliveries.append(_read_delivery(item))
        return box, tuple(deliveries)

    def save(self, before: Box, after: Box) -> bool:
        """Store `after` in place of `before`. False where the box has changed since: read it again and decide anew."""
        waits = after.state in _WAITING
        values: dict[str, AttributeValueTypeDef | None] = {
            "state": {"S": after.state},
            "waits": {"S": _partition(after.correlation_key)} if waits else None,
            "waiting_since": {"S": after.attempt.split("#")[1]} if waits else None,
            "swept_at": None,
            "attempt": {"S": after.attempt},
            "token": {"B": after.token} if after.token is not None else None,
            "delivery": {"S": after.delivery} if after.delivery is not None else None,
            "outcome": {"S": after.outcome} if after.outcome is not None else None,
            "consumed": {"SS": sorted(after.consumed)} if after.consumed else None,
            "version": {"N": str(after.version)},
        }
        kept = {name: value for name, value in values.items() if value is not None}
        gone = [name for name, value in values.items() if value is None]
        changes = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
        if gone:
            changes += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        faster = self._client.exceptions
        with aws_call("dynamodb:UpdateItem"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(before.correlation_key, _BOX),
                    UpdateExpression=changes,
                    ConditionExpression="#version = :before",
                    ExpressionAttributeNames={f"#{name}": name for name in values},
                    ExpressionAttributeValues={
                        **{f":{name}": value for name, value in kept.items()},
                        ":before": {"N": str(before.version)},
                    },
                )
            except (faster.ConditionalCheckFailedException, faster.TransactionConflictException):
                return False
        return True

    def waits(self, before: datetime) -> Iterator[Wait]:
        """The executions that have waited since before a time, the oldest of each partition of the index first."""
        pages = self._client.get_paginator("query")
        for partition in range(WAITS_PARTITIONS):
            with aws_call("dynamodb:Query"):
                for page in pages.paginate(
                    TableName=self._table,
                    IndexName=WAITS_INDEX,
                    KeyConditionExpression="waits = :partition AND waiting_since < :before",
                    ExpressionAttributeValues={":partition": {"S": str(partition)}, ":before": {"S": _order(before)}},
                ):
                    for item in page["Items"]:
                        yield Wait(
                            item["correlation_key"]["S"],
                            item["execution_id"]["S"],
                            datetime.fromisoformat(item["waiting_since"]["S"]),
                        )

    def nudge(self, wait: Wait, now: datetime) -> None:
        """Have the stream hand the box over again, in case a change of it never came through or was given up.

        Nothing else of the box changes, and one where no token waits any more stays as it is.
        """
        try:
            with aws_call("dynamodb:UpdateItem"):
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(wait.correlation_key, _BOX),
                    UpdateExpression="SET swept_at = :now",
                    ConditionExpression="attribute_exists(waits)",
                    ExpressionAttributeValues={":now": {"S": _order(now)}},
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def record(self, correlation_key: str, delivery: Delivery, now: datetime) -> Recorded:
        """Record a delivery or hint, received `now`, once and if its mailbox was opened.

        It is durable when this returns.
        """
        for _ in range(MAX_TRANSACTION_CONFLICTS):
            reasons = self._try_to_record(correlation_key, delivery, now)
            if reasons is None:
                return Recorded.NEW
            of_box, of_delivery = reasons
            if of_box == _CONDITION_FAILED:
                return Recorded.UNKNOWN_MAILBOX
            if of_delivery == _CONDITION_FAILED:
                return Recorded.DUPLICATE
            if _CONFLICT not in reasons:
                raise AwsUnavailable("dynamodb:TransactWriteItems", ", ".join(reasons))
        raise AwsUnavailable("dynamodb:TransactWriteItems", _CONFLICT)

    def _try_to_record(self, correlation_key: str, delivery: Delivery, now: datetime) -> tuple[str, str] | None:
        """None where it is recorded, else why not: the reason of the box, the reason of the delivery."""
        item: dict[str, AttributeValueTypeDef] = {
            **_key(correlation_key, (_DELIVERY if delivery.status else _HINT) + delivery.event_id),
            **({"status": {"S": delivery.status}} if delivery.status else {}),
            "occurred_at": {"S": delivery.occurred_at.astimezone(UTC).isoformat()},
            "received_at": {"S": now.astimezone(UTC).isoformat()},
            "expires_at": _expiry(now),
        }
        box_exists: Any = {
            "TableName": self._table,
            "Key": _key(correlation_key, _BOX),
            "ConditionExpression": "attribute_exists(correlation_key)",
        }
        put: Any = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(correlation_key)",
        }
        try:
            with aws_call("dynamodb:TransactWriteItems"):
                self._client.transact_write_items(TransactItems=[{"ConditionCheck": box_exists}, {"Put": put}])
        except self._client.exceptions.TransactionCanceledException as error:
            of_box, of_delivery = error.response["CancellationReasons"]
            return of_box["Code"], of_delivery["Code"]
        return None


def is_hint(item: str) -> bool:
    """Whether the item of this sort key is a hint."""
    return item.startswith(_HINT)


def _key(correlation_key: str, item: str) -> dict[str, AttributeValueTypeDef]:
    return {"correlation_key": {"S": correlation_key}, "item": {"S": item}}


def _partition(correlation_key: str) -> str:
    return str(zlib.crc32(correlation_key.encode()) % WAITS_PARTITIONS)


def _order(moment: datetime) -> str:
    """A text that sorts as times do, and as the time in `Attempt.order_key` does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _expiry(now: datetime) -> AttributeValueTypeDef:
    return {"N": str(int((now + RETENTION).timestamp()))}


def _read_box(item: Item) -> Box:
    return Box(
        correlation_key=item["correlation_key"]["S"],
        execution_id=item["execution_id"]["S"],
        state=State(item["state"]["S"]),
        attempt=item["attempt"]["S"],
        token=item["token"]["B"] if "token" in item else None,
        delivery=item["delivery"]["S"] if "delivery" in item else None,
        outcome=Outcome(item["outcome"]["S"]) if "outcome" in item else None,
        consumed=frozenset(item["consumed"]["SS"]) if "consumed" in item else frozenset(),
        version=int(item["version"]["N"]),
    )


def _read_delivery(item: Item) -> RecordedDelivery:
    return RecordedDelivery(
        event_id=item["item"]["S"].removeprefix(_DELIVERY),
        status=item["status"]["S"],
        occurred_at=datetime.fromisoformat(item["occurred_at"]["S"]),
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        attempt=item["attempt"]["S"] if "attempt" in item else "",
    )
