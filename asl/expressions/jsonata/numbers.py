"""Numbers and text as JavaScript has them: doubles, and the shortest decimal that reads back as the same double."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from asl.expressions.jsonata.library import LibraryError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_EXACT = 2**53


def arithmetic(left: Any, right: Any, operator: str | None) -> Any:
    """`left operator right`; undefined when a side is undefined. Raises the library's T2001, T2002 and D1001."""
    check_operand(left, "T2001", operator)
    check_operand(right, "T2002", operator)
    if left is None or right is None:
        return None
    return whole(_OPERATIONS[str(operator)](to_double(left), to_double(right)))


def check_operand(value: Any, code: str, operator: str | None) -> None:
    """Raise the library's error `code` unless the value is undefined or a number in range."""
    kind = type(value)
    if value is None or kind is int:
        return
    if kind is not float or math.isnan(value):
        raise LibraryError(code, -1, operator, value)
    if math.isinf(value):
        raise LibraryError("D1001", 0, value)


def to_double(value: float) -> float:
    """A number as a double; an integer out of range is the library's D1001."""
    try:
        return float(value)
    except OverflowError:
        raise LibraryError("D1001", 0, str(value)) from None


def whole(value: float) -> int | float:
    """A whole double as an integer, as long as that is exact; any other as it is."""
    return int(value) if value.is_integer() and abs(value) < MAX_EXACT else value


def _add(left: float, right: float) -> float:
    return left + right


def _subtract(left: float, right: float) -> float:
    return left - right


def _multiply(left: float, right: float) -> float:
    return left * right


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right != 0 else math.nan


_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
}


def number_text(value: float) -> str:
    """A number as `$string` writes it: fractions with 15 significant digits, exponents from 1e21 and below 1e-6."""
    double = to_double(value)
    if double.is_integer() and abs(double) < MAX_EXACT:
        return str(int(double))
    if not double.is_integer():
        double = float(f"{double:.15g}")
    sign, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    return ("-" if sign else "") + _placed(text, point)


def _placed(digits: str, point: int) -> str:
    """The digits with the decimal point after the first `point` of them."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
