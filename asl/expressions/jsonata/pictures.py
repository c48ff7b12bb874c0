"""Numbers and dates written and read by a picture: the library's functions, with the error codes of JSONata.

https://docs.jsonata.org/numeric-functions#formatnumber and https://docs.jsonata.org/date-time-functions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.expressions.jsonata.failures import OUT_OF_MEMORY, BudgetExceededError
from asl.expressions.jsonata.library import Functions, LibraryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_ROMAN = 100_000
MAX_SUB_PICTURES = 2
ISO_8601 = re.compile(
    r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII
)
_CODES = (
    ("Formatting or parsing an integer", "D3130"),
    ("In a decimal digit pattern", "D3131"),
    ("Unknown component specifier", "D3132"),
    ("The 'name' modifier", "D3133"),
    ("The timezone integer format", "D3134"),
    ("No matching closing bracket", "D3135"),
    ("The date/time picture string is missing", "D3136"),
)
"""The library's texts for what is wrong with a picture, and the codes that JSONata has for it."""

_UNKNOWN_COMPONENT = re.compile(r"\[\s*([^\]YMDdFWwXxHhPmsfZzCE\s])")
_NAMED_COMPONENT = re.compile(r"\[\s*([A-Za-z])[Nn]")


def _with_code(function: Callable[..., Any], value: Any, picture: Any, *more: Any) -> Any:
    try:
        return function(value, picture, *more)
    except RuntimeError as error:
        for text, code in _CODES:
            if str(error).startswith(text):
                named = _NAMED_COMPONENT.search(picture) if code == "D3133" else None
                raise LibraryError(code, -1, named[1] if named else picture) from None
        raise


def format_integer(value: Any = None, picture: Any = None) -> Any:
    """`$formatInteger`: Roman numerals grow with the number, and are refused where they would fill the memory."""
    roman = isinstance(picture, str) and "i" in picture.lower()
    if roman and isinstance(value, int | float) and abs(value) > MAX_ROMAN:
        raise BudgetExceededError(OUT_OF_MEMORY)
    return _with_code(Functions.format_integer, value, picture)


def parse_integer(text: Any = None, picture: Any = None) -> Any:
    """`$parseInteger`."""
    return _with_code(Functions.parse_integer, text, picture)


def from_millis(millis: Any = None, picture: Any = None, timezone: Any = None) -> Any:
    """`$fromMillis`."""
    return _with_code(Functions.datetime_from_millis, millis, picture, timezone)


def to_millis(text: Any = None, picture: Any = None) -> Any:
    """`$toMillis`: D3110 for a text that is no timestamp, undefined for one that the picture does not fit."""
    if text is not None and picture is None and not ISO_8601.fullmatch(text):
        raise LibraryError("D3110", -1, text)
    if picture is not None and (unknown := _UNKNOWN_COMPONENT.search(picture.replace("[[", ""))):
        raise LibraryError("D3132", -1, unknown[1])
    try:
        return _with_code(Functions.datetime_to_millis, text, picture)
    except (ValueError, OverflowError):
        raise LibraryError("D3110", -1, text) from None


def format_number(value: Any = None, picture: Any = None, options: Any = None) -> Any:
    """`$formatNumber`."""
    if value is None:
        return None
    symbols = _SYMBOLS if options is None else {**_SYMBOLS, **options}
    parts = picture.split(symbols["pattern-separator"])
    if len(parts) <= MAX_SUB_PICTURES:  # the library tells of more
        for part in parts:
            code = next(_problems(part, symbols), None)
            if code is not None:
                raise LibraryError(code, -1)
    return Functions.format_number(value, picture, options)


_SYMBOLS = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "percent": "%",
    "per-mille": "\u2030",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


def _problems(picture: str, symbols: Mapping[str, str]) -> Iterator[str]:
    """The codes of what is wrong with a sub-picture, by the rules of the specification that come last first.

    https://www.w3.org/TR/xpath-functions-31/#syntax-of-picture-string
    """
    point, group, exponent_mark = (symbols[f"{name}-separator"] for name in ("decimal", "grouping", "exponent"))
    optional = symbols["digit"]
    digits = "".join(chr(ord(symbols["zero-digit"]) + number) for number in range(10))
    active = f"{digits}{point}{group}{exponent_mark}{optional}"
    body = picture.strip("".join(set(picture) - (set(active) - {exponent_mark})))
    mantissa, mark, exponent = body.partition(exponent_mark)
    whole, _, fraction = mantissa.partition(point)
    scaled = symbols["percent"] in picture or symbols["per-mille"] in picture
    if mark and (not exponent or exponent.strip(digits)):
        yield "D3093"
    if mark and exponent and scaled:
        yield "D3092"
    if optional in fraction and any(digit in fraction[fraction.rindex(optional) :] for digit in digits):
        yield "D3091"
    if optional in whole and any(digit in whole[: whole.index(optional)] for digit in digits):
        yield "D3090"
    if group * 2 in picture:
        yield "D3089"
    if point not in picture and whole.endswith(group):
        yield "D3088"
    if f"{group}{point}" in picture or f"{point}{group}" in picture:
        yield "D3087"
    if not body or set(body) - set(active):
        yield "D3086"
    if not set(mantissa) & {*digits, optional}:
        yield "D3085"
