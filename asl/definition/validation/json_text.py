"""From the text of a definition to JSON."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from asl.definition.validation.diagnostics import Code, Diagnostic, Severity

MAX_LENGTH = 1_048_576
MAX_DEPTH = 128


class UnreadableDefinitionError(ValueError):
    """The text is not JSON that can be a definition; `diagnostic` says why."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(Severity.ERROR, code, message, location=None)


def load(text: str) -> Any:
    """Parse the text of a definition. Raises UnreadableDefinitionError.

    Text longer than 1 MiB, which is the quota of Step Functions, and JSON nested deeper than 128 are refused.
    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    if not text.strip():
        raise UnreadableDefinitionError(Code.MISSING_DESCRIPTION, "The state machine definition is empty")
    if len(text) > MAX_LENGTH:
        message = f"The state machine definition is longer than {MAX_LENGTH} characters"
        raise UnreadableDefinitionError(Code.INVALID_JSON_DESCRIPTION, message)
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        message = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise UnreadableDefinitionError(Code.INVALID_JSON_DESCRIPTION, message) from None
    except ValueError as error:
        raise UnreadableDefinitionError(Code.INVALID_JSON_DESCRIPTION, str(error)) from None
    if _depth(value) > MAX_DEPTH:
        raise _too_deep()
    return value


def _too_deep() -> UnreadableDefinitionError:
    return UnreadableDefinitionError(Code.TOO_DEEPLY_NESTED, f"The definition is nested deeper than {MAX_DEPTH} levels")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"Unrecognized token '{name}': JSON has no such number")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [member for item in level for member in (item.values() if isinstance(item, dict) else item)]
    return depth
