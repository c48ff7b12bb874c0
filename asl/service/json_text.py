"""JSON as it crosses the border: what standard JSON does not have is refused before it reaches the engine."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


class JsonTextError(Exception):
    """A text that is not JSON; the text of the error says what is wrong and where."""


def _no_constant(name: str) -> NoReturn:
    raise JsonTextError(f"{name} is not JSON")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonTextError("a number is too large")
    return number


_decode = json.JSONDecoder(parse_constant=_no_constant, parse_float=_number).decode
encode_json = json.JSONEncoder(separators=(",", ":")).encode


def decode_json(text: str) -> Any:
    """What `text` says.

    Raises:
        JsonTextError: it is not JSON, is nested too deep, or has half of a surrogate pair in a string.

    """
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        raise JsonTextError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise JsonTextError("a number has too many digits") from None
    except RecursionError:
        raise JsonTextError("it is nested too deep") from None
    if r"\u" in text:
        _check_surrogates(text, value)
    return value


def _check_surrogates(text: str, value: Any) -> None:
    if r"\ud" not in text.lower():
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonTextError("a string has half of a surrogate pair") from None
