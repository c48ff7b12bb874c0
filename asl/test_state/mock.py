"""Mocks: what stands for the work of a Task, Map or Parallel state while it is tested.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.definition.model import ABSENT
from asl.engine.errors import StateError
from asl.engine.item_reader import state_items
from asl.engine.map_run import THRESHOLD_EXCEEDED
from asl.engine.states.distributed_map_state import STATE_DATA, CompiledDistributedMap
from asl.engine.states.retry_catch import RetryCatch
from asl.integrations import Integrations, TaskFailure
from asl.integrations.mocked import MockedIntegration
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from asl.definition.model import Absent, MapState, ParallelState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Visit
    from asl.engine.query_language import QueryLanguage
    from asl.integrations import Integration
    from asl.test_state.inspection import Inspection

Json = Any


@dataclass(frozen=True, slots=True)
class MockedError:
    """The error that the work ends with."""

    error: str | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mock:
    """How the work ends: with `error`, else with `result`.

    `failed_iterations` is how many iterations of a Map state are taken to have failed; `reader_data` is the text that
    its ItemReader is taken to have read, None where nothing is said about it.
    """

    result: Json | Absent = ABSENT
    error: MockedError | None = None
    failed_iterations: int = 0
    reader_data: str | None = None

    def outcome(self) -> Json:
        """The result of a Map or Parallel state.

        Raises:
            StateError: the mock is an error.
        """
        if self.error is not None:
            raise StateError(self.error.error, self.error.cause)
        return self.result


class MockedIntegrations(Integrations):
    """The integrations that Task states find while their work is mocked; no token or activity of theirs is real."""

    def __init__(self, mock: Mock, *, issues_tokens: bool) -> None:
        super().__init__()
        self._mock = mock
        self._issues_tokens = issues_tokens

    def of(self, resource: str) -> Integration:
        """What stands for the integration that a resource names."""
        uses_token = self._issues_tokens and resource.endswith(".waitForTaskToken")
        # Nobody is told the history of a test, so its events may be those of any service.
        return MockedIntegration(ServiceEvents("", resource), self._task_outcome, uses_token=uses_token)

    def _task_outcome(self) -> Json:
        if self._mock.error is not None:
            raise TaskFailure(self._mock.error.error, self._mock.error.cause)
        return self._mock.result


class MockedParallel(RetryCatch):
    """A Parallel state whose branches are mocked."""

    __slots__ = ("_mock",)

    def __init__(self, state: ParallelState, language: QueryLanguage, mock: Mock) -> None:
        super().__init__(state, "Parallel", language)
        self._mock = mock

    async def attempt(self, visit: Visit) -> Json:
        """Prepare what the branches would be given, and end as the mock says."""
        self._flow.prepare(visit)
        return self._mock.outcome()

    def failed(self, visit: Visit) -> None:
        """Record that the branches failed."""
        visit.frame.record("ParallelStateFailed")


class MockedMap(CompiledDistributedMap):
    """A Map state, of either mode, whose iterations are mocked."""

    __slots__ = ("_distributed", "_inspection", "_mock")

    def __init__(
        self, state: MapState, language: QueryLanguage, processor: CompiledFlow, mock: Mock, inspection: Inspection
    ) -> None:
        super().__init__(state, language, processor)
        self._distributed = state.distributed
        self._mock = mock
        self._inspection = inspection

    async def attempt(self, visit: Visit) -> Json:
        """Prepare what the iterations would be given, and end as the mock says."""
        found, _ = self.begin(visit)
        given = found if self._reader is not None else state_items(found, STATE_DATA if self._distributed else "")
        items = [item.default_input for item in given]
        tolerance = self.tolerance(visit)
        selected = items
        if self._item_selector is not None:
            selected = [
                self.selected(visit, item.default_input, item.context(index)) for index, item in enumerate(given)
            ]
            self._inspection.note("afterItemSelector", selected)
        if self._batcher is not None:
            self._inspection.note("afterItemBatcher", self._batcher.batches(visit, selected))
        failed = self._mock.failed_iterations
        if self._mock.error is None and self._distributed and tolerance.exceeded(failed, len(items)):
            raise StateError(THRESHOLD_EXCEEDED, "The specified tolerated failure threshold was exceeded")
        return self._mock.outcome()

    def _evaluate_items(self, visit: Visit) -> Json:
        """The items of the state's input, or those in the data that the reader is taken to have read."""
        if self._reader is None:
            return super()._evaluate_items(visit)
        if self._mock.reader_data is None:
            return []
        items = self._reader.items_in(self._mock.reader_data)
        if self._reader.has_pointer:
            members = {item.key: item.value for item in items if item.key is not None}
            self._inspection.note("afterItemsPointer", members or [item.value for item in items])
        return items
