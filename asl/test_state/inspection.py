"""What happens inside a state, step by step.

`InspectingLanguage` stands between a state and its query language: it has the same expressions compiled, and notes what
they yield when the state is run.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import ABSENT, MapState, ParallelState, PassState, TaskState
from asl.engine.errors import RUNTIME, StateError
from asl.engine.query_language.jsonpath import JSONPathDataFlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.definition.model import Catcher, ChoiceRule, ChoiceState, State
    from asl.engine.frame import Visit
    from asl.engine.query_language import DataFlow, Evaluate, QueryLanguage
    from asl.engine.query_language.protocol import Assigned
    from asl.expressions import Evaluator, Scope

Json = Any

AFTER_INPUT_PATH: Final = "afterInputPath"
AFTER_PARAMETERS: Final = "afterParameters"
AFTER_ARGUMENTS: Final = "afterArguments"
AFTER_ITEMS_PATH: Final = "afterItemsPath"
RESULT: Final = "result"
AFTER_RESULT_SELECTOR: Final = "afterResultSelector"
AFTER_RESULT_PATH: Final = "afterResultPath"
MAX_CONCURRENCY: Final = "MaxConcurrency"

_encode = json.JSONEncoder(ensure_ascii=False).encode


def written(value: Json) -> str:
    """The JSON text of a value as TestState writes it: with a blank after commas and colons, unlike executions.

    Raises:
        StateError: the value is nested too deeply.
    """
    try:
        return _encode(value)
    except RecursionError:
        raise StateError(RUNTIME, "A value is nested too deeply to be told.") from None


class Inspection:
    """What is noted of a test: `data` as `inspectionData` has it, and the error that a catcher caught."""

    def __init__(self, given_input: str) -> None:
        self.data: dict[str, Any] = {"input": given_input}
        self.caught: dict[str, str] | None = None

    def note(self, step: str, value: Json) -> None:
        """Note the value after a step, as JSON text."""
        self.data[step] = written(value)

    def note_number(self, name: str, value: float) -> None:
        """Note a number that the state computed."""
        self.data[name] = value

    def note_error(self, name: str, value: int) -> None:
        """Note what the state's retriers and catchers did about an error."""
        self.data.setdefault("errorDetails", {})[name] = value

    def watched(self, step: str, evaluate: Evaluator | None) -> Evaluator:
        """A JSONPath expression, or its absence, that notes what it yields."""

        def evaluated(scope: Scope) -> Json:
            value = scope.document if evaluate is None else evaluate(scope)
            self.note(step, value)
            return value

        return evaluated

    def watched_before(self, step: str, evaluate: Evaluator | None) -> Evaluator:
        """A JSONPath expression, or its absence, that notes what it is given."""

        def evaluated(scope: Scope) -> Json:
            self.note(step, scope.document)
            return scope.document if evaluate is None else evaluate(scope)

        return evaluated


