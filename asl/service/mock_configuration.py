"""The mock configuration file of Step Functions Local: test cases whose tasks are answered from the file.

An execution of a test case is started with `stateMachineArn#TestCase`. A task that the case names ends as the response
says that belongs to its attempt; the attempts of a state are counted over the whole execution, from 0, over retries,
loops and iterations. A task that the case does not name does its real work.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import outline
from asl.integrations import TaskFailure
from asl.integrations.mocked import MockedIntegration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from asl.integrations import Integration

Json = Any

DEFAULT_FILE: Final = "MockConfigFile.json"
ATTEMPTS: Final = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
WAITING: Final = re.compile(r".+\.(?:sync(?::2)?|waitForTaskToken)")


class MockConfigurationError(Exception):
    """The file cannot be used; the text says where in it, what is wrong, and what belongs there."""


class UnknownTestCaseError(Exception):
    """There is no such test case; the text says which there are."""


@dataclass(frozen=True, slots=True)
class MockedResponse:
    """How the attempts from `first` to `last` end: with an error, or else with `result`."""

    first: int
    last: int
    result: Json = None
    error: str | None = None
    cause: str | None = None

    def outcome(self) -> Json:
        """The result.

        Raises:
            TaskFailure: the response is an error.
        """
        if self.error is not None:
            raise TaskFailure(self.error, self.cause)
        return self.result


MockedResponses = tuple[MockedResponse, ...]
TestCase = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MockConfiguration:
    """What the file says: by state machine and test case, the name of the response that each state has."""

    machines: Mapping[str, Mapping[str, TestCase]] = field(default_factory=dict)
    responses: Mapping[str, MockedResponses] = field(default_factory=dict)
    source: str | None = None

    def execution_mocks(self, machine: str, case: str) -> ExecutionMocks:
        """The mocks of a new execution.

        Raises:
            UnknownTestCaseError: the state machine has no such test case, or it names a response that is not there.
        """
        if self.source is None:
            raise UnknownTestCaseError("there is no mock configuration; SFN_MOCK_CONFIG is to name its file")
        cases = self.machines.get(machine)
        if cases is None:
            raise UnknownTestCaseError(f"{self.source} has no state machine {machine}{_listed(self.machines)}")
        states = cases.get(case)
        if states is None:
            raise UnknownTestCaseError(f"{self.source} has no test case {case} of {machine}{_listed(cases)}")
        for state, response in states.items():
            if response not in self.responses:
                raise UnknownTestCaseError(f"{self.source} has no mocked response {response}, which {state} is to have")
        return ExecutionMocks(f"{machine}#{case}", {state: self.responses[name] for state, name in states.items()})

    def dangling(self) -> Iterator[str]:
        """What is said of each state whose response is not there. Its test case cannot be started."""
        for machine, cases in self.machines.items():
            for case, states in cases.items():
                for state, response in states.items():
                    if response not in self.responses:
                        yield (
                            f"{self.source}: StateMachines.{machine}.TestCases.{case}.{state} is {response!r}, "
                            "which MockedResponses does not have"
                        )


NO_MOCKS: Final = MockConfiguration()


class ExecutionMocks:
    """The mocks of one execution, which count the attempts of its states."""

    def __init__(self, case: str, responses: Mapping[str, MockedResponses]) -> None:
        self._case = case
        self._responses = responses
        self._attempts: Counter[str] = Counter()

    def strangers(self, definition: str) -> list[str]:
        """The states that the test case names and that are no Task states of the definition: nothing mocks these."""
        states = outline(json.loads(definition)).all_states()
        return sorted(self._responses.keys() - {state.name for state in states if state.type == "Task"})

    def of(self, state: str, resource: str, integration: Integration) -> Integration:
        """The mock of a Task state, or its integration where the test case does not name it."""
        if state not in self._responses:
            return integration
        return MockedIntegration(
            integration.events,
            partial(self._outcome, state),
            uses_token=resource.endswith(".waitForTaskToken") or integration.uses_token,
            submits=WAITING.fullmatch(resource) is not None,
        )

    def _outcome(self, state: str) -> Json:
        attempt = self._attempts[state]
        self._attempts[state] += 1
        for response in self._responses[state]:
            if response.first <= attempt <= response.last:
                return response.outcome()
        raise TaskFailure(
            "States.Runtime",
            f"The test case {self._case} has no mocked response for attempt {attempt} of the state '{state}'. "
            "Attempts are counted over the whole execution, from 0.",
        )


def read_mock_configuration(path: Path) -> MockConfiguration:
    """Read a mock configuration file.

    Raises:
        MockConfigurationError: it cannot be read, or is not what a mock configuration has to be.
    """
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise MockConfigurationError(f"Cannot read the mock configuration {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise MockConfigurationError(f"The mock configuration {path} is not JSON: {error}") from None
    try:
        return _configuration(content, str(path))
    except MockConfigurationError as error:
        raise MockConfigurationError(f"The mock configuration {path} cannot be used: {error}") from None


def _configuration(content: Json, source: str) -> MockConfiguration:
    top = _object(content, "the file")
    for name in ("StateMachines", "MockedResponses"):
        if name not in top:
            raise MockConfigurationError(f"{name} is missing, an object at the top of the file")
    machines = _object(top["StateMachines"], "StateMachines")
    responses = _object(top["MockedResponses"], "MockedResponses")
    return MockConfiguration(
        machines={name: _test_cases(machine, f"StateMachines.{name}") for name, machine in machines.items()},
        responses={name: _responses(given, f"MockedResponses.{name}") for name, given in responses.items()},
        source=source,
    )


def _test_cases(machine: Json, where: str) -> dict[str, TestCase]:
    cases = _object(machine, where).get("TestCases")
    if cases is None:
        raise MockConfigurationError(f"{where}.TestCases is missing, an object with the test cases")
    where = f"{where}.TestCases"
    return {name: _test_case(case, f"{where}.{name}") for name, case in _object(cases, where).items()}


def _test_case(case: Json, where: str) -> TestCase:
    states = _object(case, where)
    for state, response in states.items():
        if not isinstance(response, str):
            raise MockConfigurationError(f"{where}.{state} is to be the name of one of the MockedResponses")
    return states


def _responses(given: Json, where: str) -> MockedResponses:
    responses = [_response(key, response, f"{where}.{key}") for key, response in _object(given, where).items()]
    responses.sort(key=lambda response: response.first)
    for earlier, later in pairwise(responses):
        if later.first <= earlier.last:
            raise MockConfigurationError(f"{where} has more than one response for attempt {later.first}")
    return tuple(responses)


def _response(attempts: str, response: Json, where: str) -> MockedResponse:
    match = ATTEMPTS.fullmatch(attempts)
    if match is None:
        raise MockConfigurationError(f'{where}: attempts are a number from 0, or a range such as "1-3"')
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise MockConfigurationError(f"{where}: a range begins with the lower number")
    kinds = _object(response, where)
    if kinds.keys() == {"Return"}:
        return MockedResponse(first, last, kinds["Return"])
    if kinds.keys() != {"Throw"}:
        raise MockConfigurationError(f"{where} is to have exactly one of Return and Throw, and nothing else")
    thrown = _object(kinds["Throw"], f"{where}.Throw")
    if not isinstance(thrown.get("Error"), str):
        raise MockConfigurationError(f"{where}.Throw.Error is to be a text, the name of the error")
    if not isinstance(thrown.get("Cause"), str | None):
        raise MockConfigurationError(f"{where}.Throw.Cause is to be a text")
    return MockedResponse(first, last, error=thrown["Error"], cause=thrown.get("Cause"))


def _object(value: Json, where: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise MockConfigurationError(f"{where} is to be a JSON object")
    return value


def _listed(names: Mapping[str, object]) -> str:
    return f", only {', '.join(names)}" if names else ""
