"""The Campaigns table: which execution owns a request, and which campaign of the vendor came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from callbacks.clients import dynamodb
from saas.aws import aws_call


@dataclass(frozen=True)
class Claim:
    """A request that this execution owns; `campaign_id` is None until the vendor has created the campaign."""

    campaign_id: str | None


class CampaignsTable:
    """One item per request, partition key `request_id`. Every method raises `AwsUnavailable` in passing trouble."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._client = dynamodb()

    def claim(
        self, request_id: str, vendor: str, execution_id: str, now: datetime, *, replays: str = ""
    ) -> Claim | None:
        """Claim the request for an execution; None where another one owns it. One write, so only one can own it.

        An execution may take the place of the one that it `replays`; "" is nobody's.
        """
        with aws_call("dynamodb:UpdateItem"):
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"request_id": {"S": request_id}},
                    UpdateExpression="SET execution_id = :execution, vendor = if_not_exists(vendor, :vendor), "
                    "claimed_at = if_not_exists(claimed_at, :now)",
                    ConditionExpression="attribute_not_exists(request_id) OR execution_id IN (:execution, :replays)",
                    ExpressionAttributeValues={
                        ":execution": {"S": execution_id},
                        ":replays": {"S": replays},
                        ":vendor": {"S": vendor},
                        ":now": {"S": now.astimezone(UTC).isoformat()},
                    },
                    ReturnValues="ALL_NEW",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        item = answer["Attributes"]
        return Claim(item["campaign_id"]["S"] if "campaign_id" in item else None)

    def record_created(self, request_id: str, execution_id: str, campaign_id: str) -> str:
        """Record the vendor's campaign on the claim. The first to be recorded stays and is what this returns."""
        with aws_call("dynamodb:UpdateItem"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"request_id": {"S": request_id}},
                UpdateExpression="SET campaign_id = if_not_exists(campaign_id, :campaign)",
                ConditionExpression="execution_id = :execution",
                ExpressionAttributeValues={":campaign": {"S": campaign_id}, ":execution": {"S": execution_id}},
                ReturnValues="ALL_NEW",
            )
        return answer["Attributes"]["campaign_id"]["S"]
