"""TestState: run one state and tell what it does, with mocks for what it would call.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import ABSENT, MapState, ParallelState, TaskState
from asl.service.errors import invalid_definition, invalid_execution_input, validation_error
from asl.service.json_text import JsonTextError, decode_json
from asl.service.mock_results import check_mock_result
from asl.service.operations.lookup import check_role
from asl.service.state_definitions import inner_state_names, read_machine, read_state
from asl.test_state import ContextError, Mock, MockedError, StateTest, check_context, run_state

if TYPE_CHECKING:
    from asl.definition.model import State
    from asl.service.call import Answer, Call
    from asl.test_state import Outcome

Json = Any

NEEDS_MOCK: Final = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)
WAITING_PATTERNS: Final = (".sync", ".sync:2", ".waitForTaskToken")


async def test_state(call: Call) -> Answer:
    """Test one state, given on its own or named in a whole definition."""
    request = call.request
    name = request.get("stateName")
    found = read_state(request["definition"]) if name is None else read_machine(request["definition"], name)
    if found is None:
        raise validation_error("State not found in definition")
    mock = await _mock(found.state, request)
    _check_role(found.state, mock, request)
    test = StateTest(
        machine=found.machine,
        state=found.state,
        iteration=found.iteration,
        arn_prefix=call.account.arn().removesuffix(":"),
        input=_input(request),
        role_arn=request.get("roleArn"),
        variables=_variables(request),
        context=_context(request),
        mock=mock,
        retry_count=request.get("stateConfiguration", {}).get("retrierRetryCount", 0),
        traced=request.get("inspectionLevel") == "TRACE",
        reveal_secrets=request.get("revealSecrets", False),
    )
    engine = call.service.engine
    outcome = await run_state(test, engine.clock, engine.integrations)
    return _answer(outcome, with_inspection=request.get("inspectionLevel", "INFO") != "INFO")


async def _mock(state: State, request: dict[str, Any]) -> Mock | None:
    """The mock that a request gives for a state.

    Raises:
        ApiError: it makes no sense for the state, or the state cannot be tested without one.
    """
    given = request.get("mock")
    if given is None:
        _check_testable(state, request)
        return None
    if not isinstance(state, TaskState | MapState | ParallelState):
        kind = type(state).__name__.removesuffix("State")
        raise validation_error(f"State type '{kind}' is not supported when a mock is specified")
    if request.get("revealSecrets"):
        raise validation_error("TestState does not support RevealSecrets when a mock is specified.")
    if ("result" in given) == ("errorOutput" in given):
        only = "only " if "result" in given else ""
        raise validation_error(f"A test mock should have {only}one of the following fields: [result, errorOutput].")
    configuration = request.get("stateConfiguration", {})
    _check_configuration(state, configuration)
    error = given.get("errorOutput")
    return Mock(
        result=ABSENT if "result" not in given else await _result(state, given),
        error=None if error is None else MockedError(error.get("error"), error.get("cause")),
        failed_iterations=configuration.get("mapIterationFailureCount", 0),
        reader_data=configuration.get("mapItemReaderData"),
    )


def _check_testable(state: State, request: dict[str, Any]) -> None:
    if isinstance(state, MapState | ParallelState):
        raise invalid_definition(NEEDS_MOCK)
    if "context" in request:
        raise validation_error("A Context object can only be provided when a mock is specified")
    waits = isinstance(state, TaskState) and (
        state.resource.endswith(WAITING_PATTERNS) or ":activity:" in state.resource
    )
    if waits:
        what = "an activity, a job (.sync) or a task token (.waitForTaskToken)"
        raise invalid_definition(f"TestState API does not support Tasks that wait for {what} without a mock")


def _check_configuration(state: State, configuration: dict[str, Any]) -> None:
    """See that what is said of the state's surroundings is about something that the state has."""
    if not isinstance(state, MapState):
        for field in ("mapIterationFailureCount", "mapItemReaderData"):
            if field in configuration:
                raise validation_error(f"{field} can only be specified when testing a Map state")
    name = configuration.get("errorCausedByState")
    if name is not None and name not in inner_state_names(state):
        raise validation_error("errorCausedByState must be the name of a state within the Map or Parallel state")


async def _result(state: State, given: dict[str, Any]) -> Json:
    try:
        result = decode_json(given["result"])
    except JsonTextError:
        raise validation_error("Mocked result must be valid JSON") from None
    if isinstance(state, TaskState):
        mode = given.get("fieldValidationMode", "STRICT")
        if mode != "NONE":
            check = partial(check_mock_result, state.resource, result, strict=mode == "STRICT")
            await asyncio.to_thread(check)
    elif isinstance(state, MapState) and "ResultWriter" in state.configuration:
        if not isinstance(result, dict):
            raise validation_error("Mocked result must be a JSON object.")
    elif not isinstance(result, list):
        raise validation_error("Mocked result must be an array.")
    return result


def _check_role(state: State, mock: Mock | None, request: dict[str, Any]) -> None:
    if "roleArn" in request:
        check_role(request["roleArn"])
    elif isinstance(state, TaskState) and mock is None:
        raise validation_error("RoleArn must be specified when testing a Task state")


def _input(request: dict[str, Any]) -> str:
    given: str = request.get("input", "{}")
    try:
        decode_json(given)
    except JsonTextError as error:
        raise invalid_execution_input(str(error)) from None
    return given


def _variables(request: dict[str, Any]) -> dict[str, Json]:
    try:
        variables = decode_json(request.get("variables", "{}"))
    except JsonTextError as error:
        raise validation_error(f"Invalid variables provided: {error}") from None
    if not isinstance(variables, dict):
        raise validation_error("Invalid variables provided: they must be a JSON object")
    return variables


def _context(request: dict[str, Any]) -> dict[str, Json] | None:
    if "context" not in request:
        return None
    try:
        return check_context(decode_json(request["context"]))
    except JsonTextError:
        raise validation_error("Invalid Context object provided: it must be valid JSON") from None
    except ContextError as error:
        raise validation_error(f"Invalid Context object provided: {error}") from None


def _answer(outcome: Outcome, *, with_inspection: bool) -> Answer:
    answer = {
        "status": outcome.status.value,
        "output": outcome.output,
        "error": outcome.error,
        "cause": outcome.cause,
        "nextState": outcome.next_state,
        "inspectionData": outcome.inspection if with_inspection else None,
    }
    return {name: value for name, value in answer.items() if value is not None}
