"""What the functions of the live push work with, made from their environment when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from callbacks import clients
from callbacks.environment import Environment
from console.live.connections import Connections
from console.operations.state_machines import StateMachines

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

MAX_AT_ONCE: Final = 32
"""Connections that are told something at the same time."""

# A hint is worth little a moment later: throttling, 5xx and a broken network are tried again twice, for some seconds.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=MAX_AT_ONCE,
)


class DoorEnvironment(Environment):
    """What the function of `$connect` needs to know of its stack."""

    connections_table: str


class LiveEnvironment(DoorEnvironment):
    """What the other functions need as well: the state machines that can be followed, ARNs with commas between.

    The SDK itself reads where the connections are from `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`.
    """

    state_machines: str


@cache
def management() -> ApiGatewayManagementApiClient:
    """The connections of the WebSocket API."""
    return boto3.client("apigatewaymanagementapi", config=_CONFIG)


def connections() -> Connections:
    """Tickets and connections."""
    return Connections(clients.dynamodb(), DoorEnvironment.read().connections_table)


def machines() -> StateMachines:
    """The state machines that can be followed."""
    return StateMachines(LiveEnvironment.read().state_machines.split(","))
