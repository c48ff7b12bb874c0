"""The history of an execution: what happened, in order, as GetExecutionHistory tells it.

Everything else that is said about an execution is read from here.
See https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.engine.errors import RUNTIME, ExecutionLimitError
from asl.engine.notes import KINDS, BranchWork, IterationWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from asl.engine.clock import Clock

MAX_EVENTS: Final = 25_000
NO_DETAILS: Final[Mapping[str, Any]] = {}
TRUNCATED_FALSE: Final = {"truncated": False}

EXECUTION_DATA: Final = frozenset({"input", "output", "parameters", "assignedVariables"})


class HistoryEvent(NamedTuple):
    """One event. `timestamp` is seconds since the epoch, `details` what AWS puts under the type's details field.

    `frame` is the flow that it happened in, and `next_state` where the exit of a state leads to. Nobody outside is told
    these two: they are what it takes to go on from here.
    """

    id: int
    previous_id: int
    timestamp: float
    type: str
    details: Mapping[str, Any]
    frame: int = 0
    next_state: str | None = None


class Note(NamedTuple):
    """What no event says, noted when the history had so many events: it belongs to the state entered last by then."""

    events: int
    value: Any


NoteKey = tuple[int, str]


class History:
    """The events of one execution, ids ascending from 1 without a gap, and the notes of what they do not say.

    `on_change` is called with each event and note where the history is journaled; `unsaved_notes` are those that have
    changed since they were saved.
    """

    __slots__ = ("_clock", "_closed", "_events", "_frames", "notes", "on_change", "unsaved_notes")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: list[HistoryEvent] = []
        self._closed = False
        self._frames = 1
        self.notes: dict[NoteKey, Note] = {}
        self.on_change: Callable[[], None] | None = None
        self.unsaved_notes: dict[NoteKey, Note] = {}

    @classmethod
    def restored(cls, clock: Clock, events: list[HistoryEvent], notes: dict[NoteKey, Note]) -> History:
        """A history that was saved."""
        history = cls(clock)
        history._events = events
        history.notes = notes
        reserved = (note.value for note in notes.values() if isinstance(note.value, BranchWork | IterationWork))
        begun = max((event.frame for event in events), default=0) + 1
        history._frames = max([begun, *(work.first_frame + work.count for work in reserved)])
        return history

    @property
    def journaled(self) -> bool:
        """Whether the history is saved as it grows."""
        return self.on_change is not None

    def reopened(self) -> History:
        """The same events and notes, to go on with: what still runs of the execution as it was does not change them."""
        history = History(self._clock)
        history._events = self._events.copy()
        history._frames = self._frames
        history.notes = self.notes.copy()
        return history

    def append(
        self,
        event_type: str,
        previous_id: int,
        details: Mapping[str, Any] = NO_DETAILS,
        frame: int = 0,
        next_state: str | None = None,
    ) -> int:
        """Record what happens now and return the id of the event.

        Raises:
            ExecutionLimitError: the event would be the 25,000th and does not end the execution.
        """
        event_id = len(self._events) + 1
        if event_id >= MAX_EVENTS or self._closed:
            self._refuse(event_type)
        self._events.append(
            HistoryEvent(event_id, previous_id, self._clock.now(), event_type, details, frame, next_state)
        )
        if self.on_change is not None:
            self.on_change()
        return event_id

    def note(self, frame: int, kind: str, value: Any) -> None:
        """Note what no event says of the state that a flow is in, in place of the last note of that kind."""
        if self._closed:
            return
        note = self.notes[frame, kind] = Note(len(self._events), value)
        if self.on_change is not None:
            self.unsaved_notes[frame, kind] = note
            self.on_change()

    def forget(self, frame: int) -> None:
        """Drop what was noted of a state that has been left."""
        if self.notes:
            for kind in KINDS:
                self.notes.pop((frame, kind), None)

    def reserve_frames(self, count: int) -> int:
        """Numbers for so many flows inside a state, the first of which is returned."""
        first = self._frames
        self._frames += count
        return first

    @property
    def last_timestamp(self) -> float:
        """When the last event was recorded, in seconds since the epoch."""
        return self._events[-1].timestamp

    def close(self) -> None:
        """The execution has ended: whatever of it still runs is cancelled when it next does something."""
        self._closed = True

    def _refuse(self, event_type: str) -> None:
        if self._closed:
            raise asyncio.CancelledError
        if event_type not in TERMINAL_TYPES:
            raise ExecutionLimitError(
                RUNTIME, f"The execution reached the maximum number of history events ({MAX_EVENTS})."
            )

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[HistoryEvent]:
        return iter(self._events)

    def __getitem__(self, index: int) -> HistoryEvent:
        return self._events[index]

    def page(self, start: int, count: int, *, newest_first: bool = False) -> list[HistoryEvent]:
        """Up to `count` events after the first `start`, in order of id or newest first."""
        if not newest_first:
            return self._events[start : start + count]
        end = len(self._events) - start
        return self._events[max(0, end - count) : max(0, end)][::-1]


def event_to_api(event: HistoryEvent, *, include_execution_data: bool = True) -> dict[str, Any]:
    """Render an event as GetExecutionHistory does; its timestamp is in seconds since the epoch.

    Without execution data inputs, outputs, parameters and variables are left out.
    """
    rendered: dict[str, Any] = {
        "timestamp": event.timestamp,
        "type": event.type,
        "id": event.id,
        "previousEventId": event.previous_id,
    }
    key = DETAILS_KEYS.get(event.type)
    if key is None:
        return rendered
    if include_execution_data:
        rendered[key] = dict(event.details)
    else:
        rendered[key] = {name: value for name, value in event.details.items() if name not in EXECUTION_DATA}
    return rendered


TERMINAL_TYPES: Final = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})

STATE_TYPES: Final = ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")


def _details_key(event_type: str) -> str:
    return f"{event_type[0].lower()}{event_type[1:]}EventDetails"


DETAILS_KEYS: Final[Mapping[str, str]] = {
    **{f"{state}StateEntered": "stateEnteredEventDetails" for state in STATE_TYPES},
    **{f"{state}StateExited": "stateExitedEventDetails" for state in STATE_TYPES},
    **{
        event_type: _details_key(event_type)
        for event_type in (
            "ActivityFailed",
            "ActivityScheduled",
            "ActivityScheduleFailed",
            "ActivityStarted",
            "ActivitySucceeded",
            "ActivityTimedOut",
            "EvaluationFailed",
            "ExecutionAborted",
            "ExecutionFailed",
            "ExecutionRedriven",
            "ExecutionStarted",
            "ExecutionSucceeded",
            "ExecutionTimedOut",
            "LambdaFunctionFailed",
            "LambdaFunctionScheduled",
            "LambdaFunctionScheduleFailed",
            "LambdaFunctionStartFailed",
            "LambdaFunctionSucceeded",
            "LambdaFunctionTimedOut",
            "MapIterationAborted",
            "MapIterationFailed",
            "MapIterationStarted",
            "MapIterationSucceeded",
            "MapRunFailed",
            "MapRunRedriven",
            "MapRunStarted",
            "MapStateStarted",
            "TaskFailed",
            "TaskScheduled",
            "TaskStarted",
            "TaskStartFailed",
            "TaskSubmitFailed",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskTimedOut",
        )
    },
}
