"""The table of the live push: what holds for tickets and connections whatever runs at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from console.live.connections import CONNECTION_LIFE, OPENING, TICKET_LIFE, Connection, Connections, Execution, Who

if TYPE_CHECKING:
    from tests.unit.cloud import Aws

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VERA = Who("2", "vera")
ONE, OTHER = Execution("email-campaign", "one"), Execution("email-campaign", "other")


@pytest.fixture
def table(aws: Aws) -> str:
    return aws.table("kind", "id")


@pytest.fixture
def connections(aws: Aws, table: str) -> Connections:
    return Connections(aws.dynamodb, table)


def test_a_ticket_lets_in_whom_it_was_made_for_and_once(connections: Connections) -> None:
    ticket = connections.make_ticket(VERA, NOW)
    assert connections.take_ticket(ticket, NOW) == VERA
    assert connections.take_ticket(ticket, NOW) is None
    assert connections.take_ticket("no ticket", NOW) is None
    assert connections.take_ticket("", NOW) is None


def test_of_those_who_come_with_one_ticket_at_once_one_is_let_in(connections: Connections) -> None:
    ticket = connections.make_ticket(VERA, NOW)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: connections.take_ticket(ticket, NOW), range(16)))
    assert [who for who in taken if who] == [VERA]


def test_a_ticket_is_refused_once_it_has_expired_though_it_is_still_stored(
    aws: Aws, table: str, connections: Connections
) -> None:
    ticket = connections.make_ticket(VERA, NOW)
    assert connections.take_ticket(ticket, NOW + TICKET_LIFE) is None
    assert len(aws.items(table)) == 1
    assert connections.take_ticket(ticket, NOW + TICKET_LIFE - timedelta(seconds=1)) == VERA


def test_a_ticket_is_long_and_not_stored(aws: Aws, table: str, connections: Connections) -> None:
    tickets = {connections.make_ticket(VERA, NOW) for _ in range(5)}
    assert {len(ticket) for ticket in tickets} == {43}, "256 bits in base64"
    stored = repr(aws.items(table))
    assert not [ticket for ticket in tickets if ticket in stored]


def test_what_is_stored_expires(aws: Aws, table: str, connections: Connections) -> None:
    connections.make_ticket(VERA, NOW)
    connections.open("c", VERA, NOW)
    lives = {item["kind"]["S"]: int(item["expires_at"]["N"]) - int(NOW.timestamp()) for item in aws.items(table)}
    assert lives == {"ticket": TICKET_LIFE.total_seconds(), "connection": CONNECTION_LIFE.total_seconds()}
    assert list(connections.all(NOW + CONNECTION_LIFE)) == []


def test_a_connection_follows_one_execution_or_none(connections: Connections) -> None:
    connections.open("c", VERA, NOW)
    assert list(connections.all(NOW)) == [Connection("c", None)]
    assert connections.follow("c", ONE)
    assert connections.follow("c", OTHER)
    assert list(connections.all(NOW)) == [Connection("c", OTHER)]
    assert connections.unfollow("c")
    assert list(connections.all(NOW)) == [Connection("c", None)]


@pytest.mark.parametrize("late", [lambda c: c.follow("c", ONE), lambda c: c.unfollow("c")], ids=["follow", "unfollow"])
def test_what_crosses_the_end_of_its_connection_leaves_nothing(
    aws: Aws,
    table: str,
    connections: Connections,
    late: object,
) -> None:
    assert callable(late)
    connections.open("c", VERA, NOW)
    connections.close("c")
    assert late(connections) is False
    assert aws.items(table) == []
    connections.open("c", VERA, NOW)
    assert late(connections) is True
    connections.close("c")
    assert aws.items(table) == []


def test_a_connection_that_may_only_be_opening_is_not_dropped(connections: Connections) -> None:
    connections.open("c", VERA, NOW)
    assert not connections.drop("c", NOW + OPENING)
    assert connections.is_open("c")
    assert connections.drop("c", NOW + OPENING + timedelta(seconds=1))
    assert not connections.is_open("c")
    assert not connections.drop("c", NOW + timedelta(hours=1))


def test_all_connections_are_found_and_no_tickets(connections: Connections) -> None:
    ids = {f"connection-{number}" for number in range(40)}
    for each in ids:
        connections.open(each, VERA, NOW)
    connections.make_ticket(VERA, NOW)
    assert {connection.id for connection in connections.all(NOW)} == ids
