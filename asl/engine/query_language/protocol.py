"""What a state needs of a query language."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from asl.engine.frame import Visit

if TYPE_CHECKING:
    from asl.definition.model import Catcher, ChoiceRule, ChoiceState, State

Json = Any
Evaluate: TypeAlias = Callable[[Visit], Json]
Assigned: TypeAlias = dict[str, Json] | None


class DataFlow(Protocol):
    """How data goes into a state's work and how its result becomes the state's output."""

    def prepare(self, visit: Visit) -> Json:
        """What the work is given: the input after InputPath and Parameters, or Arguments."""

    def finish(self, visit: Visit, result: Json) -> tuple[Json, Assigned]:
        """The state's output, and the variables it assigns, once its work had a result."""


class QueryLanguage(Protocol):
    """Compiles the expressions of states; what it makes raises ExpressionError or StateError when called."""

    def data_flow(self, state: State) -> DataFlow:
        """The flow of data through a state whose result goes on."""

    def choice_flow(self, state: ChoiceState, rule: ChoiceRule) -> DataFlow:
        """The flow through a Choice state when `rule` holds."""

    def catch_flow(self, catcher: Catcher) -> DataFlow:
        """The flow from a caught error, given as the result, to the output; `prepare` is not used."""

    def condition(self, rule: ChoiceRule) -> Callable[[Visit], bool]:
        """Whether a rule of a Choice state holds."""

    def template(self, value: Json, field: str) -> Evaluate:
        """A field that holds any JSON with expressions in it."""

    def text(self, literal: str | None, path: str | None, field: str) -> Evaluate | None:
        """A field that is a text or a way to compute it; None where neither is there."""

    def integer(self, literal: int | str | None, path: str | None, field: str) -> Evaluate | None:
        """A field that is an integer or a way to compute it; None where neither is there."""

    def threshold(self, literal: float | str | None, path: str | None, field: str, *, whole: bool) -> Evaluate | None:
        """A number of failures that a Map state tolerates, whole or not; None where neither way to say it is there."""

    def timestamp(self, literal: str | None, path: str | None) -> Evaluate | None:
        """The `Timestamp` of a Wait state as seconds since the epoch; None where it has none."""

    def items(self, path: str | None, items: Json, *, objects: bool) -> Evaluate:
        """The array that a Map state goes over; with `objects` an object will do."""
