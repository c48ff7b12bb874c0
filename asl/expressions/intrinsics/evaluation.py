"""From an intrinsic function call to a function over a Scope."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asl.expressions.errors import INTRINSIC_FAILURE, RUNTIME, ExpressionError
from asl.expressions.intrinsics.functions import FUNCTIONS, IntrinsicArgumentError, fill
from asl.expressions.intrinsics.grammar import (
    Argument,
    Call,
    Constant,
    IntrinsicSyntaxError,
    Path,
    Text,
    parse_intrinsic,
)
from asl.expressions.java_values import compact_json
from asl.expressions.jsonpath.evaluation import compile_path
from asl.expressions.jsonpath.not_found import PathNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.expressions.scope import Evaluator, Json, Scope


@lru_cache(maxsize=4096)
def compile_intrinsic(text: str) -> Evaluator:
    """Compile `States.Name(...)` into a function from a Scope to the result.

    Raises ExpressionError: when compiling for text that isn't a call of a known function; when evaluating
    States.IntrinsicFailure for arguments that the function refuses, and States.Runtime for a path that selects nothing.
    https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
    """
    try:
        call = parse_intrinsic(text)
        evaluate = _call(call)
    except IntrinsicSyntaxError as error:
        raise ExpressionError(RUNTIME, f"The function '{text}' had the following error: {error}") from None

    def intrinsic(scope: Scope) -> Json:
        try:
            return evaluate(scope)
        except PathNotFoundError as error:
            raise ExpressionError(
                RUNTIME,
                f"The function '{text}' had the following error: The JsonPath argument for the field "
                f"'{error.path}' could not be found in the input '{compact_json(error.document)}'",
            ) from None
        except (IntrinsicArgumentError, RecursionError) as error:
            cause = f"The function '{text}' had the following error: {error}"
            raise ExpressionError(INTRINSIC_FAILURE, cause) from None

    return intrinsic


def _call(call: Call) -> Evaluator:
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise IntrinsicSyntaxError(f"There is no intrinsic function States.{call.name}")
    if not function.least <= len(call.arguments) <= function.most:
        raise IntrinsicSyntaxError(f"Invalid number of arguments for States.{call.name}")
    if call.name == "Format" and isinstance(call.arguments[0], Text):
        return _format(call.arguments[0].segments, [_argument(argument) for argument in call.arguments[1:]])
    return _apply(function.apply, [_argument(argument) for argument in call.arguments])


def _apply(function: Callable[..., Json], arguments: list[Evaluator]) -> Evaluator:
    if len(arguments) == 1:
        only = arguments[0]
        return lambda scope: function(only(scope))
    return lambda scope: function(*[argument(scope) for argument in arguments])


def _format(segments: tuple[str, ...], arguments: list[Evaluator]) -> Evaluator:
    return lambda scope: fill(segments, [argument(scope) for argument in arguments])


def _argument(argument: Argument) -> Evaluator:
    if isinstance(argument, Path):
        return compile_path(argument.text)
    if isinstance(argument, Call):
        return _call(argument)
    return _constant(argument)


def _constant(argument: Text | Constant) -> Evaluator:
    value = argument.value
    return lambda _: value
