"""A state machine is only created with a log group that exists, where anybody can be asked about log groups."""

from __future__ import annotations

from typing import Any

import pytest

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.service.app import Application
from asl.service.service import Service
from asl.service.settings import Settings
from tests.asl.observability.conftest import RecordingAws, refused, unreachable
from tests.asl.service.conftest import PASS, ROLE, Api

GROUP = "/aws/vendedlogs/states/orders"
LOGGING = {
    "level": "ALL",
    "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"}}
    ],
}
REQUEST: dict[str, Any] = {"name": "orders", "definition": PASS, "roleArn": ROLE, "loggingConfiguration": LOGGING}


def api(answer: Exception | dict[str, Any]) -> Api:
    service = Service(Settings(), VirtualClock(), no_lambda)
    service.logs_api = RecordingAws(plan=[answer])  # type: ignore[assignment]  # all that is asked of it
    return Api(Application(service))


async def test_a_log_group_that_exists_is_taken() -> None:
    await api({"LogGroups": [{"LogGroupName": GROUP}]})("CreateStateMachine", **REQUEST)


@pytest.mark.parametrize("groups", [[], [{"LogGroupName": f"{GROUP}-2"}]])
async def test_one_that_does_not_is_refused(groups: list[dict[str, str]]) -> None:
    code, message = await api({"LogGroups": groups}).refusal("CreateStateMachine", **REQUEST)
    assert code == "InvalidLoggingConfiguration"
    assert message == "Invalid Logging Configuration: Log Destination not found."


@pytest.mark.parametrize("error", [unreachable(), refused("ServiceUnavailable", 503)])
async def test_where_nobody_answers_it_is_taken(error: Exception) -> None:
    await api(error)("CreateStateMachine", **REQUEST)
