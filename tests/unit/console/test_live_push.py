"""The pusher: what AWS reports, who is told, and what becomes of connections that can't be."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from console.live import clients, push
from console.live.connections import Connections, Execution, Who
from console.live.hints import UnknownSourceError, hints_of
from console.live.posting import Outcome, post
from console.operations.state_machines import StateMachines
from tests.unit.conftest import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

    from tests.unit.cloud import Aws

STATES = "arn:aws:states:us-east-1:000000000000"
MACHINE = f"{STATES}:stateMachine:email-campaign"
ONE, TWO = (f"{STATES}:execution:email-campaign:{name}" for name in ("one", "two"))
ELSEWHERE = f"{STATES}:execution:other-process:one"
VERA = Who("2", "vera")
FOLLOWED = Execution("email-campaign", "one")
FAILURES = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]}


def logged(*lines: str, kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """What CloudWatch Logs sends for lines of a log group."""
    events = [{"id": str(number), "timestamp": 0, "message": line} for number, line in enumerate(lines)]
    data = {"messageType": kind, "owner": "0", "logGroup": "g", "logStream": "s", "logEvents": events}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}}


def line(execution: str, kind: str = "TaskStateEntered") -> str:
    return json.dumps({"id": "1", "type": kind, "details": {}, "execution_arn": execution})


def status(execution: str, said: str = "RUNNING") -> dict[str, Any]:
    """What EventBridge sends when an execution's status changes."""
    return {"source": "aws.states", "detail": {"executionArn": execution, "status": said}}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (status(ONE, "FAILED"), [{"kind": "status", "workflow": "email-campaign", "name": "one", "status": "FAILED"}]),
        (status(ELSEWHERE), []),
        (FAILURES, [{"kind": "failures"}]),
        (
            logged(line(ONE), line(TWO), line(ONE, "TaskStateExited")),
            [
                {"kind": "history", "workflow": "email-campaign", "name": "one"},
                {"kind": "history", "workflow": "email-campaign", "name": "two"},
            ],
        ),
        (logged(line(ELSEWHERE), "no JSON", "[]", "{}", f'"{ONE}"'), []),
        (logged("CWL CONTROL MESSAGE", line(ONE), kind="CONTROL_MESSAGE"), []),
    ],
)
def test_what_is_reported_is_told_once_and_only_of_our_workflows(event: dict[str, Any], told: list[Any]) -> None:
    assert [json.loads(hint.message) for hint in hints_of(event, StateMachines([MACHINE]))] == told


@pytest.mark.parametrize("event", [{}, {"source": "aws.s3"}, {"Records": []}, {"Records": [{"eventSource": "aws:s3"}]}])
def test_a_report_of_another_kind_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(UnknownSourceError):
        hints_of(event, StateMachines([MACHINE]))


class Gone(Exception):  # noqa: N818 - named as API Gateway's
    """The connection is gone."""


class Management:
    """Connections of the WebSocket API: `gone` are refused; the others keep what was posted to them."""

    class exceptions:  # noqa: N801 - as boto3 has it
        GoneException = Gone

    def __init__(self, *gone: str) -> None:
        self.posted: dict[str, list[Any]] = defaultdict(list)
        self._gone = gone

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - as boto3 has it
        if ConnectionId in self._gone:
            raise Gone
        self.posted[ConnectionId].append(json.loads(Data))


@pytest.fixture
def connections(aws: Aws, function_environment: pytest.MonkeyPatch) -> Connections:
    table = aws.table("kind", "id")
    function_environment.setenv("CONNECTIONS_TABLE", table)
    function_environment.setenv("STATE_MACHINES", MACHINE)
    return Connections(aws.dynamodb, table)


@pytest.fixture
def pushed(connections: Connections) -> Callable[[Management, Any], dict[str, int]]:
    del connections

    def run(management: Management, event: dict[str, Any]) -> dict[str, int]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clients, "management", lambda: management)
            numbers: dict[str, int] = push.handler(event, LambdaContext())
        return numbers

    return run


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def test_followers_hear_of_the_history_and_all_hear_of_the_rest(
    connections: Connections, pushed: Callable[[Management, Any], dict[str, int]]
) -> None:
    for each in ("follower", "other", "idle"):
        connections.open(each, VERA, ago(minutes=1))
    connections.follow("follower", FOLLOWED)
    connections.follow("other", Execution("email-campaign", "two"))
    management = Management()
    assert pushed(management, logged(line(ONE), line(ONE))) == {"told": 1}
    assert management.posted == {"follower": [{"kind": "history", "workflow": "email-campaign", "name": "one"}]}
    assert pushed(management, status(ONE)) == {"told": 3}
    assert pushed(management, FAILURES) == {"told": 3}
    assert [hint["kind"] for hint in management.posted["idle"]] == ["status", "failures"]
    assert pushed(management, logged(line(f"{STATES}:execution:email-campaign:three"))) == {}


