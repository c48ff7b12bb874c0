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
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import DATA_LIMIT_EXCEEDED
from asl.engine.notes import ANSWER, DUE, FAILURE, HEARTBEAT, PAUSE, WORK, MapRunWork, TaskWork
from asl.engine.payload import Payload, decode, size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine.frame import Frame
    from asl.engine.history import History, HistoryEvent, Note
    from asl.engine.notes import Failure
    from asl.integrations.task_tokens import Answer, PendingTask

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


@dataclass(slots=True)
class FramePosition:
    """Where a flow stands: in an open state, between two (`next_state`), at its beginning, or at its end.

    `payload` is the output of the state that was left last, None where none was: the flow stands at its beginning.
    `frame` is the one that goes on from here. `failure` is there where the flow has failed and the state around it does
    not know yet.
    `previous_id` is the event that the flow's next one follows, `joined_id` the one that the state around an ended flow
    goes on after.
    """

    number: int
    previous_id: int
    variables: Mapping[str, Json]
    variable_bytes: Mapping[str, int]
    joined_id: int = 0
    frame: Frame | None = None
    failure: Failure | None = None
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

    `due` is when its wait, or the pause before its next attempt, ends; `used` how often each retrier has been used.
    `work` is the attempt that is under way. Of a Parallel or Map state, `inner` has the positions of the flows inside
    that have begun, by their index. Of a task, `started` and `submitted` are what has been recorded, the latter with
    the text of what the service answered; `heartbeat_due` and `answer` are what its token has brought, `pending` is the
    task that waits for more. `redriven` says that a Map Run, the work, is of before the last redrive.
    """

    state: str
    entered_id: int
    before_id: int
    entered_at: float
    input: Payload
    due: float | None = None
    used: list[int] | None = None
    work: Any = None
    inner: dict[int, FramePosition] = field(default_factory=dict)
    started: bool = False
    submitted: str | None = None
    heartbeat_due: float | None = None
    answer: Answer | None = None
    pending: PendingTask | None = None
    redriven: bool = False

    @property
    def failure(self) -> Failure | None:
        """What a flow inside has failed with before the state could deal with it; the other flows have ended, too."""
        failures = (inner.failure for inner in self.inner.values())
        return next((failure for failure in failures if failure is not None), None)

    @property
    def pausing(self) -> bool:
        """Whether it pauses before its next attempt."""
        return self.used is not None and self.due is not None

    @property
    def retry_count(self) -> int:
        """How many attempts have followed the first."""
        return sum(self.used or ()) - self.pausing


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
        position.failure = self._note(number, FAILURE, 0)
        if entered is not None:
            position.visit = self._visit(position, entered)
        return position

    def _note(self, frame: int, kind: str, since: int) -> Any:
        """What was noted after the event `since` and the last redrive, None where nothing was."""
        note = self._notes.get((frame, kind))
        return None if note is None or note.events < max(since, self._redriven_id) else note.value

    def _visit(self, frame: FramePosition, entered: HistoryEvent) -> VisitPosition:
        visit = VisitPosition(
            state=entered.details["name"],
            entered_id=entered.id,
            before_id=entered.previous_id,
            entered_at=entered.timestamp,
            input=Payload.parse(entered.details["input"]),
            due=self._note(frame.number, DUE, entered.id),
        )
        pause = self._note(frame.number, PAUSE, entered.id)
        if pause is not None:
            visit.used = pause.used
            paused_at = self._notes[frame.number, PAUSE].events
            if not self._goes_on_after(frame.number, paused_at):
                visit.due = pause.due
                return visit
        work = self._notes.get((frame.number, WORK))
        if work is None or work.events < entered.id:
            return visit
        if isinstance(work.value, TaskWork):
            if work.events >= self._redriven_id:
                self._read_task(frame.number, visit, work)
        elif isinstance(work.value, MapRunWork):
            # Results that are too large are made again; a child with too large a payload fails the Map Run otherwise.
            visit.redriven = work.events < self._redriven_id
            visit.work = None if visit.redriven and self._failed_with == DATA_LIMIT_EXCEEDED else work.value
        else:
            self._read_inner(frame, visit, work)
        return visit

    def _goes_on_after(self, number: int, event_id: int) -> bool:
        """Whether anything has happened in a flow after an event."""
        return any(event.id > event_id and event.type not in ASIDE for event in reversed(self._events[number]))

    def _read_task(self, number: int, visit: VisitPosition, work: Note) -> None:
        visit.work = work.value
        for event in self._events[number]:
            if event.id > work.events:
                visit.started = visit.started or event.type.endswith("Started")
                if event.type == "TaskSubmitted":
                    visit.submitted = event.details["output"]
        visit.heartbeat_due = self._note(number, HEARTBEAT, work.events)
        visit.answer = self._note(number, ANSWER, work.events)

    def _read_inner(self, frame: FramePosition, visit: VisitPosition, work: Note) -> None:
        for index in range(work.value.count):
            number = work.value.first_frame + index
            if number in self._events:
                visit.inner[index] = self.frame(number, frame.variables, frame.variable_bytes)
        visit.work = work.value
        if work.events < self._redriven_id and self._was_too_large(visit):
            visit.work, visit.inner = None, {}
        for inner in visit.inner.values():
            if inner.ended:
                frame.previous_id = max(frame.previous_id, inner.joined_id)
        for inner in visit.inner.values():
            if inner.failure is not None:
                frame.previous_id = inner.previous_id

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
