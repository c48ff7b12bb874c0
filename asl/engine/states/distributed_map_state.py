"""Map (distributed): runs its item processor as a child execution for each item.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import RUNTIME, StateError
from asl.engine.states.concurrent_flows import ConcurrentFlows
from asl.engine.states.item_source import ItemSource
from asl.randomness import random_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.model import MapState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Visit
    from asl.engine.payload import Payload
    from asl.engine.query_language import QueryLanguage

Json = Any

DISTRIBUTED_CONCURRENCY: Final = 1_000
THRESHOLD_EXCEEDED: Final = "States.ExceedToleratedFailureThreshold"
NOT_SUPPORTED: Final = ("ItemReader", "ItemBatcher", "ResultWriter")


class CompiledDistributedMap(ItemSource):
    """A distributed Map state over an array. Its result is the array of the outputs of the children that succeeded."""

    __slots__ = ("_configuration", "_count", "_percentage", "_processor")

    def __init__(self, state: MapState, language: QueryLanguage, processor: CompiledFlow) -> None:
        super().__init__(state, language)
        self._processor = processor
        self._configuration: Mapping[str, Json] = state.configuration
        self._count = language.threshold(
            state.configuration.get("ToleratedFailureCount"),
            state.configuration.get("ToleratedFailureCountPath"),
            "ToleratedFailureCount",
            whole=True,
        )
        self._percentage = language.threshold(
            state.configuration.get("ToleratedFailurePercentage"),
            state.configuration.get("ToleratedFailurePercentagePath"),
            "ToleratedFailurePercentage",
            whole=False,
        )

    async def attempt(self, visit: Visit) -> Json:
        """Run a child execution for each item; the run fails when more of them fail than is tolerated."""
        self._refuse_unsupported(visit)
        items, concurrency = self.begin(visit, DISTRIBUTED_CONCURRENCY)
        tolerance = self._tolerance(visit, len(items))
        caller = visit.frame.execution.caller
        label = self._configuration.get("Label") or random_uuid()
        machine = visit.frame.execution.request.state_machine_name
        prefix = f"arn:{caller.execution_arn.split(':')[1]}:states:{caller.region}:{caller.account}"
        visit.frame.record("MapRunStarted", {"mapRunArn": f"{prefix}:mapRun:{machine}/{label}:{random_uuid()}"})
        run = MapRun(self, visit, items, tolerance, label)
        try:
            outputs = await run.run(self._processor, concurrency)
        except StateError as error:
            visit.frame.record("MapRunFailed", {"error": error.error, "cause": error.cause})
            raise
        visit.frame.record("MapRunSucceeded")
        visit.frame.record_aside("MapStateSucceeded")
        return outputs

    def _refuse_unsupported(self, visit: Visit) -> None:
        for field in NOT_SUPPORTED:
            if field in self._configuration:
                raise StateError(RUNTIME, visit.explain(f"{field} is not supported by this engine."))

    def _tolerance(self, visit: Visit, length: int) -> float:
        """How many children may fail. Where a count and a percentage are given, the stricter one counts."""
        count = None if self._count is None else self._count(visit)
        if count is not None and count < 0:
            raise StateError(RUNTIME, visit.explain("ToleratedFailureCount cannot be negative."))
        percentage = None if self._percentage is None else self._percentage(visit)
        if percentage is not None and not 0 <= percentage <= 100:
            raise StateError(RUNTIME, visit.explain("ToleratedFailurePercentage must be between 0 and 100."))
        limits: list[float] = [] if count is None else [count]
        if percentage is not None:
            limits.append(length * percentage / 100)
        return min(limits, default=0)


class MapRun:
    """The child executions of one attempt of a distributed Map state."""

    __slots__ = ("_failed", "_items", "_label", "_next_index", "_outputs", "_state", "_tolerance", "_visit")

    def __init__(
        self, state: CompiledDistributedMap, visit: Visit, items: list[Json], tolerance: float, label: str
    ) -> None:
        self._state = state
        self._visit = visit
        self._items = items
        self._tolerance = tolerance
        self._label = label
        self._next_index = 0
        self._failed = 0
        self._outputs: dict[int, Json] = {}

    async def run(self, processor: CompiledFlow, concurrency: int) -> list[Json]:
        """Run all children, up to `concurrency` at a time, and return the outputs in the order of the items.

        Raises:
            StateError: more children failed than is tolerated.
        """
        workers = [self._work(processor) for _ in range(min(concurrency, len(self._items)))]
        await ConcurrentFlows(self._visit).gather(workers)
        return [self._outputs[index] for index in sorted(self._outputs)]

    async def _work(self, processor: CompiledFlow) -> None:
        while self._next_index < len(self._items):
            index = self._next_index
            self._next_index += 1
            payload = self._state.item_payload(self._visit, index, self._items[index])
            output = await self._run_child(processor, payload)
            if output is not None:
                self._outputs[index] = output.value
                continue
            self._failed += 1
            if self._failed > self._tolerance:
                raise StateError(THRESHOLD_EXCEEDED, "The specified tolerated failure threshold was exceeded")

    async def _run_child(self, processor: CompiledFlow, payload: Payload) -> Payload | None:
        """The output of a child execution, None where it did not succeed. A child is aborted with its parent."""
        child = self._visit.frame.execution.child(self._label, payload)
        child.start(processor)
        try:
            await child.wait()
        finally:
            child.stop()
        return child.output_payload
