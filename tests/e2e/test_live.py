"""The live push as it is deployed: who is let in, and that nothing of an execution that is followed is missed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from console.live.connections import Connections, Who
from local import outputs
from local.vendors.settings import Behaviour, Outcome
from tests.e2e.test_console_api import Person, path_of, sign_in
from tests.eventually import PATIENCE_SECONDS, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.deployment import Deployment
    from tests.e2e.bench import Campaigns


@pytest.fixture(scope="module")
def viewer(deployment: Deployment) -> Person:
    return sign_in(deployment, "viewers")


def table_of(deployment: Deployment) -> str:
    """The name of the table of connections."""
    resources = deployment.aws.cloudformation.describe_stack_resources(StackName=outputs.CONSOLE)["StackResources"]
    [name] = [
        each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"].startswith("LiveConnections")
    ]
    return name


@dataclass
class Page:
    """A page of the console, as far as it is live: a connection, and what came over it."""

    connection: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    def send(self, text: str) -> None:
        self.connection.send(text)

    def ask(self, action: str, **rest: str) -> None:
        self.send(json.dumps({"action": action, **rest}))

    def hear(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self.connection.recv(timeout=PATIENCE_SECONDS))
        self.heard.append(message)
        return message

    def hear_of(self, **expected: str) -> None:
        """Wait for the next message that says this, whatever else comes before it."""
        while not expected.items() <= self.hear().items():
            pass

    def has_heard_of(self, **expected: str) -> None:
        """Wait for a message that says this, unless it has come already."""
        if not any(expected.items() <= message.items() for message in self.heard):
            self.hear_of(**expected)


def ticket_for(person: Person) -> str:
    status, answer = person.post("/live/ticket")
    assert (status, answer["expires_in"]) == (201, 30), answer
    return str(answer["ticket"])


def address(deployment: Deployment, ticket: str) -> str:
    return f"{deployment.outputs.local_live_url(deployment.aws.url)}?ticket={ticket}"


@contextmanager
def page(deployment: Deployment, person: Person) -> Iterator[Page]:
    """A page of somebody who has signed in."""
    with connect(address(deployment, ticket_for(person)), proxy=None) as connection:
        yield Page(connection)


def refused(url: str) -> int:
    with pytest.raises(InvalidStatus) as caught:
        connect(url, proxy=None)
    return caught.value.response.status_code


def test_a_ticket_lets_in_once_and_nobody_gets_in_without_one(deployment: Deployment, viewer: Person) -> None:
    url = address(deployment, ticket_for(viewer))
    with connect(url, proxy=None) as connection:
        connection.send('{"action": "ping"}')
        assert json.loads(connection.recv(timeout=PATIENCE_SECONDS)) == {"kind": "pong"}
        assert refused(url) == 403
    assert refused(url.partition("?")[0]) == 403
    assert refused(address(deployment, "guessed")) == 403


def test_an_expired_ticket_lets_nobody_in(deployment: Deployment) -> None:
    connections = Connections(deployment.aws.dynamodb, table_of(deployment))
    ticket = connections.make_ticket(Who("2", "vera"), datetime.now(UTC) - timedelta(seconds=31))
    assert refused(address(deployment, ticket)) == 403


def test_who_has_not_signed_in_gets_no_ticket(viewer: Person) -> None:
    assert Person(viewer.url, "").post("/live/ticket")[0] == 401


def test_what_makes_no_sense_is_answered_and_the_connection_goes_on(deployment: Deployment, viewer: Person) -> None:
    with page(deployment, viewer) as here:
        for nonsense in ("{", "[]", '"follow"', '{"action": "dance"}', '{"action": "follow"}', "\x00"):
            here.send(nonsense)
            assert here.hear()["kind"] == "error"
        here.ask("ping")
        assert here.hear() == {"kind": "pong"}


class Reader:
    """Reads the history of an execution as a page does: after each hint, from where it stopped."""

    def __init__(self, person: Person, arn: str) -> None:
        self._person, self._path = person, f"{path_of(arn)}/history"
        self._after: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []

    def catch_up(self) -> None:
        more = True
        while more:
            status, found = self._person.get(self._path, **self._after)
            assert status == 200, found
            self.events += found["events"]
            self._after, more = {"after": found["next"]}, found["more"]

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1]["type"] in ("ExecutionSucceeded", "ExecutionFailed")


def test_an_execution_is_followed_to_its_end_without_a_gap(
    deployment: Deployment, campaigns: Campaigns, viewer: Person
) -> None:
    with page(deployment, viewer) as here, page(deployment, viewer) as elsewhere:
        _, arn = campaigns.request(Behaviour(outcome=Outcome.SUCCESS, step_seconds=1), subject="Followed")
        execution = {"workflow": "email-campaign", "name": arn.rpartition(":")[2]}
        reader = Reader(viewer, arn)
        here.ask("follow", **execution)
        here.hear_of(kind="following", **execution)
        hints = 0
        reader.catch_up()
        while not reader.ended:
            here.hear_of(kind="history", **execution)
            hints += 1
            reader.catch_up()
        assert hints >= 2, "it took its time, so there was more than one thing to tell"
        assert [event["id"] for event in reader.events] == list(range(1, len(reader.events) + 1))
        for each in (here, elsewhere):
            each.has_heard_of(kind="status", **execution, status="SUCCEEDED")
        assert not [message for message in elsewhere.heard if message["kind"] == "history"], "it follows nothing"


def test_what_was_missed_while_the_connection_was_lost_is_caught_up(
    deployment: Deployment, campaigns: Campaigns, viewer: Person
) -> None:
    with page(deployment, viewer) as here:
        _, arn = campaigns.request(Behaviour(outcome=Outcome.SUCCESS, step_seconds=1), subject="Lost")
        reader = Reader(viewer, arn)
        here.ask("follow", workflow="email-campaign", name=arn.rpartition(":")[2])
        here.hear_of(kind="following")
        reader.catch_up()
    campaigns.end(arn)
    with page(deployment, viewer) as again:
        again.ask("follow", workflow="email-campaign", name=arn.rpartition(":")[2])
        again.hear_of(kind="following")
        reader.catch_up()
    assert reader.ended
    assert [event["id"] for event in reader.events] == list(range(1, len(reader.events) + 1))


def test_all_hear_of_a_failure_that_is_published(deployment: Deployment, campaigns: Campaigns, viewer: Person) -> None:
    with page(deployment, viewer) as one, page(deployment, viewer) as other:
        _, arn = campaigns.request(Behaviour(outcome=Outcome.FAILED, step_seconds=0), subject="Fails, live")
        for each in (one, other):
            each.hear_of(kind="failures")
        assert campaigns.end(arn) == "FAILED"


def test_a_connection_that_is_killed_is_forgotten(deployment: Deployment, viewer: Person) -> None:
    connections = Connections(deployment.aws.dynamodb, table_of(deployment))
    eventually(lambda: not list(connections.all(datetime.now(UTC))), "the end of all earlier connections")
    with page(deployment, viewer) as here:
        [_] = connections.all(datetime.now(UTC))
        here.connection.socket.shutdown(2)
        eventually(lambda: not list(connections.all(datetime.now(UTC))), "the end of the killed connection")


def test_a_connection_that_died_unnoticed_is_dropped_by_the_next_push(
    deployment: Deployment, campaigns: Campaigns
) -> None:
    connections = Connections(deployment.aws.dynamodb, table_of(deployment))
    connections.open("died-unnoticed", Who("2", "vera"), datetime.now(UTC) - timedelta(minutes=1))
    campaigns.request(Behaviour(outcome=Outcome.SUCCESS, step_seconds=0), subject="Drops")
    eventually(lambda: not connections.is_open("died-unnoticed"), "the end of the dead connection")
