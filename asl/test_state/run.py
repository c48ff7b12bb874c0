"""One state, run by the engine with an `Inspection` looking on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import FailState, MapState, ParallelState
from asl.definition.model import QueryLanguage as Language
from asl.engine.compiler import compile_flow, compile_state, language_of
from asl.engine.deadline import DeadlineExpired, Deadlines
from asl.engine.environment import Environment
from asl.engine.errors import TIMEOUT, StateError
from asl.engine.execution import Execution, StartRequest
from asl.engine.frame import Frame, Visit
from asl.engine.payload import Payload
from asl.engine.retry import RetryCounters
from asl.expressions import ExpressionError
from asl.test_state.http_trace import TracedIntegrations
from asl.test_state.inspection import AFTER_INPUT_PATH, InspectingLanguage, Inspection, written
from asl.test_state.mock import MockedIntegrations, MockedMap, MockedParallel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition import StateMachine
    from asl.definition.model import Retrier, State
    from asl.engine.clock import Clock
    from asl.engine.states.state import CompiledState
    from asl.integrations import Integrations
    from asl.test_state.mock import Mock

Json = Any

LONGEST_TEST_SECONDS: Final = 300


class TestStatus(Enum):
    """How a test ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    RETRIABLE = "RETRIABLE"
    CAUGHT_ERROR = "CAUGHT_ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTest:
    """A state, and what stands around it. `input` is JSON text; `arn_prefix` is `arn:PARTITION:states:REGION:ACCOUNT`.

    `context` is all that the context object has, None for one as executions have it. `retry_count` is how often the
    retrier of the error has been used already. `iteration` says that the state belongs to a Map state's processor.
    `traced` lets an HTTP Task tell its request and the answer, `reveal_secrets` what its connection adds as well.
    """

    machine: StateMachine
    state: State
    arn_prefix: str
    input: str = "{}"
    role_arn: str | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    context: dict[str, Json] | None = None
    mock: Mock | None = None
    retry_count: int = 0
    iteration: bool = False
    traced: bool = False
    reveal_secrets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a test ended. `output` is JSON text; `inspection` is the `inspectionData` of the answer."""

    status: TestStatus
    inspection: dict[str, Any]
    output: str | None = None
    next_state: str | None = None
    error: str | None = None
    cause: str | None = None


class RetryDueError(Exception):
    """The state would be tried again."""

    def __init__(self, error: StateError) -> None:
        super().__init__(error)
        self.error = error


class InspectedVisit(Visit):
    """The visit of a state that is tested."""

    __slots__ = ("_inspection", "_retry_count")

    def __init__(
        self, frame: Frame, state: CompiledState, payload: Payload, inspection: Inspection, retry_count: int
    ) -> None:
        super().__init__(frame, state, payload)
        self._inspection = inspection
        self._retry_count = retry_count

    def retry_counters(self, retriers: tuple[Retrier, ...]) -> RetryCounters:
        """Counters that end the test when it is time for a retry."""
        return InspectedRetryCounters(retriers, self._inspection, self._retry_count)


class InspectedRetryCounters(RetryCounters):
    """The retriers of a state that is tested, used `retry_count` times already. Jitter is left out."""

    __slots__ = ("_inspection",)

    def __init__(self, retriers: tuple[Retrier, ...], inspection: Inspection, retry_count: int) -> None:
        super().__init__(retriers, lambda longest: longest, retry_count)
        self._inspection = inspection

    def next_attempt(self, error: StateError) -> tuple[int, float] | None:
        """See `RetryCounters.next_attempt`.

        Raises:
            RetryDueError: there is another attempt.
        """
        index = self.matching(error)
        if index is None:
            return None
        self._inspection.note_error("retryIndex", index)
        again = super().next_attempt(error)
        if again is None:
            return None
        self._inspection.note_error("retryBackoffIntervalSeconds", int(again[1]))
        raise RetryDueError(error)


async def run_state(test: StateTest, clock: Clock, integrations: Integrations) -> Outcome:
    """Run one state once, for at most five minutes, and tell what happened inside.

    A Map or Parallel state needs a mock.
    """
    inspection = Inspection(test.input)
    if test.mock is not None:
        integrations = MockedIntegrations(test.mock, issues_tokens=test.context is None)
    elif test.traced:
        integrations = TracedIntegrations(integrations, inspection, reveal_secrets=test.reveal_secrets)
    visit = _enter(test, inspection, Environment(clock, integrations, lambda longest: longest))
    return await _outcome(visit, inspection)


def _enter(test: StateTest, inspection: Inspection, environment: Environment) -> InspectedVisit:
    execution = Execution(_request(test), environment)
    if test.role_arn is None:
        del execution.context["Execution"]["RoleArn"]
    value = execution.context["Execution"]["Input"]
    map_item = {"Index": 0, "Value": value} if test.iteration else None
    frame = Frame(execution, environment, previous_id=1, variables=test.variables, map_item=map_item)
    compiled = _compiled(test, inspection, environment.integrations)
    visit = InspectedVisit(frame, compiled, Payload(value, test.input), inspection, test.retry_count)
    if test.context is not None:
        visit.context = dict(test.context)
    if isinstance(test.state, FailState) and test.state.query_language is Language.JSONPATH:
        # A Fail state has no InputPath; AWS tells what it would select all the same.
        inspection.note(AFTER_INPUT_PATH, value)
    return visit


def _request(test: StateTest) -> StartRequest:
    name, machine = str(uuid.uuid4()), str(uuid.uuid4())
    return StartRequest(
        execution_arn=f"{test.arn_prefix}:express:{machine}:{name}",
        name=name,
        state_machine_arn=f"{test.arn_prefix}:stateMachine:{machine}",
        state_machine_name=machine,
        role_arn=test.role_arn or "",
        definition=test.machine,
        input=test.input,
        redrivable=False,
    )


def _compiled(test: StateTest, inspection: Inspection, integrations: Integrations) -> CompiledState:
    state, language = test.state, InspectingLanguage(language_of(test.state), inspection)
    if test.mock is not None and isinstance(state, ParallelState):
        return MockedParallel(state, language, test.mock)
    if test.mock is not None and isinstance(state, MapState):
        return MockedMap(state, language, compile_flow(state.processor, integrations), test.mock, inspection)
    return compile_state(state, language, integrations)


async def _outcome(visit: InspectedVisit, inspection: Inspection) -> Outcome:
    deadlines = Deadlines(visit.frame.environment.clock)
    try:
        async with deadlines:
            deadlines.set("test", LONGEST_TEST_SECONDS)
            next_state, output = await _run(visit, inspection)
    except RetryDueError as due:
        return _failed(TestStatus.RETRIABLE, due.error, inspection)
    except DeadlineExpired:
        cause = f"The state did not end within {LONGEST_TEST_SECONDS} seconds."
        return _failed(TestStatus.FAILED, StateError(TIMEOUT, cause), inspection)
    except (StateError, ExpressionError) as error:
        return _failed(TestStatus.FAILED, visit.failure(error), inspection)
    caught = inspection.caught
    return Outcome(
        status=TestStatus.SUCCEEDED if caught is None else TestStatus.CAUGHT_ERROR,
        inspection=inspection.data,
        output=output,
        next_state=next_state,
        error=None if caught is None else caught.get("Error"),
        cause=None if caught is None else caught.get("Cause"),
    )


async def _run(visit: InspectedVisit, inspection: Inspection) -> tuple[str | None, str]:
    """Run the state, and note the variables as they are afterwards, whether it failed or not."""
    try:
        next_state, payload = await visit.state.run(visit)
    finally:
        if visit.frame.variables:
            inspection.note("variables", visit.frame.variables)
    return next_state, written(payload.value)


def _failed(status: TestStatus, error: StateError, inspection: Inspection) -> Outcome:
    return Outcome(status=status, inspection=inspection.data, error=error.error, cause=error.cause)
