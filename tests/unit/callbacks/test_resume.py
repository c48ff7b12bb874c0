"""The resume function: executions that wait go on with the deliveries that are there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from callbacks import clients
from callbacks.handshake import Registered, wait_for_delivery
from callbacks.mailbox import Attempt, Outcome, State
from callbacks.mailbox_table import MailboxTable
from callbacks.resume import handler
from callbacks.task_tokens import TokenCipher
from saas.port import Delivery, Status

if TYPE_CHECKING:
    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard, LambdaContext

KEY = "pigeon#cmp_1"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOKEN = "AAAAKgAAAAIAAAAAAAAAAc-a-token-that-nobody-may-see"


class Callbacks:
    """The deployed function with its table and key; Step Functions answers as the test says."""

    def __init__(self, aws: Aws, environment: pytest.MonkeyPatch, context: LambdaContext) -> None:
        self._context = context
        self.key_arn = aws.key()
        self.table = aws.table("correlation_key", "item")
        environment.setenv("MAILBOX_TABLE", self.table)
        environment.setenv("TOKEN_KEY_ARN", self.key_arn)
        self.mailboxes = MailboxTable(self.table)
        self.mailboxes.open(KEY, "execution", NOW)
        self.sent: list[tuple[str, Any]] = []
        self.trouble: list[Exception] = []
        clients.step_functions().meta.events.register("before-call.sfn.SendTaskSuccess", self._answer)

    def _answer(self, params: dict[str, Any], **_: object) -> Any:
        request = json.loads(params["body"])
        self.sent.append((request["taskToken"], json.loads(request["output"])))
        if self.trouble:
            raise self.trouble.pop(0)

        class Accepted:
            status_code = 200

        return Accepted(), {}

    def wait(self, waits: int = 0, consumed: str = "", token: str = TOKEN) -> None:
        registered = wait_for_delivery(
            self.mailboxes,
            TokenCipher(self.key_arn),
            correlation_key=KEY,
            execution_id="execution",
            attempt=Attempt(waits, NOW, NOW),
            token=token,
            consumed_delivery=consumed,
        )
        assert registered is Registered.WAITING

    def deliver(self, event_id: str, status: Status = Status.PENDING, minutes: int = 0) -> None:
        self.mailboxes.record(KEY, Delivery(event_id, "cmp_1", status, NOW + timedelta(minutes=minutes)), NOW)

    def stream(self, *keys: str) -> Any:
        """Invoke the function with a record per mailbox; the numbers of those that it wants again."""
        records = [
            {
                "eventName": "MODIFY",
                "dynamodb": {
                    "Keys": {"correlation_key": {"S": key}, "item": {"S": "mailbox"}},
                    "SequenceNumber": str(number),
                },
            }
            for number, key in enumerate(keys or (KEY,))
        ]
        answer = handler({"Records": records}, self._context)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def callbacks(aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext) -> Callbacks:
    return Callbacks(aws, function_environment, lambda_context)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"token {TOKEN}"}}, "SendTaskSuccess")


def test_an_attempt_that_waits_goes_on_with_the_delivery_that_is_there(callbacks: Callbacks) -> None:
    callbacks.deliver("d1", Status.SUCCESS)
    callbacks.wait()
    assert callbacks.stream() == []
    assert callbacks.sent == [(TOKEN, {"status": "success", "delivery": "d1"})]


def test_nothing_happens_while_only_one_side_is_there(callbacks: Callbacks) -> None:
    callbacks.deliver("d1")
    assert callbacks.stream() == []
    assert callbacks.sent == []


def test_a_record_that_comes_again_resumes_nothing_again(callbacks: Callbacks) -> None:
    callbacks.deliver("d1")
    callbacks.wait()
    assert callbacks.stream(KEY, KEY, KEY) == []
    assert len(callbacks.sent) == 1


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.UNKNOWN_TASK, Outcome.INVALID])
def test_a_final_refusal_is_recorded_and_the_delivery_waits_for_the_next_attempt(
    callbacks: Callbacks, outcome: Outcome
) -> None:
    callbacks.deliver("d1")
    callbacks.wait()
    callbacks.trouble = [refusal(outcome.value)]
    assert callbacks.stream() == []
    box = callbacks.mailboxes.find(KEY)
    assert box is not None
    assert (box.state, box.outcome, box.token) == (State.SETTLED, outcome, None)
    callbacks.wait(waits=1, token="the-next-token")
    callbacks.stream()
    assert callbacks.sent[-1] == ("the-next-token", {"status": "pending", "delivery": "d1"})


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("ThrottlingException"),
        refusal("AccessDeniedException"),
        ReadTimeoutError(endpoint_url="https://states"),
    ],
)
def test_what_passes_is_reported_for_another_try_with_the_same_delivery(
    callbacks: Callbacks, trouble: Exception
) -> None:
    callbacks.deliver("d2", minutes=2)
    callbacks.wait()
    callbacks.trouble = [trouble]
    assert callbacks.stream() == ["0"]
    callbacks.deliver("d1", minutes=1)
    assert callbacks.stream() == []
    assert [output["delivery"] for _, output in callbacks.sent] == ["d2", "d2"]


def test_trouble_with_one_mailbox_keeps_no_other_waiting(callbacks: Callbacks) -> None:
    callbacks.deliver("d1")
    callbacks.wait()
    callbacks.trouble = [refusal("ThrottlingException")]
    assert callbacks.stream(KEY, "pigeon#unknown", KEY) == ["0"]
    assert len(callbacks.sent) == 2


def test_a_token_that_was_encrypted_for_another_attempt_is_not_used(callbacks: Callbacks) -> None:
    callbacks.deliver("d1")
    foreign = TokenCipher(callbacks.key_arn).encrypt(TOKEN, KEY, "another attempt")
    callbacks.wait()
    clients.dynamodb().update_item(
        TableName=callbacks.table,
        Key={"correlation_key": {"S": KEY}, "item": {"S": "mailbox"}},
        UpdateExpression="SET #token = :foreign",
        ExpressionAttributeNames={"#token": "token"},
        ExpressionAttributeValues={":foreign": {"B": foreign}},
    )
    assert callbacks.stream() == []
    assert callbacks.sent == []
    box = callbacks.mailboxes.find(KEY)
    assert box is not None
    assert box.outcome is Outcome.UNREADABLE


def test_a_key_that_can_not_be_used_now_is_tried_again(callbacks: Callbacks) -> None:
    def fail(**_: object) -> None:
        raise ClientError({"Error": {"Code": "KMSInternalException"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "D")  # type: ignore[typeddict-item]

    callbacks.deliver("d1")
    callbacks.wait()
    clients.kms().meta.events.register_first("before-call.kms.Decrypt", fail)
    assert callbacks.stream() == ["0"]
    clients.kms().meta.events.unregister("before-call.kms.Decrypt", fail)
    assert callbacks.stream() == []


def test_the_token_is_in_the_table_only_encrypted_and_in_no_log(callbacks: Callbacks, aws: Aws, heard: Heard) -> None:
    callbacks.deliver("d1")
    callbacks.wait()
    assert TOKEN not in repr(aws.items(callbacks.table))
    callbacks.trouble = [refusal("ThrottlingException"), refusal("AccessDeniedException"), refusal("TaskTimedOut")]
    for _ in range(3):
        callbacks.stream()
    logged = heard.text
    assert all(code in logged for code in ("ThrottlingException", "AccessDeniedException", "TaskTimedOut"))
    assert TOKEN not in logged


def test_a_real_execution_goes_on_with_the_delivery(
    aws: Aws, function_environment: pytest.MonkeyPatch, lambda_context: LambdaContext, heard: Heard
) -> None:
    waiting = aws.waiting_execution()
    callbacks = Callbacks(aws, function_environment, lambda_context)
    clients.step_functions.cache_clear()
    callbacks.deliver("d1", Status.SUCCESS)
    callbacks.wait(token=waiting.token)
    assert callbacks.stream() == []
    assert aws.output(waiting.execution) == {"status": "success", "delivery": "d1"}
    assert waiting.token not in heard.text
