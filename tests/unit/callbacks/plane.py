"""The callback plane on real tables and keys, with executions that the test plays."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from callbacks import clients
from callbacks.handshake import Registered, complete, wait_for_delivery
from callbacks.mailbox import Attempt, Box, Outcome, correlation_key
from callbacks.mailbox_table import MailboxTable
from callbacks.task_tokens import TokenCipher, TokenResumer
from saas.port import Delivery, Status
from tests.unit.callbacks.memory import Execution

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.unit.cloud import Aws

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Plane:
    """A mailbox table and a key in the embedded AWS; Step Functions answers for the executions of its campaigns."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch) -> None:
        self.table, self.key_arn = aws.mailboxes(), aws.key()
        environment.setenv("MAILBOX_TABLE", self.table)
        environment.setenv("TOKEN_KEY_ARN", self.key_arn)
        self.mailboxes, self.cipher = MailboxTable(self.table), TokenCipher(self.key_arn)
        self._executions: dict[str, Execution] = {}
        self._numbers = itertools.count(1)
        clients.step_functions().meta.events.register("before-call.sfn.SendTaskSuccess", self._answer)

    def campaign(self, vendor: str = "pigeon") -> Campaign:
        """A new campaign whose mailbox is open for its first execution."""
        campaign = Campaign(self, vendor, f"cmp_{next(self._numbers)}")
        campaign.begin()
        return campaign

    def executes(self, execution: Execution) -> None:
        """Let tokens of this execution be known."""
        self._executions[execution.name] = execution

    def _answer(self, params: dict[str, Any], **_: object) -> Any:
        request = json.loads(params["body"])
        execution = self._executions[request["taskToken"].split("-")[1]]
        outcome = execution.send(request["taskToken"], json.loads(request["output"])["delivery"])
        if outcome is not Outcome.ACCEPTED:
            raise ClientError({"Error": {"Code": outcome.value}}, "SendTaskSuccess")

        class Accepted:
            status_code = 200

        return Accepted(), {}


@dataclass
class Campaign:
    """One campaign: its mailbox, and the executions that have owned it."""

    plane: Plane
    vendor: str
    campaign_id: str
    executions: list[Execution] = field(default_factory=list)

    @property
    def key(self) -> str:
        return correlation_key(self.vendor, self.campaign_id)

    @property
    def execution(self) -> Execution:
        """The one that owns the mailbox, or will."""
        return self.executions[-1]

    @property
    def box(self) -> Box:
        box = self.plane.mailboxes.find(self.key)
        assert box is not None
        return box

    def begin(self) -> None:
        """Start the first execution."""
        self.open(self.started())()

    def started(self) -> Execution:
        """One more execution."""
        execution = Execution(f"{self.campaign_id}:{len(self.executions)}")
        self.executions.append(execution)
        self.plane.executes(execution)
        return execution

    def open(self, execution: Execution, replays: str = "") -> Callable[[], None]:
        return partial(self.plane.mailboxes.open, self.key, execution.name, START, replays=replays)

    def register(self, execution: Execution | None = None) -> Callable[[], Registered]:
        """AwaitStatus for the attempt that the execution makes now."""
        execution = execution or self.execution
        return partial(
            wait_for_delivery,
            self.plane.mailboxes,
            self.plane.cipher,
            correlation_key=self.key,
            execution_id=execution.name,
            attempt=Attempt(execution.waits, START, START + timedelta(minutes=execution.attempts)),
            token=execution.token,
            consumed_delivery=execution.last_consumed,
        )

    def wait(self) -> None:
        """Enter the waiting state, with its token registered."""
        self.execution.wait()
        self.register()()

    def delivery(self, event_id: str, minutes: int = 0, status: Status | None = Status.PENDING) -> Delivery:
        return Delivery(event_id, self.campaign_id, status, START + timedelta(minutes=minutes))

    def record(self, event_id: str, minutes: int = 0, status: Status | None = Status.PENDING) -> Callable[[], object]:
        """What the webhook function does with a webhook that it has verified."""
        return partial(self.plane.mailboxes.record, self.key, self.delivery(event_id, minutes, status), START)

    def resume(self) -> Outcome | None:
        """What the resume function does for a change of the mailbox."""
        return complete(self.plane.mailboxes, TokenResumer(self.plane.cipher), self.key)

    def recorded(self) -> list[str]:
        """The deliveries on record."""
        return [delivery.event_id for delivery in self.plane.mailboxes.load(self.key)[1]]

    def hints(self) -> list[str]:
        """The hints on record."""
        answer = clients.dynamodb().query(
            TableName=self.plane.table,
            KeyConditionExpression="correlation_key = :key AND begins_with(#item, :hint)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":key": {"S": self.key}, ":hint": {"S": "unconfirmed#"}},
        )
        return [item["item"]["S"] for item in answer["Items"]]

    def rest(self) -> list[str]:
        """What the execution consumes from first to last, if it goes on waiting until it has had everything."""
        self.resume()
        recorded = self.recorded()
        for _ in recorded:
            if set(self.execution.consumed) == set(recorded):
                break
            if not self.execution.waiting:
                self.wait()
            self.resume()
        assert self.resume() is None, "nothing is left to do"
        return self.execution.consumed
