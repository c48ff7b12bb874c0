"""How large variables may be. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asl.engine import ExecutionStatus

if TYPE_CHECKING:
    from tests.asl.engine.conftest import Bench

KIB = 1024


def assigning(*variables: dict[str, str]) -> dict[str, Any]:
    """A chain of states, each of which assigns some variables, and gives no output."""
    states: dict[str, Any] = {
        f"S{number}": {"Type": "Pass", "Assign": assigned, "Output": "", "Next": f"S{number + 1}"}
        for number, assigned in enumerate(variables)
    }
    states[f"S{len(variables)}"] = {"Type": "Succeed"}
    return {"QueryLanguage": "JSONata", "StartAt": "S0", "States": states}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        pytest.param([{"a": "x" * 256 * KIB}], "The variable 'a' exceeds", id="one"),
        pytest.param([{"a": "é" * 130 * KIB}], "The variable 'a' exceeds", id="one in bytes"),
        pytest.param([{"a": "x" * 130 * KIB, "b": "x" * 130 * KIB}], "assigned together exceed", id="together"),
        pytest.param([{f"v{n}": "x" * 250 * KIB} for n in range(42)], "of the execution exceed", id="in all"),
    ],
)
async def test_variables_over_a_limit_end_the_execution(
    bench: Bench, variables: list[dict[str, str]], said: str
) -> None:
    execution = bench.start(assigning(*variables))
    await execution.wait()
    assert (execution.status, execution.error) == (ExecutionStatus.FAILED, "States.DataLimitExceeded")
    assert execution.cause is not None
    assert said in execution.cause


async def test_a_variable_that_is_assigned_anew_counts_once(bench: Bench) -> None:
    execution = bench.start(assigning(*[{"a": "x" * 250 * KIB}] * 50))
    await execution.wait()
    assert execution.status is ExecutionStatus.SUCCEEDED
