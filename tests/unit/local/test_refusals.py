"""What the embedded AWS refuses as AWS does, though MiniStack would take it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from tests.unit.cloud import Aws

GOOD: PutEventsRequestEntryTypeDef = {"Source": "shop", "DetailType": "Ordered", "Detail": json.dumps({"id": 1})}


def test_events_that_are_not_in_order_fail_in_their_places(aws: Aws) -> None:
    entries: list[PutEventsRequestEntryTypeDef] = [
        GOOD,
        {**GOOD, "Detail": "no JSON"},
        {**GOOD, "Detail": "[1]"},
        {"DetailType": "Ordered", "Detail": "{}"},
        GOOD,
    ]
    answer = aws.events.put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 3
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        None,
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
        None,
    ]
    assert answer["Entries"][0]["EventId"] != answer["Entries"][4]["EventId"]
    reason = "Parameter Source is not valid. Reason: Source is a required argument."
    assert answer["Entries"][3]["ErrorMessage"] == reason


def test_where_no_event_is_in_order_all_fail(aws: Aws) -> None:
    answer = aws.events.put_events(Entries=[{**GOOD, "Detail": "{"}])
    assert (answer["FailedEntryCount"], answer["Entries"][0]["ErrorMessage"]) == (1, "Detail is malformed.")


def test_events_that_are_in_order_are_taken(aws: Aws) -> None:
    answer = aws.events.put_events(Entries=[GOOD])
    assert answer["FailedEntryCount"] == 0
    assert "EventId" in answer["Entries"][0]


def test_a_secret_has_a_name_of_certain_characters(aws: Aws) -> None:
    secrets = boto3.client("secretsmanager", endpoint_url=aws.url)
    assert secrets.create_secret(Name="shop/key-1", SecretString="x")["Name"] == "shop/key-1"
    with pytest.raises(secrets.exceptions.ClientError, match="Must be a valid name containing") as refused:
        secrets.create_secret(Name="my key", SecretString="x")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
