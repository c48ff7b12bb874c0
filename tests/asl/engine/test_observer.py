"""What an observer is told: what the history alone leaves open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asl.definition import parse
from asl.engine import Engine, Execution, StartRequest, VirtualClock
from asl.engine.observer import Decision, DecisionKind
from asl.integrations import Integrations, LambdaRequest, LambdaResponse
from tests.asl.engine.conftest import FUNCTION, PREFIX, machine

if TYPE_CHECKING:
    from collections.abc import Callable


class Watching:
    """An engine whose executions are watched."""

    def __init__(self) -> None:
        self.executions: list[Execution] = []
        self.decisions: list[Decision] = []
        self.answer: Callable[[], LambdaResponse] = lambda: LambdaResponse(payload="1")
        self.engine = Engine(VirtualClock(), Integrations(self._invoke), observer=self, jitter=lambda longest: longest)

    def started(self, execution: Execution) -> None:
        self.executions.append(execution)

    def decided(self, execution: Execution, decision: Decision) -> None:
        assert execution in self.executions
        self.decisions.append(decision)

    async def run(self, definition: Any, given: str = "{}") -> Execution:
        execution = self.engine.start(
            StartRequest(
                execution_arn=f"{PREFIX}:execution:machine:one",
                name="one",
                state_machine_arn=f"{PREFIX}:stateMachine:machine",
                state_machine_name="machine",
                role_arn="role",
                definition=parse(json.dumps(definition)),
                input=given,
            )
        )
        await execution.wait()
        return execution

    async def _invoke(self, _: LambdaRequest) -> LambdaResponse:
        return self.answer()


def failing(error: str) -> LambdaResponse:
    return LambdaResponse(payload=json.dumps({"errorType": error}), function_error="Unhandled")


CHOICE = machine(
    {
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericEquals": 0, "Next": "Same"},
                {"Variable": "$.n", "NumericEquals": 1, "Next": "Same"},
            ],
            "Default": "Same",
        },
        "Same": {"Type": "Succeed"},
    }
)


async def test_an_observer_is_told_which_rule_held_where_all_lead_to_one_state() -> None:
    told = []
    for number in range(3):
        watching = Watching()
        execution = await watching.run(CHOICE, json.dumps({"n": number}))
        (decision,) = watching.decisions
        assert execution.history[decision.event_id - 1].type == "ChoiceStateExited"
        told.append((decision.kind, decision.index))
    assert told == [(DecisionKind.CHOICE, 0), (DecisionKind.CHOICE, 1), (DecisionKind.DEFAULT, 0)]


async def test_an_observer_is_told_of_each_retry_and_of_the_catcher() -> None:
    watching = Watching()
    watching.answer = lambda: failing("Broken")
    execution = await watching.run(
        machine(
            {
                "Work": {
                    "Type": "Task",
                    "Resource": FUNCTION,
                    "Retry": [
                        {"ErrorEquals": ["Other"]},
                        {"ErrorEquals": ["Broken"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 2},
                    ],
                    "Catch": [
                        {"ErrorEquals": ["Other"], "Next": "After"},
                        {"ErrorEquals": ["Broken"], "Next": "After"},
                    ],
                    "End": True,
                },
                "After": {"Type": "Pass", "End": True},
            }
        )
    )
    assert [(decision.kind, decision.index, decision.delay) for decision in watching.decisions] == [
        (DecisionKind.RETRY, 1, 5.0),
        (DecisionKind.RETRY, 1, 10.0),
        (DecisionKind.CATCH, 1, 0.0),
    ]
    assert {decision.error for decision in watching.decisions} == {"Broken"}
    events = [execution.history[decision.event_id - 1].type for decision in watching.decisions]
    assert events == ["LambdaFunctionFailed", "LambdaFunctionFailed", "TaskStateExited"]


async def test_an_observer_is_told_of_the_executions_of_a_distributed_map() -> None:
    watching = Watching()
    item = {"Say": {"Type": "Choice", "Choices": CHOICE["States"]["Choose"]["Choices"], "Default": "Same"}}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Say",
        "States": {**item, "Same": {"Type": "Succeed"}},
    }
    await watching.run(
        machine({"Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}}),
        json.dumps({"items": [{"n": 0}, {"n": 1}]}),
    )
    assert len(watching.executions) == 3
    assert [decision.index for decision in watching.decisions] == [0, 1]
