"""States in JSONPath: InputPath, Parameters, ResultSelector, ResultPath, OutputPath and the `...Path` fields.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.definition.model import ABSENT, MapState, PassState, RetryCatchState
from asl.engine.errors import RUNTIME, StateError
from asl.engine.payload import encode
from asl.engine.query_language.choice_rules import compile_choice_rule
from asl.engine.timestamps import parse_timestamp
from asl.expressions import (
    PathNotFoundError,
    compile_expression,
    compile_path,
    compile_payload_template,
    compile_reference_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.definition.model import Absent, Catcher, ChoiceRule, ChoiceState, State
    from asl.engine.frame import Visit
    from asl.engine.query_language.protocol import Assigned, DataFlow, Evaluate
    from asl.expressions import Evaluator, ReferencePath

Json = Any


def _empty(_scope: object) -> Json:
    return {}


def _path(text: str | None) -> Evaluator | None:
    """The function of an InputPath or OutputPath, None for `$`: what it selects is what there is."""
    if text is None:
        return _empty
    return None if text == "$" else compile_path(text)


def _template(value: Json | Absent) -> Evaluator | None:
    return None if value is ABSENT else compile_payload_template(value)


class JSONPathDataFlow:
    """The flow of data through one state."""

    __slots__ = ("arguments", "assign", "input_path", "output_path", "result_path", "result_selector")

    def __init__(
        self,
        *,
        input_path: str | None = "$",
        arguments: Json | Absent = ABSENT,
        result_selector: Json | Absent = ABSENT,
        result_path: str | None = "$",
        output_path: str | None = "$",
        assign: Json | Absent = ABSENT,
    ) -> None:
        self.input_path = _path(input_path)
        self.arguments = _template(arguments)
        self.result_selector = _template(result_selector)
        self.result_path: ReferencePath | bool = (
            result_path is not None if result_path in {"$", None} else compile_reference_path(str(result_path))
        )
        self.output_path = _path(output_path)
        self.assign = _template(assign)

    def prepare(self, visit: Visit) -> Json:
        """The input after InputPath and Parameters."""
        if self.input_path is not None:
            visit.document = self.input_path(visit.scope())
        if self.arguments is not None:
            visit.document = self.arguments(visit.scope())
        return visit.document

    def finish(self, visit: Visit, result: Json) -> tuple[Json, Assigned]:
        """The result after ResultSelector, put into the raw input by ResultPath, after OutputPath."""
        visit.document = result
        if self.result_selector is not None:
            visit.document = result = self.result_selector(visit.scope())
        assigned = None if self.assign is None else self.assign(visit.scope())
        output = self._combine(visit.input.value, result)
        if self.output_path is not None:
            visit.document = output
            output = self.output_path(visit.scope())
        return output, assigned

    def _combine(self, raw_input: Json, result: Json) -> Json:
        if self.result_path is True:
            return result
        if self.result_path is False:
            return raw_input
        return self.result_path.insert(raw_input, result)


class JSONPath:
    """The query language `JSONPath`."""

    def data_flow(self, state: State) -> DataFlow:
        """See `QueryLanguage.data_flow`. The Parameters of a Map state are its ItemSelector, not a part of this."""
        fields: dict[str, Any] = {}
        if isinstance(state, PassState):
            fields = {"arguments": state.parameters, "result_path": state.result_path}
        elif isinstance(state, RetryCatchState):
            fields = {
                "arguments": ABSENT if isinstance(state, MapState) else state.arguments,
                "result_selector": state.result_selector,
                "result_path": state.result_path,
            }
        return JSONPathDataFlow(
            input_path=state.input_path, output_path=state.output_path, assign=state.assign, **fields
        )

    def choice_flow(self, state: ChoiceState, rule: ChoiceRule) -> DataFlow:
        """See `QueryLanguage.choice_flow`."""
        return JSONPathDataFlow(input_path=state.input_path, output_path=state.output_path, assign=rule.assign)

    def catch_flow(self, catcher: Catcher) -> DataFlow:
        """See `QueryLanguage.catch_flow`."""
        return JSONPathDataFlow(result_path=catcher.result_path, assign=catcher.assign)

    def condition(self, rule: ChoiceRule) -> Callable[[Visit], bool]:
        """See `QueryLanguage.condition`."""
        return compile_choice_rule(rule.condition)

    def template(self, value: Json, field: str) -> Evaluate:  # noqa: ARG002 - a template names its fields itself
        """See `QueryLanguage.template`."""
        evaluate = compile_payload_template(value)
        return lambda visit: evaluate(visit.scope())

    def text(self, literal: str | None, path: str | None, field: str) -> Evaluate | None:
        """See `QueryLanguage.text`."""
        if path is None:
            return None if literal is None else lambda _visit: literal
        evaluate = self._reference(path, field)

        def text(visit: Visit) -> Json:
            value = evaluate(visit)
            if not isinstance(value, str):
                raise self._wrong_type(visit, field, "a string value", path, value)
            return value

        return text

    def integer(self, literal: int | str | None, path: str | None, field: str) -> Evaluate | None:
        """See `QueryLanguage.integer`."""
        if path is None:
            return None if literal is None else lambda _visit: literal
        evaluate = self._reference(path, field)

        def integer(visit: Visit) -> Json:
            value = evaluate(visit)
            if isinstance(value, bool) or not isinstance(value, int):
                raise self._wrong_type(visit, field, "an integer value", path, value)
            return value

        return integer

    def threshold(self, literal: float | str | None, path: str | None, field: str, *, whole: bool) -> Evaluate | None:
        """See `QueryLanguage.threshold`."""
        if path is None:
            return None if literal is None else lambda _visit: literal
        evaluate = self._reference(path, field)
        types: tuple[type, ...] = (int,) if whole else (int, float)

        def threshold(visit: Visit) -> Json:
            value = evaluate(visit)
            if isinstance(value, bool) or not isinstance(value, types):
                shown = value if isinstance(value, str) else encode(value)
                kind = "integer" if whole else "float"
                cause = f'The {field}Path field refers to value "{shown}" which is not a valid {kind}: {path}'
                raise StateError(RUNTIME, visit.explain(cause))
            return value

        return threshold

    def timestamp(self, literal: str | None, path: str | None) -> Evaluate | None:
        """See `QueryLanguage.timestamp`."""
        if path is None:
            return None if literal is None else lambda _visit: parse_timestamp(literal)
        evaluate = self._reference(path, "Timestamp")

        def timestamp(visit: Visit) -> Json:
            value = evaluate(visit)
            moment = parse_timestamp(value)
            if moment is None:
                what = "a valid ISO-8601 extended offset date-time format string"
                raise self._wrong_type(visit, "Timestamp", what, path, value)
            return moment

        return timestamp

    def items(self, path: str | None, items: Json, *, objects: bool) -> Evaluate:  # noqa: ARG002 - JSONata's
        """See `QueryLanguage.items`."""
        allowed = (list, dict) if objects else (list,)
        evaluate = self._reference(path, "Items") if path is not None and path != "$" else _document

        def array(visit: Visit) -> Json:
            value = evaluate(visit)
            if not isinstance(value, allowed):
                where = f"The value at the path '{path or '$'}' specified for the field 'ItemsPath'"
                raise StateError(RUNTIME, visit.explain(f"{where} is not an array."))
            return value

        return array

    def _reference(self, path: str, field: str) -> Evaluate:
        evaluate = compile_expression(path)

        def select(visit: Visit) -> Json:
            try:
                return evaluate(visit.scope())
            except PathNotFoundError as missing:
                raise missing.in_field(f"{field}Path") from None

        return select

    def _wrong_type(self, visit: Visit, field: str, what: str, path: str, value: Json) -> StateError:
        shown = value if isinstance(value, str) else encode(value)
        return StateError(
            RUNTIME, visit.explain(f"The {field}Path parameter does not reference {what}: {path} == {shown}")
        )


def _document(visit: Visit) -> Json:
    return visit.document
