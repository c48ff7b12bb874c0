"""What drives a Map Run: starts its children, takes their results, and ends it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import RUNTIME, StateError
from asl.engine.execution import Execution
from asl.engine.map_run.children import ChildStatus
from asl.engine.map_run.map_run import MapRunStatus
from asl.engine.map_run.tolerance import THRESHOLD_EXCEEDED
from asl.expressions import ExpressionError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from asl.engine.environment import Environment
    from asl.engine.execution import StartRequest
    from asl.engine.flow import CompiledFlow
    from asl.engine.map_run.map_run import MapRun
    from asl.engine.map_run.outcome import Outcome
    from asl.engine.map_run.results import Results
    from asl.engine.payload import Payload

Json = Any

EXPRESS_SECONDS: Final = 300
STARTS_PER_TURN: Final = 32


@dataclass(frozen=True, slots=True)
class ChildInput:
    """What a child execution starts with, and how many items that is."""

    payload: Payload
    item_count: int = 1


class MapRunner:
    """Runs a child of `processor` for each input, as many at a time as the Map Run allows at the time."""

    def __init__(
        self,
        run: MapRun,
        environment: Environment,
        processor: CompiledFlow,
        results: Results,
        saved: Iterator[tuple[int, Outcome]],
    ) -> None:
        """`saved` is what the children have come to that `results` does not know of yet."""
        self._run = run
        self._saved = saved
        self._processor = processor
        self._results = results
        self._environment = replace(environment, on_end=self._child_ended)
        self._clock = environment.clock
        self._feeder: asyncio.Task[None] | None = None
        self._failure = run.failure
        self._changed = asyncio.Event()
        self._begun_before = len(run.children)
        run.on_update = self._updated

    async def run(self, inputs: AsyncGenerator[ChildInput, None]) -> Json:
        """Run all children and return what their results come to. Cancelled, it aborts the children that run.

        Raises:
            StateError, ExpressionError: more items failed than is tolerated, the items cannot be read, or the results
                cannot be written.
        """
        self._feeder = feeder = asyncio.create_task(self._feed(inputs))
        if self._failure is not None:
            self._stop()
        try:
            output = await self._outcome(feeder)
        except asyncio.CancelledError:
            # Where the event loop ends, and so everything on it, what runs stays as it is.
            if self._failure is not None or not feeder.cancelling():
                await self._give_up(feeder, MapRunStatus.ABORTED)
            raise
        except Exception as error:
            self._run.fail(_as_state_error(error))
            await self._give_up(feeder, MapRunStatus.FAILED)
            raise
        self._run.end(MapRunStatus.SUCCEEDED, self._clock.now())
        return output

    async def _give_up(self, feeder: asyncio.Task[None], status: MapRunStatus) -> None:
        """End without success: abort what runs, and let the results tell what they have, and what did not start."""
        self._run.end(status, self._clock.now())
        self._stop()
        try:
            await asyncio.wait((feeder,))
            await self._results.give_up()
        finally:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)

    async def _outcome(self, feeder: asyncio.Task[None]) -> Json:
        await asyncio.wait((feeder,))
        if self._failure is not None:
            raise self._failure
        feeder.result()
        return await self._results.finish()

    async def _feed(self, inputs: AsyncGenerator[ChildInput, None]) -> None:
        """Start the children, and wait until all have ended. Once the Map Run ends, say what has not been started."""
        index = -1
        if self._run.record is not None:
            await self._environment.saved()
        await self._take_saved_results()
        async with aclosing(inputs):
            async for child_input in inputs:
                index += 1
                if index < self._begun_before and not self._run.children.awaits(index):
                    continue
                await self._results.room()
                while self._goes_on and not self._run.has_room:
                    await self._change()
                if index < self._begun_before:
                    if self._goes_on:
                        self._begin_again(index, child_input)
                elif self._goes_on:
                    self._start(child_input)
                else:
                    self._results.add_pending(child_input)
                    continue
                if index % STARTS_PER_TURN == 0:
                    await asyncio.sleep(0)
        self._run.all_known = True
        self._check_tolerance()
        while self._goes_on and self._run.children.running:
            await self._change()

    async def _take_saved_results(self) -> None:
        """Hand over what the children have come to that an earlier process ran, before any child begins."""
        children = self._run.children
        for index, outcome in self._saved:
            await self._results.room()
            if not children.awaits(index):
                self._results.add(children.at(index), outcome)
            if index % STARTS_PER_TURN == 0:
                await asyncio.sleep(0)
        self._saved = iter(())
        self._check_tolerance()

    @property
    def _goes_on(self) -> bool:
        return self._failure is None and self._run.status is MapRunStatus.RUNNING

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _start(self, child_input: ChildInput) -> None:
        child = Execution(self._request(self._run.children.next_name, child_input), self._environment)
        self._run.children.begin(child, child_input.item_count)
        child.start(self._processor, EXPRESS_SECONDS if self._run.express else None)

    def _begin_again(self, index: int, child_input: ChildInput) -> None:
        """Redrive a standard child; an express one, or one of which the history is not kept, starts anew."""
        ended = self._run.children.at(index)
        if ended.execution is not None and not self._run.express:
            child = Execution.redriven(ended.execution.request, self._environment, ended.execution.past())
            self._run.children.begin_again(index, child)
            child.resume(self._processor)
            return
        child = Execution(self._request(ended.name, child_input), self._environment)
        self._run.children.begin_again(index, child)
        child.start(self._processor, EXPRESS_SECONDS if self._run.express else None)

    def _request(self, name: str, child_input: ChildInput) -> StartRequest:
        run = self._run
        return replace(
            run.parent.request,
            execution_arn=run.child_arn(name),
            name=name,
            state_machine_arn=run.state_machine_arn,
            state_machine_name=run.state_machine_name,
            input=child_input.payload.text,
            redrivable=not run.express,
        )

    def _child_ended(self, child: Execution) -> None:
        ended = self._run.children.end(child)
        self._changed.set()
        try:
            self._results.add(ended, child)
        except StateError as error:
            self._fail(error)
        if ended.status is not ChildStatus.SUCCEEDED:
            self._check_tolerance()

    def _updated(self) -> None:
        self._check_tolerance()
        self._changed.set()

    def _check_tolerance(self) -> None:
        if self._goes_on and self._run.tolerance_exceeded:
            self._fail(StateError(THRESHOLD_EXCEEDED, "The specified tolerated failure threshold was exceeded"))

    def _fail(self, error: StateError) -> None:
        """Let the Map Run fail: no further child starts, and those that run are aborted."""
        if self._goes_on:
            self._failure = error
            self._run.fail(error)
            self._stop()

    def _stop(self) -> None:
        self._changed.set()
        if self._feeder is not None and not self._results.exports:
            self._feeder.cancel()
        for child in list(self._run.children.running.values()):
            child.stop()


def _as_state_error(error: Exception) -> StateError:
    if isinstance(error, StateError):
        return error
    if isinstance(error, ExpressionError):
        return StateError(error.error, error.cause)
    return StateError(RUNTIME, "An internal error occurred while the Map Run ran.")
