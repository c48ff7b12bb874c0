"""Whatever valid definition is generated: two runs are the same, and the coverage is what the history says."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings

from asl.definition.validation import errors_of, validate
from asl.engine import event_to_api
from asl.testing import Failure, Workflow
from asl.testing.coverage import Coverage, ItemKind
from asl.testing.recorder import recorder
from tests.asl.engine.test_any_definition import flows, values
from tests.asl.testing.machines import retry, task, workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.testing import LambdaContext, Run

Json = Any

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def uniquely_named(flow: Json, numbers: Iterator[int]) -> Json:
    """The flow with names that no other state of the definition has."""
    names = {name: f"{name}-{next(numbers)}" for name in flow["States"]}
    states = {names[name]: renamed(state, names, numbers) for name, state in flow["States"].items()}
    return {"StartAt": names[flow["StartAt"]], "States": states}


def renamed(state: Json, names: dict[str, str], numbers: Iterator[int]) -> Json:
    state = {**state, **{key: names[state[key]] for key in ("Next", "Default") if key in state}}
    for key in ("Choices", "Catch"):
        if key in state:
            state[key] = [{**rule, "Next": names[rule["Next"]]} for rule in state[key]]
    if "Retry" in state:
        state["Retry"] = [{**retrier, "JitterStrategy": "FULL"} for retrier in state["Retry"]]
    if "Branches" in state:
        state["Branches"] = [uniquely_named(branch, numbers) for branch in state["Branches"]]
    if "ItemProcessor" in state:
        state["ItemProcessor"] = uniquely_named(state["ItemProcessor"], numbers)
    return state


def work(event: Json, _: LambdaContext) -> Json:
    return Failure("Broken") if isinstance(event, str) else [event]


def answer(event: Json, _: LambdaContext) -> None:
    """Nobody answers the token: the heartbeat or the time limit ends the task."""
    assert "token" in event


HANDLERS = {"work": work, "token": answer}


def valid(flow: Json) -> Workflow:
    """The flow as a workflow, where AWS would take it: the generator also makes states that nothing leads to."""
    text = json.dumps(uniquely_named(flow, itertools.count()))
    assume(not errors_of(validate(text)))
    return Workflow.from_definition(text)


def run(machine: Workflow, given_input: Json) -> Run:
    return machine.run(given_input, name="one", handlers=HANDLERS)


@SLOW
@given(flows(), values)
def test_two_runs_have_the_same_history(flow: Json, given_input: Json) -> None:
    machine = valid(flow)
    first, second = (list(run(machine, given_input).history) for _ in range(2))
    assert [event_to_api(event) for event in first] == [event_to_api(event) for event in second]


@SLOW
@given(flows(), values)
def test_every_transition_of_the_history_is_counted_and_nothing_else(flow: Json, given_input: Json) -> None:
    machine = valid(flow)
    one = run(machine, given_input)
    coverage = Coverage()
    coverage.add(one)
    (counted,) = coverage.machines()
    items = {item.pointer: item for item in counted.items}
    assert set(counted.hits) <= set(items)

    taken = Counter[tuple[str, str]]()
    events = list(one.history)
    for event in events:
        before = events[event.previous_id - 1] if event.previous_id else event
        if event.type.endswith("StateEntered") and before.type.endswith("StateExited"):
            taken[before.details["name"], event.details["name"]] += 1
    told = Counter[tuple[str, str]]()
    for pointer, count in counted.hits.items():
        if items[pointer].target is not None:
            told[items[pointer].state, items[pointer].target or ""] += count
    assert told == taken
    entered = {item.state: counted.hits[item.pointer] for item in counted.items if item.kind is ItemKind.STATE}
    assert Counter({state: count for state, count in entered.items() if count}) == Counter(one.path)
    assert sum(counted.hits[item.pointer] for item in counted.items if item.kind is ItemKind.RETRIER) == len(
        one.retries
    )


DRAWING = workflow(
    {
        "Try": task(Retry=retry("Busy", IntervalSeconds=100, JitterStrategy="FULL", MaxAttempts=3)),
        "Draw": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()", "number.$": "States.MathRandom(1, 1000000)"}},
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": "queue",
                "MessageBody": {"token.$": "$$.Task.Token", "name.$": "$$.Execution.Name"},
            },
        },
    }
)


def drawn(**options: Any) -> list[Any]:
    def busy_twice(_event: Json, context: LambdaContext) -> Json:
        requests.append(context.aws_request_id)
        return Failure("Busy") if len(requests) < 3 else {}

    requests: list[str] = []
    one = DRAWING.run({}, handlers={"Work": busy_twice}, mocks={"Ask": {}}, **options)
    return [requests, one.retries, one.path, one.calls("Ask"), [event_to_api(event) for event in one.history]]


def test_tokens_identifiers_jitter_and_random_numbers_are_those_of_the_run() -> None:
    assert drawn(name="one") == drawn(name="one")
    assert drawn(name="one")[0] != drawn(name="two")[0]
    assert drawn(name="one")[0] != drawn(name="one", seed=1)[0]


def test_the_runs_of_a_test_are_numbered_from_one() -> None:
    first = drawn()
    second = drawn()
    assert [arguments[0]["MessageBody"]["name"] for arguments in (first[3], second[3])] == ["run-1", "run-2"]
    recorder.begin()
    assert drawn() == first


HISTORY = """
import json
import os
import subprocess
import sys
from asl.engine import event_to_api
from asl.testing import Workflow
item = {"StartAt": "Draw", "States": {"Draw": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "End": True}}}
far = {**item, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
far["States"] = {"Far": item["States"]["Draw"]}
far["StartAt"] = "Far"
states = {
    "Each": {"Type": "Map", "ItemProcessor": item, "Next": "All"},
    "All": {"Type": "Map", "ItemProcessor": far, "End": True},
}
run = Workflow.from_definition({"StartAt": "Each", "States": states}).run([1, 2, 3])
runs = [run, *run.children]
print(json.dumps([[event_to_api(event) for event in one.history] for one in runs]))
"""


def test_another_process_has_the_same_history() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", HISTORY], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert len(json.loads(told[0])) == 4
