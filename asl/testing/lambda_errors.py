"""Exceptions of handlers, as Lambda's runtime for Python reports them.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Final

HERE: Final = str(Path(__file__).parent)
MARSHAL_ERROR: Final = "Runtime.MarshalError"


class MarshalError(Exception):
    """A handler returned what is not JSON."""


def error_payload(error: Exception, request_id: str | None = None) -> dict[str, Any]:
    """What a function that raised answers: the exception's type and text, and the stack from the handler on."""
    stack = traceback.extract_tb(error.__traceback__)
    # Without columns: the runtime marks no part of a line.
    frames = [(one.filename, one.lineno or 0, one.name, one.line) for one in stack if not one.filename.startswith(HERE)]
    return {
        "errorMessage": str(error),
        "errorType": MARSHAL_ERROR if isinstance(error, MarshalError) else type(error).__name__,
        **({} if request_id is None else {"requestId": request_id}),
        "stackTrace": traceback.format_list(frames),
    }
