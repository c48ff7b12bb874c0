"""NotifyUsers: the users' records, the event, and each of them once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from callbacks import clients
from saas.errors import AwsUnavailable
from tasks.email_campaign import notify_users
from tasks.email_campaign.bus import EventBus
from workflows.email_campaign.contract import CampaignSent, EventNotPublished, NotificationInProgress

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import LambdaContext


class Deployed:
    """The deployed function with its tables, and a bus with somebody who listens."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._context = context
        self.aws = aws
        self.idempotency, self.users = aws.table("id"), aws.table("user_id")
        bus, self.queue = aws.bus_with_queue()
        environment.setenv("IDEMPOTENCY_TABLE", self.idempotency)
        environment.setenv("USERS_TABLE", self.users)
        environment.setenv("EVENT_BUS_NAME", bus)
        for user_id in ("user-1", "user-2"):
            aws.put(self.users, user_id=user_id, email=f"{user_id}@example.org")

    def invoke(self, request_id: str = "spring", recipients: tuple[str, ...] = ("user-1", "user-2")) -> Any:
        event = {
            "request": {
                "version": "1",
                "request_id": request_id,
                "vendor": "pigeon",
                "subject": "Spring",
                "body": "<p>Spring</p>",
                "recipients": list(recipients),
            },
            "vendor": "pigeon",
            "campaign_id": "cmp_1",
            "execution_id": "execution-1",
        }
        return notify_users.handler(event, self._context)

    def published(self) -> list[Any]:
        return self.aws.messages(self.queue)

    def user(self, user_id: str) -> dict[str, Any]:
        item = self.aws.dynamodb.get_item(TableName=self.users, Key={"user_id": {"S": user_id}})["Item"]
        return {name: value["S"] for name, value in item.items()}


@pytest.fixture
def deployed(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Deployed:
    notify_users._store.cache_clear()
    return Deployed(aws, function_environment, lambda_context)


def test_records_are_brought_up_to_date_and_the_world_is_told(deployed: Deployed) -> None:
    assert deployed.invoke() == {"notified": 2}
    assert [deployed.user(user)["last_campaign"] for user in ("user-1", "user-2")] == ["cmp_1", "cmp_1"]
    (event,) = deployed.published()
    assert (event["source"], event["detail-type"]) == ("baton.email-campaign", "CampaignSent")
    sent = CampaignSent.model_validate_json(json.dumps(event["detail"]))
    assert (sent.request_id, sent.campaign_id, sent.recipients) == ("spring", "cmp_1", 2)


def test_a_repeat_publishes_nothing_again_and_gives_the_same_answer(deployed: Deployed) -> None:
    first = deployed.invoke()
    assert deployed.invoke() == first
    assert len(deployed.published()) == 1


def test_another_request_is_another_event(deployed: Deployed) -> None:
    deployed.invoke("spring")
    deployed.invoke("summer")
    assert sorted(event["detail"]["request_id"] for event in deployed.published()) == ["spring", "summer"]


def test_a_user_who_is_gone_is_not_brought_back(deployed: Deployed) -> None:
    assert deployed.invoke(recipients=("user-1", "user-9")) == {"notified": 1}
    assert len(deployed.aws.items(deployed.users)) == 2


def test_a_later_campaign_of_a_user_stays_the_last(deployed: Deployed) -> None:
    deployed.aws.put(
        deployed.users, user_id="user-1", last_campaign="cmp_9", last_campaign_at="2999-01-01T00:00:00.000000+00:00"
    )
    assert deployed.invoke() == {"notified": 1}
    assert deployed.user("user-1")["last_campaign"] == "cmp_9"


def fail_once(client: Any, operation: str, error: Exception) -> None:
    errors = [error]

    def fail(**_: object) -> None:
        if errors:
            raise errors.pop()

    client.meta.events.register_first(f"before-call.{operation}", fail)


def test_an_event_that_the_bus_did_not_take_is_published_by_the_next_try(deployed: Deployed) -> None:
    refused = [True]

    def refuse(parsed: dict[str, Any], **_: object) -> None:
        if refused:
            refused.pop()
            parsed.update(FailedEntryCount=1, Entries=[{"ErrorCode": "InternalFailure"}])

    clients.event_bridge().meta.events.register("after-call.eventbridge.PutEvents", refuse)
    with pytest.raises(EventNotPublished, match="InternalFailure"):
        deployed.invoke()
    assert deployed.invoke() == {"notified": 2}


def test_passing_trouble_of_the_idempotency_table_has_our_name(deployed: Deployed) -> None:
    fail_once(
        clients.dynamodb(), "dynamodb.PutItem", ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
    )
    with pytest.raises(AwsUnavailable, match="ThrottlingException"):
        deployed.invoke()
    assert deployed.invoke() == {"notified": 2}


def test_while_another_invocation_notifies_this_one_comes_back_later(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[Any] = []

    def publish(_: object, event: CampaignSent) -> None:
        with pytest.raises(NotificationInProgress, match=event.request_id):
            deployed.invoke()
        inside.append(event)

    monkeypatch.setattr(EventBus, "publish", publish)
    assert deployed.invoke() == {"notified": 2}
    assert len(inside) == 1
