"""What each intrinsic function does with its arguments, and which arguments it refuses.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.expressions.java_values import JavaRandom, compact_json, java_text, round_half_up
from asl.expressions.jsonpath.filters import same_json
from asl.randomness import random_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_CHARACTERS = 10_000
MAX_RANGE = 1_000
MAX_FORMATTED = 1_048_576
MAX_INTEGER = 2**31 - 1
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class IntrinsicArgumentError(ValueError):
    """An intrinsic function refuses its arguments; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Function:
    """An intrinsic function and how many arguments it takes."""

    apply: Callable[..., Any]
    least: int
    most: int


def fill(segments: Sequence[str], values: Sequence[Any]) -> str:
    """The segments of a template with the values between them."""
    if len(values) != len(segments) - 1:
        raise IntrinsicArgumentError(
            f"Invalid arguments in States.Format: the template has {len(segments) - 1} places '{{}}' "
            f"and there are {len(values)} values for them"
        )
    parts = [segments[0]]
    for segment, value in zip(segments[1:], values, strict=True):
        parts += (java_text(value), segment)
    text = "".join(parts)
    if len(text) > MAX_FORMATTED:
        raise IntrinsicArgumentError(f"The formatted string is longer than {MAX_FORMATTED} characters")
    return text


def _format(template: Any, *values: Any) -> str:
    return fill(_string("Format", "first", template).split("{}"), values)


def _string_to_json(text: Any) -> Any:
    text = _string("StringToJson", "first", text)
    if not text.strip():
        return None
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise IntrinsicArgumentError("Invalid arguments in States.StringToJson: the string is not JSON") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _array_partition(items: Any, size: Any) -> list[Any]:
    items, size = _array("ArrayPartition", items), _integer("ArrayPartition", "second", size)
    if size <= 0:
        raise IntrinsicArgumentError("Invalid arguments in States.ArrayPartition: the chunk size must be positive")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _array_contains(items: Any, value: Any) -> bool:
    return any(same_json(item, value) for item in _array("ArrayContains", items))


def _array_range(first: Any, last: Any, step: Any) -> list[int]:
    first, last, step = (
        _integer("ArrayRange", place, value) for place, value in (("first", first), ("second", last), ("third", step))
    )
    if step == 0:
        raise IntrinsicArgumentError("Invalid arguments in States.ArrayRange: the step must not be 0")
    steps = range(first, last + (1 if step > 0 else -1), step)
    if (last - first) // step >= MAX_RANGE:
        raise IntrinsicArgumentError(f"Invalid arguments in States.ArrayRange: more than {MAX_RANGE} items")
    return list(steps)


def _array_get_item(items: Any, index: Any) -> Any:
    items, index = _array("ArrayGetItem", items), _integer("ArrayGetItem", "second", index)
    if not 0 <= index < len(items):
        raise IntrinsicArgumentError(
            f"Invalid arguments in States.ArrayGetItem: index {index} is outside of an array of {len(items)} items"
        )
    return items[index]


def _array_unique(items: Any) -> list[Any]:
    seen: set[str] = set()
    unique = []
    for item in _array("ArrayUnique", items):
        key = json.dumps(item, sort_keys=True)
        if key not in seen:
            seen.add(key)
            unique.append(item)
    return unique


def _base64_encode(text: Any) -> str:
    return base64.b64encode(_utf8(_limited("Base64Encode", text))).decode()


def _base64_decode(text: Any) -> str:
    try:
        return base64.b64decode(_limited("Base64Decode", text), validate=True).decode()
    except (binascii.Error, ValueError):
        raise IntrinsicArgumentError("Invalid arguments in States.Base64Decode: the string is not Base64") from None


def _hash(data: Any, algorithm: Any) -> str:
    name = HASHES.get(_string("Hash", "second", algorithm))
    if name is None:
        supported = ", ".join(HASHES)
        raise IntrinsicArgumentError(f"Invalid arguments in States.Hash: the algorithm is not one of {supported}")
    text = data if isinstance(data, str) else compact_json(data)
    return hashlib.new(name, _utf8(_limited("Hash", text)), usedforsecurity=False).hexdigest()


def _json_merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise IntrinsicArgumentError(
            "Invalid arguments in States.JsonMerge: the third argument must be false, only shallow merging is supported"
        )
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise IntrinsicArgumentError("Invalid arguments in States.JsonMerge: expected JSON objects")
    return {**first, **second}


def _math_random(start: Any, end: Any, seed: Any = None) -> int:
    low, high = _integer("MathRandom", "first", start), _integer("MathRandom", "second", end)
    if low >= high:
        raise IntrinsicArgumentError("Invalid arguments in States.MathRandom: the start must be less than the end")
    random = JavaRandom(None if seed is None else _integer("MathRandom", "third", seed))
    width = high - low
    return low + (random.next_int(width) if width <= MAX_INTEGER else int(random.next_double() * width))


def _math_add(first: Any, second: Any) -> int:
    total: int = _integer("MathAdd", "first", first) + _integer("MathAdd", "second", second)
    if not -MAX_INTEGER - 1 <= total <= MAX_INTEGER:
        raise IntrinsicArgumentError("Invalid arguments in States.MathAdd: the sum is outside of the integer range")
    return total


def _string_split(text: Any, delimiters: Any) -> list[str]:
    """Each character of `delimiters` separates, and there are no empty parts (`java.util.StringTokenizer`)."""
    separators = set(_string("StringSplit", "second", delimiters))
    parts = [""]
    for char in _string("StringSplit", "first", text):
        if char in separators:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part]


def _array(function: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicArgumentError(f"Invalid arguments in States.{function}: the first argument must be an array")
    return value


def _string(function: str, place: str, value: Any) -> str:
    if not isinstance(value, str):
        raise IntrinsicArgumentError(f"Invalid arguments in States.{function}: the {place} argument must be a string")
    return value


def _limited(function: str, value: Any) -> str:
    text = _string(function, "first", value)
    if len(text) > MAX_CHARACTERS:
        raise IntrinsicArgumentError(
            f"Invalid arguments in States.{function}: the string is longer than {MAX_CHARACTERS} characters"
        )
    return text


def _integer(function: str, place: str, value: Any) -> int:
    """A number, rounded to the nearest integer of 32 bits."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None or not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
        raise IntrinsicArgumentError(f"Invalid arguments in States.{function}: the {place} argument must be an integer")
    return round_half_up(number)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


FUNCTIONS: dict[str, Function] = {
    "Array": Function(lambda *items: list(items), 0, 1_000),
    "ArrayContains": Function(_array_contains, 2, 2),
    "ArrayGetItem": Function(_array_get_item, 2, 2),
    "ArrayLength": Function(lambda items: len(_array("ArrayLength", items)), 1, 1),
    "ArrayPartition": Function(_array_partition, 2, 2),
    "ArrayRange": Function(_array_range, 3, 3),
    "ArrayUnique": Function(_array_unique, 1, 1),
    "Base64Decode": Function(_base64_decode, 1, 1),
    "Base64Encode": Function(_base64_encode, 1, 1),
    "Format": Function(_format, 1, 1_000),
    "Hash": Function(_hash, 2, 2),
    "JsonMerge": Function(_json_merge, 3, 3),
    "JsonToString": Function(compact_json, 1, 1),
    "MathAdd": Function(_math_add, 2, 2),
    "MathRandom": Function(_math_random, 2, 3),
    "StringSplit": Function(_string_split, 2, 2),
    "StringToJson": Function(_string_to_json, 1, 1),
    "UUID": Function(random_uuid, 0, 0),
}
