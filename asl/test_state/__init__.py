"""One state on its own, with a view into it: what the TestState action runs.

The state is compiled and run by the engine itself; here are only a look at its steps, mocks for its work, and what
stands for the execution around it.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from asl.test_state.context import ContextError, check_context
from asl.test_state.mock import Mock, MockedError
from asl.test_state.run import Outcome, StateTest, TestStatus, run_state

__all__ = [
    "ContextError",
    "Mock",
    "MockedError",
    "Outcome",
    "StateTest",
    "TestStatus",
    "check_context",
    "run_state",
]
