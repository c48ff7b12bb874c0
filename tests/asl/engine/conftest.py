from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.definition import parse
from asl.engine import Engine, Execution, StartRequest, VirtualClock, event_to_api
from asl.integrations import Integrations, LambdaRequest, LambdaResponse, LambdaServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asl.engine import HistoryEvent, MapRun

ACCOUNT = "123456789012"
PREFIX = f"arn:aws:states:us-east-1:{ACCOUNT}"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:work"
ACTIVITY = f"{PREFIX}:activity:work"

Json = Any


class FunctionError(Exception):
    """Makes a function of the bench answer as one that raised `error_type`."""

    def __init__(self, error_type: str, message: str = "") -> None:
        super().__init__(message)
        self.error_type = error_type


class Bench:
    """An engine on virtual time, with Lambda functions that are functions of the test."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.functions: dict[str, Callable[[Json], Awaitable[Json]]] = {}
        self.invocations: list[LambdaRequest] = []
        self.ended: list[Execution] = []
        self.map_runs: list[MapRun] = []
        self.engine = Engine(
            self.clock,
            Integrations(self._invoke),
            on_end=self.ended.append,
            on_map_run=self.map_runs.append,
            jitter=lambda longest: longest / 2,
        )
        self._names = (f"execution-{number}" for number in itertools.count(1))

    def start(self, definition: Json, execution_input: Json = None) -> Execution:
        """Start an execution of a definition given as JSON."""
        name = next(self._names)
        text = "{}" if execution_input is None else json.dumps(execution_input)
        return self.engine.start(
            StartRequest(
                execution_arn=f"{PREFIX}:execution:machine:{name}",
                name=name,
                state_machine_arn=f"{PREFIX}:stateMachine:machine",
                state_machine_name="machine",
                role_arn=f"arn:aws:iam::{ACCOUNT}:role/role",
                definition=parse(json.dumps(definition)),
                input=text,
            )
        )

    async def run(self, definition: Json, execution_input: Json = None) -> Execution:
        """Run an execution to its end."""
        execution = self.start(definition, execution_input)
        await execution.wait()
        return execution

    async def _invoke(self, request: LambdaRequest) -> LambdaResponse:
        self.invocations.append(request)
        function = self.functions.get(request.function.rpartition(":")[2])
        if function is None:
            raise LambdaServiceError("ResourceNotFoundException", f"Function not found: {request.function}", 404, "1")
        try:
            answer = await function(json.loads(request.payload or "{}"))
        except FunctionError as raised:
            content = {"errorMessage": str(raised), "errorType": raised.error_type}
            return LambdaResponse(payload=json.dumps(content), function_error="Unhandled")
        return LambdaResponse(payload=json.dumps(answer))


@pytest.fixture
async def bench() -> Bench:
    return Bench()


def machine(states: dict[str, Json], **fields: Json) -> Json:
    """A definition that starts at its first state."""
    return {"StartAt": next(iter(states)), "States": states, **fields}


def types(execution: Execution) -> list[str]:
    """The types of an execution's events."""
    return [event.type for event in execution.history]


def chain(execution: Execution) -> list[tuple[str, int]]:
    """The types of an execution's events, each with the event it follows."""
    return [(event.type, event.previous_id) for event in execution.history]


def details(execution: Execution, event_type: str) -> Json:
    """The details of the first event of a type, as the API shows them."""
    event = next(event for event in execution.history if event.type == event_type)
    return _details(event)


def _details(event: HistoryEvent) -> Json:
    rendered = event_to_api(event)
    return next((value for key, value in rendered.items() if key.endswith("EventDetails")), None)


def output(execution: Execution) -> Json:
    """The output of an execution that succeeded."""
    assert execution.status.value == "SUCCEEDED", (execution.error, execution.cause)
    assert execution.output is not None
    return json.loads(execution.output)
