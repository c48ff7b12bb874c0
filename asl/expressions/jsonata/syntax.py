"""Parsing JSONata with the library's parser, with every way it can fail turned into one error."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import Any

from asl.expressions.jsonata.failures import library_message
from asl.expressions.jsonata.library import ERROR_TEXTS, Interpreter, LibraryError
from asl.expressions.jsonata.matching import compile_regex

MAX_LENGTH = 1_048_576
MAX_TOKENS = 20_000
"""The library takes about 30 microseconds for each token of an expression, in which nothing else is answered."""

_TOKEN = re.compile(r"""\s+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/\*.*?\*/|\w+|.""", re.DOTALL)
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


class JsonataSyntaxError(ValueError):
    """The text is not a JSONata expression; the message is the one of the reference implementation."""


@lru_cache(maxsize=4096)
def parse_jsonata(expression: str) -> Any:
    """The library's syntax tree of an expression. Raises JsonataSyntaxError."""
    if len(expression) > MAX_LENGTH:
        raise JsonataSyntaxError(f"The expression is longer than {MAX_LENGTH} characters")
    if len(expression) > MAX_TOKENS and any(islice(_TOKEN.finditer(expression), MAX_TOKENS, None)):
        raise JsonataSyntaxError(f"The expression has more than {MAX_TOKENS} tokens")
    try:
        parsed = Interpreter(_PAIR.sub(_joined, expression), compile_regex)
    except LibraryError as error:
        message = library_message(error) if error.error in ERROR_TEXTS else str(error.error)
        raise JsonataSyntaxError(message) from None
    except RecursionError:
        raise JsonataSyntaxError("The expression is nested too deeply") from None
    except Exception as error:  # noqa: BLE001  the parser lets go of exceptions of any kind
        raise JsonataSyntaxError(_unexpected(error)) from None
    return parsed.ast


def _unexpected(error: Exception) -> str:
    """The message for an exception that is not one of the library's own: most come from a text that ends too early."""
    if str(error) in ERROR_TEXTS.values():
        return str(error)
    unknown_operator = isinstance(error, KeyError) and isinstance(error.args[0], str)
    return library_message(LibraryError("S0204", -1, error.args[0]) if unknown_operator else LibraryError("S0207"))


def _joined(pair: re.Match[str]) -> str:
    """The character that two escapes of its UTF-16 surrogates stand for; each alone would be none."""
    high, low = int(pair[2], 16), int(pair[3], 16)
    return pair[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
