"""Parsing JSONata with the library's parser, with every way it can fail turned into one error."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from asl.expressions.jsonata.failures import library_message
from asl.expressions.jsonata.library import ERROR_TEXTS, Interpreter, LibraryError
from asl.expressions.jsonata.matching import compile_regex

MAX_LENGTH = 1_048_576


class JsonataSyntaxError(ValueError):
    """The text is not a JSONata expression; the message is the one of the reference implementation."""


@lru_cache(maxsize=4096)
def parse_jsonata(expression: str) -> Any:
    """The library's syntax tree of an expression. Raises JsonataSyntaxError."""
    if len(expression) > MAX_LENGTH:
        raise JsonataSyntaxError(f"The expression is longer than {MAX_LENGTH} characters")
    try:
        parsed = Interpreter(expression, compile_regex)
    except LibraryError as error:
        message = library_message(error) if error.error in ERROR_TEXTS else str(error.error)
        raise JsonataSyntaxError(message) from None
    except Exception:  # noqa: BLE001  the parser lets go of exceptions of any kind on text that ends too early
        raise JsonataSyntaxError(library_message(LibraryError("S0207"))) from None
    return parsed.ast
