"""The colours of an execution, from the history that the engine writes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings

from asl.definition.outline import outline
from asl.engine import ExecutionStatus, event_to_api
from asl.graph import CLASSES, Overlay, executed
from tests.asl.engine.conftest import FUNCTION, Bench, FunctionError
from tests.asl.engine.test_any_definition import flows, run, values

if TYPE_CHECKING:
    from asl.engine import Execution

CATCH_ALL = [{"ErrorEquals": ["Other"], "Next": "Done"}, {"ErrorEquals": ["States.ALL"], "Next": "Done"}]


def overlay_of(definition: Any, execution: Execution) -> Overlay:
    return executed(outline(definition), [event_to_api(event) for event in execution.history])


async def finish(definition: Any, given_input: Any, failures: int = 0) -> Overlay:
    bench = Bench()
    left = failures

    async def work(_event: Any) -> Any:
        nonlocal left
        left -= 1
        if left >= 0:
            raise FunctionError("Broken")
        return {}

    bench.functions["work"] = work
    execution = bench.start(definition, given_input)
    await asyncio.wait_for(execution.wait(), 30)
    return overlay_of(definition, execution)


def task(**fields: Any) -> Any:
    state = {"Type": "Task", "Resource": FUNCTION, "Next": "Done", "Catch": CATCH_ALL, **fields}
    return {"StartAt": "Work", "States": {"Work": state, "Done": {"Type": "Succeed"}}}


async def test_what_succeeded_is_told_with_the_transitions_taken() -> None:
    overlay = await finish(task(), {})
    assert overlay.classes == {
        "/StartAt": "taken",
        "/States/Work": "succeeded",
        "/States/Work/Next": "taken",
        "/States/Work/Catch/0/Next": "untouched",
        "/States/Work/Catch/1/Next": "untouched",
        "/States/Done": "succeeded",
    }
    assert overlay.notes == {}
    assert overlay.description == "The execution succeeded; it reached 2 of 2 states."


async def test_retries_are_counted() -> None:
    retried = [{"ErrorEquals": ["Broken"], "MaxAttempts": 5}]
    overlay = await finish(task(Retry=retried), {}, failures=2)
    assert overlay.classes["/States/Work"] == "succeeded"
    assert overlay.notes == {"/States/Work": "2 retries"}


async def test_a_caught_error_is_told_with_the_catcher_that_caught_it_even_beside_a_next_to_the_same_state() -> None:
    overlay = await finish(task(), {}, failures=1)
    assert overlay.classes["/States/Work"] == "caught"
    assert overlay.classes["/States/Work/Next"] == "untouched"
    assert overlay.classes["/States/Work/Catch/0/Next"] == "untouched"
    assert overlay.classes["/States/Work/Catch/1/Next"] == "taken"


async def test_an_error_that_nothing_caught_is_told_where_it_happened_and_around_it() -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    definition = {"StartAt": "Par", "States": {"Par": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    overlay = await finish(definition, {}, failures=1)
    assert overlay.classes["/States/Par"] == overlay.classes["/States/Par/Branches/0/States/In"] == "failed"
    assert overlay.classes["/States/Par/End"] == "untouched"


async def test_a_parallel_state_that_is_tried_again_shows_what_failed_in_it_and_how_often() -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    around = {"Type": "Parallel", "Branches": [inner], "End": True, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    overlay = await finish({"StartAt": "Par", "States": {"Par": around}}, {}, failures=2)
    assert overlay.classes["/States/Par"] == "succeeded"
    assert overlay.notes == {"/States/Par": "2 retries", "/States/Par/Branches/0/States/In": "3 visits"}
    assert overlay.classes["/States/Par/Branches/0/States/In"] == "failed"


async def test_items_of_a_map_are_visits_and_rounds_of_a_loop_too() -> None:
    processor = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
    definition = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    overlay = await finish(definition, [1, 2, 3])
    assert overlay.notes == {"/States/Each/ItemProcessor/States/Item": "3 visits"}
    assert overlay.classes["/States/Each/End"] == overlay.classes["/States/Each/ItemProcessor/StartAt"] == "taken"


async def test_what_runs_is_told_as_running() -> None:
    bench = Bench()
    bench.functions["work"] = lambda _event: asyncio.sleep(1e6)
    execution = bench.start(task(), {})
    for _ in range(10):
        await asyncio.sleep(0)
    running = overlay_of(task(), execution)
    assert running.classes["/States/Work"] == "running"
    assert running.classes["/States/Done"] == "untouched"
    bench.engine.stop(execution)
    await execution.wait()
    assert overlay_of(task(), execution).classes["/States/Work"] == "stopped"


def test_a_history_of_another_definition_colours_nothing() -> None:
    event = {"id": 1, "type": "PassStateEntered", "stateEnteredEventDetails": {"name": "Elsewhere"}}
    assert set(executed(outline(task()), [event]).classes.values()) == {"untouched"}


def with_names_of_their_own(flow: Any, prefix: str = "") -> Any:
    """The generated definitions use the same names on every level, which Step Functions refuses."""

    def renamed(name: str) -> str:
        return prefix + name

    def state(name: str, fields: Any) -> Any:
        changed = dict(fields)
        for key in ("Next", "Default"):
            if key in fields:
                changed[key] = renamed(fields[key])
        for key in ("Choices", "Catch"):
            if key in fields:
                changed[key] = [{**rule, "Next": renamed(rule["Next"])} for rule in fields[key]]
        if "Branches" in fields:
            inner = enumerate(fields["Branches"])
            changed["Branches"] = [with_names_of_their_own(each, f"{prefix}{name}.{index}.") for index, each in inner]
        if "ItemProcessor" in fields:
            changed["ItemProcessor"] = with_names_of_their_own(fields["ItemProcessor"], f"{prefix}{name}.")
        return changed

    states = {renamed(name): state(name, fields) for name, fields in flow["States"].items()}
    return {"StartAt": renamed(flow["StartAt"]), "States": states}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows().map(with_names_of_their_own), values)
def test_any_execution_can_be_read(definition: Any, execution_input: Any) -> None:
    execution = asyncio.run(run(definition, execution_input, None))
    overlay = overlay_of(definition, execution)
    assert set(overlay.classes.values()) <= set(CLASSES)
    assert overlay.classes["/StartAt"] == "taken"
    entered = {event.details["name"] for event in execution.history if event.type.endswith("StateEntered")}
    for flow in outline(definition).flows():
        for state in flow.states.values():
            assert (overlay.classes[state.pointer] == "untouched") == (state.name not in entered)
            left = [overlay.classes[way.pointer] == "taken" for way in state.transitions]
            if overlay.classes[state.pointer] in ("succeeded", "caught") and state.transitions:
                assert any(left), state.name
    assert "failed" in overlay.classes.values() or execution.status is ExecutionStatus.SUCCEEDED
