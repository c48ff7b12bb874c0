"""JSON in which every string of the form `{% ... %}` is computed: Output, Arguments, Assign, ItemSelector, Items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from asl.expressions.jsonata.compilation import JsonataExpression, compile_jsonata, is_jsonata
from asl.expressions.scope import Json

Template: TypeAlias = Callable[[Mapping[str, Json], int | None], Json]


class _Constant:
    __slots__ = ("value",)

    def __init__(self, value: Json) -> None:
        self.value = value


def compile_jsonata_template(template: Json, field: str = "") -> JsonataTemplate:
    """Compile a template; `field` is the name of the state's field, such as `Output`, for messages.

    Raises ExpressionError States.QueryEvaluationError when an expression in it isn't JSONata.
    """
    return JsonataTemplate(_compile(template, field))


class JsonataTemplate:
    """A compiled template: a function from variables to a JSON value."""

    __slots__ = ("_compiled",)

    def __init__(self, compiled: Template | JsonataExpression | _Constant) -> None:
        self._compiled = compiled

    def __call__(self, bindings: Mapping[str, Json], now_millis: int | None = None) -> Json:
        """Evaluate with `bindings`; see JsonataExpression. An expression without a result fails the whole."""
        compiled = self._compiled
        return compiled.value if isinstance(compiled, _Constant) else compiled(bindings, now_millis)


def _compile(template: Json, field: str) -> Template | JsonataExpression | _Constant:
    if is_jsonata(template):
        return compile_jsonata(template, field)
    if isinstance(template, dict):
        return _object({key: _compile(value, f"{field}/{key}") for key, value in template.items()}, template)
    if isinstance(template, list):
        return _array([_compile(item, f"{field}[{index}]") for index, item in enumerate(template)], template)
    return _Constant(template)


def _object(fields: Mapping[str, Template | JsonataExpression | _Constant], template: Json) -> Template | _Constant:
    dynamic = [(key, field) for key, field in fields.items() if not isinstance(field, _Constant)]
    if not dynamic:
        return _Constant(template)
    skeleton = {key: field.value if isinstance(field, _Constant) else None for key, field in fields.items()}

    def build(bindings: Mapping[str, Json], now_millis: int | None) -> Json:
        value = skeleton.copy()
        for key, evaluate in dynamic:
            value[key] = evaluate(bindings, now_millis)
        return value

    return build


def _array(items: list[Template | JsonataExpression | _Constant], template: Json) -> Template | _Constant:
    if all(isinstance(item, _Constant) for item in items):
        return _Constant(template)

    def build(bindings: Mapping[str, Json], now_millis: int | None) -> Json:
        return [item.value if isinstance(item, _Constant) else item(bindings, now_millis) for item in items]

    return build
