"""From what the library computes to JSON."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from asl.expressions.jsonata.library import NULL

MEMORY_LIMIT = 6_990_256
"""Bytes that one expression may hold: measured on AWS."""

BYTES_PER_NODE = 8
BYTES_PER_OBJECT = 64
MAX_LONG = 2**63
MAX_PLAIN = 10**21


class TooLargeError(Exception):
    """A value is larger than MEMORY_LIMIT when it is written out."""


def is_undefined(value: Any) -> bool:
    """Whether a result is undefined, or a function, which has no JSON form either."""
    return value is None or not _has_json(value)


def to_json(value: Any) -> Any:
    """The JSON value of a result that isn't undefined.

    Whole numbers become integers and numbers out of range become null, as JavaScript writes them. Raises TooLargeError.
    """
    return _Converter().convert(value)


class _Converter:
    def __init__(self) -> None:
        self.left = MEMORY_LIMIT

    def convert(self, value: Any) -> Any:
        """The JSON value, with None for null and for what has no JSON form."""
        kind = type(value)
        self.left -= len(value) if kind is str else BYTES_PER_NODE
        if self.left < 0:
            raise TooLargeError
        if kind is str or kind is bool:
            return value
        if kind is int or kind is float:
            return number(value)
        if isinstance(value, dict):
            self.left -= BYTES_PER_OBJECT
            return {key: self.convert(item) for key, item in value.items() if _has_json(item)}
        if isinstance(value, list):
            return [self.convert(item) for item in value]
        return None


def _has_json(value: Any) -> bool:
    return value is NULL or value is None or isinstance(value, str | int | float | dict | list)


def number(value: float) -> int | float | None:
    """A number as it is written: an integer of 64 bits as it is, any other as JavaScript writes the double."""
    if isinstance(value, int) and -MAX_LONG <= value < MAX_LONG:
        return value
    try:
        double = float(value)
    except OverflowError:
        return None
    if not math.isfinite(double):
        return None
    return int(Decimal(repr(double))) if double.is_integer() and abs(double) < MAX_PLAIN else double


def shown(value: Any) -> str:
    """A value inside a message: compact JSON."""
    try:
        return json.dumps(_Converter().convert(value), ensure_ascii=False, separators=(",", ":"))
    except (TooLargeError, RecursionError):
        return "..."
