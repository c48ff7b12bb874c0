"""The child executions of a Map Run, by index: a few bytes for each, and the whole execution while it runs.

Invariant: every item that was read is in exactly one of the counts `pending`, `running`, `succeeded`, `failed`,
`timed_out` and `aborted`, and these add up to the total; the same holds for the executions.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from asl.randomness import random_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asl.engine.execution import Execution
    from asl.engine.map_run.outcome import Outcome

KEPT: Final = 1_000
NAME_LENGTH: Final = 36
INDEX_DIGITS: Final = 8
HEXADECIMAL: Final = frozenset("0123456789abcdef")


class ChildStatus(IntEnum):
    """Where a child execution stands; one that is pending has no index yet."""

    RUNNING = 0
    SUCCEEDED = 1
    FAILED = 2
    TIMED_OUT = 3
    ABORTED = 4
    PENDING_REDRIVE = 5


UNSUCCESSFUL: Final = frozenset({ChildStatus.FAILED, ChildStatus.TIMED_OUT, ChildStatus.ABORTED})


class ChildNames:
    """The names of the child executions of one Map Run: UUIDs that tell the index of the child.

    A hundred thousand names so need no memory. All names of a Map Run begin with its `prefix`, which no other has.
    """

    __slots__ = ("_mask", "prefix")

    def __init__(self, first: str | None = None) -> None:
        """New names, or those of which the first is known."""
        if first is None:
            digits = random_bytes(16).hex()
            first = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
        self.prefix = self.prefix_of(first)
        self._mask = int(first[-INDEX_DIGITS:], 16)

    def name(self, index: int) -> str:
        """The name of the child at `index`."""
        return f"{self.prefix}{index ^ self._mask:08x}"

    def index(self, name: str) -> int | None:
        """The index of the child with a name, None for what is no name of this Map Run."""
        known = name.startswith(self.prefix) and len(name) == NAME_LENGTH
        return self.number(name) if known and set(name[-INDEX_DIGITS:]) <= HEXADECIMAL else None

    def number(self, name: str) -> int:
        """The index of the child whose name is known to be of this Map Run."""
        return int(name[-INDEX_DIGITS:], 16) ^ self._mask

    @staticmethod
    def prefix_of(name: str) -> str:
        """What the names of all children of the same Map Run begin with."""
        return name[: NAME_LENGTH - INDEX_DIGITS]


@dataclass(frozen=True, slots=True)
class Child:
    """A child execution. Dates are seconds since the epoch; `execution` is None where no more of it is kept."""

    index: int
    name: str
    status: ChildStatus
    item_count: int
    start_date: float
    stop_date: float | None
    execution: Execution | None

    @property
    def redriven(self) -> bool:
        """Whether it was redriven, as far as is known."""
        return self.execution is not None and self.execution.redrive_count > 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items, or executions, are in which status. `results_written` of them are in the ResultWriter's files."""

    pending: int
    running: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    results_written: int
    pending_redrive: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        ended = self.succeeded + self.failed + self.timed_out + self.aborted
        return self.pending + self.running + ended + self.pending_redrive


