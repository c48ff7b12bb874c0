"""The Users table: partition key `user_id`, with `email`, `last_campaign` and `last_campaign_at`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callbacks.clients import dynamodb
from saas.aws import aws_call
from saas.errors import AwsUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesOutputTypeDef, KeysAndAttributesTypeDef

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH = 100


class UsersTable:
    """The users' records. Every method raises `AwsUnavailable` in passing trouble."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._client = dynamodb()

    def addresses(self, user_ids: Sequence[str]) -> dict[str, str]:
        """The e-mail addresses of those of the users who are in the table and have one."""
        found: dict[str, str] = {}
        for start in range(0, len(user_ids), BATCH):
            found.update(self._addresses(user_ids[start : start + BATCH]))
        return found

    def _addresses(self, user_ids: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        request: Mapping[str, KeysAndAttributesTypeDef | KeysAndAttributesOutputTypeDef] = {
            self._table: {
                "Keys": [{"user_id": {"S": user_id}} for user_id in user_ids],
                "ProjectionExpression": "user_id, email",
            }
        }
        while request:
            with aws_call("dynamodb:BatchGetItem"):
                answer = self._client.batch_get_item(RequestItems=request)
            items = answer["Responses"].get(self._table, [])
            found.update({item["user_id"]["S"]: item["email"]["S"] for item in items if "email" in item})
            request = answer["UnprocessedKeys"]
            # A round without progress means throttling, and waiting it out is the state machine's part.
            if request and not items:
                raise AwsUnavailable("dynamodb:BatchGetItem", "UnprocessedKeys")
        return found

    def mark(self, user_id: str, campaign_id: str, sent_at: datetime) -> bool:
        """Note the campaign as the user's last. False where the user is gone or has had a later one since."""
        with aws_call("dynamodb:UpdateItem"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"user_id": {"S": user_id}},
                    UpdateExpression="SET last_campaign = :campaign, last_campaign_at = :sent_at",
                    ConditionExpression="attribute_exists(user_id) AND "
                    "(attribute_not_exists(last_campaign_at) OR last_campaign_at <= :sent_at)",
                    ExpressionAttributeValues={
                        ":campaign": {"S": campaign_id},
                        ":sent_at": {"S": sent_at.astimezone(UTC).isoformat(timespec="microseconds")},
                    },
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True
