"""What can be wrong with a test, as opposed to what an execution does.

TestSetupError (an Exception)      the test cannot be run as it is written
├── UnusableDefinitionError        the definition is invalid, or cannot be found or read
├── UnansweredCallError            a task calls something that nothing answers for: no handler, no mock
└── StuckError                     nothing will ever happen again, and what was waited for has not happened
ExpectationError (an AssertionError)   an execution did something else than the test says
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final


class TestSetupError(Exception):
    """The test cannot be run as it is written; the text says what to change."""

    __test__ = False


class UnusableDefinitionError(TestSetupError):
    """The definition is invalid, or cannot be found or read."""


class UnansweredCallError(TestSetupError):
    """A task calls a function, service or state machine that nothing answers for. The state is that of the task."""

    def __init__(self, message: str) -> None:
        state = calling_state.get()
        super().__init__(message if state is None else f"in the state {state!r} {message}")


calling_state: Final[ContextVar[str | None]] = ContextVar("calling_state", default=None)
"""The Task state whose work is done in the running context."""


class StuckError(TestSetupError):
    """Nothing is left that could happen: the execution waits for the test."""


class ExpectationError(AssertionError):
    """An execution did something else than the test says."""
