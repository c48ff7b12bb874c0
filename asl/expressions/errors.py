"""The one exception that evaluating an expression raises.

ExpressionError                a state fails with `error` and `cause`
└── PathNotFoundError          a JSONPath selects nothing; its reader decides how to say so
"""

from __future__ import annotations

RUNTIME = "States.Runtime"
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