class Children:
    """What has become of each child.

    Of those that have ended, the latest 1,000 that succeeded and the latest 1,000 that did not are kept with their
    input, output and history; of the others what a list of executions tells.

    A child that an earlier process was running is interrupted: it counts as running, and waits to begin again.
    `on_change` is called with the index of each child that begins or ends, and the outcome of one that ends.
    """

    def __init__(self, names: ChildNames | None = None) -> None:
        self.names = names or ChildNames()
        self.on_change: Callable[[int, Outcome | None], None] | None = None
        self.running: dict[int, Execution] = {}
        self._statuses = bytearray()
        self._item_counts = array("L")
        self._start_dates = array("d")
        self._stop_dates = array("d")
        self._executions_in = [0] * len(ChildStatus)
        self._items_in = [0] * len(ChildStatus)
        self._kept_succeeded: OrderedDict[int, Execution] = OrderedDict()
        self._kept_unsuccessful: OrderedDict[int, Execution] = OrderedDict()
        self._before_redrive: dict[int, ChildStatus] = {}
        self._interrupted: set[int] = set()

    def __len__(self) -> int:
        return len(self._statuses)

    @property
    def next_name(self) -> str:
        """The name of the child that is to begin next."""
        return self.names.name(len(self))

    def begin(self, execution: Execution, item_count: int) -> None:
        """Count the next child, which runs from now on."""
        index = len(self)
        self._append(ChildStatus.RUNNING, item_count, execution.start_date, 0.0)
        self.running[index] = execution
        self._tell(index)

    def restore(self, status: ChildStatus, item_count: int, start_date: float, stop_date: float) -> None:
        """Count the next child as it was when it was saved."""
        if status is ChildStatus.RUNNING:
            self._interrupted.add(len(self))
        self._append(status, item_count, start_date, stop_date)

    def _append(self, status: ChildStatus, item_count: int, start_date: float, stop_date: float) -> None:
        self._statuses.append(status)
        self._item_counts.append(item_count)
        self._start_dates.append(start_date)
        self._stop_dates.append(stop_date)
        self._executions_in[status] += 1
        self._items_in[status] += item_count

    def _tell(self, index: int, outcome: Outcome | None = None) -> None:
        if self.on_change is not None:
            self.on_change(index, outcome)

    def end(self, execution: Execution) -> Child:
        """Count the child whose execution has ended where it belongs now."""
        index = self.names.number(execution.name)
        del self.running[index]
        status = ChildStatus[execution.status.name]
        self._move(index, status)
        self._stop_dates[index] = execution.stop_date or execution.start_date
        kept = self._kept_succeeded if status is ChildStatus.SUCCEEDED else self._kept_unsuccessful
        kept[index] = execution
        if len(kept) > KEPT:
            kept.popitem(last=False)
        self._tell(index, execution)
        return self.at(index)

    def await_redrive(self) -> None:
        """Let all that have not succeeded wait to be redriven."""
        for index in range(len(self)):
            self.await_redrive_of(index)

    def await_redrive_of(self, index: int) -> None:
        """Let a child, if it has not succeeded, wait to be redriven."""
        status = ChildStatus(self._statuses[index])
        if status in UNSUCCESSFUL:
            self._before_redrive[index] = status
            self._move(index, ChildStatus.PENDING_REDRIVE)

    def awaits(self, index: int) -> bool:
        """Whether a child waits to begin again: it was interrupted, or is to be redriven."""
        return index in self._interrupted or self._statuses[index] == ChildStatus.PENDING_REDRIVE

    def begin_again(self, index: int, execution: Execution) -> None:
        """Count a child that waited for it as running again."""
        self._before_redrive.pop(index, None)
        self._interrupted.discard(index)
        self._kept_unsuccessful.pop(index, None)
        self._move(index, ChildStatus.RUNNING)
        self.running[index] = execution
        self._tell(index)

    def give_up(self, now: float) -> None:
        """Let those that still wait to be redriven be what they were; those that were interrupted are aborted."""
        for index, status in self._before_redrive.items():
            self._move(index, status)
        self._before_redrive.clear()
        for index in sorted(self._interrupted):
            self._move(index, ChildStatus.ABORTED)
            self._stop_dates[index] = now
            self._tell(index)
        self._interrupted.clear()

    def _move(self, index: int, status: ChildStatus) -> None:
        for counts, number in ((self._executions_in, 1), (self._items_in, self._item_counts[index])):
            counts[self._statuses[index]] -= number
            counts[status] += number
        self._statuses[index] = status

    @property
    def failed_items(self) -> int:
        """The items of the children that failed or timed out."""
        return self._items_in[ChildStatus.FAILED] + self._items_in[ChildStatus.TIMED_OUT]

    def item_counts(self, known: int, written: int) -> Counts:
        """How many of the items that are known are in which status."""
        return _counts(known, self._items_in, written)

    def execution_counts(self, known: int, written: int) -> Counts:
        """How many of the executions that are known to be needed are in which status."""
        return _counts(known, self._executions_in, written)

    def named(self, name: str) -> Child | None:
        """The child with a name."""
        index = self.names.index(name)
        return self.at(index) if index is not None and index < len(self) else None

    def at(self, index: int) -> Child:
        """The child at an index."""
        status = ChildStatus(self._statuses[index])
        execution = self.running.get(index) or self._kept_succeeded.get(index) or self._kept_unsuccessful.get(index)
        return Child(
            index=index,
            name=self.names.name(index),
            status=status,
            item_count=self._item_counts[index],
            start_date=self._start_dates[index],
            stop_date=None if status is ChildStatus.RUNNING else self._stop_dates[index],
            execution=execution,
        )

    def newest_first(self, status: ChildStatus | None = None) -> Iterator[int]:
        """The indices of the children in a status, or of all, the latest first."""
        return (index for index in range(len(self) - 1, -1, -1) if status is None or self._statuses[index] == status)


def _counts(known: int, by_status: list[int], written: int) -> Counts:
    return Counts(
        pending=max(0, known - sum(by_status)),
        running=by_status[ChildStatus.RUNNING],
        succeeded=by_status[ChildStatus.SUCCEEDED],
        failed=by_status[ChildStatus.FAILED],
        timed_out=by_status[ChildStatus.TIMED_OUT],
        aborted=by_status[ChildStatus.ABORTED],
        results_written=written,
        pending_redrive=by_status[ChildStatus.PENDING_REDRIVE],
    )
