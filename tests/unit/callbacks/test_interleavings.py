"""The callback plane under every interleaving: the functions' own code, on a mailbox in memory.

An execution waits, is tried again, times out, fails, is redriven or replaced by a replay; a vendor posts webhooks and
hints: early, late, twice and in any order. What Lambda runs for them are workers that stand still after each call, so
that any of them may go on next, or be killed. The table's stream hands changes over until somebody has dealt with them,
unless it gives them up; then there is the sweep.

The long profile: `pytest -m long tests/unit/callbacks/test_interleavings.py`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import get_ident
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from callbacks import sweep as sweep_module
from callbacks.confirm import confirm, logger
from callbacks.handshake import Registered, complete, wait_for_delivery
from callbacks.mailbox import Attempt, Box, RecordedDelivery, Resumption, State, correlation_key
from callbacks.mailbox_table import Recorded
from callbacks.sweep import sweep
from saas.errors import AwsUnavailable
from saas.port import Delivery, Status
from tests.unit.callbacks.memory import Execution, Memory, Reversing, token_in
from tests.unit.callbacks.stepping import Worker, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORT, LONG = 100, 10_000
CAMPAIGN = "cmp_1"
KEY = correlation_key("pigeon", CAMPAIGN)
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Stream:
    """Changes that nobody has dealt with yet."""

    pending: set[int] = field(default_factory=set)
    seen: int = 0

    def follow(self, changes: int) -> None:
        """Hand over what has changed since."""
        self.pending |= set(range(self.seen, changes))
        self.seen = changes


class Table(Memory):
    """The mailbox, seen by whoever checks in which order deliveries are taken up."""

    def __init__(self) -> None:
        super().__init__()
        # By the thread of the worker.
        self.loaded: dict[int, tuple[RecordedDelivery, ...]] = {}
        self.took_up: Callable[[Box, tuple[RecordedDelivery, ...]], None] = lambda _box, _deliveries: None

    def load(self, key: str) -> tuple[Box | None, tuple[RecordedDelivery, ...]]:
        loaded = super().load(key)
        self.loaded[get_ident()] = loaded[1]
        return loaded

    def _store(self, box: Box) -> None:
        if box.state is State.RESUMING:
            self.took_up(box, self.loaded[get_ident()])
        super()._store(box)


class Vendor:
    """The vendor's API."""

    name = "pigeon"

    def __init__(self) -> None:
        self.says = Status.PENDING

    def status(self, _: str) -> Status:
        says = self.says
        stop("status")
        return says


