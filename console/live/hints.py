"""What can be told of what AWS reports, and to whom.

| what AWS reports | hint | told to |
|---|---|---|
| an execution's status changed (EventBridge) | `{"kind": "status", "workflow", "name", "status"}` | all |
| events were logged (CloudWatch Logs) | `{"kind": "history", "workflow", "name"}` | who follows the execution |
| a failure was published (SNS) | `{"kind": "failures"}` | all |

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent

from console.live.connections import Connection, Execution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.operations.state_machines import StateMachines


class UnknownSourceError(Exception):
    """What came in is no report of a kind that is known."""


@dataclass(frozen=True)
class Hint:
    """Something changed. `about` is the execution that it is about; with `followers_only` the others hear nothing."""

    kind: str
    about: Execution | None = None
    status: str | None = None
    followers_only: bool = False

    @property
    def message(self) -> str:
        """The hint as clients get it, JSON."""
        execution = {"workflow": self.about.workflow, "name": self.about.name} if self.about else {}
        return json.dumps({"kind": self.kind, **execution, **({"status": self.status} if self.status else {})})

    def is_for(self, connection: Connection) -> bool:
        """Whether a connection is to be told."""
        return not self.followers_only or connection.follows == self.about


def hints_of(event: dict[str, Any], machines: StateMachines) -> list[Hint]:
    """What a report says, each thing once, in its order. Executions of other state machines are left out.

    Raises:
        UnknownSourceError: it is of no kind that is known.
    """
    if "awslogs" in event:
        found = _logged(event, machines)
    elif event.get("source") == "aws.states":
        found = _status(event["detail"], machines)
    elif [record.get("EventSource") for record in event.get("Records", ())] == ["aws:sns"]:
        found = iter([Hint("failures")])
    else:
        raise UnknownSourceError(f"an event with the fields {', '.join(sorted(event)) or '(none)'}")
    return list(dict.fromkeys(found))


def _logged(event: dict[str, Any], machines: StateMachines) -> Iterator[Hint]:
    data = CloudWatchLogsEvent(event).parse_logs_data()
    # A new subscription is tried out with a CONTROL_MESSAGE.
    for logged in data.log_events if data.message_type == "DATA_MESSAGE" else ():
        named = machines.named(_execution_of(logged.message))
        if named is not None:
            yield Hint("history", Execution(*named), followers_only=True)


def _execution_of(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return ""
    return str(record.get("execution_arn", "")) if isinstance(record, dict) else ""


def _status(detail: dict[str, Any], machines: StateMachines) -> Iterator[Hint]:
    named = machines.named(detail["executionArn"])
    if named is not None:
        yield Hint("status", Execution(*named), status=detail["status"])
