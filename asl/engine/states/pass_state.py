"""Pass: hands its input on, or a fixed result.

https://states-language.net/spec.html#pass-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.definition.model import ABSENT, PassState
from asl.engine.states.state import NamedState, leave

if TYPE_CHECKING:
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.query_language import QueryLanguage


class CompiledPass(NamedState):
    """A Pass state."""

    __slots__ = ("_flow", "_next", "_result")

    def __init__(self, state: PassState, language: QueryLanguage) -> None:
        super().__init__(state, "Pass")
        self._flow = language.data_flow(state)
        self._result = state.result
        self._next = state.next

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """Hand on what there is."""
        prepared = self._flow.prepare(visit)
        return leave(visit, self._flow, prepared if self._result is ABSENT else self._result, self._next)