class InspectingLanguage:
    """A query language whose expressions are noted as they are evaluated."""

    def __init__(self, language: QueryLanguage, inspection: Inspection) -> None:
        self._language = language
        self._inspection = inspection
        self._catchers = 0

    def data_flow(self, state: State) -> DataFlow:
        """See `QueryLanguage.data_flow`."""
        flow = self._language.data_flow(state)
        if isinstance(flow, JSONPathDataFlow):
            self._watch(flow, state)
            return flow
        return InspectedTaskFlow(flow, self._inspection) if isinstance(state, TaskState) else flow

    def _watch(self, flow: JSONPathDataFlow, state: State) -> None:
        """Let the steps that the state has tell what they yield."""
        watched, watched_before = self._inspection.watched, self._inspection.watched_before
        fixed_result = isinstance(state, PassState) and state.result is not ABSENT
        if not fixed_result:
            flow.input_path = watched(AFTER_INPUT_PATH, flow.input_path)
        if isinstance(state, PassState | TaskState | ParallelState) and not fixed_result:
            flow.arguments = watched(AFTER_PARAMETERS, flow.arguments)
        if isinstance(state, PassState | TaskState | ParallelState | MapState):
            flow.result_selector = watched(AFTER_RESULT_SELECTOR, flow.result_selector)
            flow.output_path = watched_before(AFTER_RESULT_PATH, flow.output_path)
        if fixed_result or isinstance(state, TaskState):
            flow.result_selector = watched_before(RESULT, flow.result_selector)

    def choice_flow(self, state: ChoiceState, rule: ChoiceRule) -> DataFlow:
        """See `QueryLanguage.choice_flow`."""
        return self._language.choice_flow(state, rule)

    def catch_flow(self, catcher: Catcher) -> DataFlow:
        """See `QueryLanguage.catch_flow`. A state asks for those of its catchers in their order."""
        index = self._catchers
        self._catchers += 1
        return InspectedCatchFlow(self._language.catch_flow(catcher), self._inspection, index)

    def condition(self, rule: ChoiceRule) -> Callable[[Visit], bool]:
        """See `QueryLanguage.condition`."""
        return self._language.condition(rule)

    def template(self, value: Json, field: str) -> Evaluate:
        """See `QueryLanguage.template`."""
        return self._language.template(value, field)

    def text(self, literal: str | None, path: str | None, field: str) -> Evaluate | None:
        """See `QueryLanguage.text`."""
        return self._language.text(literal, path, field)

    def integer(self, literal: int | str | None, path: str | None, field: str) -> Evaluate | None:
        """See `QueryLanguage.integer`. The concurrency of a Map state is told even where it names none."""
        evaluate = self._language.integer(literal, path, field)
        if field != MAX_CONCURRENCY:
            return evaluate
        return self._watched_number(evaluate or (lambda _visit: 0), field)

    def threshold(self, literal: float | str | None, path: str | None, field: str, *, whole: bool) -> Evaluate | None:
        """See `QueryLanguage.threshold`."""
        evaluate = self._language.threshold(literal, path, field, whole=whole)
        return None if evaluate is None else self._watched_number(evaluate, field)

    def timestamp(self, literal: str | None, path: str | None) -> Evaluate | None:
        """See `QueryLanguage.timestamp`."""
        return self._language.timestamp(literal, path)

    def items(self, path: str | None, items: Json, *, objects: bool) -> Evaluate:
        """See `QueryLanguage.items`. What `Items` of JSONata yields is not told."""
        evaluate = self._language.items(path, items, objects=objects)
        if items is not ABSENT or path is None:
            return evaluate

        def array(visit: Visit) -> Json:
            value = evaluate(visit)
            self._inspection.note(AFTER_ITEMS_PATH, value)
            return value

        return array

    def _watched_number(self, evaluate: Evaluate, field: str) -> Evaluate:
        name = field[0].lower() + field[1:]

        def number(visit: Visit) -> Json:
            value = evaluate(visit)
            self._inspection.note_number(name, value)
            return value

        return number


class InspectedTaskFlow:
    """The flow of data through a Task state in JSONata."""

    def __init__(self, flow: DataFlow, inspection: Inspection) -> None:
        self._flow = flow
        self._inspection = inspection

    def prepare(self, visit: Visit) -> Json:
        """See `DataFlow.prepare`."""
        arguments = self._flow.prepare(visit)
        self._inspection.note(AFTER_ARGUMENTS, arguments)
        return arguments

    def finish(self, visit: Visit, result: Json) -> tuple[Json, Assigned]:
        """See `DataFlow.finish`."""
        self._inspection.note(RESULT, result)
        return self._flow.finish(visit, result)


class InspectedCatchFlow:
    """The flow of data from an error through the catcher at `index`."""

    def __init__(self, flow: DataFlow, inspection: Inspection, index: int) -> None:
        self._flow = flow
        self._inspection = inspection
        self._index = index

    def prepare(self, visit: Visit) -> Json:
        """See `DataFlow.prepare`."""
        return self._flow.prepare(visit)

    def finish(self, visit: Visit, result: Json) -> tuple[Json, Assigned]:
        """See `DataFlow.finish`; the result is the error."""
        self._inspection.note_error("catchIndex", self._index)
        finished = self._flow.finish(visit, result)
        self._inspection.caught = result
        return finished
