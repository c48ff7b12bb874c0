"""Map (distributed): a Map Run, whose child executions run the item processor.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import QueryLanguage as Language
from asl.engine.errors import RUNTIME, StateError
from asl.engine.item_reader import ItemReader, state_items
from asl.engine.map_run import MapRun, MapRunSettings, Tolerance
from asl.engine.map_run.results import ArrayResults
from asl.engine.map_run.runner import ChildInput, MapRunner
from asl.engine.notes import WORK, MapRunWork
from asl.engine.payload import Payload
from asl.engine.result_writer import ResultWriter
from asl.engine.states.item_batcher import ItemBatcher
from asl.engine.states.item_source import ItemSource
from asl.expressions import ExpressionError
from asl.integrations.protocol import error_details

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from asl.definition.model import MapState
    from asl.engine.flow import CompiledFlow
    from asl.engine.frame import Visit
    from asl.engine.item_reader import Reading, ReadItem
    from asl.engine.map_run.outcome import Outcome
    from asl.engine.map_run.results import Results
    from asl.engine.position import VisitPosition
    from asl.engine.query_language import QueryLanguage
    from asl.engine.result_writer import Writing

Json = Any

STATE_DATA: Final = "STATE_DATA"
MAX_REDRIVES: Final = 1_000


class CompiledDistributedMap(ItemSource):
    """A distributed Map state. Its result is what the results of its Map Run come to.

    The event in which it is left follows `MapRunSucceeded` where the state is the first of its flow and in JSONPath,
    `MapRunStarted` otherwise: so it is in all that was recorded on AWS.
    """

    __slots__ = (
        "_batcher",
        "_configuration",
        "_count",
        "_express",
        "_jsonata",
        "_percentage",
        "_processor",
        "_reader",
        "_writer",
    )

    def __init__(self, state: MapState, language: QueryLanguage, processor: CompiledFlow) -> None:
        super().__init__(state, language)
        self._processor = processor
        self._configuration: Mapping[str, Json] = state.configuration
        self._express = state.express
        self._jsonata = state.query_language is Language.JSONATA
        reader = state.configuration.get("ItemReader")
        self._reader = None if reader is None else ItemReader(reader, language)
        writer = state.configuration.get("ResultWriter")
        self._writer = None if writer is None else ResultWriter(writer, language)
        batcher = state.configuration.get("ItemBatcher")
        self._batcher = None if batcher is None else ItemBatcher(batcher, language)
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
        """Start a Map Run; every attempt is one of its own."""
        frame = visit.frame
        items, concurrency = self.begin(visit)
        reading = None if self._reader is None else self._reader.reading(visit)
        writing = None if self._writer is None else self._writer.writing(visit)
        settings = MapRunSettings(
            state_name=self.name,
            label=self._configuration.get("Label"),
            express=self._express,
            exports=writing is not None and writing.place is not None,
            max_concurrency=concurrency,
            tolerance=self.tolerance(visit),
        )
        run = MapRun(frame.execution, settings, frame.environment.clock.now())
        frame.environment.map_run_started(run)
        started = frame.record("MapRunStarted", {"mapRunArn": run.arn})
        frame.note(WORK, MapRunWork(run.arn))
        return await self._run(visit, run, self._inputs(visit, run, items, reading), writing, started)

    def reopen(self, visit: Visit, position: VisitPosition) -> None:
        """See `CompiledState.reopen`: a Map Run that was running goes on."""
        run = self._known(visit, position)
        if run is not None and not position.redriven:
            run.taken_up = True
            open_run = OpenMapRun(visit, run)
            visit.inner_frames.append(open_run)
            visit.frame.execution.hold(open_run.abandon)

    def _known(self, visit: Visit, position: VisitPosition) -> MapRun | None:
        return None if position.work is None else visit.frame.environment.map_runs.get(position.work.arn)

    async def resume_attempt(self, visit: Visit, position: VisitPosition) -> Json:
        """Go on with the Map Run, or redrive it: the children that have not succeeded, and those that never began.

        One that is to be redriven and has succeeded, or whose results are in files, is replaced by a new one.
        """
        run = self._known(visit, position)
        if run is None or (position.redriven and not run.redrivable):
            return await self.attempt(visit)
        self._flow.prepare(visit)
        items = self._evaluate_items(visit)
        reading = None if self._reader is None else self._reader.reading(visit)
        writing = None if self._writer is None else self._writer.writing(visit)
        if position.redriven:
            started = self._redrive(visit, run)
        else:
            started = visit.frame.previous_id
            run.go_on(visit.frame.execution)
        return await self._run(visit, run, self._inputs(visit, run, items, reading), writing, started)

    def _redrive(self, visit: Visit, run: MapRun) -> int:
        """Let a Map Run be redriven, and return the event that says so."""
        frame = visit.frame
        if run.redrive_count >= MAX_REDRIVES:
            raise StateError(RUNTIME, visit.explain(f"The Map Run has been redriven {MAX_REDRIVES} times."))
        run.redrive(frame.execution, frame.environment.clock.now())
        started = frame.record("MapRunRedriven", {"mapRunArn": run.arn, "redriveCount": run.redrive_count})
        frame.note(WORK, MapRunWork(run.arn))
        return started

    async def _run(
        self,
        visit: Visit,
        run: MapRun,
        inputs: AsyncGenerator[ChildInput, None],
        writing: Writing | None,
        started: int,
    ) -> Json:
        frame = visit.frame
        visit.inner_frames[:] = [OpenMapRun(visit, run)]
        saved: Iterator[tuple[int, Outcome]] = iter(())
        if run.results is None:
            run.results = self._results(visit, run, writing)
            if run.record is not None:
                saved = run.record.outcomes()
        try:
            outputs = await MapRunner(run, frame.environment, self._processor, run.results, saved).run(inputs)
        except (StateError, ExpressionError) as raised:
            error = visit.failure(raised)
            frame.record("MapRunFailed", error_details(error.error, error.cause))
            raise error from raised
        finally:
            visit.inner_frames.clear()
        frame.record("MapRunSucceeded")
        frame.record_aside("MapStateSucceeded")
        if self._jsonata or visit.before_id:
            frame.previous_id = started
        return outputs

    def _results(self, visit: Visit, run: MapRun, writing: Writing | None) -> Results:
        if self._writer is None or writing is None:
            return ArrayResults(self.name)
        return self._writer.results(visit, run, writing)

    def _evaluate_items(self, visit: Visit) -> Json:
        """The items in the state's input; with an ItemReader there are none, whatever ItemsPath says."""
        return super()._evaluate_items(visit) if self._reader is None else []

    def _inputs(
        self, visit: Visit, run: MapRun, items: Json, reading: Reading | None
    ) -> AsyncGenerator[ChildInput, None]:
        if self._reader is not None and reading is not None:
            return self._inputs_read(visit, run, self._reader.items(visit, reading))
        return self._inputs_given(visit, run, state_items(items, STATE_DATA))

    async def _inputs_given(self, visit: Visit, run: MapRun, items: list[ReadItem]) -> AsyncGenerator[ChildInput, None]:
        """What the children are given of `items`, counted in the Map Run before the first of them starts."""
        selected = (self.selected(visit, item.default_input, item.context(index)) for index, item in enumerate(items))
        if self._batcher is None:
            run.announce(len(items), len(items))
            for item in selected:
                yield ChildInput(Payload.of(item, self.name))
            return
        batches = self._batcher.batches(visit, selected)
        run.announce(len(batches), len(items))
        for batch in batches:
            yield self._batch_input(batch)

    async def _inputs_read(
        self, visit: Visit, run: MapRun, read: AsyncGenerator[list[ReadItem], None]
    ) -> AsyncGenerator[ChildInput, None]:
        """What the children are given of items that are read meanwhile, counted in the Map Run as they are read."""
        batching = None if self._batcher is None else self._batcher.batching(visit)
        index = 0
        async with aclosing(read):
            async for items in read:
                run.announce(len(items) if batching is None else 0, len(items))
                for item in items:
                    selected = self.selected(visit, item.default_input, item.context(index))
                    index += 1
                    if batching is None:
                        yield ChildInput(Payload.of(selected, self.name))
                    elif (batch := batching.add(selected)) is not None:
                        run.announce(1, 0)
                        yield self._batch_input(batch)
        if batching is not None and (batch := batching.rest()) is not None:
            run.announce(1, 0)
            yield self._batch_input(batch)

    def _batch_input(self, batch: Json) -> ChildInput:
        return ChildInput(Payload.of(batch, self.name), len(batch["Items"]))

    def tolerance(self, visit: Visit) -> Tolerance:
        """How many items may fail."""
        count = None if self._count is None else self._count(visit)
        if count is not None and count < 0:
            raise StateError(RUNTIME, visit.explain("ToleratedFailureCount cannot be negative."))
        percentage = None if self._percentage is None else self._percentage(visit)
        if percentage is not None and not 0 <= percentage <= 100:
            raise StateError(RUNTIME, visit.explain("ToleratedFailurePercentage must be between 0 and 100."))
        return Tolerance(count, percentage)


class OpenMapRun:
    """What is recorded of a Map Run that a failure elsewhere in the execution ends."""

    __slots__ = ("_run", "_visit")

    def __init__(self, visit: Visit, run: MapRun) -> None:
        self._visit = visit
        self._run = run

    def abort(self) -> None:
        """Record that the Map Run is aborted."""
        self._visit.frame.record_aside("MapRunAborted")
        self.abandon()

    def abandon(self) -> None:
        """End a Map Run that was to go on, before it did."""
        self._run.abandon(self._visit.frame.environment.clock.now())
