"""The part of jsonata-python that this package builds on, imported in one place.

Importing the library sets the interpreter's recursion limit to 10,000; it is set back to what is needed. A value of the
library is undefined when it is None, and JSON null when it is NULL.
"""

from __future__ import annotations

import sys
from typing import Any

from jsonata import functions, jexception, jsonata, parser, signature, utils

RECURSION_LIMIT = 5_000
"""Frames that the deepest evaluation allowed needs: about a dozen for each of its levels."""

sys.setrecursionlimit(RECURSION_LIMIT)

Functions: Any = functions.Functions
Interpreter: Any = jsonata.Jsonata
Frame: Any = jsonata.Jsonata.Frame
LibraryFunction: Any = jsonata.Jsonata.JFunction
PlainFunction: Any = jsonata.Jsonata.JLambda
LibraryError: Any = jexception.JException
Signature: Any = signature.Signature
Symbol: Any = parser.Parser.Symbol
Sequence: Any = utils.Utils.JList
ERROR_TEXTS: dict[str, str] = jexception.JException.error_codes
NULL: Any = utils.Utils.NULL_VALUE
NOT_APPLIED: Any = utils.Utils.NONE


def sequence(items: list[Any]) -> Any:
    """A sequence of JSONata: empty it is undefined, with one item it is that item."""
    made = Sequence(items)
    made.sequence = True
    return made
