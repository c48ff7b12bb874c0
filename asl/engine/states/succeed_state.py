"""Succeed: ends its flow well.

https://states-language.net/spec.html#succeed-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.engine.states.state import NamedState, leave

if TYPE_CHECKING:
    from asl.definition.model import SucceedState
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.query_language import QueryLanguage


class CompiledSucceed(NamedState):
    """A Succeed state."""

    __slots__ = ("_flow",)

    def __init__(self, state: SucceedState, language: QueryLanguage) -> None:
        super().__init__(state, "Succeed")
        self._flow = language.data_flow(state)

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """End the flow with the input."""
        return leave(visit, self._flow, self._flow.prepare(visit), None)
