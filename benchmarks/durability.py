"""Measures the engine with a data folder beside the engine without, and how long it takes to start on a full one.

python -m benchmarks.durability               # in a folder that is made for it
python -m benchmarks.durability --dir DIR     # on the disk where DIR is; DIR has to be new
python -m benchmarks.durability --scale 0.1   # quicker, less steady
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.__main__ import measure, show
from benchmarks.servers import engine
from benchmarks.workloads import CLIENTS, Measurement, Workload, chain

ENDED: Final = 10_000


async def measure_start(folder: Path, ended: int) -> list[Measurement]:
    """Fill a folder with executions that have ended, and start on it."""
    async with engine(data=folder) as server:
        workload = Workload(server.connect)
        clients = [await server.connect() for _ in range(CLIENTS)]
        machine = await workload.create(clients[0], chain(11))
        await asyncio.gather(*(workload.run_some(client, machine, ended // CLIENTS) for client in clients))
        full = server.resident_megabytes()
    begun = time.perf_counter()
    async with engine(data=folder) as server:
        seconds = time.perf_counter() - begun
        started = server.resident_megabytes()
    begun = time.perf_counter()
    async with engine():
        empty = time.perf_counter() - begun
    size = folder_size(folder)
    return [
        Measurement("start, nothing kept", empty * 1e3, "ms"),
        Measurement(f"start, {ended:,} ended executions", seconds * 1e3, "ms"),
        Measurement("memory after that start", started, "MB"),
        Measurement("memory after running them", full, "MB"),
        Measurement("size of the folder", size / 1e6, "MB"),
    ]


def folder_size(folder: Path) -> int:
    """The bytes that the files of a folder have."""
    return sum(file.stat().st_size for file in folder.iterdir())


async def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, help="a folder, to be made, on the disk to measure")
    parser.add_argument("--scale", type=float, default=1.0, help="how much work, 1 by default")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.dir and options.dir.parent) as made:
        folder = options.dir or Path(made)
        columns = {}
        async with engine() as server:
            columns[server.name] = await measure(server, options.scale)
        async with engine(data=folder / "throughput") as server:
            columns[server.name] = await measure(server, options.scale)
        show(columns)
        show({"asl --data": await measure_start(folder / "ended", int(ENDED * options.scale))})


if __name__ == "__main__":
    asyncio.run(main())
