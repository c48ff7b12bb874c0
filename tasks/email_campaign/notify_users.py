"""NotifyUsers: brings the users' records up to date, then tells the world that the campaign was sent.

Powertools' idempotency keeps a repeat from publishing again. What it can't prevent is a second event after a crash
between publishing and noting that it was published: whoever takes `CampaignSent` knows it by its `request_id`.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.idempotency.serialization.pydantic import PydanticSerializer
from botocore.exceptions import BotoCoreError, ClientError

from callbacks.clients import dynamodb
from callbacks.environment import Environment
from callbacks.metrics import count
from saas.aws import passing_code
from saas.errors import AwsUnavailable
from tasks.email_campaign.bus import EventBus
from tasks.email_campaign.users import UsersTable
from workflows.email_campaign.contract import (
    CampaignSent,
    NotificationInProgress,
    NotifyUsersInput,
    NotifyUsersOutput,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

# As long as Step Functions knows the name of an execution, and longer than it can be redriven.
REMEMBERED = timedelta(days=90)


class NotifyUsersEnvironment(Environment):
    """What the function needs to know of its stack."""

    idempotency_table: str
    users_table: str
    event_bus_name: str


class Users(Protocol):
    """Whose record says which campaign was the last."""

    def mark(self, user_id: str, campaign_id: str, sent_at: datetime) -> bool:
        """Note the campaign as the user's last; False where there is nothing to note."""


class Bus(Protocol):
    """Who tells the world."""

    def publish(self, event: CampaignSent) -> None:
        """Publish the event."""


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """`NotifyUsersInput` in, `NotifyUsersOutput` out. Raises what `NOTIFY_USERS_RETRIABLE` and `PERMANENT` name."""
    task = NotifyUsersInput.read(event)
    logger.append_keys(request_id=task.request.request_id, execution_id=task.execution_id)
    environment = NotifyUsersEnvironment.read()
    once_per_request = idempotent_function(
        notify_users,
        data_keyword_argument="task",
        persistence_store=_store(environment.idempotency_table),
        config=IdempotencyConfig(
            event_key_jmespath="request.request_id",
            raise_on_no_idempotency_key=True,
            expires_after_seconds=int(REMEMBERED.total_seconds()),
            hash_function="sha256",
            lambda_context=context,
        ),
        output_serializer=PydanticSerializer(model=NotifyUsersOutput),
        key_prefix="notify-users",
    )
    with _own_errors(task.request.request_id):
        output: NotifyUsersOutput = once_per_request(
            task=task,
            users=UsersTable(environment.users_table),
            bus=EventBus(environment.event_bus_name),
            now=datetime.now(UTC),
        )
    logger.info("users notified", extra={"campaign_id": task.campaign_id, "notified": output.notified})
    count("CampaignsNotified", vendor=task.vendor)
    return output.model_dump(mode="json")


def notify_users(*, task: NotifyUsersInput, users: Users, bus: Bus, now: datetime) -> NotifyUsersOutput:
    """Update each recipient's record, then publish `CampaignSent`.

    Raises `EventNotPublished` and `AwsUnavailable`; a repeat updates the records again, which changes nothing.
    """
    request = task.request
    notified = sum(users.mark(user_id, task.campaign_id, now) for user_id in request.recipients)
    bus.publish(
        CampaignSent(
            request_id=request.request_id,
            vendor=task.vendor,
            campaign_id=task.campaign_id,
            recipients=len(request.recipients),
            sent_at=now,
        )
    )
    return NotifyUsersOutput(notified=notified)


@cache
def _store(table: str) -> DynamoDBPersistenceLayer:
    return DynamoDBPersistenceLayer(table_name=table, boto3_client=dynamodb())


@contextmanager
def _own_errors(request_id: str) -> Iterator[None]:
    """Say in our vocabulary what the idempotency utility says in its own."""
    try:
        yield
    except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
        raise NotificationInProgress(request_id) from None
    except IdempotencyPersistenceLayerError as error:
        cause = error.__cause__
        code = passing_code(cause) if isinstance(cause, ClientError | BotoCoreError) else None
        if code is None:
            raise
        raise AwsUnavailable("dynamodb:idempotency", code) from error
