from __future__ import annotations

import json
from typing import Any, Protocol

import pytest

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.service.app import Application
from asl.service.service import Service
from asl.service.settings import Settings
from tests.asl.service.conftest import Api

ROLE = "arn:aws:iam::123456789012:role/states"
TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", "End": True}
BOOM = {"errorOutput": {"error": "Boom", "cause": "it broke"}}


class StateTester(Protocol):
    """Calls TestState; definitions, inputs, contexts and variables are given as JSON values."""

    async def __call__(self, definition: Any, given: Any = None, **more: Any) -> dict[str, Any]: ...


def request(definition: Any, given: Any = None, **more: Any) -> dict[str, Any]:
    asked = {"definition": definition if isinstance(definition, str) else json.dumps(definition), **more}
    if given is not None:
        asked["input"] = json.dumps(given)
    for name in ("context", "variables"):
        if name in asked:
            asked[name] = json.dumps(asked[name])
    return asked


def mocked(result: Any, **more: Any) -> dict[str, Any]:
    return {"result": json.dumps(result), **more}


@pytest.fixture
async def api() -> Api:
    return Api(Application(Service(Settings(), VirtualClock(), no_lambda)))


@pytest.fixture
def tested(api: Api) -> StateTester:
    """A test that is expected to be run; texts of JSON in the answer are decoded."""

    async def call(definition: Any, given: Any = None, **more: Any) -> dict[str, Any]:
        answer = await api("TestState", **request(definition, given, **more))
        for part in (answer, answer.get("inspectionData", {})):
            for name, value in part.items():
                if name in {"input", "output", "result", "variables"} or name.startswith("after"):
                    part[name] = json.loads(value)
        return answer

    return call
