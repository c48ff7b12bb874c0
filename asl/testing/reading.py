"""What can be read of a run, while it runs and afterwards. Everything comes from the history of its execution."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from asl.engine import ExecutionStatus
from asl.engine.observer import DecisionKind
from asl.testing.errors import ExpectationError
from asl.testing.table import history_table, spell_delay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asl.engine import Execution, HistoryEvent
    from asl.engine.observer import Decision
    from asl.testing.stage import Stage
    from asl.testing.tasks import Call

Json = Any

__tracebackhide__ = True  # a failed test shows the test


@dataclass(frozen=True, slots=True)
class Retry:
    """A retrier was used: which of the state's (from 0), for which error, and how long it waits."""

    state: str
    retrier: int
    error: str
    cause: str
    delay: timedelta


@dataclass(frozen=True, slots=True)
class Catch:
    """A catcher was used: which of the state's (from 0), for which error."""

    state: str
    catcher: int
    error: str
    cause: str


class RunReading:
    """A run as it stands. `stage` is what it happens on, `execution` what the engine runs."""

    def __init__(self, stage: Stage, execution: Execution) -> None:
        self.stage = stage
        self.execution = execution

    @property
    def name(self) -> str:
        """The names of the state machine and the execution."""
        return f"{self.execution.request.state_machine_name}:{self.execution.name}"

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        return self.execution.status.value

    @property
    def succeeded(self) -> bool:
        """Whether the execution has succeeded."""
        return self.execution.status is ExecutionStatus.SUCCEEDED

    @property
    def output(self) -> Json:
        """The output of an execution that succeeded.

        Raises:
            ExpectationError: it has not.
        """
        if self.execution.output is None:
            raise ExpectationError(f"there is no output: {self.summary}")
        return json.loads(self.execution.output)

    @property
    def error(self) -> str | None:
        """The error of an execution that failed or ran out of time, None where there is none."""
        if self.execution.status is ExecutionStatus.TIMED_OUT:
            return "States.Timeout"
        return self.execution.error

    @property
    def cause(self) -> str | None:
        """The cause of the error, None where there is none."""
        return self.execution.cause

    @property
    def history(self) -> Sequence[HistoryEvent]:
        """The events so far, as GetExecutionHistory tells them."""
        return list(self.execution.history)

    def events(self, event_type: str) -> list[Mapping[str, Json]]:
        """The details of the events of one type, such as `TaskFailed`."""
        return [event.details for event in self.execution.history if event.type == event_type]

    @property
    def path(self) -> list[str]:
        """The states that were entered, in order, those inside Parallel and Map states as well."""
        return [event.details["name"] for event in self.execution.history if event.type.endswith("StateEntered")]

    @property
    def retries(self) -> list[Retry]:
        """The retriers that were used, in order."""
        return [
            Retry(one.state, one.index, one.error or "", one.cause or "", timedelta(seconds=one.delay))
            for one in self._decisions(DecisionKind.RETRY)
        ]

    @property
    def catches(self) -> list[Catch]:
        """The catchers that were used, in order."""
        return [
            Catch(one.state, one.index, one.error or "", one.cause or "") for one in self._decisions(DecisionKind.CATCH)
        ]

    @property
    def all_calls(self) -> list[Call]:
        """The attempts of Task states, in order, with what they were called with."""
        return list(self.stage.ledger.calls)

    def calls(self, state: str) -> list[Json]:
        """What each attempt of a Task state was called with: its Parameters or Arguments."""
        return [call.arguments for call in self.stage.ledger.calls if call.state == state]

    @property
    def children(self) -> list[RunReading]:
        """The executions that this one has started: of other state machines, and of distributed Map states."""
        others = (one for one in self.stage.executions if one is not self.execution)
        return [RunReading(self.stage, execution) for execution in others]

    def _decisions(self, kind: DecisionKind) -> list[Decision]:
        return [one for execution, one in self.stage.decisions if execution is self.execution and one.kind is kind]

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return datetime.fromtimestamp(self.stage.clock.now(), UTC)

    @property
    def elapsed(self) -> timedelta:
        """Virtual time since the start: until the end where there is one, else until now."""
        end = self.execution.stop_date
        until = self.stage.clock.now() if end is None else end
        return timedelta(seconds=until - self.execution.start_date)

    @property
    def summary(self) -> str:
        """One line: how it stands, its path, its retries."""
        parts = [f"{self.execution.request.state_machine_name} {self.status}"]
        if self.error is not None:
            parts.append(f"with {self.error}" + (f" ({_short(self.cause)})" if self.cause else ""))
        parts.append(f"after {spell_delay(self.elapsed.total_seconds())}, path {' > '.join(_folded(self.path))}")
        if self.retries:
            told = (f"{one.state} after {spell_delay(one.delay.total_seconds())} ({one.error})" for one in self.retries)
            parts[-1] += ", retries " + ", ".join(told)
        return " ".join(parts)

    def table(self) -> str:
        """The history, one event a line."""
        return history_table(self.execution)

    def assert_succeeded(self, output: Json = ...) -> None:
        """See that the execution has succeeded, with this output where one is given.

        Raises:
            ExpectationError: it is otherwise; the text says how it went instead.
        """
        if not self.succeeded:
            raise ExpectationError(f"expected SUCCEEDED: {self.summary}")
        if output is not ... and output != self.output:
            raise ExpectationError(f"expected the output {output!r}, got {self.output!r}: {self.summary}")

    def assert_failed(self, error: str | None = None, cause: str | None = None) -> None:
        """See that the execution has failed or timed out: with this error, and with `cause` in its cause.

        Raises:
            ExpectationError: it is otherwise; the text says how it went instead.
        """
        if self.status not in ("FAILED", "TIMED_OUT"):
            raise ExpectationError(f"expected FAILED: {self.summary}")
        if error is not None and error != self.error:
            raise ExpectationError(f"expected the error {error}, got {self.error}: {self.summary}")
        if cause is not None and cause not in (self.cause or ""):
            raise ExpectationError(f"expected {cause!r} in the cause: {self.summary}")

    def assert_path(self, *states: str) -> None:
        """See that these states were entered in this order, and no others.

        Raises:
            ExpectationError: it is otherwise; the text says where the paths part.
        """
        path = self.path
        if path == list(states):
            return
        common = next((i for i, pair in enumerate(zip(path, states, strict=False)) if len(set(pair)) > 1), None)
        at = min(len(path), len(states)) if common is None else common
        expected, taken = ([*states, "the end"][at], [*path, "the end"][at])
        raise ExpectationError(f"expected {expected} at step {at + 1}, not {taken}: {self.summary}")

    def close(self) -> None:
        """End what still runs. What has ended stays as it is."""

    def __repr__(self) -> str:
        return f"<{self.summary}>"


def _short(text: str | None, longest: int = 200) -> str:
    flat = " ".join((text or "").split())
    return flat if len(flat) <= longest else f"{flat[: longest - 3]}..."


def _folded(path: Sequence[str], most: int = 24) -> list[str]:
    if len(path) <= most:
        return list(path)
    return [*path[: most // 2], f"... {len(path) - most} more ...", *path[-most // 2 :]]
