"""The AWS clients of the functions: each made when it is first needed, then kept for the life of the process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3

from saas.aws import CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient


@cache
def dynamodb() -> DynamoDBClient:
    """Amazon DynamoDB."""
    return boto3.client("dynamodb", config=CONFIG)


@cache
def kms() -> KMSClient:
    """AWS Key Management Service."""
    return boto3.client("kms", config=CONFIG)


@cache
def step_functions() -> SFNClient:
    """AWS Step Functions."""
    return boto3.client("stepfunctions", config=CONFIG)


@cache
def event_bridge() -> EventBridgeClient:
    """Amazon EventBridge."""
    return boto3.client("events", config=CONFIG)


@cache
def sns() -> SNSClient:
    """Amazon Simple Notification Service."""
    return boto3.client("sns", config=CONFIG)
