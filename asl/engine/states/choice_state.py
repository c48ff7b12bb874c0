"""Choice: goes where the first of its rules that holds says.

https://states-language.net/spec.html#choice-state
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.engine.errors import RUNTIME, StateError
from asl.engine.observer import DecisionKind
from asl.engine.states.state import NamedState, leave

if TYPE_CHECKING:
    from asl.definition.model import ChoiceState
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.query_language import QueryLanguage


class CompiledChoice(NamedState):
    """A Choice state. The flow of data is that of the rule that holds; the state's own one goes with its default."""

    __slots__ = ("_default", "_flow", "_rules")

    def __init__(self, state: ChoiceState, language: QueryLanguage) -> None:
        super().__init__(state, "Choice")
        self._flow = language.data_flow(state)
        self._rules = [
            (language.condition(rule), language.choice_flow(state, rule), rule.next) for rule in state.choices
        ]
        self._default = state.default

    async def run(self, visit: Visit) -> tuple[str | None, Payload]:
        """Go where the first rule that holds says, else to the default."""
        effective_input = self._flow.prepare(visit)
        for index, (holds, flow, next_state) in enumerate(self._rules):
            if holds(visit):
                left = leave(visit, flow, effective_input, next_state)
                visit.decided(DecisionKind.CHOICE, index)
                return left
        if self._default is None:
            raise StateError(
                RUNTIME,
                visit.explain("Failed to transition out of the state. The state does not point to a next state."),
            )
        left = leave(visit, self._flow, effective_input, self._default)
        visit.decided(DecisionKind.DEFAULT, 0)
        return left
