from __future__ import annotations

import asyncio

from asl.engine import VirtualClock, WallClock
from asl.engine.clock import sleep_until


async def test_virtual_time_jumps_to_the_next_timer() -> None:
    clock = VirtualClock(start=0)
    order: list[tuple[str, float]] = []

    async def sleeper(name: str, when: float) -> None:
        await sleep_until(clock, when)
        order.append((name, clock.now()))

    await asyncio.gather(sleeper("late", 1e9), sleeper("early", 5), sleeper("past", -3))
    assert order == [("past", 0), ("early", 5), ("late", 1e9)]


async def test_virtual_time_stands_still_while_outside_work_goes_on() -> None:
    clock = VirtualClock(start=0)
    fired = asyncio.Event()
    clock.call_at(1, fired.set)
    with clock.outside_work():
        for _ in range(100):
            await asyncio.sleep(0)
        assert not fired.is_set()
    await fired.wait()
    assert clock.now() == 1


async def test_a_cancelled_timer_does_not_move_virtual_time() -> None:
    clock = VirtualClock(start=0)
    clock.call_at(1, lambda: None).cancel()
    await sleep_until(clock, 7)
    assert clock.now() == 7


async def test_a_wall_clock_scales_waits() -> None:
    clock = WallClock(scale=0.0)
    await asyncio.wait_for(sleep_until(clock, clock.end_of_wait(clock.now() + 3600)), 5)


async def test_a_wall_clock_does_not_scale_deadlines() -> None:
    """Else a task with a time limit would time out at once where waits are scaled away."""
    clock = WallClock(scale=0.0)
    expired = asyncio.Event()
    timer = clock.call_at(clock.now() + 3600, expired.set)
    await sleep_until(clock, clock.end_of_wait(clock.now() + 3600))
    timer.cancel()
    assert not expired.is_set()
