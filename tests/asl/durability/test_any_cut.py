"""Wherever a journal ends, the execution goes on from there to the same end, and what was written stays as it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.engine import EngineError, ExecutionStatus, VirtualClock
from asl.engine.execution import Past
from asl.engine.history import History, Note
from asl.engine.notes import note_from_json, note_to_json
from tests.asl.engine.conftest import Bench, FunctionError
from tests.asl.engine.test_any_definition import check_chain, check_end, flows, values

if TYPE_CHECKING:
    from asl.engine import Execution
    from tests.asl.engine.conftest import Json


class Life:
    """A process: an engine with the functions of the definitions, started when the process before it was killed."""

    def __init__(self, killed: Life | None = None) -> None:
        self.bench = Bench()
        self.calls = 0
        self.broken: bool = killed is None or killed.broken
        if killed is not None:
            self.bench.clock = VirtualClock(killed.bench.clock.now())
            self.bench.engine.clock = self.bench.clock
            object.__setattr__(self.bench.engine._environment, "clock", self.bench.clock)
            self.bench.engine.integrations.task_tokens.key = killed.bench.engine.integrations.task_tokens.key
        self.bench.functions |= {"work": self.work, "token": self.answer}

    async def work(self, event: Json) -> Json:
        self.calls += 1
        if self.broken and isinstance(event, str):
            raise FunctionError("Broken")
        await asyncio.sleep(0)
        return [event]

    async def answer(self, event: Json) -> None:
        self.calls += 1
        with contextlib.suppress(EngineError):
            if self.broken and event["input"] is None:
                self.bench.engine.send_task_failure(event["token"], "Other")
            elif not isinstance(event["input"], list):
                self.bench.engine.send_task_success(event["token"], json.dumps(event["input"]))

    def start(self, definition: Json, execution_input: Json) -> Execution:
        execution = self.bench.start(definition, execution_input)
        execution.history.on_change = lambda: None
        return execution

    def go_on(self, execution: Execution) -> Execution:
        """Go on with what a killed process has saved of an execution."""
        notes = {
            key: Note(note.events, note_from_json(json.loads(json.dumps(note_to_json(note.value)))))
            for key, note in execution.history.notes.items()
        }
        history = History.restored(self.bench.clock, list(execution.history), notes)
        history.on_change = lambda: None
        past = Past(
            history=history,
            start_date=execution.start_date,
            transitions=execution.transitions,
            redrive_count=execution.redrive_count,
            redrive_date=execution.redrive_date,
        )
        return self.bench.engine.resume(execution.request, past)


def kill(execution: Execution) -> None:
    """Nothing that still runs of the execution has any effect."""
    execution.history.close()
    assert execution._task is not None
    execution._task.cancel()


async def turns(execution: Execution, count: int) -> None:
    for _ in range(count):
        if execution.status is not ExecutionStatus.RUNNING:
            return
        await asyncio.sleep(0)


async def with_cuts(definition: Json, execution_input: Json, cuts: list[int]) -> Execution:
    life = Life()
    return await cut_and_go_on(life, life.start(definition, execution_input), cuts)


async def redriven_with_cuts(
    definition: Json, execution_input: Json, stop_after: int | None, cuts: list[int]
) -> Execution | None:
    """An execution that failed or was stopped, redriven with functions that work; None for one that succeeded."""
    life = Life()
    execution = life.start(definition, execution_input)
    if stop_after is not None:
        await turns(execution, stop_after)
        execution.stop()
    await asyncio.wait_for(execution.wait(), 60)
    if execution.status is ExecutionStatus.SUCCEEDED:
        return None
    life.broken = False
    again = life.bench.engine.redrive(execution)
    again.history.on_change = lambda: None
    return await cut_and_go_on(life, again, cuts)


async def cut_and_go_on(life: Life, execution: Execution, cuts: list[int]) -> Execution:
    for cut in cuts:
        await turns(execution, cut)
        if execution.status is not ExecutionStatus.RUNNING:
            break
        written = list(execution.history)
        kill(execution)
        life = Life(life)
        execution = life.go_on(execution)
        assert list(execution.history) == written
        await asyncio.sleep(0)
        assert list(execution.history)[: len(written)] == written
    await asyncio.wait_for(execution.wait(), 60)
    return execution


def happenings(execution: Execution) -> Counter[tuple[str, Json]]:
    """What has happened, how often, in whatever order."""
    return Counter((event.type, event.details.get("name")) for event in execution.history)


def aborted(execution: Execution) -> bool:
    """Whether a failure has ended flows beside it: how far these got depends on who was first at the same time."""
    return any(event.type.endswith("Aborted") for event in execution.history)


def check_cuts(definition: Json, execution_input: Json, cuts: list[int]) -> None:
    whole = asyncio.run(with_cuts(definition, execution_input, []))
    cut = asyncio.run(with_cuts(definition, execution_input, cuts))
    check_chain(cut)
    check_end(cut)
    assert (cut.status, cut.output, cut.error) == (whole.status, whole.output, whole.error)
    if not aborted(whole) and not aborted(cut):
        assert happenings(cut) == happenings(whole)


any_cuts = st.lists(st.integers(0, 60), min_size=1, max_size=3)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows(), values, any_cuts)
def test_any_cut_comes_to_the_same_end(definition: Json, execution_input: Json, cuts: list[int]) -> None:
    check_cuts(definition, execution_input, cuts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows(), values, st.none() | st.integers(0, 30), any_cuts)
def test_any_cut_of_a_redriven_execution_comes_to_the_same_end(
    definition: Json, execution_input: Json, stop_after: int | None, cuts: list[int]
) -> None:
    whole = asyncio.run(redriven_with_cuts(definition, execution_input, stop_after, []))
    cut = asyncio.run(redriven_with_cuts(definition, execution_input, stop_after, cuts))
    if whole is None or cut is None:
        assert whole is cut
        return
    check_chain(cut)
    assert (cut.status, cut.output, cut.error) == (whole.status, whole.output, whole.error)
    assert (cut.redrive_count, cut.context["Execution"]["RedriveCount"]) == (1, 1)


@pytest.mark.long
@settings(max_examples=3_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows(), values, any_cuts)
def test_any_of_many_cuts_comes_to_the_same_end(definition: Json, execution_input: Json, cuts: list[int]) -> None:
    check_cuts(definition, execution_input, cuts)
