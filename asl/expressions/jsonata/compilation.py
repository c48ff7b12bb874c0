"""Compiling one JSONata expression, and evaluating it with the variables of a state."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from asl.expressions.errors import QUERY_EVALUATION_ERROR, ExpressionError
from asl.expressions.jsonata.closures import close, reads_only
from asl.expressions.jsonata.failures import evaluation_failure, undefined_failure
from asl.expressions.jsonata.interpreter import BoundedInterpreter
from asl.expressions.jsonata.library import NULL, Sequence
from asl.expressions.jsonata.syntax import JsonataSyntaxError, parse_jsonata
from asl.expressions.jsonata.values import is_undefined, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.expressions.scope import Json

OPENING = "{%"
CLOSING = "%}"

_interpreter = BoundedInterpreter()


def is_jsonata(value: Json) -> bool:
    """Whether a value of a definition is an expression, `{% ... %}`, rather than a literal."""
    return isinstance(value, str) and value.startswith(OPENING) and value.endswith(CLOSING)


def unwrapped(text: str) -> str:
    """The expression without its `{%` and `%}`, if it has them, and without blanks around it."""
    inner = text[len(OPENING) : -len(CLOSING)] if is_jsonata(text) and len(text) > len(OPENING) else text
    return inner.strip()


class JsonataExpression:
    """A compiled expression: a function from variables to a JSON value."""

    __slots__ = ("_ast", "_closure", "_is_json", "field", "text")

    def __init__(self, text: str, field: str, ast: Any) -> None:
        self.text = text
        self.field = field
        self._ast = ast
        self._closure = close(ast, _interpreter)
        self._is_json = self._closure is not None and reads_only(ast)

    def __call__(self, bindings: Mapping[str, Json], now_millis: int | None = None) -> Json:
        """Evaluate with `bindings`, for example `{"states": {...}, "count": 1}`.

        `now_millis` is the time that $now and $millis tell, in milliseconds since 1970; the wall clock by default.
        Raises ExpressionError States.QueryEvaluationError, also when the result is undefined.
        """
        try:
            closure = self._closure
            value = _interpreter.run(self._ast, bindings, now_millis) if closure is None else closure(bindings)
            if type(value) is str or type(value) is bool:
                return value
            if value is NULL:
                return None
            if not is_undefined(value):
                return value if self._is_json and not isinstance(value, Sequence) else to_json(value)
        except Exception as error:  # noqa: BLE001  whatever the library raises is the failure of this expression
            raise evaluation_failure(self.text, self.field, error) from None
        raise undefined_failure(self.text, self.field)


@lru_cache(maxsize=4096)
def compile_jsonata(text: str, field: str = "") -> JsonataExpression:
    """Compile an expression, with or without `{% %}`. `field` names its place in messages, such as `Output/total`.

    Raises ExpressionError States.QueryEvaluationError when the text isn't JSONata.
    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    expression = unwrapped(text)
    try:
        ast = parse_jsonata(expression)
    except JsonataSyntaxError as error:
        cause = f"The JSONata expression '{expression}' specified for the field '{field}' is not valid: {error}"
        raise ExpressionError(QUERY_EVALUATION_ERROR, cause) from None
    return JsonataExpression(expression, field, ast)
