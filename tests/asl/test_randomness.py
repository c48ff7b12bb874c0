"""Where chance comes from."""

from __future__ import annotations

import json
from random import Random

from asl.definition import parse
from asl.engine import Engine, Execution, StartRequest, VirtualClock
from asl.integrations import Integrations
from asl.randomness import drawing_from, random_between, random_bits, random_bytes, random_uuid

PREFIX = "arn:aws:states:us-east-1:123456789012"
DRAWING = {
    "StartAt": "Draw",
    "States": {
        "Draw": {
            "Type": "Pass",
            "Parameters": {"id.$": "States.UUID()", "number.$": "States.MathRandom(0, 1000000)"},
            "Next": "DrawAgain",
        },
        "DrawAgain": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": {"id": "{% $uuid() %}", "number": "{% $random() %}", "first": "{% $states.input %}"},
            "End": True,
        },
    },
}


def draw() -> tuple[bytes, int, float, str]:
    return random_bytes(48), random_bits(48), random_between(0, 5), random_uuid()


async def run_drawing(seed: int | None) -> Execution:
    engine = Engine(VirtualClock(), Integrations())
    request = StartRequest(
        execution_arn=f"{PREFIX}:execution:machine:one",
        name="one",
        state_machine_arn=f"{PREFIX}:stateMachine:machine",
        state_machine_name="machine",
        role_arn="role",
        definition=parse(json.dumps(DRAWING)),
    )
    if seed is None:
        execution = engine.start(request)
    else:
        with drawing_from(Random(seed)):
            execution = engine.start(request)
    await execution.wait()
    return execution


def test_the_same_seed_draws_the_same() -> None:
    with drawing_from(Random(7)):
        first = draw()
    with drawing_from(Random(7)):
        assert draw() == first
    assert draw() != first


async def test_what_an_execution_draws_comes_from_the_source_that_it_was_started_with() -> None:
    first, again, other, real = [await run_drawing(seed) for seed in (1, 1, 2, None)]
    assert first.output is not None
    assert list(first.history) == list(again.history)
    assert len({first.output, other.output, real.output}) == 3
