"""The one exception that evaluating an expression raises.

ExpressionError                a state fails with `error` and `cause`
└── PathNotFoundError          a JSONPath selects nothing; its reader decides how to say so
"""

from __future__ import annotations

import json
from typing import Any

RUNTIME = "States.Runtime"
PARAMETER_PATH_FAILURE = "States.ParameterPathFailure"
RESULT_PATH_MATCH_FAILURE = "States.ResultPathMatchFailure"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"


class ExpressionError(Exception):
    """An expression can't be compiled or evaluated.

    `error` is the States Language error name and `cause` AWS's sentence about it, without the name of the state and
    the event, which the engine puts in front.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


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
        document = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))
        cause = (
            f"The JSONPath '{self.path}' specified for the field '{field}' could not be found in the input '{document}'"
        )
        return ExpressionError(RUNTIME, cause)
