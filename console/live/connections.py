"""Tickets and connections in one table, and what holds for them.

The partition `ticket` has an item per ticket, by its SHA-256; the partition `connection` one per connection, by its id.
These invariants hold whatever runs at the same time, and wherever a function dies:

- A ticket lets one connection in, and none once it has expired: it is deleted on condition that it is there and has not
  expired. DynamoDB may delete an expired item days later (its time to live only tidies up).
- Nothing is left of a connection but its one item. What it follows is a part of that item, and following changes the
  item on condition that it is there: a follow and a disconnect that cross leave no item, whichever comes first.
- Who was told that it follows an execution is found by every push that begins later: all connections are one
  partition, read consistently. At 200 bytes each a thousand cost a push 50 read units, however many executions it is
  about; an index by execution would be asked once for each, and lag.
- A connection is dropped only if it was ever open: while `$connect` runs, API Gateway says of a connection that it is
  gone, though it is about to open. So none is dropped within the longest time that `$connect` can take.
- Every item expires, a connection a little after API Gateway has ended it for its age.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from saas.aws import aws_call, error_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

TICKET_LIFE: Final = timedelta(seconds=30)
CONNECTION_LIFE: Final = timedelta(hours=2, minutes=5)
"""API Gateway ends a connection after two hours."""
OPENING: Final = timedelta(seconds=30)
"""API Gateway waits 29 seconds for `$connect`."""
_TICKET_BYTES: Final = 32


@dataclass(frozen=True)
class Who:
    """The person that a ticket was made for."""

    id: str
    name: str


@dataclass(frozen=True)
class Execution:
    """An execution of a workflow, by its name."""

    workflow: str
    name: str


@dataclass(frozen=True)
class Connection:
    """A connection, and the execution that it follows."""

    id: str
    follows: Execution | None


class Connections:
    """Tickets and connections. Every method raises `AwsUnavailable` where DynamoDB does not answer now."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def make_ticket(self, who: Who, now: datetime) -> str:
        """A new ticket, 256 random bits as URL-safe base64. It is stored as its SHA-256 and known to nobody else."""
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        self._put("ticket", _digest(ticket), who, expires_at=_seconds(now + TICKET_LIFE))
        return ticket

    def take_ticket(self, ticket: str, now: datetime) -> Who | None:
        """Who a ticket was made for, once; None if it is unknown, taken or expired."""
        with _on_condition("dynamodb:DeleteItem"):
            taken = self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key("ticket", _digest(ticket)),
                ConditionExpression="expires_at > :now",
                ExpressionAttributeValues={":now": _seconds(now)},
                ReturnValues="ALL_OLD",
            )["Attributes"]
            return Who(taken["person_id"]["S"], taken["person"]["S"])
        return None

    def open(self, connection_id: str, who: Who, now: datetime) -> None:
        """Store a connection that is about to open."""
        expires_at = _seconds(now + CONNECTION_LIFE)
        self._put("connection", connection_id, who, connected_at=_seconds(now), expires_at=expires_at)

    def close(self, connection_id: str) -> None:
        """Forget a connection that has closed."""
        with aws_call("dynamodb:DeleteItem"):
            self._dynamodb.delete_item(TableName=self._table, Key=_key("connection", connection_id))

    def drop(self, connection_id: str, now: datetime) -> bool:
        """Forget a connection of which API Gateway says that it is gone; False if it may only be opening."""
        with _on_condition("dynamodb:DeleteItem"):
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key("connection", connection_id),
                ConditionExpression="connected_at < :then",
                ExpressionAttributeValues={":then": _seconds(now - OPENING)},
            )
            return True
        return False

    def follow(self, connection_id: str, execution: Execution) -> bool:
        """Have a connection follow an execution, in the place of what it followed; False if it is not there."""
        return self._update(
            connection_id,
            "SET workflow = :workflow, execution = :execution",
            {":workflow": {"S": execution.workflow}, ":execution": {"S": execution.name}},
        )

    def unfollow(self, connection_id: str) -> bool:
        """Have a connection follow nothing; False if it is not there."""
        return self._update(connection_id, "REMOVE workflow, execution", {})

    def is_open(self, connection_id: str) -> bool:
        """Whether a connection is there, as far as is known."""
        with aws_call("dynamodb:GetItem"):
            return "Item" in self._dynamodb.get_item(
                TableName=self._table,
                Key=_key("connection", connection_id),
                ConsistentRead=True,
                ProjectionExpression="id",
            )

    def all(self, now: datetime) -> Iterator[Connection]:
        """All connections that have not expired."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="kind = :kind",
            FilterExpression="expires_at > :now",
            ProjectionExpression="id, workflow, execution",
            ExpressionAttributeValues={":kind": {"S": "connection"}, ":now": _seconds(now)},
        )
        with aws_call("dynamodb:Query"):
            for page in pages:
                for item in page["Items"]:
                    follows = Execution(item["workflow"]["S"], item["execution"]["S"]) if "execution" in item else None
                    yield Connection(item["id"]["S"], follows)

    def _put(self, kind: str, item_id: str, who: Who, **seconds: AttributeValueTypeDef) -> None:
        person: dict[str, AttributeValueTypeDef] = {"person_id": {"S": who.id}, "person": {"S": who.name}}
        with aws_call("dynamodb:PutItem"):
            self._dynamodb.put_item(TableName=self._table, Item={**_key(kind, item_id), **person, **seconds})

    def _update(self, connection_id: str, change: str, values: Mapping[str, AttributeValueTypeDef]) -> bool:
        with _on_condition("dynamodb:UpdateItem"):
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key("connection", connection_id),
                UpdateExpression=change,
                ConditionExpression="kind = :kind",
                ExpressionAttributeValues={":kind": {"S": "connection"}, **values},
            )
            return True
        return False


@contextmanager
def _on_condition(operation: str) -> Iterator[None]:
    """Leave the block where the condition of its write does not hold."""
    try:
        with aws_call(operation):
            yield
    except ClientError as error:
        if error_code(error) != "ConditionalCheckFailedException":
            raise


def _key(kind: str, item_id: str) -> dict[str, AttributeValueTypeDef]:
    return {"kind": {"S": kind}, "id": {"S": item_id}}


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).hexdigest()


def _seconds(at: datetime) -> AttributeValueTypeDef:
    return {"N": str(int(at.timestamp()))}
