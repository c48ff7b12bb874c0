"""What can go wrong inside an execution.

StateError              a state fails; retriers and catchers look at it
└── EvaluationError     because a JSONata expression could not be evaluated
ExecutionLimitError     the execution fails whatever its retriers and catchers say
"""

from __future__ import annotations

from typing import Final

ALL: Final = "States.ALL"
DATA_LIMIT_EXCEEDED: Final = "States.DataLimitExceeded"
HEARTBEAT_TIMEOUT: Final = "States.HeartbeatTimeout"
QUERY_EVALUATION_ERROR: Final = "States.QueryEvaluationError"
RUNTIME: Final = "States.Runtime"
TASK_FAILED: Final = "States.TaskFailed"
TIMEOUT: Final = "States.Timeout"


class StateError(Exception):
    """A state failed: what `Retry` and `Catch` look at, and what the execution ends with when they do not help.

    `error` and `cause` are None where they were not given. `also_known_as` is a second name that `ErrorEquals` may use:
    a missed heartbeat is a `States.Timeout` that answers to `States.HeartbeatTimeout` as well.

    See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """

    def __init__(self, error: str | None, cause: str | None = None, also_known_as: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.also_known_as = also_known_as


class EvaluationError(StateError):
    """An expression of a state could not be evaluated.

    `location` is the field, as AWS's `EvaluationFailed` event names it.
    """

    def __init__(self, error: str, cause: str, location: str | None) -> None:
        super().__init__(error, cause)
        self.location = location


class ExecutionLimitError(Exception):
    """The execution went over a limit that no `Catch` can help: it fails at once."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
