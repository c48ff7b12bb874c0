"""The context object that a test gives to its state.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any

STRING: Final = "a string"
NUMBER: Final = "a number"
ANY: Final = "any JSON"

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Execution": {
        "Id": STRING,
        "Input": ANY,
        "Name": STRING,
        "RoleArn": STRING,
        "StartTime": STRING,
        "RedriveCount": NUMBER,
        "RedriveTime": STRING,
    },
    "State": {"EnteredTime": STRING, "Name": STRING, "RetryCount": NUMBER},
    "StateMachine": {"Id": STRING, "Name": STRING},
    "Task": {"Token": STRING},
}


class ContextError(ValueError):
    """The value is not a context object that a test may have; the text of the error says why."""


def check_context(context: Json) -> dict[str, Json]:
    """The context object that a test is given. What it leaves out is not there for the state either.

    Raises:
        ContextError: it is no object, has a field that no context object has, or a value of a wrong type.
    """
    if not isinstance(context, dict):
        raise ContextError("it must be an object")
    if "Map" in context:
        raise ContextError("'Map' field is not supported when mocking a Context object")
    for name, part in context.items():
        _check_part(name, part)
    return context


def _check_part(name: str, part: Json) -> None:
    fields = FIELDS.get(name)
    if fields is None:
        raise ContextError(f"Field '{name}' is not allowed")
    if not isinstance(part, dict):
        raise ContextError(f"{name} must be an object")
    for field, value in part.items():
        if field not in fields:
            raise ContextError(f"Field '{field}' is not allowed")
        if not _is_of(fields[field], value):
            raise ContextError(f"{name}.{field} must be {fields[field]}")


def _is_of(kind: str, value: Json) -> bool:
    if kind == STRING:
        return isinstance(value, str)
    return kind == ANY or (isinstance(value, int | float) and not isinstance(value, bool))
