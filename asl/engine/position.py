"""Where an execution stands, read from its history: what it takes to go on from there.

Every flow has at most one open state: entered, and not left. The history says what that state was given and when, and
by whose exit a flow has ended; the notes beside it say what no event does (`History.note`). An execution that is
redriven goes on from the same positions, only that what was tried of an unsuccessful state is tried anew: nothing that
was noted before the last `ExecutionRedriven` counts, except which flows a Parallel or Map state has run.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from asl.engine.errors import DATA_LIMIT_EXCEEDED
from asl.engine.history import WORK
from asl.engine.payload import Payload, decode, size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine.history import History, HistoryEvent

Json = Any

ASIDE: Final = frozenset(
    {
        "ParallelStateSucceeded",
        "MapStateSucceeded",
        "MapIterationSucceeded",
        "MapIterationFailed",
        "MapIterationAborted",
        "TaskStateAborted",
        "WaitStateAborted",
        "MapStateAborted",
        "ParallelStateAborted",
        "ExecutionStarted",
        "ExecutionSucceeded",
        "ExecutionFailed",
        "ExecutionTimedOut",
        "ExecutionAborted",
    }
)


class InnerFlows(Protocol):
    """The work of a state that has flows inside: they are the frames from `first_frame` on, `count` of them."""

    first_frame: int

    @property
    def count(self) -> int:
        """How many flows there are, those that have not begun included."""


@dataclass(slots=True)
class FramePosition:
    """Where a flow stands: in an open state, between two (`next_state`), at its beginning, or at its end.

    `payload` is the output of the state that was left last, None where none was: the flow stands at its beginning.
    `previous_id` is the event that the flow's next one follows, `joined_id` the one that the state around an ended flow
    goes on after.
    """

    number: int
    previous_id: int
    variables: Mapping[str, Json]
    variable_bytes: Mapping[str, int]
    joined_id: int = 0
    visit: VisitPosition | None = None
    payload: Payload | None = None
    next_state: str | None = None

    @property
    def ended(self) -> bool:
        """Whether the flow has come to its end; its output is the payload."""
        return self.visit is None and self.payload is not None and self.next_state is None


@dataclass(slots=True)
class VisitPosition:
    """An open state: what it was given, and how far it has come with its work. Times are seconds since the epoch.

    `inner` has the positions of the flows inside that have begun, by their index.
    """

    state: str
    entered_id: int
    before_id: int
    entered_at: float
    input: Payload
    work: Any = None
    inner: dict[int, FramePosition] = field(default_factory=dict)


def read_position(history: History) -> FramePosition:
    """The position of an execution that is to go on: its last event is not its end."""
    return PositionReader(history).frame(0, {}, {})


class PositionReader:
    """Reads the positions of one history."""

    def __init__(self, history: History) -> None:
        self._notes = history.notes
        self._events: dict[int, list[HistoryEvent]] = defaultdict(list)
        self._redriven_id = 0
        self._failed_with: str | None = None
        for event in history:
            self._events[event.frame].append(event)
            if event.type == "ExecutionRedriven":
                self._redriven_id = event.id
                self._failed_with = history[event.id - 2].details.get("error")

    def frame(self, number: int, variables: Mapping[str, Json], sizes: Mapping[str, int]) -> FramePosition:
        """The position of a flow that began with these variables."""
        position = FramePosition(number, self._redriven_id, variables, sizes)
        entered: HistoryEvent | None = None
        for event in self._events[number]:
            if event.type.endswith("StateEntered"):
                entered = event
            elif event.type.endswith("StateExited"):
                entered = None
                _leave(position, event)
            if event.type not in ASIDE:
                position.previous_id = max(event.id, self._redriven_id)
                position.joined_id = event.id
            elif event.type == "MapIterationSucceeded":
                position.joined_id = event.id
        if entered is not None:
            position.visit = self._visit(position, entered)
        return position

    def _visit(self, frame: FramePosition, entered: HistoryEvent) -> VisitPosition:
        visit = VisitPosition(
            state=entered.details["name"],
            entered_id=entered.id,
            before_id=entered.previous_id,
            entered_at=entered.timestamp,
            input=Payload.parse(entered.details["input"]),
        )
        work = self._notes.get((frame.number, WORK))
        if work is not None and work.events >= entered.id:
            visit.work = work.value
            self._read_inner(frame, visit)
            if work.events < self._redriven_id and self._was_too_large(visit):
                visit.work, visit.inner = None, {}
        return visit

    def _read_inner(self, frame: FramePosition, visit: VisitPosition) -> None:
        for index in range(visit.work.count):
            number = visit.work.first_frame + index
            if number in self._events:
                inner = visit.inner[index] = self.frame(number, frame.variables, frame.variable_bytes)
                if inner.ended:
                    frame.previous_id = max(frame.previous_id, inner.joined_id)

    def _was_too_large(self, visit: VisitPosition) -> bool:
        """Whether what all flows inside returned was too large together: then all of them are run again."""
        return self._failed_with == DATA_LIMIT_EXCEEDED and all(
            index in visit.inner and visit.inner[index].ended for index in range(visit.work.count)
        )


def _leave(position: FramePosition, event: HistoryEvent) -> None:
    position.payload = Payload.parse(event.details["output"])
    position.next_state = event.next_state
    texts = event.details.get("assignedVariables")
    if texts:
        position.variables = {**position.variables, **{name: decode(text) for name, text in texts.items()}}
        sizes = {name: size_in_bytes(text) for name, text in texts.items()}
        position.variable_bytes = {**position.variable_bytes, **sizes}
