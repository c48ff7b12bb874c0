"""What is written of a child outcome.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from asl.engine.map_run.children import ChildStatus
from asl.engine.timestamps import isoformat

if TYPE_CHECKING:
    from asl.engine.map_run import Child, MapRun
    from asl.engine.map_run.outcome import Outcome
    from asl.engine.map_run.runner import ChildInput

Json = Any

INCLUDED: Final = {"Included": True}


class Transformation(Enum):
    """How the output of a child that succeeded is written. One that did not is always written as it is."""

    NONE = "NONE"
    COMPACT = "COMPACT"
    FLATTEN = "FLATTEN"


def written(run: MapRun, child: Child, outcome: Outcome, transformation: Transformation) -> list[Json]:
    """What is written of a child that has ended."""
    output = outcome.output_payload
    if output is None or transformation is Transformation.NONE:
        return [_record(run, child, outcome)]
    if transformation is Transformation.FLATTEN and isinstance(output.value, list):
        return output.value
    return [output.value]


def pending(run: MapRun, index: int, child_input: ChildInput) -> Json:
    """What is written of the child at `index`, which will not start any more."""
    name = run.children.names.name(index)
    return {
        "ExecutionArn": run.child_arn(name),
        "Input": child_input.payload.text,
        "InputDetails": INCLUDED,
        "Name": name,
        "StateMachineArn": run.state_machine_arn,
        "Status": "PENDING",
    }


def _record(run: MapRun, child: Child, outcome: Outcome) -> Json:
    """A child as DescribeExecution tells it, with names that begin with a capital."""
    succeeded = child.status is ChildStatus.SUCCEEDED
    fields: dict[str, Json] = {
        "Cause": outcome.cause,
        "Error": outcome.error,
        "ExecutionArn": run.child_arn(child.name),
        "Input": outcome.input,
        "InputDetails": INCLUDED,
        "Name": child.name,
        "Output": outcome.output,
        "OutputDetails": INCLUDED if succeeded else None,
        "RedriveCount": None if run.express else 0,
        "RedriveStatus": "NOT_REDRIVABLE" if succeeded else "REDRIVABLE_BY_MAP_RUN",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven" if succeeded else None,
        "StartDate": isoformat(child.start_date),
        "StateMachineArn": run.state_machine_arn,
        "Status": child.status.name,
        "StopDate": isoformat(child.stop_date or child.start_date),
    }
    return {name: value for name, value in fields.items() if value is not None}
