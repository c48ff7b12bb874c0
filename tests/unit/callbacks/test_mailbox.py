"""The mailbox's decisions, and its invariants under every interleaving that can be thought of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from callbacks.handshake import Registered, complete, wait_for_delivery
from callbacks.mailbox import (
    Attempt,
    Box,
    Outcome,
    RecordedDelivery,
    Resumption,
    State,
    choose,
    correlation_key,
    register,
    settle,
)
from saas.errors import AwsUnavailable
from tests.unit.callbacks.memory import Execution, Memory, Reversing

KEY = correlation_key("pigeon", "cmp_1")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ATTEMPT = Attempt(1, START, 0)
OPEN = Box(KEY, "execution")


def delivery(event_id: str, minutes: int = 0, status: str = "pending") -> RecordedDelivery:
    occurred_at = START + timedelta(minutes=minutes)
    return RecordedDelivery(event_id, status, occurred_at, occurred_at)


def waiting(box: Box = OPEN, attempt: Attempt = ATTEMPT, consumed: str = "") -> Box:
    box_that_waits = register(box, attempt, b"token", consumed)
    assert box_that_waits is not None
    return box_that_waits


def chosen(box: Box, *deliveries: RecordedDelivery) -> Resumption:
    resumption = choose(box, deliveries)
    assert resumption is not None
    return resumption


def test_nothing_is_resumed_before_a_token_is_there() -> None:
    assert choose(OPEN, [delivery("d1")]) is None


def test_nothing_is_resumed_before_a_delivery_is_there() -> None:
    assert choose(waiting(), []) is None


def test_a_delivery_that_came_first_resumes_the_attempt_that_comes_second() -> None:
    assert chosen(waiting(), delivery("d1")).delivery.event_id == "d1"


def test_what_occurred_first_is_used_first_in_whichever_order_it_came() -> None:
    late, early = delivery("a", minutes=2), replace(delivery("b"), received_at=START + timedelta(hours=1))
    assert chosen(waiting(), late, early).delivery == early


def test_a_delivery_in_flight_is_kept_while_others_come() -> None:
    resuming = chosen(waiting(), delivery("d2", minutes=2)).box
    again = chosen(resuming, delivery("d1"), delivery("d2", minutes=2))
    assert (again.delivery.event_id, again.box) == ("d2", resuming)


def test_a_settled_attempt_is_not_resumed_again() -> None:
    settled = settle(chosen(waiting(), delivery("d1")).box, Outcome.ACCEPTED)
    assert settled.state is State.SETTLED
    assert choose(settled, [delivery("d1"), delivery("d2")]) is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_settled_attempt_has_no_token_any_more(outcome: Outcome) -> None:
    assert settle(chosen(waiting(), delivery("d1")).box, outcome).token is None


def test_an_accepted_delivery_is_consumed_whatever_the_execution_says_next() -> None:
    settled = settle(chosen(waiting(), delivery("d1")).box, Outcome.ACCEPTED)
    assert choose(waiting(settled, replace(ATTEMPT, waits=2)), [delivery("d1")]) is None


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.UNKNOWN_TASK, Outcome.INVALID, Outcome.UNREADABLE])
def test_a_delivery_that_met_a_dead_token_resumes_the_next_attempt(outcome: Outcome) -> None:
    settled = settle(chosen(waiting(), delivery("d1")).box, outcome)
    assert chosen(waiting(settled, replace(ATTEMPT, waits=2)), delivery("d1")).delivery.event_id == "d1"


def test_a_delivery_whose_acceptance_got_lost_is_consumed_when_the_execution_says_so() -> None:
    resuming = chosen(waiting(), delivery("d1")).box
    assert choose(waiting(resuming, replace(ATTEMPT, waits=2), consumed="d1"), [delivery("d1")]) is None


@pytest.mark.parametrize(
    "older",
    [ATTEMPT, replace(ATTEMPT, waits=0), replace(ATTEMPT, entered_at=START - timedelta(microseconds=1), retry_count=9)],
)
def test_an_attempt_that_is_not_newer_changes_nothing(older: Attempt) -> None:
    assert register(waiting(), older, b"other", "") is None


def test_a_token_is_in_no_representation() -> None:
    box = waiting()
    assert "token'" not in repr(box)
    assert "token'" not in repr(chosen(box, delivery("d1")))


ATTEMPTS = st.builds(
    Attempt,
    st.integers(0, 99_999),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()),
    st.integers(0, 99_999),
)


@given(ATTEMPTS, ATTEMPTS)
def test_order_keys_sort_as_attempts_do(one: Attempt, other: Attempt) -> None:
    assert (one.order_key < other.order_key) == (one < other)


def register_with(memory: Memory, execution_id: str = "execution") -> Registered:
    return wait_for_delivery(
        memory,
        Reversing(),
        correlation_key=KEY,
        execution_id=execution_id,
        attempt=ATTEMPT,
        token="token-1-0",
        consumed_delivery="",
    )


def test_an_attempt_without_a_mailbox_is_told_so() -> None:
    assert register_with(Memory(None)) is Registered.NO_MAILBOX


def test_an_attempt_of_another_execution_does_not_get_the_mailbox() -> None:
    memory = Memory(OPEN)
    assert register_with(memory, "stranger") is Registered.FOREIGN_MAILBOX
    assert memory.box == OPEN


class AlwaysSlower(Memory):
    """A mailbox where somebody else is always faster."""

    def save(self, before: Box, after: Box) -> bool:
        self.box = replace(before, version=before.version + 1)
        return super().save(before, after)


def test_a_registration_that_is_always_slower_is_tried_again_later() -> None:
    with pytest.raises(AwsUnavailable, match="VersionConflict"):
        register_with(AlwaysSlower(OPEN))


def test_a_resumption_that_is_always_slower_is_tried_again_later() -> None:
    memory = AlwaysSlower(waiting())
    memory.record(delivery("d1"))
    execution = Execution()
    with pytest.raises(AwsUnavailable, match="VersionConflict"):
        complete(memory, execution, KEY)
    assert not execution.used


@dataclass
class Registration:
    """A running AwaitStatus: what it was given, and what it has read."""

    attempt: Attempt
    token: str
    consumed: str
    read: Box


@dataclass
class Flight:
    """A running resumption: the box that it has read, and what it chose; `outcome` once it has used the token."""

    read: Box
    resumption: Resumption
    stored: bool = False
    outcome: Outcome | None = None


class Interleavings(RuleBasedStateMachine):
    """Registrations, resumptions, deliveries, time-outs, retries and crashes, each step of each in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory(OPEN)
        self.execution = Execution()
        self.registrations: list[Registration] = []
        self.flights: list[Flight] = []

    @rule(number=st.integers(0, 5), minutes=st.integers(0, 5))
    def a_delivery_arrives_perhaps_again(self, number: int, minutes: int) -> None:
        self.memory.record(delivery(f"d{number}", minutes))

    @precondition(lambda self: not self.execution.waiting)
    @rule()
    def the_execution_waits(self) -> None:
        self.execution.wait()
        self._invoke()

    @precondition(lambda self: self.execution.waiting)
    @rule()
    def the_wait_times_out(self) -> None:
        self.execution.waiting = False

    @precondition(lambda self: self.execution.waiting)
    @rule()
    def the_wait_is_tried_again(self) -> None:
        self.execution.retry()
        self._invoke()

    def _invoke(self) -> None:
        assert self.memory.box is not None
        execution = self.execution
        attempt = Attempt(execution.waits, START, execution.retry_count)
        consumed = execution.consumed[-1] if execution.consumed else ""
        self.registrations.append(Registration(attempt, execution.token, consumed, self.memory.box))

    @precondition(lambda self: self.registrations)
    @rule(data=st.data())
    def a_registration_stores_or_reads_again(self, data: st.DataObject) -> None:
        registration = data.draw(st.sampled_from(self.registrations))
        self._step(registration)

    def _step(self, registration: Registration) -> None:
        assert self.memory.box is not None
        token = Reversing().encrypt(registration.token, KEY, registration.attempt.order_key)
        box = register(registration.read, registration.attempt, token, registration.consumed)
        if box is None or self.memory.save(registration.read, box):
            self.registrations.remove(registration)
        else:
            registration.read = self.memory.box

    @rule()
    def a_resumption_reads(self) -> None:
        box, deliveries = self.memory.load(KEY)
        assert box is not None
        if resumption := choose(box, deliveries):
            self.flights.append(Flight(box, resumption, stored=resumption.box is box))

    @precondition(lambda self: any(not flight.stored for flight in self.flights))
    @rule(data=st.data())
    def a_resumption_takes_up_its_delivery(self, data: st.DataObject) -> None:
        flight = data.draw(st.sampled_from([flight for flight in self.flights if not flight.stored]))
        flight.stored = self.memory.save(flight.read, flight.resumption.box)
        if not flight.stored:
            self.flights.remove(flight)

    @precondition(lambda self: any(flight.stored for flight in self.flights))
    @rule(data=st.data())
    def a_resumption_uses_its_token(self, data: st.DataObject) -> None:
        flight = data.draw(st.sampled_from([flight for flight in self.flights if flight.stored]))
        flight.outcome = self.execution.resume(flight.resumption)

    @precondition(lambda self: any(flight.outcome for flight in self.flights))
    @rule(data=st.data())
    def a_resumption_settles(self, data: st.DataObject) -> None:
        flight = data.draw(st.sampled_from([flight for flight in self.flights if flight.outcome]))
        assert flight.outcome is not None
        self.memory.save(flight.resumption.box, settle(flight.resumption.box, flight.outcome))
        self.flights.remove(flight)

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def a_resumption_crashes(self, data: st.DataObject) -> None:
        self.flights.remove(data.draw(st.sampled_from(self.flights)))

    @invariant()
    def no_delivery_is_consumed_twice(self) -> None:
        assert len(set(self.execution.consumed)) == len(self.execution.consumed)

    @invariant()
    def no_token_is_used_for_two_deliveries(self) -> None:
        assert all(len(deliveries) == 1 for deliveries in self.execution.used.values())

    def teardown(self) -> None:
        """However it was left: what waits is resumed when all has settled, and what goes on waiting gets everything."""
        while self.registrations:
            self._step(self.registrations[-1])
        complete(self.memory, self.execution, KEY)
        assert not self.execution.waiting or set(self.execution.consumed) == set(self.memory.deliveries)
        for _ in self.memory.deliveries:
            self.execution.wait()
            self._invoke()
            while self.registrations:
                self._step(self.registrations[-1])
            complete(self.memory, self.execution, KEY)
        assert set(self.execution.consumed) == set(self.memory.deliveries)
        self.no_delivery_is_consumed_twice()
        self.no_token_is_used_for_two_deliveries()


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


@given(minutes=st.lists(st.integers(0, 100), unique=True, max_size=8), data=st.data())
def test_deliveries_come_through_in_the_order_in_which_they_occurred(minutes: list[int], data: st.DataObject) -> None:
    memory, execution = Memory(OPEN), Execution()
    for minute in data.draw(st.permutations(minutes)):
        memory.record(delivery(f"d{minute}", minute))
    for _ in minutes:
        execution.wait()
        wait_for_delivery(
            memory,
            Reversing(),
            correlation_key=KEY,
            execution_id="execution",
            attempt=Attempt(execution.waits, START, 0),
            token=execution.token,
            consumed_delivery=execution.consumed[-1] if execution.consumed else "",
        )
        assert complete(memory, execution, KEY) is Outcome.ACCEPTED
        assert complete(memory, execution, KEY) is None
    assert execution.consumed == [f"d{minute}" for minute in sorted(minutes)]
