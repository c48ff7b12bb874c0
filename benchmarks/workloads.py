"""What is measured: the shapes of work that a Step Functions endpoint is given."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from benchmarks.client import StatesClient

ROLE: Final = "arn:aws:iam::123456789012:role/benchmark"
POLL_SECONDS: Final = 0.002
CLIENTS: Final = 16
CHAIN_STATES: Final = 10
LONG_CHAIN_STATES: Final = 2_000
ITEMS: Final = 2_000
LOOP_TURNS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number: milliseconds where less is better, or so many a second."""

    name: str
    value: float
    unit: str


def chain(states: int) -> dict[str, Any]:
    """Pass states, one after the other."""
    names = [f"S{number}" for number in range(states)]
    following: list[dict[str, Any]] = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {
        "StartAt": names[0],
        "States": {name: {"Type": "Pass", **after} for name, after in zip(names, following, strict=True)},
    }


def inline_map() -> dict[str, Any]:
    """A Pass state for each item."""
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **chain(1)}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}}


def jsonata_loop() -> dict[str, Any]:
    """Two states, over and over, each with an expression."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Add",
        "States": {
            "Add": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "Next": "More"},
            "More": {
                "Type": "Choice",
                "Choices": [{"Condition": f"{{% $states.input.n < {LOOP_TURNS} %}}", "Next": "Add"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def waiting() -> dict[str, Any]:
    """A wait that outlives the measurement."""
    return {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}


class Workload:
    """Runs machines at one endpoint."""

    def __init__(self, connect: Callable[[], Awaitable[StatesClient]]) -> None:
        self._connect = connect
        self._names = 0

    async def create(self, client: StatesClient, definition: dict[str, Any]) -> str:
        """Create a state machine and return its ARN."""
        self._names += 1
        name = f"benchmark-{time.time_ns()}-{self._names}"
        answer = await client.call("CreateStateMachine", name=name, roleArn=ROLE, definition=json.dumps(definition))
        return str(answer["stateMachineArn"])

    async def run(self, client: StatesClient, machine: str, text: str = "{}") -> None:
        """Run an execution to its end."""
        started = await client.call("StartExecution", stateMachineArn=machine, input=text)
        while True:
            described = await client.call("DescribeExecution", executionArn=started["executionArn"])
            if described["status"] == "SUCCEEDED":
                return
            if described["status"] != "RUNNING":
                raise RuntimeError(f"an execution ended as {described}")
            await asyncio.sleep(POLL_SECONDS)

    async def run_some(self, client: StatesClient, machine: str, times: int) -> None:
        """Run executions to their ends, one after the other."""
        for _ in range(times):
            await self.run(client, machine)

    async def latency(self, times: int) -> Measurement:
        """The median time of one execution of ten states, start to end."""
        client = await self._connect()
        machine = await self.create(client, chain(CHAIN_STATES))
        durations = []
        for _ in range(times):
            before = time.perf_counter()
            await self.run(client, machine)
            durations.append(time.perf_counter() - before)
        client.close()
        return Measurement("chain of 10 states, p50", sorted(durations)[times // 2] * 1e3, "ms")

    async def throughput(self, each: int) -> Measurement:
        """Executions of eleven states by sixteen clients at once."""
        clients = [await self._connect() for _ in range(CLIENTS)]
        machine = await self.create(clients[0], chain(CHAIN_STATES + 1))
        before = time.perf_counter()
        await asyncio.gather(*(self.run_some(client, machine, each) for client in clients))
        seconds = time.perf_counter() - before
        _close(clients)
        return Measurement(f"executions, {CLIENTS} clients x 11 states", CLIENTS * each / seconds, "/s")

    async def inside_one_execution(
        self, name: str, definition: dict[str, Any], units: int, text: str = "{}"
    ) -> Measurement:
        """Units of work inside one execution; the best of three."""
        client = await self._connect()
        machine = await self.create(client, definition)
        best = float("inf")
        for _ in range(3):
            before = time.perf_counter()
            await self.run(client, machine, text)
            best = min(best, time.perf_counter() - before)
        client.close()
        return Measurement(name, units / best, "/s")

    async def starts(self, each: int) -> Measurement:
        """Executions started by sixteen clients at once and left waiting."""
        clients = [await self._connect() for _ in range(CLIENTS)]
        machine = await self.create(clients[0], waiting())

        async def work(client: StatesClient) -> None:
            for _ in range(each):
                await client.call("StartExecution", stateMachineArn=machine)

        before = time.perf_counter()
        await asyncio.gather(*(work(client) for client in clients))
        seconds = time.perf_counter() - before
        _close(clients)
        return Measurement("executions started and left waiting", CLIENTS * each / seconds, "/s")

    def all(self, scale: float) -> Iterator[tuple[str, Awaitable[Measurement]]]:
        """All measurements, by name, one to be awaited before the next; `scale` makes the work less or more."""
        items = json.dumps(list(range(ITEMS)))
        inside = self.inside_one_execution
        transitions, mapped, evaluated = "transitions in one execution", "inline Map, items", "JSONata transitions"
        yield "latency", self.latency(max(5, int(200 * scale)))
        yield "throughput", self.throughput(max(2, int(100 * scale)))
        yield transitions, inside(transitions, chain(LONG_CHAIN_STATES), LONG_CHAIN_STATES)
        yield mapped, inside(mapped, inline_map(), ITEMS, items)
        yield "starts", self.starts(max(5, int(250 * scale)))
        yield evaluated, inside(evaluated, jsonata_loop(), 2 * LOOP_TURNS, '{"n": 0}')


def _close(clients: list[StatesClient]) -> None:
    for client in clients:
        client.close()
