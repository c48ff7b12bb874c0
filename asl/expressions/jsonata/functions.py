"""AWS's own JSONata functions, and library functions that are replaced to keep limits and error codes.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import math
import re
from typing import TYPE_CHECKING, Any

from asl.expressions.java_values import JavaRandom
from asl.expressions.jsonata.failures import OUT_OF_MEMORY, BudgetExceededError
from asl.expressions.jsonata.library import (
    NULL,
    Functions,
    Interpreter,
    LibraryError,
    LibraryFunction,
    PlainFunction,
    Sequence,
    Signature,
    sequence,
)
from asl.expressions.jsonata.matching import RegularExpression
from asl.expressions.jsonata.numbers import whole
from asl.expressions.jsonata.pictures import format_integer, format_number, from_millis, parse_integer, to_millis
from asl.expressions.jsonata.sorting import merge_sorted
from asl.expressions.jsonata.text import text_of
from asl.expressions.jsonata.values import BYTES_PER_NODE, MEMORY_LIMIT, to_json
from asl.randomness import random_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_PREFIXED = re.compile(r"0[xX][0-9A-Fa-f]{1,200}|0[oO][0-7]{1,300}|0[bB][01]{1,1000}")
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _partition(items: Any = None, size: Any = None) -> Any:
    """`$partition(array, size)`: chunks of at most `size` items; a fraction is cut off the size."""
    if items is None or size is None or int(size) == 0:
        return None
    step = int(size)
    if step < 0:
        raise LibraryError("The chunk size of the partition function must be positive", -1)
    return sequence([list(items[start : start + step]) for start in range(0, len(items), step)])


def _range(first: Any = None, last: Any = None, step: Any = None) -> Any:
    """`$range(first, last, step)`: `last` included when a step lands on it; fractions are cut off."""
    if first is None or last is None or step is None or int(step) == 0:
        return None
    low, high, width = int(first), int(last), int(step)
    numbers = range(low, high + (1 if width > 0 else -1), width)
    if (high - low) // width * BYTES_PER_NODE > MEMORY_LIMIT:
        raise BudgetExceededError(OUT_OF_MEMORY)
    return sequence(list(numbers))


def _hash(text: Any = None, algorithm: Any = "SHA-256") -> Any:
    """`$hash(text, algorithm)`: the digest as hexadecimal digits; undefined for an unknown algorithm."""
    name = HASHES.get(algorithm)
    if text is None or name is None:
        return None
    return hashlib.new(name, text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> float:
    """`$random(seed)`: in [0, 1); the same seed gives the same number, that of `java.util.Random`."""
    return JavaRandom(None if seed is None else int(seed)).next_double()


def _parse(text: Any = None) -> Any:
    """`$parse(text)`: the value of a JSON text; undefined when it isn't one."""
    if text is None:
        return None
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return NULL if value is None else value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _string(value: Any = None, pretty: Any = None) -> Any:
    if isinstance(value, Sequence) and value.outer_wrapper:
        value = value[0]
    return None if value is None else text_of(value, pretty=pretty is True)


def _number(value: Any = None) -> Any:
    """`$number`: text in JSON's notation of numbers, or with the prefix 0x, 0o or 0b; D3030 for any other."""
    if not isinstance(value, str):
        return Functions.number(value)
    if _DECIMAL.fullmatch(value):
        found = float(value)
        if math.isfinite(found):
            return whole(found)
    elif _PREFIXED.fullmatch(value):
        return whole(float(int(value, 0)))
    raise LibraryError("D3030", -1, value)


def _pad(text: Any = None, width: Any = None, char: Any = None) -> Any:
    if isinstance(width, int | float):
        _fits(abs(width))
    return Functions.pad(text, width, char)


def _join(texts: Any = None, separator: Any = None) -> Any:
    if texts is not None:
        _fits(sum(map(len, texts)) + len(texts) * len(separator or ""))
    return Functions.join(texts, separator)


def _replace(text: Any = None, pattern: Any = None, replacement: Any = None, limit: Any = None) -> Any:
    """`$replace`: text is replaced as it stands, matches of a pattern with `$0`, `$1` ... filled in."""
    if limit is not None and limit < 0:
        raise LibraryError("D3011", -1)
    if text is None or isinstance(pattern, RegularExpression):
        return None if text is None else pattern.replace(text, replacement, limit)
    if not pattern:
        raise LibraryError("D3010", -1)
    if not isinstance(replacement, str):
        raise LibraryError("D3012", -1)
    _fits(len(text) + text.count(pattern) * len(replacement))
    return text.replace(pattern, replacement, -1 if limit is None else math.ceil(limit))


def _split(text: Any = None, separator: Any = None, limit: Any = None) -> Any:
    """`$split`: the parts between separators, at most `limit` of them."""
    if limit is not None and limit < 0:
        raise LibraryError("D3020", -1)
    if text is None:
        return None
    if isinstance(separator, RegularExpression):
        parts = separator.split(text)
    elif isinstance(separator, str):
        parts = text.split(separator) if separator else list(text)
        limit = None if limit is None else math.floor(limit)
    else:
        raise LibraryError("T1010", -1)
    return parts if limit is None else parts[: math.ceil(limit)]


