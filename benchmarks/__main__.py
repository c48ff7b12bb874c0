"""Measures the engine beside MiniStack, one after the other, with the same client and work.

python -m benchmarks                 # both, then the memory of 10,000 waiting executions
python -m benchmarks --only asl      # the engine alone
python -m benchmarks --scale 0.2     # quicker, less steady
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from typing import TYPE_CHECKING, Final

from benchmarks.client import ApiError, StatesClient
from benchmarks.servers import Server, engine, ministack
from benchmarks.workloads import Measurement, Workload

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

LONGEST_SECONDS: Final = 45.0
WAITING: Final = 10_000
CLIENTS: Final = 16
ENDPOINTS: Final[dict[str, Callable[[], AbstractAsyncContextManager[Server]]]] = {"asl": engine, "ministack": ministack}
ACTIVITY: Final = "benchmark"


async def measure(server: Server, scale: float) -> list[Measurement]:
    """All measurements of one endpoint; what fails there has no value."""
    workload = Workload(server.connect)
    measured = []
    for name, measurement in workload.all(scale):
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                measured.append(await measurement)
        except (ApiError, OSError, RuntimeError) as error:
            print(f"{server.name}: {name} failed: {str(error)[:200] or type(error).__name__}", flush=True)
            measured.append(Measurement(name, float("nan"), ""))
    return measured


async def measure_waiting(server: Server) -> list[Measurement]:
    """The memory and threads of executions that each wait for a task token, and of the endpoint without them."""
    client = await server.connect()
    before = server.resident_megabytes()
    activity = (await client.call("CreateActivity", name=ACTIVITY))["activityArn"]
    task = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 3600, "TimeoutSeconds": 86_400, "End": True}
    machine = await Workload(server.connect).create(client, {"StartAt": "T", "States": {"T": task}})
    clients = [await server.connect() for _ in range(CLIENTS)]

    async def start(one: StatesClient) -> None:
        for _ in range(WAITING // CLIENTS):
            await one.call("StartExecution", stateMachineArn=machine)

    await asyncio.gather(*(start(one) for one in clients))
    for one in [client, *clients]:
        one.close()
    return [
        Measurement("memory at rest", before, "MB"),
        Measurement(f"memory with {WAITING:,} executions waiting for a token", server.resident_megabytes(), "MB"),
        Measurement("threads with them", server.threads(), ""),
    ]


def show(columns: dict[str, list[Measurement]]) -> None:
    """Print the measurements of all endpoints side by side."""
    names = [measurement.name for measurement in next(iter(columns.values()))]
    print(f"{'':52}" + "".join(f"{endpoint:>18}" for endpoint in columns))
    for row, name in enumerate(names):
        values = [column[row] for column in columns.values()]
        print(f"{name:52}" + "".join(f"{value.value:13,.2f} {value.unit:4}" for value in values))


async def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=ENDPOINTS, help="measure this endpoint alone")
    parser.add_argument("--scale", type=float, default=1.0, help="how much work, 1 by default")
    options = parser.parse_args()
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # so that the servers end as well
    columns = {}
    for endpoint in [options.only] if options.only else ENDPOINTS:
        async with ENDPOINTS[endpoint]() as server:
            columns[server.name] = await measure(server, options.scale)
    show(columns)
    if options.only != "ministack":
        async with engine() as server:
            show({server.name: await measure_waiting(server)})


if __name__ == "__main__":
    asyncio.run(main())
