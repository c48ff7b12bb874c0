"""What the routes work with, made from the function's environment when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3

from callbacks import clients
from callbacks.environment import Environment
from console.api.audit import Audit
from console.live.connections import Connections
from console.operations.executions import Executions
from console.operations.failures import FailureQueue
from console.operations.map_runs import MapRuns
from console.operations.replay import Replayer
from console.operations.state_machines import StateMachines
from console.operations.waits import Waits
from console.operations.workflows import Workflows
from saas.aws import CONFIG

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class ApiEnvironment(Environment):
    """What the function needs to know of its stack. The state machines are ARNs with commas between."""

    state_machines: str
    mailbox_table: str
    audit_table: str
    connections_table: str
    failure_queue_url: str
    failure_dead_letter_queue_url: str
    event_bus_name: str


@cache
def sqs() -> SQSClient:
    """Amazon Simple Queue Service."""
    return boto3.client("sqs", config=CONFIG)


def machines() -> StateMachines:
    """The state machines that operators look after."""
    return StateMachines(ApiEnvironment.read().state_machines.split(","))


def workflows() -> Workflows:
    """Their workflows."""
    return Workflows(clients.step_functions(), machines())


def map_runs() -> MapRuns:
    """Their Map Runs."""
    return MapRuns(clients.step_functions(), machines())


def executions() -> Executions:
    """Their executions."""
    return Executions(clients.step_functions(), machines())


def waits() -> Waits:
    """Who waits for what."""
    return Waits(clients.dynamodb(), ApiEnvironment.read().mailbox_table)


def failures(*, dead_letters: bool = False) -> FailureQueue:
    """The failure queue, or its dead-letter queue."""
    environment = ApiEnvironment.read()
    return FailureQueue(
        sqs(), environment.failure_dead_letter_queue_url if dead_letters else environment.failure_queue_url
    )


def replayer() -> Replayer:
    """What replays failures."""
    return Replayer(clients.step_functions(), clients.event_bridge(), ApiEnvironment.read().event_bus_name)


def audit() -> Audit:
    """The audit trail."""
    return Audit(clients.dynamodb(), ApiEnvironment.read().audit_table)


def live_connections() -> Connections:
    """The tickets of the live push, and its connections."""
    return Connections(clients.dynamodb(), ApiEnvironment.read().connections_table)
