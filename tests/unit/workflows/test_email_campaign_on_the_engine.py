"""The reviewed definition of the email campaign, run by the engine on virtual time.

The functions are scripted, so that each error and each silence can be had at will; hours of waiting pass at once.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asl.definition import parse
from asl.engine import Engine, Execution, ExecutionStatus, StartRequest, VirtualClock
from asl.integrations import Integrations, LambdaRequest, LambdaResponse
from asl.integrations.aws_api import AwsRequest, AwsResponse, HttpAnswer, HttpRequest
from workflows.email_campaign import contract

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "arn:aws:states:us-east-1:123456789012"
FUNCTIONS = "arn:aws:lambda:us-east-1:123456789012:function:"
REVIEWED = Path(contract.__file__).with_name("definition.asl.json")
DEFINITION = re.sub(r"\$\{(\w+)\.Arn\}", FUNCTIONS + r"\1", REVIEWED.read_text())
INPUT = {"request": {"request_id": "spring-sale"}, "event_id": "event-1", "replays": ""}
SENT = {"vendor": "pigeon", "campaign_id": "cmp_1", "duplicate": False}
SIX_HOURS = 6 * 3600
MAX_WAITS = 500


class RaisedError(Exception):
    """What a function raises: the name that `ErrorEquals` sees."""

    def __init__(self, error_type: str) -> None:
        super().__init__(error_type)
        self.error_type = error_type


class Campaign:
    """An execution of the campaign whose functions do what the test says, the last thing for ever."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.published: list[dict[str, Any]] = []
        self.invocations: Counter[str] = Counter()
        self._scripts: dict[str, deque[Any]] = {
            "SendCampaign": deque([SENT]),
            "AwaitStatus": deque([{}]),
            "NotifyUsers": deque([{"notified": 1}]),
        }
        self._webhooks: deque[str] = deque()
        self.engine = Engine(self.clock, Integrations(self._invoke, aws=self))

    def function(self, state: str, *answers: Any) -> None:
        """Let the function of a state answer, or raise, this in turn."""
        self._scripts[state] = deque(answers)

    def webhooks(self, *statuses: str) -> None:
        """Let each wait end with the next of these statuses; after the last one the vendor is silent."""
        self._webhooks = deque(statuses)

    async def run(self) -> Execution:
        execution = self.engine.start(
            StartRequest(
                execution_arn=f"{PREFIX}:execution:email-campaign:one",
                name="one",
                state_machine_arn=f"{PREFIX}:stateMachine:email-campaign",
                state_machine_name="email-campaign",
                role_arn="arn:aws:iam::123456789012:role/role",
                definition=parse(DEFINITION),
                input=json.dumps(INPUT),
            )
        )
        await execution.wait()
        return execution

    async def call(self, request: AwsRequest) -> AwsResponse:
        """The failure topic."""
        assert (request.service, request.action) == ("sns", "publish")
        self.published.append(json.loads(json.dumps(request.parameters["Message"])))
        return AwsResponse({"MessageId": "1"}, 200, "request", {})

    async def send(self, request: HttpRequest) -> HttpAnswer:
        raise AssertionError(f"nothing is sent to {request.url}")

    async def _invoke(self, request: LambdaRequest) -> LambdaResponse:
        state = request.function.removeprefix(FUNCTIONS)
        self.invocations[state] += 1
        script = self._scripts[state]
        answer = script.popleft() if len(script) > 1 else script[0]
        if isinstance(answer, RaisedError):
            failure = {"errorType": answer.error_type, "errorMessage": "as the test says"}
            return LambdaResponse(payload=json.dumps(failure), function_error="Unhandled")
        if state == "AwaitStatus" and self._webhooks:
            token = json.loads(request.payload)["task_token"]
            told = {"status": self._webhooks.popleft(), "delivery": "msg_1"}
            self.engine.send_task_success(token, json.dumps(told))
        return LambdaResponse(payload=json.dumps(answer))


@pytest.fixture
def campaign() -> Campaign:
    return Campaign()


def entered(execution: Execution) -> list[str]:
    return [event.details["name"] for event in execution.history if event.type.endswith("StateEntered")]


def seconds(execution: Execution) -> float:
    return execution.history[-1].timestamp - execution.start_date


async def test_a_campaign_goes_round_until_the_vendor_reports_success(campaign: Campaign) -> None:
    campaign.webhooks("pending", "pending", "success")
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert campaign.invocations == {"SendCampaign": 1, "AwaitStatus": 3, "NotifyUsers": 1}
    assert campaign.published == []


