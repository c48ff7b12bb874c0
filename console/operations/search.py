"""Finding executions: the newest first, over all workflows, a page at a time.

Step Functions lists the executions of one state machine; the lists are merged by the time of the start. The cursor says
after which execution to go on, and from which page of each list. So an execution is given once, whatever starts
meanwhile. What Step Functions can't filter by is looked up for each, within a budget: a page may be short, even empty,
and there is more as long as it has a cursor.
"""

from __future__ import annotations

import heapq
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from console.operations import cursor
from console.operations.state_machines import FAILING, no_such_cursor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType
    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef

    from console.operations.state_machines import StateMachines

MAX_EXAMINED: Final = 2_000
MAX_LOOKED_UP: Final = 100
_PAGE: Final = 1_000


@dataclass(frozen=True)
class Search:
    """Which executions. None is any; the times are aware, `started_before` is excluded."""

    workflow: str | None = None
    status: ExecutionStatusType | None = None
    error: str | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None

    @property
    def question(self) -> str:
        """What a cursor belongs to."""
        return repr(sorted(asdict(self).items()))


@dataclass(frozen=True)
class Listed:
    """An execution in a list. `error` is what it ended with, None where it did not or nobody looked."""

    workflow: str
    name: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    redrives: int
    error: str | None = None


@dataclass(frozen=True)
class Page:
    """Executions that were found. `next` is the cursor of the next page, None at the end."""

    executions: tuple[Listed, ...]
    next: str | None


@dataclass(frozen=True)
class _Item:
    found: ExecutionListItemTypeDef
    workflow: str
    page: str | None


class _Position:
    """How far a search has come: the start of the last execution, all that were given with that start, pages."""

    def __init__(self, kept: Any) -> None:
        self.start: str | None = kept["start"]
        self.given: set[str] = set(kept["given"])
        self.pages: dict[str, str | None] = dict(kept["pages"])

    def passed(self, item: _Item) -> bool:
        """Whether an execution was examined before."""
        start, arn = _start(item.found), item.found["executionArn"]
        return self.start is not None and (start > self.start or (start == self.start and arn in self.given))

    def take(self, item: _Item) -> None:
        """Go on to an execution."""
        start = _start(item.found)
        self.given = {*(self.given if start == self.start else ()), item.found["executionArn"]}
        self.start = start
        self.pages[item.workflow] = item.page

    @property
    def kept(self) -> dict[str, Any]:
        return {"start": self.start, "given": sorted(self.given), "pages": self.pages}


def find(
    step_functions: SFNClient, machines: StateMachines, search: Search, *, limit: int, after: str | None = None
) -> Page:
    """The next page of at most `limit` executions, after the cursor `after`.

    Raises:
        OperationRefused: there is no such workflow, or the cursor is of another search.
    """
    names = machines.names if search.workflow is None else [machines.known(search.workflow)]
    position = _position(after, search)
    lists = [_listed(step_functions, machines, name, search, position) for name in names]
    merged = heapq.merge(*lists, key=lambda item: item.found["startDate"], reverse=True)
    executions: list[Listed] = []
    examined = looked_up = 0
    for item in merged:
        if position.passed(item):
            continue
        if search.started_after is not None and item.found["startDate"] < search.started_after:
            return Page(tuple(executions), None)
        if len(executions) == limit or examined == MAX_EXAMINED or looked_up == MAX_LOOKED_UP:
            return Page(tuple(executions), cursor.written(search.question, position.kept))
        position.take(item)
        examined += 1
        if search.started_before is not None and item.found["startDate"] >= search.started_before:
            continue
        error = None
        if search.error is not None:
            if item.found["status"] not in FAILING:
                continue
            looked_up += 1
            error = step_functions.describe_execution(executionArn=item.found["executionArn"]).get("error")
            if error != search.error:
                continue
        executions.append(_execution(item, error))
    return Page(tuple(executions), None)


def _listed(
    step_functions: SFNClient, machines: StateMachines, workflow: str, search: Search, position: _Position
) -> Iterator[_Item]:
    page = position.pages.get(workflow)
    wanted: dict[str, Any] = {"stateMachineArn": machines.arn(workflow), "maxResults": _PAGE}
    if search.status is not None:
        wanted["statusFilter"] = search.status
    while True:
        with no_such_cursor():
            answer = step_functions.list_executions(**(wanted | ({"nextToken": page} if page else {})))
        for found in answer["executions"]:
            yield _Item(found, workflow, page)
        page = answer.get("nextToken")
        if not page:
            return


def _position(after: str | None, search: Search) -> _Position:
    if after is None:
        return _Position({"start": None, "given": [], "pages": {}})
    try:
        return _Position(cursor.read(after, search.question))
    except (KeyError, TypeError, ValueError):
        raise cursor.foreign() from None


def _start(found: ExecutionListItemTypeDef) -> str:
    return f"{found['startDate'].timestamp():020.6f}"


def _execution(item: _Item, error: str | None) -> Listed:
    found = item.found
    return Listed(
        workflow=item.workflow,
        name=found["name"],
        status=found["status"],
        started_at=found["startDate"],
        ended_at=found.get("stopDate"),
        redrives=found.get("redriveCount", 0),
        error=error,
    )
