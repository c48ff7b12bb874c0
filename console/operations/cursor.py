"""Where a listing goes on, as a text for whoever asked to send back: opaque, and good for the same question only.

It is hexadecimal: a cursor holds AWS's own, which look like task tokens do.
"""

from __future__ import annotations

import binascii
import json
import zlib
from typing import Any, Final

from console.operations.errors import OperationRefused

MAX_BYTES: Final = 20_000


def written(question: str, position: Any) -> str:
    """The cursor for a position, a JSON value, in the answer to a question."""
    return zlib.compress(json.dumps([question, position]).encode()).hex()


def read(cursor: str, question: str) -> Any:
    """The position in a cursor.

    Raises:
        OperationRefused: it is none of ours, or of another question.
    """
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(binascii.unhexlify(cursor), MAX_BYTES)
        of, position = json.loads(text)
    except (binascii.Error, zlib.error, ValueError, TypeError):
        raise foreign() from None
    if of != question:
        raise foreign()
    return position


def foreign() -> OperationRefused:
    """The refusal of a cursor that says nothing."""
    return OperationRefused(
        "The cursor is none that this question was answered with.", "Ask again without it, from the beginning."
    )
