"""Who watches executions from inside the process.

The history says which states an execution went through, but not by which choice rule, retrier or catcher: where two of
them name the same state or error, it could have been either. An observer is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asl.engine.execution import Execution


class DecisionKind(Enum):
    """What decided where an execution goes on."""

    CHOICE = "choice"
    DEFAULT = "default"
    CATCH = "catch"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice rule, retrier or catcher that was used: the one at `index` of the state's.

    `event_id` is that of the event in which the state is left, or, for a retrier, that of the failure. `error` and
    `cause` are those that were retried or caught; `delay` is how long a retrier waits, in seconds.
    """

    state: str
    kind: DecisionKind
    index: int
    event_id: int
    error: str | None = None
    cause: str | None = None
    delay: float = 0.0


class Observer(Protocol):
    """Is told as things happen, on the event loop of the engine. It must not raise."""

    def started(self, execution: Execution) -> None:
        """There is a new execution; those that a distributed Map state starts are executions too."""

    def decided(self, execution: Execution, decision: Decision) -> None:
        """A choice rule, retrier or catcher has been used."""
