from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from asl.integrations.aws_api import AwsError, AwsResponse, AwsUnreachableError
from asl.observability import delivery

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsRequest, HttpAnswer, HttpRequest


@dataclass
class RecordingAws:
    """Takes every request, except that the next ones go as `plan` says: an exception, or the result of the answer."""

    plan: list[Exception | dict[str, Any]] = field(default_factory=list)
    requests: list[AwsRequest] = field(default_factory=list)

    async def call(self, request: AwsRequest) -> AwsResponse:
        step = self.plan.pop(0) if self.plan else {}
        if isinstance(step, Exception):
            raise step
        self.requests.append(request)
        return AwsResponse(step, 200, "", {})

    async def send(self, request: HttpRequest) -> HttpAnswer:
        raise NotImplementedError(request)


def unreachable() -> Exception:
    return AwsUnreachableError("Logs", "connection refused")


def refused(code: str, status: int = 400) -> Exception:
    return AwsError("Logs", code, f"refused as {code}", status_code=status, request_id="1")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> RecordingAws:
    """An AWS that records, with no pause between attempts."""
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 0.0)
    return RecordingAws()
