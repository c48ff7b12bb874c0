"""Who waits for what: the executions whose task token waits in the mailbox, and what has come in for them.

It reads the mailbox table by the names that `callbacks.mailbox_table` gives to its attributes, which a test compares.
The token is not read.

A wait that nobody else ends is ended by hand: with a delivery in the mailbox like any other, which the function that
resumes executions finds there. So who operates needs no power over tokens. It is meant for the attempt that the
operator saw and is used for no other, and there is one per attempt, however often it is asked for.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from console.operations import cursor
from console.operations.errors import NotThere, OperationRefused
from saas.port import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryOutputTypeDef

WAITS_INDEX: Final = "waits"
WAITS_PARTITIONS: Final = 8
_BOX: Final = "mailbox"
_DELIVERY: Final = "delivery#"
_HINT: Final = "unconfirmed#"
_WAITING: Final = "waiting"
RETENTION: Final = timedelta(days=90)
BY_HAND: Final = "by-hand:"
FINAL: Final = frozenset({Status.SUCCESS, Status.FAILED, Status.ARCHIVED})
"""How a wait can be ended by hand."""
_QUESTION: Final = "waits"
# Since when, as the index has it, and the correlation key.
_Position: TypeAlias = tuple[str, str]
_SHOWN: Final = (
    "item",
    "execution_id",
    "state",
    "attempt",
    "by",
    "reason",
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
class WaitPage:
    """Waits, the longest first. `next` is the cursor of the next page, None at the end."""

    waits: tuple[Wait, ...]
    next: str | None


@dataclass(frozen=True)
class Arrival:
    """What came in for a campaign. `status` is None for a hint; `used` whether an execution went on with it.

    `by` and `reason` say who ended the wait by hand and why, "" for what a vendor sent.
    """

    id: str
    status: str | None
    occurred_at: datetime
    received_at: datetime
    used: bool
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Mailbox:
    """What is known of a campaign's callbacks. `state` is open, waiting, resuming or settled.

    `attempt` names the newest attempt that waits or has waited, "" before the first.
    """

    execution: str
    state: str
    attempt: str
    outcome: str | None
    arrivals: tuple[Arrival, ...]


class Waits:
    """The waits in a mailbox table."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def all(self) -> list[Wait]:
        """Every wait, the longest first. The index that is read may lag behind by a moment."""
        return [wait for _, wait in self._longest_first(None)]

    def page(self, *, limit: int, after: str | None = None) -> WaitPage:
        """The next `limit` waits, the longest first, after the cursor `after`.

        Raises:
            OperationRefused: the cursor is none of ours.
        """
        position = _position(after)
        found = list(islice(self._longest_first(position), limit + 1))
        more = cursor.written(_QUESTION, found[limit - 1][0]) if len(found) > limit else None
        return WaitPage(tuple(wait for _, wait in found[:limit]), more)

    def total(self) -> int:
        """How many waits there are."""
        return sum(
            page["Count"]
            for partition in range(WAITS_PARTITIONS)
            for page in self._index(partition, None, {"Select": "COUNT"})
        )

    def _longest_first(self, after: _Position | None) -> Iterator[tuple[_Position, Wait]]:
        """The waits after a position, each with its own."""
        return heapq.merge(
            *(self._of_partition(partition, after) for partition in range(WAITS_PARTITIONS)), key=lambda found: found[0]
        )

    def _of_partition(self, partition: int, after: _Position | None) -> Iterator[tuple[_Position, Wait]]:
        items = (item for page in self._index(partition, after, {}) for item in page["Items"])
        # The index orders by time, and leaves open in which order those of one moment come.
        for _, together in groupby(items, key=lambda item: item["waiting_since"]["S"]):
            for item in sorted(together, key=lambda item: item["correlation_key"]["S"]):
                position = item["waiting_since"]["S"], item["correlation_key"]["S"]
                if after is None or position > after:
                    yield position, _wait(item)

    def _index(self, partition: int, after: _Position | None, more: dict[str, Any]) -> Iterator[QueryOutputTypeDef]:
        values: dict[str, AttributeValueTypeDef] = {":partition": {"S": str(partition)}}
        condition = "waits = :partition"
        if after is not None:
            values[":since"] = {"S": after[0]}
            condition += " AND waiting_since >= :since"
        yield from self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=WAITS_INDEX,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            **more,
        )

    def mailbox(self, vendor: str, campaign_id: str) -> Mailbox:
        """What has come in for a campaign, in the order in which it occurred.

        Raises:
            NotThere: nobody waits, or has waited in the last 90 days, for this campaign.
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
            raise NotThere(f"There is no mailbox for campaign {campaign_id} of {vendor}.", "List who waits.")
        consumed = set(box["consumed"]["SS"]) if "consumed" in box else set()
        arrivals = [_arrival(name, item, consumed) for name, item in items.items()]
        return Mailbox(
            execution=box["execution_id"]["S"],
            state=box["state"]["S"],
            attempt=box["attempt"]["S"],
            outcome=box["outcome"]["S"] if "outcome" in box else None,
            arrivals=tuple(sorted(arrivals, key=lambda arrival: (arrival.occurred_at, arrival.received_at))),
        )

    def end(
        self, vendor: str, campaign_id: str, attempt: str, status: Status, *, by: str, reason: str, now: datetime
    ) -> str:
        """End the wait of `attempt` as if the vendor had reported `status`; the id of the delivery that does it.

        It is durable when this returns, and the execution goes on a moment later.

        Raises:
            OperationRefused: the attempt does not wait (any more), was ended by hand before, or `status` ends no wait.
            NotThere: there is no such mailbox.
        """
        if status not in FINAL:
            raise OperationRefused(f"{status} ends no wait.", f"Say one of: {', '.join(sorted(FINAL))}.")
        mailbox = self.mailbox(vendor, campaign_id)
        delivery_id = f"{BY_HAND}{attempt}"
        reasons = self._put(f"{vendor}#{campaign_id}", delivery_id, attempt, status, by=by, reason=reason, now=now)
        if "TransactionConflict" in reasons:
            raise OperationRefused("Something came in for it at this moment.", "Look again, then decide anew.")
        if reasons and reasons[1] != "None":
            raise OperationRefused("This wait was ended by hand before.", "Look again: the execution goes on.")
        if reasons:
            raise OperationRefused(
                f"This attempt does not wait any more: the mailbox is {mailbox.state}.", "Look again, then decide anew."
            )
        return delivery_id

    def _put(
        self, key: str, delivery_id: str, attempt: str, status: Status, *, by: str, reason: str, now: datetime
    ) -> list[str]:
        moment: AttributeValueTypeDef = {"S": now.astimezone(UTC).isoformat()}
        still_waits: Any = {
            "TableName": self._table,
            "Key": {"correlation_key": {"S": key}, "item": {"S": _BOX}},
            "ConditionExpression": "#state = :waiting AND #attempt = :attempt",
            "ExpressionAttributeNames": {"#state": "state", "#attempt": "attempt"},
            "ExpressionAttributeValues": {":waiting": {"S": _WAITING}, ":attempt": {"S": attempt}},
        }
        put: Any = {
            "TableName": self._table,
            "Item": {
                "correlation_key": {"S": key},
                "item": {"S": f"{_DELIVERY}{delivery_id}"},
                "status": {"S": status},
                "attempt": {"S": attempt},
                "by": {"S": by},
                "reason": {"S": reason},
                "occurred_at": moment,
                "received_at": moment,
                "expires_at": {"N": str(int((now + RETENTION).timestamp()))},
            },
            "ConditionExpression": "attribute_not_exists(correlation_key)",
        }
        try:
            self._dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": still_waits}, {"Put": put}])
        except self._dynamodb.exceptions.TransactionCanceledException as error:
            return [why.get("Code", "None") for why in error.response["CancellationReasons"]]
        return []


def _position(after: str | None) -> _Position | None:
    if after is None:
        return None
    match cursor.read(after, _QUESTION):
        case [str(since), str(key)] if since:
            return since, key
    raise cursor.foreign()


def _wait(item: dict[str, AttributeValueTypeDef]) -> Wait:
    vendor, _, campaign_id = item["correlation_key"]["S"].partition("#")
    since = datetime.fromisoformat(item["waiting_since"]["S"])
    return Wait(vendor, campaign_id, item["execution_id"]["S"], since)


def _text(item: dict[str, AttributeValueTypeDef], name: str) -> str:
    return item[name]["S"] if name in item else ""


def _arrival(name: str, item: dict[str, AttributeValueTypeDef], consumed: set[str]) -> Arrival:
    delivery_id = name.removeprefix(_HINT).removeprefix(_DELIVERY)
    return Arrival(
        id=delivery_id,
        status=item["status"]["S"] if name.startswith(_DELIVERY) else None,
        occurred_at=datetime.fromisoformat(item["occurred_at"]["S"]),
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        used=name.startswith(_DELIVERY) and delivery_id in consumed,
        by=_text(item, "by"),
        reason=_text(item, "reason"),
    )