class CallbackPlane(RuleBasedStateMachine):
    """Everything that can happen to the mailbox of one campaign."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.vendor = Table(), Vendor()
        self.table.took_up = self.check_order
        self.executions: list[Execution] = []
        self.workers: dict[Worker, Callable[[Worker], None]] = {}
        self.stream, self.hints = Stream(), Stream()
        self.opened = False
        self.given_up = False
        self.sweeps = 0
        self.posted: set[str] = set()
        self.refused: set[str] = set()
        self.begin(replays="")

    # the execution

    @property
    def execution(self) -> Execution:
        return self.executions[-1]

    def begin(self, replays: str) -> None:
        """Start an execution: its first task opens the mailbox, and is tried again where it is killed."""
        name = f"execution-{len(self.executions)}"
        self.executions.append(Execution(name))
        self.opened = False

        def ended(worker: Worker) -> None:
            if worker.stops:
                self.opened = True
            else:
                self.start("SendCampaign", open_it, ended)

        def open_it() -> None:
            self.table.open(KEY, name, START, replays=replays)

        self.start("SendCampaign", open_it, ended)

    @precondition(lambda self: self.opened and not self.execution.waiting and not self.execution.ended)
    @rule()
    def the_execution_waits(self) -> None:
        self.execution.wait()
        self.register()

    @precondition(lambda self: self.execution.waits and not self.execution.ended)
    @rule()
    def the_attempt_is_tried_again(self) -> None:
        if self.execution.waiting:
            self.execution.retry()
            self.register()

    @precondition(lambda self: self.execution.waiting)
    @rule()
    def the_wait_times_out(self) -> None:
        self.execution.waiting = False

    @precondition(lambda self: self.opened and not self.execution.ended)
    @rule()
    def the_execution_fails(self) -> None:
        self.execution.fail()

    @precondition(lambda self: self.execution.ended and self.execution.waits)
    @rule()
    def the_execution_is_redriven(self) -> None:
        self.execution.redrive()
        self.register()

    @precondition(lambda self: self.execution.ended and len(self.executions) < 4)
    @rule()
    def another_execution_replays_it(self) -> None:
        self.begin(replays=self.execution.name)

    def register(self) -> None:
        """AwaitStatus: a Lambda function that is called with the token of the attempt."""
        execution = self.execution
        token, attempt = execution.token, Attempt(execution.waits, START, START + timedelta(minutes=execution.attempts))
        consumed = execution.last_consumed

        def await_status() -> Registered:
            return wait_for_delivery(
                self.table,
                Reversing(),
                correlation_key=KEY,
                execution_id=execution.name,
                attempt=attempt,
                token=token,
                consumed_delivery=consumed,
            )

        def ended(worker: Worker) -> None:
            current = execution.waiting and execution.token == token
            if current and worker.result is not Registered.WAITING:
                execution.waiting = False  # Step Functions is told that the function failed
            if current and worker.error is None:
                assert worker.result in (None, Registered.WAITING), "the newest attempt is never sent away"

        self.start(f"AwaitStatus {token}", await_status, ended)

    # the vendor

    @rule(number=st.integers(0, 5), minutes=st.integers(0, 5), hint=st.booleans())
    def a_webhook_comes_perhaps_again(self, number: int, minutes: int, hint: bool) -> None:
        event_id = f"d{number}"
        at = START + timedelta(minutes=minutes)
        delivery = Delivery(event_id, CAMPAIGN, None if hint else Status.PENDING, at)
        before = event_id in (self.table.hints if hint else self.table.deliveries)
        recorded = self.table.record(KEY, delivery, at)
        expected = Recorded.DUPLICATE if before else Recorded.NEW
        assert recorded is (expected if self.table.box else Recorded.UNKNOWN_MAILBOX)
        self.posted.add(event_id)
        if recorded is Recorded.UNKNOWN_MAILBOX:
            self.refused.add(event_id)
        self.follow()

    @rule()
    def the_campaign_is_through(self) -> None:
        self.vendor.says = Status.SUCCESS

    # what the stream invokes

    def follow(self) -> None:
        self.stream.follow(self.table.changes)
        self.hints.follow(len(self.table.hints))

    @precondition(lambda self: self.stream.pending)
    @rule()
    def the_resume_function_is_called(self) -> None:
        self.start("resume", lambda: complete(self.table, self, KEY), self.done(self.stream))

    @precondition(lambda self: self.hints.pending)
    @rule()
    def the_confirm_function_is_called(self) -> None:
        vendor: Any = self.vendor
        table: Any = self.table
        self.start("confirm", lambda: confirm(table, vendor, CAMPAIGN, START), self.done(self.hints))

    def done(self, stream: Stream) -> Callable[[Worker], None]:
        """What ends the hand-over of what is pending now, unless the worker did not come to its end."""
        taken = set(stream.pending)

        def ended(worker: Worker) -> None:
            if worker.error is None and not worker.killed:
                stream.pending -= taken

        return ended

    @precondition(lambda self: self.stream.pending)
    @rule()
    def the_stream_gives_up(self) -> None:
        self.stream.pending.clear()
        self.given_up = True

    @rule()
    def the_sweep_function_is_called(self) -> None:
        table: Any = self.table
        self.sweeps += 1
        at = START + timedelta(hours=self.sweeps)
        self.start("sweep", lambda: sweep(table, at, timedelta(hours=1)), lambda _: None)

    def resume(self, resumption: Resumption) -> Any:
        """Step Functions: a token is of the execution whose name it has."""
        token = token_in(resumption)
        execution = next(one for one in self.executions if token.startswith(f"token-{one.name}-"))
        return execution.resume(resumption)

    # who goes on

    def start(self, name: str, work: Callable[[], Any], ended: Callable[[Worker], None]) -> None:
        self.workers[Worker(name, work)] = ended

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def a_worker_goes_on(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(list(self.workers)))
        worker.step()
        self.look_after(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def a_worker_is_killed(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(list(self.workers)))
        worker.kill()
        self.look_after(worker)

    def look_after(self, worker: Worker) -> None:
        if worker.ended:
            assert worker.error is None or isinstance(worker.error, AwsUnavailable)
            self.workers.pop(worker)(worker)
        self.follow()

    # what always holds

    def check_order(self, box: Box, deliveries: tuple[RecordedDelivery, ...]) -> None:
        """A delivery is taken up that was not consumed, and of those that were there the one that occurred first."""
        [execution] = [one for one in self.executions if one.name == box.execution_id]
        undelivered = [one for one in deliveries if one.event_id not in execution.consumed]
        first = min(undelivered, key=lambda one: (one.occurred_at, one.received_at, one.event_id))
        assert first.event_id == box.delivery

    @invariant()
    def no_delivery_is_consumed_twice(self) -> None:
        for execution in self.executions:
            assert len(set(execution.consumed)) == len(execution.consumed)

    @invariant()
    def no_token_is_used_for_two_deliveries(self) -> None:
        for execution in self.executions:
            assert all(len(deliveries) == 1 for deliveries in execution.used.values())

    @invariant()
    def what_was_posted_is_on_record_or_was_refused(self) -> None:
        assert self.posted <= self.table.deliveries.keys() | self.table.hints | self.refused

    def teardown(self) -> None:
        """However it was left: what waits is resumed, and who goes on waiting gets everything, once and in order."""
        self.settle()
        self.check_rest()
        if self.execution.ended:
            self.begin(replays=self.execution.name)
            self.settle()
        for _ in range(len(self.table.deliveries) + 1):
            if not self.execution.waiting:
                self.the_execution_waits()
            self.settle()
        assert set(self.execution.consumed) == set(self.table.deliveries)
        self.no_delivery_is_consumed_twice()

    def settle(self) -> None:
        """Let all workers come to an end, and the streams hand over what there is."""
        while self.workers or self.stream.pending or self.hints.pending or self.given_up:
            if self.given_up:
                self.given_up = False
                self.the_sweep_function_is_called()
            for worker in list(self.workers):
                worker.finish()
                self.look_after(worker)
            if self.stream.pending:
                self.the_resume_function_is_called()
            if self.hints.pending:
                self.the_confirm_function_is_called()

    def check_rest(self) -> None:
        """A delivery that was not consumed is on record, and so is why: nobody waits, or the token was dead."""
        rest = self.table.deliveries.keys() - set(self.execution.consumed)
        if not rest or self.table.box is None:
            return
        assert not self.execution.waiting
        assert self.table.box.state in (State.OPEN, State.SETTLED)
        assert self.table.box.state is State.OPEN or self.table.box.outcome is not None


@pytest.fixture(autouse=True)
def _quiet(function_environment: pytest.MonkeyPatch) -> Iterator[None]:
    """What functions log and count of so many calls is not kept."""
    function_environment.setattr(sweep_module, "count", lambda *_, **__: None)
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def prove(examples: int) -> None:
    run_state_machine_as_test(
        CallbackPlane,
        settings=settings(
            max_examples=examples,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_each_delivery_resumes_once_and_in_order_whatever_happens() -> None:
    prove(SHORT)


@pytest.mark.long
def test_each_delivery_resumes_once_and_in_order_whatever_happens_at_length() -> None:
    prove(LONG)
