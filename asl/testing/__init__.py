"""Test state machines like code: real definitions, in process, on virtual time.

    from asl.testing import Failure, Workflow, in_turn

    order = Workflow.from_file("order.asl.json")

    def test_a_charge_is_tried_again():
        run = order.run({"order": 1}, handlers={"Charge": in_turn(Failure("Busy"), {"charged": True})})
        assert run.path == ["Charge", "Ship"]

A Workflow is what is tested; `run` brings an execution to its end, `start` lets the test decide when time passes. See
docs/testing.md.
"""

from asl.testing.errors import (
    ExpectationError,
    StuckError,
    TestSetupError,
    UnansweredCallError,
    UnusableDefinitionError,
)
from asl.testing.functions import LambdaContext
from asl.testing.outcomes import NO_ANSWER, WAITS, Failure, Outcome, after, in_turn
from asl.testing.reading import Catch, Retry, RunReading
from asl.testing.run import AsyncRun, AsyncWaiting, Run, Waiting
from asl.testing.workflow import Workflow

__all__ = [
    "NO_ANSWER",
    "WAITS",
    "AsyncRun",
    "AsyncWaiting",
    "Catch",
    "ExpectationError",
    "Failure",
    "LambdaContext",
    "Outcome",
    "Retry",
    "Run",
    "RunReading",
    "StuckError",
    "TestSetupError",
    "UnansweredCallError",
    "UnusableDefinitionError",
    "Waiting",
    "Workflow",
    "after",
    "in_turn",
]
