"""A path that selects nothing."""

from __future__ import annotations

from typing import Any

from asl.expressions.errors import RUNTIME, ExpressionError
from asl.expressions.java_values import compact_json


class PathNotFoundError(ExpressionError):
    """A JSONPath selects nothing in its document.

    `cause` is what AWS says for InputPath and OutputPath. A field of a payload template is reported by `in_field`.
    """

    def __init__(self, path: str, detail: str, document: Any) -> None:
        super().__init__(RUNTIME, f"Invalid path '{path}' : {detail}")
        self.path = path
        self.detail = detail
        self.document = document

    def in_field(self, field: str) -> ExpressionError:
        """The same failure as AWS reports it for the field `field`, for example `name.$` or `ItemsPath`."""
        document = compact_json(self.document)
        cause = (
            f"The JSONPath '{self.path}' specified for the field '{field}' could not be found in the input '{document}'"
        )
        return ExpressionError(RUNTIME, cause)
