"""What all states have in common when they run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asl.definition.model import State
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.position import VisitPosition
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

    def reopen(self, visit: Visit, position: VisitPosition) -> None:
        """Let what is inside of the state stand where it stood."""

    async def resume(self, visit: Visit, position: VisitPosition) -> tuple[str | None, Payload]:
        """Go on with what was begun by an earlier `run`; ends and raises as that does."""


class NamedState(ABC):
    """The name of a state and of its events."""

    __slots__ = ("entered_event", "exited_event", "name", "type")

    def __init__(self, state: State, state_type: str) -> None:
        self.name = state.name
        self.type = state_type
        self.entered_event = f"{state_type}StateEntered"
        self.exited_event = f"{state_type}StateExited"

    @abstractmethod
    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """See `CompiledState.run`."""

    def reopen(self, visit: Visit, position: VisitPosition) -> None:  # noqa: B027 - not abstract: most do nothing
        """See `CompiledState.reopen`. Most states have nothing inside."""

    async def resume(self, visit: Visit, position: VisitPosition) -> tuple[str | None, Payload]:  # noqa: ARG002
        """See `CompiledState.resume`. What does not wait for anything is done again."""
        return await self.run(visit)


def leave(visit: Visit, flow: DataFlow, result: object, next_state: str | None) -> tuple[str | None, Payload]:
    """Leave a state whose work had a result."""
    output, assigned = flow.finish(visit, result)
    return next_state, visit.exit(output, assigned, next_state)
