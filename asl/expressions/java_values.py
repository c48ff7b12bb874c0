"""How Java, in which AWS evaluates expressions, writes values, rounds numbers and draws random ones."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from asl.expressions.errors import RUNTIME, ExpressionError
from asl.randomness import random_bits

if TYPE_CHECKING:
    from collections.abc import Iterable

_MULTIPLIER = 0x5DEECE66D
_MASK = (1 << 48) - 1


def compact_json(value: Any) -> str:
    """JSON text without blanks, characters unescaped, as AWS writes payloads.

    Raises ExpressionError States.Runtime for a value that is nested too deeply to be written.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise ExpressionError(RUNTIME, "The value is nested too deeply to be written as JSON") from None


def java_text(value: Any) -> str:
    """What `toString` gives for a JSON value: `{a=1, b=[]}`, strings without quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    if isinstance(value, float):
        return java_double(value)
    return json.dumps(value)


def java_double(value: float) -> str:
    """`Double.toString`: plain digits from 10^-3 up to 10^7, otherwise `1.5E10`."""
    if value == 0 or 1e-3 <= abs(value) < 1e7 or not math.isfinite(value):
        return repr(value)
    mantissa, _, exponent = f"{value:.17e}".partition("e")
    shortest = repr(value)
    digits = shortest.partition("e")[0].replace("-", "").replace(".", "").lstrip("0").rstrip("0") or "0"
    sign = "-" if mantissa.startswith("-") else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{int(exponent)}"


def round_half_up(value: float) -> int:
    """`Math.round`: to the nearest integer, halves towards positive infinity."""
    return value if isinstance(value, int) else math.floor(value + 0.5)


class JavaRandom:
    """`java.util.Random`: the same seed gives the same numbers as on AWS.

    https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Random.html
    """

    def __init__(self, seed: int | None = None) -> None:
        self._state = ((random_bits(48) if seed is None else seed) ^ _MULTIPLIER) & _MASK

    def _next(self, bits: int) -> int:
        """A signed integer of the given number of bits."""
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        drawn = self._state >> (48 - bits)
        return drawn - (1 << 32) if bits == 32 and drawn >= 1 << 31 else drawn

    def next_double(self) -> float:
        """A number in [0, 1)."""
        high = self._next(26) << 27
        return float((high + self._next(27)) * 2.0**-53)

    def next_int(self, bound: int) -> int:
        """An integer in [0, bound); `bound` is positive and below 2^31."""
        drawn = self._next(31)
        if bound & (bound - 1) == 0:
            return (bound * drawn) >> 31
        candidate = drawn % bound
        while drawn - candidate + bound - 1 >= 1 << 31:
            drawn = self._next(31)
            candidate = drawn % bound
        return candidate


def java_map_order(names: Iterable[str]) -> list[str]:
    """The order in which a `java.util.HashMap` with these keys goes over them."""
    keys = list(names)
    buckets = 16
    while len(keys) > buckets * 3 // 4:
        buckets *= 2
    return sorted(keys, key=lambda name: _spread_hash(name) & (buckets - 1))


def _spread_hash(text: str) -> int:
    value = 0
    for unit in memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H"):
        value = (31 * value + unit) & 0xFFFFFFFF
    return value ^ (value >> 16)
