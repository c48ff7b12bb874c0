"""AwaitStatus leaves the token in the mailbox; AskStatus asks the vendor instead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from callbacks.environment import EnvironmentIncompleteError
from callbacks.mailbox import State
from callbacks.mailbox_table import MailboxTable
from saas.errors import VendorMisconfigured
from saas.port import Status
from tasks.email_campaign import ask_status, await_status
from workflows.email_campaign.contract import InvalidRequest, MailboxNotOpen

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext

KEY = "pigeon#cmp_1"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOKEN = "a-token-that-nobody-may-see"


class Deployed:
    """The deployed AwaitStatus with its mailbox table and key."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._context = context
        table = aws.table("correlation_key", "item")
        environment.setenv("MAILBOX_TABLE", table)
        environment.setenv("TOKEN_KEY_ARN", aws.key())
        self.mailboxes = MailboxTable(table)

    def invoke(self, **changes: Any) -> Any:
        event = {
            "task_token": TOKEN,
            "vendor": "pigeon",
            "campaign_id": "cmp_1",
            "execution_id": "execution-1",
            "waits": 0,
            "entered_at": "2026-03-01T12:00:00.000Z",
            "consumed_delivery": "",
            **changes,
        }
        return await_status.handler(event, self._context)


@pytest.fixture
def deployed(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Deployed:
    return Deployed(aws, function_environment, lambda_context)


def test_the_attempt_waits_in_the_mailbox(deployed: Deployed) -> None:
    deployed.mailboxes.open(KEY, "execution-1", NOW)
    assert deployed.invoke() == {}
    box = deployed.mailboxes.find(KEY)
    assert box is not None
    assert box.state is State.WAITING
    assert box.token is not None
    assert TOKEN.encode() not in box.token


def test_an_attempt_that_comes_late_takes_no_place(deployed: Deployed) -> None:
    deployed.mailboxes.open(KEY, "execution-1", NOW)
    deployed.invoke(waits=1)
    newest = deployed.mailboxes.find(KEY)
    assert deployed.invoke(waits=0, task_token="an-older-token") == {}
    assert deployed.mailboxes.find(KEY) == newest


def test_an_attempt_in_the_same_entry_of_the_state_takes_the_place_of_the_one_before(deployed: Deployed) -> None:
    """A retry, or a redrive, which counts retries anew."""
    deployed.mailboxes.open(KEY, "execution-1", NOW)
    deployed.invoke()
    before = deployed.mailboxes.find(KEY)
    deployed.invoke(task_token="the-next-token")
    after = deployed.mailboxes.find(KEY)
    assert before is not None
    assert after is not None
    assert after.attempt > before.attempt
    assert after.token != before.token


def test_what_the_execution_consumed_is_noted(deployed: Deployed) -> None:
    deployed.mailboxes.open(KEY, "execution-1", NOW)
    deployed.invoke(waits=1, consumed_delivery="d1")
    box = deployed.mailboxes.find(KEY)
    assert box is not None
    assert box.consumed == {"d1"}


def test_a_wait_without_a_mailbox_fails_at_once(deployed: Deployed) -> None:
    with pytest.raises(MailboxNotOpen, match="never opened"):
        deployed.invoke()


def test_a_wait_with_the_mailbox_of_another_execution_fails_at_once(deployed: Deployed) -> None:
    deployed.mailboxes.open(KEY, "execution-2", NOW)
    with pytest.raises(MailboxNotOpen, match="another execution"):
        deployed.invoke()


def test_the_token_is_not_logged_whatever_happens(deployed: Deployed, heard: Heard) -> None:
    with pytest.raises(MailboxNotOpen):
        deployed.invoke()
    with pytest.raises(InvalidRequest):
        deployed.invoke(waits=-1)
    deployed.mailboxes.open(KEY, "execution-1", NOW)
    deployed.invoke()
    said = heard.text
    assert "attempt registered" in said
    assert TOKEN not in said


def test_a_missing_variable_is_named(function_environment: pytest.MonkeyPatch, deployed: Deployed) -> None:
    function_environment.delenv("TOKEN_KEY_ARN")
    with pytest.raises(EnvironmentIncompleteError, match="TOKEN_KEY_ARN"):
        deployed.invoke()


def ask(context: LambdaContext) -> Any:
    event = {"vendor": "pigeon", "campaign_id": "cmp_1", "consumed_delivery": "d1"}
    return ask_status.handler(event, context)


def test_the_vendors_answer_keeps_the_last_consumed_delivery(
    function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext
) -> None:
    class Answering:
        def status(self, campaign_id: str) -> Status:
            return {"cmp_1": Status.SUCCESS}[campaign_id]

    function_environment.setenv("SAAS_PARAMETERS", "/test")
    function_environment.setattr(ask_status, "vendor_named", lambda *_: Answering())
    assert ask(lambda_context) == {"status": "success", "delivery": "d1"}


@pytest.mark.usefixtures("aws")
def test_a_vendor_without_settings_is_misconfigured(
    function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext
) -> None:
    function_environment.setenv("SAAS_PARAMETERS", "/nothing-here")
    with pytest.raises(VendorMisconfigured, match="/nothing-here/pigeon/api-key: there is no such parameter"):
        ask(lambda_context)
