"""Who waits for what: the executions whose task token waits in the mailbox, and what has come in for them.

It reads the mailbox table by the names that `callbacks.mailbox_table` gives to its attributes, which a test compares.
The token is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from console.operations.errors import OperationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

WAITS_INDEX: Final = "waits"
WAITS_PARTITIONS: Final = 8
_BOX: Final = "mailbox"
_DELIVERY: Final = "delivery#"
_HINT: Final = "unconfirmed#"
_SHOWN: Final = (
    "item",
    "execution_id",
    "state",
    "outcome",
    "consumed",
    "status",
    "occurred_at",
    "received_at",
)


@dataclass(frozen=True)
class Wait:
    """An execution that waits. `since` is when its state was entered, UTC; `vendor` and `campaign_id` are whom for."""

    vendor: str
    campaign_id: str
    execution: str
    since: datetime


@dataclass(frozen=True)
class Arrival:
    """What came in for a campaign. `status` is None for a hint; `used` whether an execution went on with it."""

    id: str
    status: str | None
    occurred_at: datetime
    received_at: datetime
    used: bool


@dataclass(frozen=True)
class Mailbox:
    """What is known of a campaign's callbacks. `state` is open, waiting, resuming or settled."""

    execution: str
    state: str
    outcome: str | None
    arrivals: tuple[Arrival, ...]


class Waits:
    """The waits in a mailbox table."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def all(self) -> list[Wait]:
        """Every wait, the longest first. The index that is read may lag behind by a moment."""
        return sorted(self._read(), key=lambda wait: wait.since)

    def _read(self) -> Iterator[Wait]:
        query = self._dynamodb.get_paginator("query")
        for partition in range(WAITS_PARTITIONS):
            for page in query.paginate(
                TableName=self._table,
                IndexName=WAITS_INDEX,
                KeyConditionExpression="waits = :partition",
                ExpressionAttributeValues={":partition": {"S": str(partition)}},
            ):
                for item in page["Items"]:
                    vendor, _, campaign_id = item["correlation_key"]["S"].partition("#")
                    since = datetime.fromisoformat(item["waiting_since"]["S"])
                    yield Wait(vendor, campaign_id, item["execution_id"]["S"], since)

    def mailbox(self, vendor: str, campaign_id: str) -> Mailbox:
        """What has come in for a campaign, in the order in which it occurred.

        Raises:
            OperationRefused: nobody waits, or has waited in the last 90 days, for this campaign.
        """
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="correlation_key = :key",
            ExpressionAttributeValues={":key": {"S": f"{vendor}#{campaign_id}"}},
            # Everything but the token.
            ProjectionExpression=", ".join(f"#{name}" for name in _SHOWN),
            ExpressionAttributeNames={f"#{name}": name for name in _SHOWN},
            ConsistentRead=True,
        )
        items = {item["item"]["S"]: item for page in pages for item in page["Items"]}
        box = items.pop(_BOX, None)
        if box is None:
            raise OperationRefused(f"There is no mailbox for campaign {campaign_id} of {vendor}.", "List who waits.")
        consumed = set(box["consumed"]["SS"]) if "consumed" in box else set()
        arrivals = [_arrival(name, item, consumed) for name, item in items.items()]
        return Mailbox(
            execution=box["execution_id"]["S"],
            state=box["state"]["S"],
            outcome=box["outcome"]["S"] if "outcome" in box else None,
            arrivals=tuple(sorted(arrivals, key=lambda arrival: (arrival.occurred_at, arrival.received_at))),
        )


def _arrival(name: str, item: dict[str, AttributeValueTypeDef], consumed: set[str]) -> Arrival:
    delivery_id = name.removeprefix(_HINT).removeprefix(_DELIVERY)
    return Arrival(
        id=delivery_id,
        status=item["status"]["S"] if name.startswith(_DELIVERY) else None,
        occurred_at=datetime.fromisoformat(item["occurred_at"]["S"]),
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        used=name.startswith(_DELIVERY) and delivery_id in consumed,
    )
