"""What AWS says when a JSONata expression fails."""

from __future__ import annotations

import re
from typing import Any

from asl.expressions.errors import QUERY_EVALUATION_ERROR, ExpressionError
from asl.expressions.jsonata.library import ERROR_TEXTS, LibraryError
from asl.expressions.jsonata.values import TooLargeError, shown

OUT_OF_TIME = "Expression evaluation timeout: Check for infinite loop"
OUT_OF_STACK = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)
OUT_OF_MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"

_PLACEHOLDER = re.compile(r"\{\{\{\w+\}\}\}|\{\{\w+\}\}")
_ARRAY_TYPES = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


class BudgetExceededError(LibraryError):  # type: ignore[misc]  # the library has no types
    """An expression used up its steps, depth or memory. The library lets its own exceptions through unchanged."""

    def __init__(self, message: str) -> None:
        super().__init__("", -1)
        self.message = message


def evaluation_failure(expression: str, field: str, error: Exception) -> ExpressionError:
    """The ExpressionError that a state fails with because `error` was raised while evaluating."""
    if isinstance(error, BudgetExceededError):
        tail = f" threw an error during evaluation: {error.message}"
    elif isinstance(error, RecursionError):
        tail = f" threw an error during evaluation: {OUT_OF_STACK}"
    elif isinstance(error, MemoryError | TooLargeError):
        tail = f" threw an error during evaluation: {OUT_OF_MEMORY}"
    elif isinstance(error, LibraryError) and error.error in ERROR_TEXTS:
        tail = f" threw an error during evaluation. {error.error}: {library_message(error)}"
    elif isinstance(error, LibraryError):
        tail = f" threw an error during evaluation: {error.error}"
    else:
        tail = " threw an internal error during evaluation."
    return _failure(expression, field, tail)


def undefined_failure(expression: str, field: str) -> ExpressionError:
    """The ExpressionError for an expression without a result."""
    return _failure(expression, field, " returned nothing (undefined).")


def unexpected_type(expression: str, field: str, expected: str, value: Any) -> ExpressionError:
    """The ExpressionError for a result of the wrong JSON type; `expected` is for example `array`."""
    tail = f" returned an unexpected result type. Expected '{expected}', but was '{json_type(value)}' for value: "
    return _failure(expression, field, tail + shown(value))


def json_type(value: Any) -> str:
    """The name of a value's JSON type."""
    if value is None:
        return "null"
    names = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object"}
    return names.get(type(value), "array")


def _failure(expression: str, field: str, tail: str) -> ExpressionError:
    cause = f"The JSONata expression '{expression}' specified for the field '{field}'{tail}"
    return ExpressionError(QUERY_EVALUATION_ERROR, cause)


def library_message(error: Any) -> str:
    """The text of an error code with its values filled in, as the JSONata reference implementation words it.

    https://github.com/jsonata-js/jsonata (the errorCodes table)
    """
    template = ERROR_TEXTS[error.error].replace("Object", "function")
    values = iter(_values(error))

    def fill(placeholder: re.Match[str]) -> str:
        value = next(values, None)
        return str(value) if placeholder.group().startswith("{{{") else shown(value)

    return _PLACEHOLDER.sub(fill, template)


def _values(error: Any) -> list[Any]:
    """The values for the placeholders, in their order; the library gives some in another order or place."""
    called = getattr(error, "called", None)
    match error.error:
        case "T0410":
            return [error.current if isinstance(error.current, int) else 1, error.expected or called]
        case "T0411":
            return [error.expected, called]
        case "T0412":
            return [error.current, error.expected, _ARRAY_TYPES.get(str(error.extra), error.extra)]
        case "D1002":
            return [error.expected]
        case "D3100":
            return [error.location]
        case "T1010":
            return [called]
        case _:
            return [error.current, error.expected, error.extra]
