"""The users that the local cloud knows."""

from typing import Final

from local.aws import AwsClients
from local.outputs import Outputs

EXAMPLE_USERS: Final = {f"user-{number}": f"user-{number}@example.org" for number in range(1, 6)}
"""Addresses by user id. The domain is reserved for examples: no mail can ever reach anyone."""


def seed(aws: AwsClients, outputs: Outputs) -> None:
    """Put the example's users into the Users table; those that are there stay as they are."""
    for user_id, email in EXAMPLE_USERS.items():
        aws.dynamodb.update_item(
            TableName=outputs.users_table,
            Key={"user_id": {"S": user_id}},
            UpdateExpression="SET email = if_not_exists(email, :email)",
            ExpressionAttributeValues={":email": {"S": email}},
        )


def last_campaigns(aws: AwsClients, outputs: Outputs, user_ids: list[str]) -> dict[str, str]:
    """The vendor's id of the last campaign that reached each of these users, where there was one."""
    found = {}
    for user_id in user_ids:
        answer = aws.dynamodb.get_item(
            TableName=outputs.users_table, Key={"user_id": {"S": user_id}}, ConsistentRead=True
        )
        campaign = answer.get("Item", {}).get("last_campaign")
        if campaign is not None:
            found[user_id] = campaign["S"]
    return found