def _distinct(items: Any = None) -> Any:
    """`$distinct`: each value once, in the order of their first appearance."""
    if not isinstance(items, list) or len(items) <= 1:
        return items
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(json.dumps(to_json(item), sort_keys=True), item)
    distinct = list(found.values())
    return sequence(distinct) if isinstance(items, Sequence) and items.sequence else distinct


def _spread(value: Any = None) -> Any:
    """`$spread`: an object, or each object of an array, as an array of objects with one property."""
    if isinstance(value, dict):
        return sequence([{key: item} for key, item in value.items()])
    if not isinstance(value, list):
        return value
    spread: list[Any] = []
    for item in value:
        parts = _spread(item)
        spread.extend(parts if isinstance(parts, list) else [parts])
    return sequence(spread)


def _clone(value: Any = None) -> Any:
    return None if value is None else json.loads(text_of(value))


def _sort(items: Any = None, comparator: Any = None) -> Any:
    """`$sort`: numbers or strings by themselves, anything by a function that says whether two items are to change."""
    if items is None or len(items) <= 1:
        return items
    if comparator is not None:
        return merge_sorted(items, lambda left, right: bool(Functions.func_apply(comparator, [left, right])))
    kinds = {str if isinstance(item, str) else _is_number(item) for item in items}
    if kinds not in ({str}, {True}):
        raise LibraryError("D3070", -1)
    return sorted(items)


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def _url_function(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def convert(text: Any = None) -> Any:
        try:
            return function(text)
        except UnicodeError:
            raise LibraryError("D3140", -1, name, text) from None

    return convert


def _power(base: Any = None, exponent: Any = None) -> Any:
    try:
        return Functions.power(base, exponent)
    except (OverflowError, TypeError, ZeroDivisionError):
        raise LibraryError("D3061", -1, base, exponent) from None


def _base64_decode(text: Any = None) -> Any:
    """`$base64decode`: the library's, but failing on text that isn't Base64, as on AWS."""
    return None if text is None else base64.b64decode(text, validate=True).decode("utf-8")


def _fits(size: float) -> None:
    if size > MEMORY_LIMIT:
        raise BudgetExceededError(OUT_OF_MEMORY)


_BOUND: dict[str, tuple[Callable[..., Any], str]] = {
    "partition": (_partition, "<an:a>"),
    "range": (_range, "<nnn:a>"),
    "hash": (_hash, "<s-s?:s>"),
    "random": (_random, "<n?:n>"),
    "uuid": (random_uuid, "<:s>"),
    "parse": (_parse, "<s-:x>"),
    "string": (_string, "<x-b?:s>"),
    "number": (_number, "<(nsb)-:n>"),
    "toMillis": (to_millis, "<s-s?:n>"),
    "fromMillis": (from_millis, "<n-s?s?:s>"),
    "formatNumber": (format_number, "<n-so?:s>"),
    "parseInteger": (parse_integer, "<s-s:n>"),
    "sort": (_sort, "<af?:a>"),
    "encodeUrl": (_url_function(Functions.encode_url, "encodeUrl"), "<s-:s>"),
    "encodeUrlComponent": (_url_function(Functions.encode_url_component, "encodeUrlComponent"), "<s-:s>"),
    "decodeUrl": (_url_function(Functions.decode_url, "decodeUrl"), "<s-:s>"),
    "decodeUrlComponent": (_url_function(Functions.decode_url_component, "decodeUrlComponent"), "<s-:s>"),
    "pad": (_pad, "<s-ns?:s>"),
    "join": (_join, "<a<s>s?:s>"),
    "replace": (_replace, "<s-(sf)(sf)n?:s>"),
    "split": (_split, "<s-(sf)n?:a<s>>"),
    "formatInteger": (format_integer, "<n-s:s>"),
    "distinct": (_distinct, "<x:x>"),
    "spread": (_spread, "<x-:a<o>>"),
    "power": (_power, "<n-n:n>"),
    "base64decode": (_base64_decode, "<s-:s>"),
    "clone": (_clone, "<(oa)-:o>"),
}


def bind_functions(frame: Any) -> None:
    """Bind the library's functions, AWS's and the replaced ones; `$eval`, which AWS doesn't offer, is unbound."""
    own = {name: LibraryFunction(PlainFunction(function), signature) for name, (function, signature) in _BOUND.items()}
    for name, function in {**Interpreter.static_frame.bindings, **own}.items():
        frame.bind(name, _with_quick_signature(function))
    frame.bind("eval", None)


def _with_quick_signature(function: Any) -> Any:
    quick = copy.copy(function)
    quick.signature = _QuickSignature.__new__(_QuickSignature)
    quick.signature.__dict__.update(function.signature.__dict__)
    return quick


class _QuickSignature(Signature):  # type: ignore[misc]  # the library has no types
    """The library's check of arguments; the type of an ordinary value is found by one look-up."""

    def get_symbol(self, value: Any) -> str:
        """The letter of a value's type in signatures."""
        return _SYMBOLS.get(type(value)) or str(super().get_symbol(value))


_SYMBOLS = {bool: "b", dict: "o", float: "n", int: "n", list: "a", str: "s", Sequence: "a", type(NULL): "l"}
