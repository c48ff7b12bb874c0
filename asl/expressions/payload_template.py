"""Payload templates: JSON in which a field whose name ends in `.$` is computed.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asl.expressions.errors import RUNTIME, ExpressionError
from asl.expressions.intrinsics import compile_intrinsic
from asl.expressions.jsonpath import compile_path
from asl.expressions.jsonpath.not_found import PathNotFoundError

if TYPE_CHECKING:
    from asl.expressions.scope import Evaluator, Json, Scope

DYNAMIC_SUFFIX = ".$"


@dataclass(frozen=True, slots=True)
class _Constant:
    value: Json


def compile_payload_template(template: Json) -> Evaluator:
    """Compile Parameters, ResultSelector, ItemSelector, Assign and the like into a function from a Scope to a payload.

    Objects and arrays are templates at every depth. `"name.$"` becomes `"name"` with the value of the path or intrinsic
    function; everything else is copied. Raises ExpressionError, naming the field, when compiling as when evaluating.
    """
    compiled = _compile(template)
    if isinstance(compiled, _Constant):
        value = compiled.value
        return lambda _: value
    return compiled


def compile_expression(text: str) -> Evaluator:
    """Compile what a `.$` field holds: a path or an intrinsic function."""
    return compile_path(text) if text.startswith("$") else compile_intrinsic(text)


def _compile(template: Json) -> Evaluator | _Constant:
    if isinstance(template, dict):
        return _object({key: _field(key, value) for key, value in template.items()}, template)
    if isinstance(template, list):
        return _array([_compile(item) for item in template], template)
    return _Constant(template)


def _field(key: str, value: Json) -> Evaluator | _Constant:
    if not key.endswith(DYNAMIC_SUFFIX):
        return _compile(value)
    if not isinstance(value, str):
        raise ExpressionError(
            RUNTIME, f"The value for the field '{key}' must be a valid JSONPath or intrinsic function"
        )
    return compile_expression(value)


def _object(fields: dict[str, Evaluator | _Constant], template: Json) -> Evaluator | _Constant:
    dynamic = [
        (key, key.removesuffix(DYNAMIC_SUFFIX) if key.endswith(DYNAMIC_SUFFIX) else key, field)
        for key, field in fields.items()
        if not isinstance(field, _Constant)
    ]
    if not dynamic:
        return _Constant(template)
    names = {key: key for key in fields} | {key: name for key, name, _ in dynamic}
    skeleton = {names[key]: field.value if isinstance(field, _Constant) else None for key, field in fields.items()}

    def build(scope: Scope) -> Json:
        payload = skeleton.copy()
        for key, name, evaluate in dynamic:
            try:
                payload[name] = evaluate(scope)
            except PathNotFoundError as error:
                raise error.in_field(key) from None
        return payload

    return build


def _array(items: list[Evaluator | _Constant], template: Json) -> Evaluator | _Constant:
    if all(isinstance(item, _Constant) for item in items):
        return _Constant(template)

    def build(scope: Scope) -> Json:
        return [item.value if isinstance(item, _Constant) else item(scope) for item in items]

    return build
