"""JSON values together with their text.

Values are never changed in place: what passes through a state unchanged keeps its identity, and with it its text, so
that a payload is serialised once however many states and events it passes.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from asl.engine.errors import DATA_LIMIT_EXCEEDED, RUNTIME, StateError

Json = Any

MAX_BYTES: Final = 262_144
MAX_DEPTH: Final = 1_000
MAX_UTF8_BYTES_PER_CHARACTER: Final = 4

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(value: Json) -> str:
    """The JSON text of a value, as AWS writes it.

    Raises:
        StateError: the value is nested deeper than 1,000 levels.
    """
    text = _encode(value)
    # Most values do not have so many arrays and objects at all.
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise StateError(RUNTIME, f"A value is nested deeper than {MAX_DEPTH} levels.")
    return text


def _is_deeper(value: Json, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _reject_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number


decode = json.JSONDecoder(parse_constant=_reject_constant, parse_float=_finite).decode


class Payload:
    """A JSON value and its text."""

    __slots__ = ("text", "value")

    def __init__(self, value: Json, text: str) -> None:
        self.value = value
        self.text = text

    @classmethod
    def parse(cls, text: str) -> Payload:
        """The payload of a text, rendered as AWS renders it.

        Raises:
            ValueError: the text is not JSON.
        """
        value = decode(text)
        return cls(value, text)

    @classmethod
    def of(cls, value: Json, what: str) -> Payload:
        """The payload of a value that `what` (a state or a resource) returned.

        Raises:
            StateError: its text has more than 262,144 bytes of UTF-8.
        """
        text = encode(value)
        if exceeds_limit(text):
            raise too_large(what)
        return cls(value, text)


def too_large(what: str) -> StateError:
    """The error of a state or a resource that returned more than a payload can hold."""
    return StateError(
        DATA_LIMIT_EXCEEDED,
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )


def exceeds_limit(text: str) -> bool:
    """Whether the text is longer than the service's limit for inputs and outputs, counted in bytes of UTF-8."""
    if len(text) * MAX_UTF8_BYTES_PER_CHARACTER <= MAX_BYTES:
        return False
    return len(text) > MAX_BYTES or size_in_bytes(text) > MAX_BYTES


def size_in_bytes(text: str) -> int:
    """The size of a text in bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