def test_a_connection_that_is_gone_is_dropped_unless_it_is_only_opening(
    connections: Connections, pushed: Callable[[Management, Any], dict[str, int]]
) -> None:
    connections.open("dead", VERA, ago(minutes=1))
    connections.open("opening", VERA, ago())
    connections.open("well", VERA, ago(minutes=1))
    assert pushed(Management("dead", "opening"), status(ONE)) == {"gone": 2, "told": 1}
    assert {connection.id for connection in connections.all(ago())} == {"opening", "well"}


def test_a_slow_connection_holds_up_no_other() -> None:
    others = threading.Semaphore(0)

    class Slow(Management):
        def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - as boto3 has it
            if ConnectionId == "slow":
                for _ in range(5):
                    assert others.acquire(timeout=60), "the others wait for the slow one"
            super().post_to_connection(ConnectionId=ConnectionId, Data=Data)
            others.release()

    management: Any = Slow()
    told = post(management, {to: ["{}"] for to in ("slow", *"abcde")}, seconds=60)
    assert told == dict.fromkeys(("slow", *"abcde"), Outcome.TOLD)


def test_who_is_not_told_in_time_is_let_go() -> None:
    released = threading.Event()

    class Stuck(Management):
        def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - as boto3 has it
            del ConnectionId, Data
            released.wait(60)

    management: Any = Stuck()
    try:
        assert post(management, {"stuck": ["{}"]}, seconds=0) == {"stuck": Outcome.LET_GO}
    finally:
        released.set()


@pytest.fixture
def client(function_environment: pytest.MonkeyPatch) -> ApiGatewayManagementApiClient:
    """The real client, which answers come to without a network and without waiting between attempts."""
    function_environment.setenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://127.0.0.1:9/live")
    function_environment.setattr("botocore.endpoint.time.sleep", lambda _: None)
    clients.management.cache_clear()
    return clients.management()


def answering(client: ApiGatewayManagementApiClient, *statuses: int) -> list[str]:
    """Have the client be answered with these in turn, the last for ever; the addresses that it asked."""
    asked: list[str] = []

    def answer(request: Any, **_: Any) -> Any:
        asked.append(request.url)
        status = statuses[min(len(asked), len(statuses)) - 1]
        errors = {410: "GoneException", 429: "LimitExceededException", 403: "ForbiddenException"}
        response: Any = AWSResponse(request.url, status, HTTPHeaders(), None)
        response.headers["x-amzn-ErrorType"] = errors.get(status, "")
        response._content = b"{}"
        return response

    events: Any = client.meta.events
    events.register("before-send.apigatewaymanagementapi.PostToConnection", answer)
    return asked


@pytest.mark.parametrize(
    ("statuses", "outcome", "attempts"),
    [
        ((200,), Outcome.TOLD, 1),
        ((429, 500, 200), Outcome.TOLD, 3),
        ((429,), Outcome.LET_GO, 3),
        ((503,), Outcome.LET_GO, 3),
        ((410,), Outcome.GONE, 1),
        ((403,), Outcome.LET_GO, 1),
    ],
)
def test_what_passes_is_tried_again_a_few_times(
    client: ApiGatewayManagementApiClient, statuses: tuple[int, ...], outcome: Outcome, attempts: int
) -> None:
    asked = answering(client, *statuses)
    assert post(client, {"c=": ["{}"]}, seconds=60) == {"c=": outcome}
    assert asked == ["http://127.0.0.1:9/live/@connections/c%3D"] * attempts


def test_a_connection_that_is_let_go_is_not_told_the_rest(client: ApiGatewayManagementApiClient) -> None:
    asked = answering(client, 429)
    assert post(client, {"c": ["{}"] * 10}, seconds=60) == {"c": Outcome.LET_GO}
    assert len(asked) == 3
