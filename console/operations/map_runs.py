"""Map Runs: those of an execution, and their child executions.

A Map Run is called `LABEL:ID` after the end of its ARN, as are its children.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from console.operations import cursor
from console.operations.errors import NotThere
from console.operations.state_machines import no_such_cursor, refusing, there

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

    from console.operations.state_machines import StateMachines

_NOT_THERE: Final = frozenset({"ResourceNotFound", "InvalidArn"})


@dataclass(frozen=True)
class Counts:
    """How many items, or child executions, of a Map Run are in which status."""

    pending: int
    running: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    total: int
    results_written: int


@dataclass(frozen=True)
class MapRun:
    """A Map Run. `parent` is the name of the execution whose state it is the run of; the tolerance is of items."""

    workflow: str
    name: str
    label: str
    parent: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    max_concurrency: int
    tolerated_failure_count: int
    tolerated_failure_percentage: float
    redrives: int
    items: Counts
    executions: Counts


@dataclass(frozen=True)
class MapRunPage:
    """Map Runs, the newest first. `next` is the cursor of the next page, None at the end."""

    map_runs: tuple[MapRun, ...]
    next: str | None


@dataclass(frozen=True)
class Child:
    """A child execution of a Map Run, with the number of items that it was given."""

    workflow: str
    name: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    redrives: int
    items: int


@dataclass(frozen=True)
class ChildPage:
    """Child executions, the newest first. `next` is the cursor of the next page, None at the end."""

    executions: tuple[Child, ...]
    next: str | None


class MapRuns:
    """The Map Runs of some state machines."""

    def __init__(self, step_functions: SFNClient, machines: StateMachines) -> None:
        self._step_functions = step_functions
        self._machines = machines

    def of_execution(self, workflow: str, name: str, *, limit: int, after: str | None = None) -> MapRunPage:
        """The Map Runs that an execution has started.

        Raises:
            NotThere: there is no such execution.
            OperationRefused: the cursor is of another question.
        """
        arn = self._machines.execution(workflow, name)
        question = f"map runs {arn}"
        with there(workflow, name), no_such_cursor():
            answer = self._step_functions.list_map_runs(
                executionArn=arn, maxResults=limit, **_following(after, question)
            )
        return MapRunPage(
            tuple(self._describe(workflow, found["mapRunArn"]) for found in answer["mapRuns"]),
            _next(answer, question),
        )

    def describe(self, workflow: str, name: str) -> MapRun:
        """One Map Run. Raises `NotThere`."""
        with _there(workflow, name):
            return self._describe(workflow, self._machines.map_run(workflow, name))

    def children(
        self,
        workflow: str,
        name: str,
        status: ExecutionStatusType | None = None,
        *,
        limit: int,
        after: str | None = None,
    ) -> ChildPage:
        """The child executions of a Map Run, all or those with this status.

        Raises:
            NotThere: there is no such Map Run.
            OperationRefused: the cursor is of another question.
        """
        arn = self._machines.map_run(workflow, name)
        question = f"children {arn} {status}"
        wanted: dict[str, Any] = {"statusFilter": status} if status else {}
        with _there(workflow, name), no_such_cursor():
            answer = self._step_functions.list_executions(
                mapRunArn=arn, maxResults=limit, **wanted, **_following(after, question)
            )
        children = [
            Child(
                workflow=workflow,
                name=self._name(found["executionArn"]),
                status=found["status"],
                started_at=found["startDate"],
                ended_at=found.get("stopDate"),
                redrives=found.get("redriveCount", 0),
                items=found.get("itemCount", 0),
            )
            for found in answer["executions"]
        ]
        return ChildPage(tuple(children), _next(answer, question))

    def _describe(self, workflow: str, arn: str) -> MapRun:
        found = self._step_functions.describe_map_run(mapRunArn=arn)
        name = self._name(arn)
        return MapRun(
            workflow=workflow,
            name=name,
            label=name.partition(":")[0],
            parent=self._name(found["executionArn"]),
            status=found["status"],
            started_at=found["startDate"],
            ended_at=found.get("stopDate"),
            max_concurrency=found["maxConcurrency"],
            tolerated_failure_count=found["toleratedFailureCount"],
            tolerated_failure_percentage=found["toleratedFailurePercentage"],
            redrives=found.get("redriveCount", 0),
            items=_counts(found["itemCounts"]),
            executions=_counts(found["executionCounts"]),
        )

    def _name(self, arn: str) -> str:
        return (self._machines.named(arn) or ("", arn))[1]


def _counts(found: Mapping[str, Any]) -> Counts:
    return Counts(
        pending=found["pending"],
        running=found["running"],
        succeeded=found["succeeded"],
        failed=found["failed"],
        timed_out=found["timedOut"],
        aborted=found["aborted"],
        total=found["total"],
        results_written=found["resultsWritten"],
    )


def _following(after: str | None, question: str) -> dict[str, Any]:
    if after is None:
        return {}
    token = cursor.read(after, question)
    if not isinstance(token, str):
        raise cursor.foreign()
    return {"nextToken": token}


def _next(answer: Mapping[str, Any], question: str) -> str | None:
    return cursor.written(question, answer["nextToken"]) if "nextToken" in answer else None


def _there(workflow: str, name: str) -> AbstractContextManager[None]:
    return refusing(
        _NOT_THERE, NotThere(f"There is no Map Run {name} of {workflow}.", "The execution lists its Map Runs.")
    )
