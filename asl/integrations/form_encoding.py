"""JSON as a form: `application/x-www-form-urlencoded`, with the four ways in which an HTTP Task writes arrays.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any

ARRAY_FORMATS: Final = ("INDICES", "REPEAT", "COMMAS", "BRACKETS")
UNRESERVED: Final = "-._~"


def form_encoded(value: dict[str, Json], array_format: str) -> str:
    """The form of an object. What is inside another object is named `outer[inner]`."""
    pairs = (pair for name, item in value.items() for pair in _pairs(name, item, array_format))
    return "&".join(f"{escaped(name)}={escaped(text)}" for name, text in pairs)


def escaped(text: str) -> str:
    """A name or a value with everything but letters, digits and `-._~` as percent signs and digits."""
    return quote(text, safe=UNRESERVED, errors="replace")


def scalar_text(value: Json) -> str:
    """A value that is no array or object as a form, a header or a query has it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _pairs(name: str, value: Json, array_format: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pairs(f"{name}[{key}]", item, array_format)
    elif isinstance(value, list):
        yield from _array(name, value, array_format)
    else:
        yield name, scalar_text(value)


def _array(name: str, items: list[Json], array_format: str) -> Iterator[tuple[str, str]]:
    if array_format == "COMMAS" and not any(isinstance(item, dict | list) for item in items):
        if items:
            yield name, ",".join(scalar_text(item) for item in items)
        return
    for index, item in enumerate(items):
        suffix = {"BRACKETS": "[]", "REPEAT": ""}.get(array_format, f"[{index}]")
        yield from _pairs(f"{name}{suffix}", item, array_format)
