"""What all states have in common when they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asl.definition.model import State
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.query_language import DataFlow


class CompiledState(Protocol):
    """A state that is ready to run. Shared by all executions: what belongs to one is in its `Visit`."""

    name: str
    type: str
    entered_event: str
    exited_event: str

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """Do what the state does, leave it, and say which state is next, None where the flow ends, with which input.

        Raises:
            StateError, ExpressionError: the state failed, and nothing of its own helps.
        """


class NamedState:
    """The name of a state and of its events."""

    __slots__ = ("entered_event", "exited_event", "name", "type")

    def __init__(self, state: State, state_type: str) -> None:
        self.name = state.name
        self.type = state_type
        self.entered_event = f"{state_type}StateEntered"
        self.exited_event = f"{state_type}StateExited"


def leave(visit: Visit, flow: DataFlow, result: object, next_state: str | None) -> tuple[str | None, Payload]:
    """Leave a state whose work had a result."""
    output, assigned = flow.finish(visit, result)
    return next_state, visit.exit(output, assigned)
