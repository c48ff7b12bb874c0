"""Measures tests that wait: 30 days in one wait, and a task a day for a year.

python -m benchmarks.virtual_time             # in process on virtual time, then MiniStack with its waits taken away
python -m benchmarks.virtual_time --times 50  # quicker, less steady

MiniStack cannot let virtual time pass: with SFN_WAIT_SCALE=0 its waits do not happen, and its histories know nothing of
the 30 days. That is the nearest that it has, and what it is measured with.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from asl.testing import Workflow
from benchmarks.servers import ministack
from benchmarks.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Callable

DAY: Final = 86_400
BAR_MILLISECONDS: Final = 50.0
WAIT: Final[dict[str, Any]] = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 30 * DAY, "Next": "Done"}, "Done": {"Type": "Succeed"}},
}
TASK: Final = "arn:aws:lambda:us-east-1:123456789012:function:Work"
YEAR: Final[dict[str, Any]] = {
    "StartAt": "Work",
    "States": {
        "Work": {"Type": "Task", "Resource": TASK, "Next": "Enough"},
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.day", "NumericGreaterThanEquals": 365, "Next": "Done"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": DAY, "Next": "Work"},
        "Done": {"Type": "Succeed"},
    },
}


def in_process(definition: dict[str, Any], elapsed: timedelta, times: int) -> list[float]:
    """Seconds of one run each, with everything that a test does but reading the definition."""
    workflow = Workflow.from_definition(definition)
    return [_timed(lambda: _run(workflow, elapsed)) for _ in range(times)]


def _run(workflow: Workflow, elapsed: timedelta) -> None:
    run = workflow.run({"day": 0}, handlers={"Work": lambda event, _: {"day": event["day"] + 1}})
    if not run.succeeded or run.elapsed != elapsed:
        raise RuntimeError(f"not what was to be measured: {run.summary}")


def _timed(work: Callable[[], None]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


async def without_waits(times: int) -> list[float]:
    """Seconds of one execution each at MiniStack whose waits are taken away."""
    durations = []
    async with ministack(wait_scale=0) as server:
        workload = Workload(server.connect)
        client = await server.connect()
        machine = await workload.create(client, WAIT)
        for _ in range(times):
            before = time.perf_counter()
            await workload.run(client, machine)
            durations.append(time.perf_counter() - before)
        client.close()
    return durations


def show(name: str, durations: list[float]) -> float:
    """Print a line; the median in milliseconds."""
    median, slowest = statistics.median(durations) * 1e3, max(durations) * 1e3
    print(f"{name:56} p50 {median:9.2f} ms   slowest {slowest:9.2f} ms")
    return median


def main() -> None:
    """Measure, and say how the bar was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=500, help="how often each run is measured, 500 by default")
    times = parser.parse_args().times
    median = show("asl.testing: a wait of 30 days", in_process(WAIT, timedelta(days=30), times))
    show("asl.testing: a task a day for a year", in_process(YEAR, timedelta(days=364), max(1, times // 20)))
    peer = show(
        "MiniStack, SFN_WAIT_SCALE=0: the wait does not happen", asyncio.run(without_waits(max(1, times // 20)))
    )
    met = "met" if median < BAR_MILLISECONDS else "MISSED"
    print(f"\n30 days under {BAR_MILLISECONDS:g} ms: {met}; MiniStack takes {peer / median:,.0f} times as long")


if __name__ == "__main__":
    main()
