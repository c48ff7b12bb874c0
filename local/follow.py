"""Following one execution while it runs: the states it passes, and the webhook deliveries that reach its mailbox."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from local.aws import AwsClients
from local.executions import deliveries, history
from local.interrupts import raise_noted
from local.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

POLL_SECONDS: Final = 0.2

_ENDED = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
_ERROR_DETAILS = (
    "taskFailedEventDetails",
    "taskTimedOutEventDetails",
    "lambdaFunctionFailedEventDetails",
    "lambdaFunctionTimedOutEventDetails",
    "executionFailedEventDetails",
    "executionAbortedEventDetails",
    "executionTimedOutEventDetails",
)


@dataclass(frozen=True)
class Moment:
    """Something that happened. `actor` is a state, `webhook`, or `execution`."""

    at: datetime
    actor: str
    text: str
    bad: bool = False


@dataclass
class Follower:
    """Reads an execution's history and its mailbox and tells each thing once."""

    aws: AwsClients
    outputs: Outputs
    execution_arn: str
    status: str = "RUNNING"
    campaign_id: str | None = None
    started_at: datetime | None = None
    _next_event: int = 1
    _state: str = ""
    _campaign: tuple[str, str] | None = None
    _deliveries: set[str] = field(default_factory=set)

    @property
    def delivery_count(self) -> int:
        """How many webhooks were recorded so far."""
        return len(self._deliveries)

    def follow(self) -> Iterator[Moment]:
        """Everything that happens until the execution has ended."""
        while True:
            ended = self.status != "RUNNING"
            yield from sorted([*self._history(), *self._mailbox()], key=lambda moment: moment.at)
            if ended:
                return
            raise_noted()
            if self.status == "RUNNING":
                time.sleep(POLL_SECONDS)

    def _history(self) -> Iterator[Moment]:
        for event in history(self.aws, self.execution_arn):
            if event["id"] < self._next_event:
                continue
            self._next_event = event["id"] + 1
            moment = self._read(event)
            if moment is not None:
                yield moment

    def _read(self, event: "HistoryEventTypeDef") -> Moment | None:
        kind, at = event["type"], event["timestamp"]
        if kind == "ExecutionStarted":
            self.started_at = at
            return Moment(at, "execution", "started")
        if kind.endswith("StateEntered"):
            self._state = event["stateEnteredEventDetails"]["name"]
            return Moment(at, self._state, "entered")
        if kind.endswith("StateExited"):
            return self._exited(event)
        if kind in _ENDED:
            self.status = kind.removeprefix("Execution").replace("TimedOut", "TIMED_OUT").upper()
            return Moment(at, "execution", self.status + _error(event), bad=kind != "ExecutionSucceeded")
        error = _error(event)
        return Moment(at, self._state, kind + error, bad=True) if error or kind.endswith("TimedOut") else None

    def _exited(self, event: "HistoryEventTypeDef") -> Moment | None:
        details = event["stateExitedEventDetails"]
        output = json.loads(details.get("output", "null"))
        campaign = output.get("campaign") if isinstance(output, dict) else None
        if self._campaign is None and isinstance(campaign, dict) and campaign.get("campaign_id"):
            self.campaign_id = campaign["campaign_id"]
            self._campaign = (campaign["vendor"], campaign["campaign_id"])
            return Moment(event["timestamp"], details["name"], f"campaign {self.campaign_id}")
        return None

    def _mailbox(self) -> Iterator[Moment]:
        if self._campaign is None:
            return
        for delivery in deliveries(self.aws, self.outputs, *self._campaign):
            if delivery.id not in self._deliveries:
                self._deliveries.add(delivery.id)
                yield Moment(delivery.received_at, "webhook", f"{delivery.status} ({delivery.id})")


def _error(event: "HistoryEventTypeDef") -> str:
    """`: error: cause` of an event that has them, on one line; otherwise nothing."""
    fields = cast("Mapping[str, Any]", event)
    details: Mapping[str, str] = next((fields[name] for name in _ERROR_DETAILS if name in fields), {})
    parts = [" ".join(str(details[part]).split()) for part in ("error", "cause") if details.get(part)]
    return "".join(f": {part}" for part in parts)
