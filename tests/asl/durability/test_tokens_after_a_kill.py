"""What a task token was answered with counts, whenever the process is killed, and no token outlives its execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asl.engine import ExecutionStatus, TaskTimedOut
from tests.asl.durability.test_any_cut import Life, kill
from tests.asl.engine.conftest import ACTIVITY, machine, output, types

if TYPE_CHECKING:
    from asl.engine import Execution

TASK = {"Type": "Task", "Resource": ACTIVITY, "HeartbeatSeconds": 20, "End": True}


async def handed_out(life: Life, task: dict[str, object] = TASK) -> tuple[Execution, str]:
    """An execution whose task a worker has, and the token."""
    life.bench.engine.create_activity(ACTIVITY)
    execution = life.start(machine({"T": task}), None)
    given = await life.bench.engine.get_activity_task(ACTIVITY)
    assert given is not None
    return execution, given.task_token


async def test_an_answer_counts_though_nothing_came_of_it_before_the_kill() -> None:
    life = Life()
    execution, token = await handed_out(life)
    life.bench.engine.send_task_success(token, '"done"')
    kill(execution)
    again = Life(life).go_on(execution)
    await again.wait()
    assert output(again) == "done"


async def test_a_failure_counts_though_nothing_came_of_it_before_the_kill() -> None:
    life = Life()
    execution, token = await handed_out(life)
    life.bench.engine.send_task_failure(token, "Broken", "C")
    kill(execution)
    again = Life(life).go_on(execution)
    await again.wait()
    assert (again.status, again.error, again.cause) == (ExecutionStatus.FAILED, "Broken", "C")


async def test_a_token_is_answered_before_its_execution_has_gone_on() -> None:
    life = Life()
    execution, token = await handed_out(life)
    kill(execution)
    following = Life(life)
    again = following.go_on(execution)
    following.bench.engine.send_task_success(token, "1")
    with pytest.raises(TaskTimedOut):
        following.bench.engine.send_task_success(token, "2")
    await again.wait()
    assert output(again) == 1


async def test_a_heartbeat_counts_before_its_execution_has_gone_on() -> None:
    life = Life()
    execution, token = await handed_out(life)
    kill(execution)
    life.bench.clock._now += 15
    following = Life(life)
    again = following.go_on(execution)
    following.bench.engine.send_task_heartbeat(token)
    await again.wait()
    assert types(again)[-2:] == ["ActivityTimedOut", "ExecutionFailed"]
    assert again.stop_date == execution.start_date + 35


async def test_a_token_is_worth_nothing_once_its_execution_was_stopped() -> None:
    life = Life()
    execution, token = await handed_out(life)
    kill(execution)
    following = Life(life)
    again = following.go_on(execution)
    following.bench.engine.stop(again)
    with pytest.raises(TaskTimedOut):
        following.bench.engine.send_task_success(token, "1")
