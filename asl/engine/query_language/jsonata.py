"""States in JSONata: Arguments, Output, Assign and `{% %}` in any field.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.definition.model import ABSENT, ParallelState, PassState, TaskState
from asl.engine.errors import QUERY_EVALUATION_ERROR, EvaluationError
from asl.engine.timestamps import parse_timestamp
from asl.expressions import ExpressionError
from asl.expressions.jsonata.compilation import is_jsonata
from asl.expressions.jsonata.failures import json_type, unexpected_type
from asl.expressions.jsonata.template import compile_jsonata_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.definition.model import Absent, Catcher, ChoiceRule, ChoiceState, State
    from asl.engine.frame import Visit
    from asl.engine.query_language.protocol import Assigned, DataFlow, Evaluate

Json = Any


def _template(value: Json, field: str) -> Evaluate:
    evaluate = compile_jsonata_template(value, field)

    def evaluated(visit: Visit) -> Json:
        try:
            return evaluate(visit.bindings(), visit.now_millis())
        except ExpressionError as error:
            raise EvaluationError(error.error, error.cause, field) from error

    return evaluated


def _optional(value: Json | Absent, field: str) -> Evaluate | None:
    return None if value is ABSENT else _template(value, field)


def _typed(value: Json, field: str, expected: str) -> Evaluate:
    """A field whose value has to be of one JSON type."""
    if not is_jsonata(value):
        return lambda _visit: value
    evaluate = _template(value, field)
    expression = value[2:-2].strip()

    def typed(visit: Visit) -> Json:
        result = evaluate(visit)
        if json_type(result) != expected:
            failed = unexpected_type(expression, field, expected, result)
            raise EvaluationError(failed.error, failed.cause, field)
        return result

    return typed


class JSONataDataFlow:
    """The flow of data through one state."""

    __slots__ = ("arguments", "assign", "output", "sets_error", "sets_result")

    def __init__(
        self,
        *,
        arguments: Json | Absent = ABSENT,
        output: Json | Absent = ABSENT,
        assign: Json | Absent = ABSENT,
        sets_result: bool = False,
        sets_error: bool = False,
    ) -> None:
        self.arguments = _optional(arguments, "Arguments")
        self.output = _optional(output, "Output")
        self.assign = _optional(assign, "Assign")
        self.sets_result = sets_result
        self.sets_error = sets_error

    def prepare(self, visit: Visit) -> Json:
        """The Arguments, or the input where there are none."""
        return visit.input.value if self.arguments is None else self.arguments(visit)

    def finish(self, visit: Visit, result: Json) -> tuple[Json, Assigned]:
        """The Output, or the result where there is none. Both see the variables as they were."""
        if self.sets_result:
            visit.result = result
        elif self.sets_error:
            visit.error_output = result
        assigned = None if self.assign is None else self.assign(visit)
        output = result if self.output is None else self.output(visit)
        return output, assigned


class JSONata:
    """The query language `JSONata`."""

    def data_flow(self, state: State) -> DataFlow:
        """See `QueryLanguage.data_flow`."""
        arguments = state.arguments if isinstance(state, TaskState | ParallelState) else ABSENT
        return JSONataDataFlow(
            arguments=arguments,
            output=state.output,
            assign=state.assign,
            sets_result=not isinstance(state, PassState),
        )

    def choice_flow(self, state: ChoiceState, rule: ChoiceRule) -> DataFlow:  # noqa: ARG002 - the rule alone decides
        """See `QueryLanguage.choice_flow`."""
        return JSONataDataFlow(output=rule.output, assign=rule.assign)

    def catch_flow(self, catcher: Catcher) -> DataFlow:
        """See `QueryLanguage.catch_flow`."""
        return JSONataDataFlow(output=catcher.output, assign=catcher.assign, sets_error=True)

    def condition(self, rule: ChoiceRule) -> Callable[[Visit], bool]:
        """See `QueryLanguage.condition`."""
        evaluate = _typed(rule.condition, "Condition", "boolean")
        return lambda visit: evaluate(visit) is True

    def template(self, value: Json, field: str) -> Evaluate:
        """See `QueryLanguage.template`."""
        return _template(value, field)

    def text(self, literal: str | None, path: str | None, field: str) -> Evaluate | None:  # noqa: ARG002 - JSONPath's
        """See `QueryLanguage.text`."""
        return None if literal is None else _typed(literal, field, "string")

    def integer(
        self,
        literal: int | str | None,
        path: str | None,  # noqa: ARG002 - JSONPath's
        field: str,
    ) -> Evaluate | None:
        """See `QueryLanguage.integer`."""
        return None if literal is None else _typed(literal, field, "number")

    def threshold(
        self,
        literal: float | str | None,
        path: str | None,  # noqa: ARG002 - JSONPath's
        field: str,
        *,
        whole: bool,  # noqa: ARG002 - JSONata has one type of numbers
    ) -> Evaluate | None:
        """See `QueryLanguage.threshold`."""
        return None if literal is None else _typed(literal, field, "number")

    def timestamp(self, literal: str | None, path: str | None) -> Evaluate | None:  # noqa: ARG002 - JSONPath's
        """See `QueryLanguage.timestamp`."""
        if literal is None:
            return None
        evaluate = _typed(literal, "Timestamp", "string")

        def timestamp(visit: Visit) -> Json:
            text = evaluate(visit)
            moment = parse_timestamp(text)
            if moment is None:
                raise EvaluationError(
                    QUERY_EVALUATION_ERROR,
                    "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "
                    f"{text}",
                    "Timestamp",
                )
            return moment

        return timestamp

    def items(self, path: str | None, items: Json, *, objects: bool) -> Evaluate:  # noqa: ARG002 - JSONPath's
        """See `QueryLanguage.items`."""
        allowed = ("array", "object") if objects else ("array",)
        given: Evaluate = (lambda visit: visit.input.value) if items is ABSENT else _template(items, "Items")
        expression = items[2:-2].strip() if is_jsonata(items) else "$states.input"

        def checked(visit: Visit) -> Json:
            value = given(visit)
            if json_type(value) not in allowed:
                failed = unexpected_type(expression, "Items", "array", value)
                raise EvaluationError(failed.error, failed.cause, "Items")
            return value

        return checked
