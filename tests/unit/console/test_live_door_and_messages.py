"""The WebSocket API's functions: who is let in, and what clients are answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callbacks.clients import dynamodb
from console.live import clients, door, messages
from console.live.connections import Connection, Connections, Execution, Who
from infra.constructs.live import ACTIONS
from tests.unit.conftest import LambdaContext, set_function_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.cloud import Aws
    from tests.unit.conftest import Heard

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:email-campaign"
VERA = Who("2", "vera")


class Management:
    """The connections of the WebSocket API: what was posted to them."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - as boto3 has it
        assert ConnectionId == "c"
        self.posted.append(json.loads(Data))


@pytest.fixture
def table(aws: Aws, function_environment: pytest.MonkeyPatch) -> str:
    name = aws.table("kind", "id")
    function_environment.setenv("CONNECTIONS_TABLE", name)
    function_environment.setenv("STATE_MACHINES", MACHINE)
    return name


@pytest.fixture
def connections(aws: Aws, table: str) -> Connections:
    return Connections(aws.dynamodb, table)


@pytest.fixture
def management(aws: Aws) -> Iterator[Management]:
    del aws  # forgets its clients last
    management = Management()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "management", lambda: management)
        yield management


def now() -> datetime:
    return datetime.now(UTC)


def event(route: str, body: str | None = None, query: dict[str, str] | None = None) -> dict[str, Any]:
    """What API Gateway sends for a route of a WebSocket API."""
    about = {"routeKey": route, "connectionId": "c", "stage": "live", "requestId": "r"}
    return {"requestContext": about, "body": body, "queryStringParameters": query, "isBase64Encoded": False}


def knock(**query: str) -> int:
    answer: dict[str, int] = door.handler(event("$connect", query=query or None), LambdaContext())
    return answer["statusCode"]


def test_a_ticket_opens_one_connection(connections: Connections) -> None:
    ticket = connections.make_ticket(VERA, now())
    assert knock(ticket=ticket) == 200
    assert list(connections.all(now())) == [Connection("c", None)]
    assert knock(ticket=ticket) == 401


@pytest.mark.usefixtures("table")
def test_nobody_is_let_in_without_a_ticket(connections: Connections) -> None:
    expired = connections.make_ticket(VERA, now() - timedelta(seconds=31))
    assert [knock(), knock(ticket=""), knock(ticket="guessed"), knock(ticket=expired)] == [401] * 4
    assert list(connections.all(now())) == []


def test_a_ticket_is_in_no_log(connections: Connections, heard: Heard) -> None:
    ticket = connections.make_ticket(VERA, now())
    assert [knock(ticket=ticket), knock(ticket=ticket)] == [200, 401]
    assert '"let in"' in heard.text
    assert ticket not in heard.text


@pytest.mark.usefixtures("table")
def test_while_dynamodb_does_not_answer_the_client_is_asked_to_come_again(
    management: Management, function_environment: pytest.MonkeyPatch
) -> None:
    dynamodb.cache_clear()
    function_environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    function_environment.setattr("botocore.endpoint.time.sleep", lambda _: None)
    assert knock(ticket="any") == 503
    assert send("ping") == {"statusCode": 200}
    assert [said["code"] for said in management.posted] == ["unavailable"]


def send(action: str, **rest: Any) -> dict[str, int]:
    answer: dict[str, int] = messages.handler(event(action, json.dumps({"action": action, **rest})), LambdaContext())
    return answer


def test_a_client_follows_an_execution_and_hears_so_once_it_is_stored(
    connections: Connections, management: Management
) -> None:
    connections.open("c", VERA, now())
    send("follow", workflow="email-campaign", name="one")
    assert management.posted == [{"kind": "following", "workflow": "email-campaign", "name": "one"}]
    assert list(connections.all(now())) == [Connection("c", Execution("email-campaign", "one"))]
    send("unfollow")
    send("ping")
    assert management.posted[1:] == [{"kind": "pong"}]
    assert list(connections.all(now())) == [Connection("c", None)]


def test_what_ends_is_forgotten(connections: Connections) -> None:
    connections.open("c", VERA, now())
    for _ in range(2):
        assert messages.handler(event("$disconnect"), LambdaContext()) == {"statusCode": 200}
    assert list(connections.all(now())) == []


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.usefixtures("table")
def test_a_client_that_is_not_on_record_is_asked_to_connect_again(action: str, management: Management) -> None:
    send(action, **({"workflow": "email-campaign", "name": "one"} if action == "follow" else {}))
    [said] = management.posted
    assert (said["kind"], said["code"]) == ("error", "unknown_connection")
    assert "Connect again" in said["what_to_do"]


@pytest.mark.parametrize(
    ("route", "body", "code", "told"),
    [
        ("follow", '{"action": "follow"}', "malformed", "workflow: Field required; name: Field required"),
        ("follow", '{"action": "follow", "workflow": 1, "name": "one"}', "malformed", "workflow: "),
        ("follow", '{"action": "follow", "workflow": "email-campaign", "name": ""}', "malformed", "name: "),
        ("follow", '{"action": "follow", "workflow": "email-campaign", "name": "a\\u0000"}', "malformed", "name: "),
        ("follow", '{"action": "follow", "workflow": "email-campaign", "name": "\\ud800"}', "malformed", "message: "),
        ("follow", '{"action": "follow", "workflow": "w", "name": "n", "more": 1}', "malformed", "more: "),
        ("follow", '{"action": "follow", "workflow": "moon", "name": "one"}', "unknown_workflow", "no workflow moon"),
        ("$default", "{", "unknown_action", "no JSON object with an action"),
        ("$default", None, "unknown_action", "no JSON object with an action"),
        ("$default", '{"action": "dance"}', "unknown_action", "no JSON object with an action"),
    ],
)
@pytest.mark.usefixtures("table")
def test_what_cannot_be_used_is_answered_with_what_is_wrong(
    route: str, body: str | None, code: str, told: str, management: Management
) -> None:
    assert messages.handler(event(route, body), LambdaContext()) == {"statusCode": 200}
    [said] = management.posted
    assert (said["kind"], said["code"]) == ("error", code)
    assert told in said["detail"]
    assert said["what_to_do"]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["follow", "$default"]),
    st.one_of(
        st.none(),
        st.text(),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps),
        st.fixed_dictionaries(
            {"action": st.just("follow"), "workflow": st.text(), "name": st.text() | st.integers()}
        ).map(json.dumps),
    ),
)
def test_whatever_is_sent_it_is_never_the_function_that_breaks(route: str, body: str | None) -> None:
    with pytest.MonkeyPatch.context() as environment:
        set_function_environment(environment)
        environment.setenv("CONNECTIONS_TABLE", "none")
        environment.setenv("STATE_MACHINES", MACHINE)
        management = Management()
        environment.setattr(clients, "management", lambda: management)
        assert messages.handler(event(route, body), LambdaContext()) == {"statusCode": 200}
    assert [said["kind"] for said in management.posted] == ["error"]


def test_the_actions_are_those_that_have_routes() -> None:
    assert tuple(messages.ACTIONS) == ACTIONS
