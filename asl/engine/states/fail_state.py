"""Fail: ends the execution, or is caught further out.

https://states-language.net/spec.html#fail-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.engine.errors import StateError
from asl.engine.states.state import NamedState

if TYPE_CHECKING:
    from asl.definition.model import FailState
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.query_language import QueryLanguage


class CompiledFail(NamedState):
    """A Fail state."""

    __slots__ = ("_cause", "_error")

    def __init__(self, state: FailState, language: QueryLanguage) -> None:
        super().__init__(state, "Fail")
        self._error = language.text(state.error, state.error_path, "Error")
        self._cause = language.text(state.cause, state.cause_path, "Cause")

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """Fail with the error and cause that the state names, where it names them."""
        error = None if self._error is None else self._error(visit)
        cause = None if self._cause is None else self._cause(visit)
        raise StateError(error, cause)
