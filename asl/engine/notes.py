"""What no event of a history says of a state that is open, and what it takes to go on with it.

`History.note` keeps the last note of each kind for each flow. Times are seconds since the epoch. All are written when
executions are journaled; otherwise only `WORK` of Parallel and Map states, which a redrive needs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from asl.engine.payload import Payload
from asl.integrations.task_tokens import Answer

Json = Any

WORK: Final = "work"
DUE: Final = "due"
PAUSE: Final = "pause"
HEARTBEAT: Final = "heartbeat"
ANSWER: Final = "answer"
FAILURE: Final = "failure"
KINDS: Final = (WORK, DUE, PAUSE, HEARTBEAT, ANSWER, FAILURE)


@dataclass(frozen=True, slots=True)
class BranchWork:
    """One attempt of a Parallel state: its branches run in the frames from `first_frame` on, all with one input."""

    first_frame: int
    count: int
    input: str

    @property
    def payload(self) -> Payload:
        """What each branch starts with."""
        return Payload.parse(self.input)


@dataclass(frozen=True, slots=True)
class IterationWork:
    """One attempt of a Map state: its iterations run in the frames from `first_frame` on, `concurrency` at a time."""

    first_frame: int
    items: list[Json]
    concurrency: int

    @property
    def count(self) -> int:
        """How many iterations there are."""
        return len(self.items)


@dataclass(frozen=True, slots=True)
class MapRunWork:
    """One attempt of a distributed Map state: its Map Run."""

    arn: str


@dataclass(frozen=True, slots=True)
class TaskWork:
    """One attempt of a task: its token and arguments (JSON text), its limits in seconds, and when it times out."""

    arguments: str
    token: str | None
    timeout: int | None
    heartbeat: int | None
    role_arn: str | None
    due: float | None


@dataclass(frozen=True, slots=True)
class Pause:
    """The pause before the next attempt ends when it is `due`; `used` is how often each retrier has been used."""

    used: list[int]
    due: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A flow has failed, and the state around it has not dealt with that yet."""

    error: str | None
    cause: str | None
    also_known_as: str | None


TYPES: Final = (BranchWork, IterationWork, MapRunWork, TaskWork, Pause, Answer, Failure)
BY_NAME: Final = {kind.__name__: kind for kind in TYPES}


def note_to_json(value: Any) -> Json:
    """A note's value as JSON: a time, or an object with its type."""
    return value if isinstance(value, float) else [type(value).__name__, asdict(value)]


def note_from_json(value: Json) -> Any:
    """The value that `note_to_json` made JSON of."""
    return BY_NAME[value[0]](**value[1]) if isinstance(value, list) else float(value)
