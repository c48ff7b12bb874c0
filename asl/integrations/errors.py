"""What goes wrong between a task and the one who does its work.

TaskFailure                 the work failed: the task's error and cause
EngineError
├── InvalidToken            no such task token was handed out
├── TaskTimedOut            the token's task has ended, whatever the way
└── ActivityDoesNotExist    no such activity
"""

from __future__ import annotations


class TaskFailure(Exception):  # noqa: N818 - the field's word
    """The work of a task failed. `also_known_as` is a second name that `ErrorEquals` may give the error."""

    def __init__(self, error: str | None, cause: str | None, also_known_as: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.also_known_as = also_known_as


class EngineError(Exception):
    """A call to the engine that cannot be done; the text is AWS's."""


class InvalidToken(EngineError):  # noqa: N818 - AWS's name
    """The task token is malformed or was never handed out."""

    def __init__(self) -> None:
        super().__init__("Invalid Token: 'Invalid token'")


class TaskTimedOut(EngineError):  # noqa: N818 - AWS's name
    """The task of the token has ended: it was answered, timed out, or its execution stopped."""

    def __init__(self) -> None:
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


class ActivityDoesNotExist(EngineError):  # noqa: N818 - AWS's name
    """No activity has the ARN."""

    def __init__(self, activity_arn: str) -> None:
        super().__init__(f"Activity Does Not Exist: '{activity_arn}'")