async def test_a_request_that_another_execution_owns_ends_at_once(campaign: Campaign) -> None:
    campaign.function("SendCampaign", {"vendor": "pigeon", "campaign_id": None, "duplicate": True})
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert entered(execution) == ["SendCampaign", "IsDuplicate", "AlreadyRequested"]


async def test_a_missed_heartbeat_has_the_vendor_asked(campaign: Campaign) -> None:
    campaign.function("AskStatus", {"status": "success", "delivery": ""})
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert entered(execution)[-4:] == ["AwaitStatus", "AskStatus", "CheckStatus", "NotifyUsers"]
    assert seconds(execution) == pytest.approx(SIX_HOURS, abs=1)


async def test_a_vendor_that_knows_nothing_yet_is_waited_for_again(campaign: Campaign) -> None:
    campaign.function("AskStatus", {"status": "pending", "delivery": ""}, {"status": "success", "delivery": ""})
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert campaign.invocations["AwaitStatus"] == 2
    assert seconds(execution) == pytest.approx(2 * SIX_HOURS, abs=1)


@pytest.mark.parametrize("status", ["failed", "archived"])
async def test_a_campaign_that_did_not_go_out_is_reported(campaign: Campaign, status: str) -> None:
    campaign.webhooks(status)
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.FAILED
    assert campaign.published == [
        {
            "version": "1",
            "source": "workflow",
            "workflow": "email-campaign",
            "execution": execution.arn,
            "state": "CheckStatus",
            "error": "CampaignNotSent",
            "cause": f"pigeon reports campaign cmp_1 as {status}",
            "input_reference": {"event_id": "event-1"},
        }
    ]


async def test_a_vendor_that_never_reports_a_final_status_is_given_up(campaign: Campaign) -> None:
    campaign.webhooks(*["pending"] * (MAX_WAITS + 10))
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.FAILED
    assert campaign.invocations["AwaitStatus"] == MAX_WAITS + 1
    assert [message["error"] for message in campaign.published] == ["TooManyWaits"]


RETRIABLE = [
    *(("SendCampaign", error) for error in contract.SEND_CAMPAIGN_RETRIABLE),
    *(("AwaitStatus", error) for error in contract.AWAIT_STATUS_RETRIABLE),
    *(("AskStatus", error) for error in contract.ASK_STATUS_RETRIABLE),
    *(("NotifyUsers", error) for error in contract.NOTIFY_USERS_RETRIABLE),
]
TASKS = ("SendCampaign", "AwaitStatus", "AskStatus", "NotifyUsers")
ANSWERS: dict[str, Callable[[], Any]] = {
    "SendCampaign": lambda: SENT,
    "AwaitStatus": dict,
    "AskStatus": lambda: {"status": "success", "delivery": ""},
    "NotifyUsers": lambda: {"notified": 1},
}


def let_every_task_run(campaign: Campaign, state: str) -> None:
    """A webhook ends the wait, except where the point is that none comes and the vendor is asked."""
    campaign.function("AskStatus", ANSWERS["AskStatus"]())
    campaign.webhooks(*([] if state == "AskStatus" else ["success"]))


@pytest.mark.parametrize(("state", "error"), RETRIABLE)
async def test_what_passes_by_itself_is_tried_again(campaign: Campaign, state: str, error: str) -> None:
    let_every_task_run(campaign, state)
    campaign.function(state, RaisedError(error), RaisedError(error), ANSWERS[state]())
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert campaign.invocations[state] == 3


@pytest.mark.parametrize(("state", "error"), RETRIABLE)
async def test_what_does_not_pass_is_reported_once(campaign: Campaign, state: str, error: str) -> None:
    let_every_task_run(campaign, state)
    campaign.function(state, RaisedError(error))
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.FAILED
    assert campaign.invocations[state] == 11
    assert [(message["state"], message["error"]) for message in campaign.published] == [(state, error)]


@pytest.mark.parametrize("state", TASKS)
@pytest.mark.parametrize("error", contract.PERMANENT)
async def test_what_would_fail_again_is_reported_at_once(campaign: Campaign, state: str, error: str) -> None:
    let_every_task_run(campaign, state)
    campaign.function(state, RaisedError(error))
    execution = await campaign.run()
    assert execution.status is ExecutionStatus.FAILED
    assert campaign.invocations[state] == 1
    assert [(message["state"], message["error"]) for message in campaign.published] == [(state, error)]
