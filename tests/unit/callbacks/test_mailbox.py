"""The mailbox's decisions. Their invariants under every interleaving: `test_interleavings`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    open_for,
    register,
    settle,
)
from saas.errors import AwsUnavailable
from tests.unit.callbacks.memory import Execution, Memory, Reversing

KEY = correlation_key("pigeon", "cmp_1")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ATTEMPT = Attempt(1, START, START)
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


@pytest.mark.parametrize("replays", ["", "execution"])
def test_the_first_to_come_opens_the_mailbox(replays: str) -> None:
    assert open_for(None, KEY, "replay", replays) == Box(KEY, "replay", version=1)


@pytest.mark.parametrize(("execution", "replays"), [("execution", ""), ("other", ""), ("other", "a third one")])
def test_a_mailbox_stays_with_its_execution(execution: str, replays: str) -> None:
    assert open_for(OPEN, KEY, execution, replays) is None


def test_an_execution_that_replays_another_gets_its_mailbox_as_a_new_version_with_nothing_consumed() -> None:
    settled = settle(chosen(waiting(), delivery("d1")).box, Outcome.ACCEPTED)
    assert open_for(settled, KEY, "replay", "execution") == Box(KEY, "replay", version=settled.version + 1)


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
    [
        ATTEMPT,
        replace(ATTEMPT, waits=0, called_at=START + timedelta(hours=1)),
        replace(ATTEMPT, entered_at=START - timedelta(microseconds=1), called_at=START + timedelta(hours=1)),
    ],
)
def test_an_attempt_that_is_not_newer_changes_nothing(older: Attempt) -> None:
    assert register(waiting(), older, b"other", "") is None


def test_a_token_is_in_no_representation() -> None:
    box = waiting()
    assert "token'" not in repr(box)
    assert "token'" not in repr(chosen(box, delivery("d1")))


TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())
ATTEMPTS = st.builds(
    Attempt,
    st.integers(0, 99_999),
    TIMES,
    TIMES,
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
    memory.deliveries["d1"] = delivery("d1")
    execution = Execution()
    with pytest.raises(AwsUnavailable, match="VersionConflict"):
        complete(memory, execution, KEY)
    assert not execution.used


@given(minutes=st.lists(st.integers(0, 100), unique=True, max_size=8), data=st.data())
def test_deliveries_come_through_in_the_order_in_which_they_occurred(minutes: list[int], data: st.DataObject) -> None:
    memory, execution = Memory(OPEN), Execution()
    for minute in data.draw(st.permutations(minutes)):
        memory.deliveries[f"d{minute}"] = delivery(f"d{minute}", minute)
    for _ in minutes:
        execution.wait()
        wait_for_delivery(
            memory,
            Reversing(),
            correlation_key=KEY,
            execution_id="execution",
            attempt=Attempt(execution.waits, START, START),
            token=execution.token,
            consumed_delivery=execution.last_consumed,
        )
        assert complete(memory, execution, KEY) is Outcome.ACCEPTED
        assert complete(memory, execution, KEY) is None
    assert execution.consumed == [f"d{minute}" for minute in sorted(minutes)]
