"""Requests checked against botocore's service model, compiled once into plain functions.

Two passes, as on AWS: first a value of the wrong JSON type ends the request (`SerializationException`), then all broken
constraints are told together (`ValidationException`). Unknown fields and `null` are ignored, as AWS ignores them.

See https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.model import ListShape, StringShape, StructureShape

from asl.service.errors import constraint_violation, serialization_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import ServiceModel, Shape

    # (value, path, violations) -> the value as the operation sees it
    Check = Callable[[Any, str, list[str]], Any]

MEASURED_IN_BYTES = {"SensitiveData"}

# AWS names the values of an enumeration in an order of its own; here where it is known and not that of the model.
ENUMERATION_ORDER = {
    "ExecutionStatus": ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"],
}


@cache
def service_model() -> ServiceModel:
    """The model of Step Functions as botocore has it."""
    return botocore.session.get_session().get_service_model("stepfunctions")


class RequestCheck:
    """The checks of one operation's input."""

    def __init__(self, operation: str) -> None:
        shape = service_model().operation_model(operation).input_shape
        self._check = _compile(shape) if shape is not None else _anything

    def __call__(self, body: Any) -> dict[str, Any]:
        """The request without unknown fields and nulls.

        Raises:
            ApiError: `SerializationException` or `ValidationException`.

        """
        if not isinstance(body, dict):
            raise serialization_error("Unexpected JSON: the body of a request is an object")
        violations: list[str] = []
        request: dict[str, Any] = self._check(body, "", violations)
        if violations:
            plural = "s" if len(violations) > 1 else ""
            raise constraint_violation(f"{len(violations)} validation error{plural} detected: {'; '.join(violations)}")
        return request


def _anything(value: Any, _path: str, _violations: list[str]) -> Any:
    return value


def _compile(shape: Shape) -> Check:
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        return _list(shape)
    if isinstance(shape, StringShape):
        return _string(shape)
    if shape.type_name == "boolean":
        return _boolean
    return _number(shape)


def _structure(shape: StructureShape) -> Check:
    members = [(name, _compile(member)) for name, member in shape.members.items()]
    required = frozenset(shape.required_members)

    def check(value: Any, path: str, violations: list[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise serialization_error(_mismatch(value, "a structure"))
        found = {}
        for name, check_member in members:
            member = value.get(name)
            if member is not None:
                found[name] = check_member(member, f"{path}.{name}" if path else name, violations)
            elif name in required:
                violations.append(_absent(f"{path}.{name}" if path else name))
        return found

    return check


def _list(shape: ListShape) -> Check:
    check_member = _compile(shape.member)
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    member_name = shape.member.name

    def check(value: Any, path: str, violations: list[str]) -> list[Any]:
        if not isinstance(value, list):
            raise serialization_error(_mismatch(value, "a list"))
        size = len(value)
        if (low is not None and size < low) or (high is not None and size > high):
            shown = "[" + ", ".join(_as_java(member, member_name) for member in value) + "]"
            violations.append(f"Value '{shown}' at '{path}' failed to satisfy constraint: {_length(size, low, high)}")
        return [
            _check_member(check_member, member, f"{path}.{number}.member", violations)
            for number, member in enumerate(value, start=1)
        ]

    return check


def _check_member(check: Check, member: Any, path: str, violations: list[str]) -> Any:
    if member is None:
        violations.append(_absent(path))
        return None
    return check(member, path, violations)


def _string(shape: StringShape) -> Check:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    allowed, secret = ENUMERATION_ORDER.get(shape.name, list(shape.enum)), bool(shape.metadata.get("sensitive"))
    pattern = shape.metadata.get("pattern")
    matches = re.compile(_as_python_pattern(pattern)).fullmatch if pattern else None
    in_bytes = shape.name in MEASURED_IN_BYTES

    def broken(value: str) -> list[str]:
        size = len(value)
        if in_bytes and high is not None and size * 4 > high:
            size = len(value.encode())
        found = []
        if (low is not None and size < low) or (high is not None and size > high):
            found.append(_length(size, low, high))
        if allowed and value not in allowed:
            found.append(f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        if matches and not matches(value):
            found.append(f"Member must satisfy regular expression pattern: {pattern}")
        return found

    def check(value: Any, path: str, violations: list[str]) -> str:
        if not isinstance(value, str):
            raise serialization_error(_mismatch(value, "a String"))
        for constraint in broken(value):
            shown = "Value" if secret else f"Value '{value}'"
            violations.append(f"{shown} at '{path}' failed to satisfy constraint: {constraint}")
        return value

    return check


def _number(shape: Shape) -> Check:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    whole = shape.type_name in ("integer", "long")
    kind = "an Integer" if shape.type_name == "integer" else f"a {shape.type_name.capitalize()}"

    def check(value: Any, path: str, violations: list[str]) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise serialization_error(_mismatch(value, kind))
        number = int(value) if whole else value
        if low is not None and number < low:
            violations.append(_out_of_range(number, path, f"greater than or equal to {low}"))
        if high is not None and number > high:
            violations.append(_out_of_range(number, path, f"less than or equal to {high}"))
        return number

    return check


def _boolean(value: Any, _path: str, _violations: list[str]) -> bool:
    if not isinstance(value, bool):
        raise serialization_error(_mismatch(value, "a Boolean"))
    return value


def _absent(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _length(size: int, low: int | None, high: int | None) -> str:
    if low is not None and size < low:
        return f"Member must have length greater than or equal to {low}"
    return f"Member must have length less than or equal to {high}"


def _out_of_range(number: float, path: str, bound: str) -> str:
    return f"Value '{number}' at '{path}' failed to satisfy constraint: Member must have value {bound}"


def _mismatch(value: Any, expected: str) -> str:
    if isinstance(value, dict):
        return "Start of structure or map found where not expected"
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        token = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    return f"{token} can not be converted to {expected}"


def _as_java(value: Any, name: str) -> str:
    """A value as Java's `toString` writes it, which is how AWS quotes a list that is too long."""
    if isinstance(value, dict):
        return f"{name}({', '.join(f'{key}={_as_java(member, key)}' for key, member in value.items())})"
    if isinstance(value, list):
        return "[" + ", ".join(_as_java(member, name) for member in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _as_python_pattern(pattern: str) -> str:
    """The model's patterns are Java's; ASCII is the only property class that they use."""
    return pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]")
