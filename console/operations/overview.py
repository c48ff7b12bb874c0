"""How the workflows have been doing: what runs, what waits, and how the executions of the last day ended.

Step Functions lists executions by their start only. One that ended today may have started long ago, but not before its
state machine's `TimeoutSeconds`: the list is read back that far, and no further than a number of pages. One that was
redriven may have started earlier still; then its end is not counted.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef

    from console.operations.state_machines import StateMachines
    from console.operations.waits import Wait, Waits

HOURS: Final = 24
OLDEST: Final = 10
MAX_PAGES: Final = 20
"""Of ListExecutions, for all workflows together; each gets two at least: of what runs, and of everything."""
MAX_WAITS: Final = 10_000
_PAGE: Final = 1_000


@dataclass
class Hour:
    """What started, and how what ended has ended, within an hour of the clock that begins at `since`."""

    since: datetime
    started: int = 0
    ended: Counter[str] = field(default_factory=Counter)


@dataclass
class Figures:
    """Executions that run and open waits, both now, and what started and ended in each of the last 24 hours.

    Where `complete` is false there may be more of each: not all could be read.
    """

    hours: list[Hour]
    running: int = 0
    waiting: int = 0
    complete: bool = True

    @property
    def ended(self) -> Counter[str]:
        """How many executions have ended in the whole time, by status."""
        return sum((hour.ended for hour in self.hours), Counter())


@dataclass(frozen=True)
class Overview:
    """The figures of each workflow, by name, and of all. `oldest` are those that have waited longest.

    The waits of `all` include those of executions that are none of these workflows'.
    """

    since: datetime
    all: Figures
    workflows: dict[str, Figures]
    oldest: tuple[Wait, ...]


def overview(step_functions: SFNClient, machines: StateMachines, waits: Waits, *, now: datetime) -> Overview:
    """The figures as of `now`, an aware time in UTC. The last of the hours is the one that has begun."""
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    pages = max(1, MAX_PAGES // (2 * len(machines.names)))
    found = {name: _figures(step_functions, machines.arn(name), since, pages) for name in machines.names}
    everything = _sum(found.values(), since)
    page = waits.page(limit=MAX_WAITS)
    waiting = Counter((machines.named(wait.execution) or ("",))[0] for wait in page.waits)
    for name, figures in found.items():
        figures.waiting = waiting[name]
    everything.waiting = waiting.total()
    if page.next is not None:
        for figures in (everything, *found.values()):
            figures.complete = False
    return Overview(since, everything, found, page.waits[:OLDEST])


def _figures(step_functions: SFNClient, machine: str, since: datetime, pages: int) -> Figures:
    running, all_running = _listed(step_functions, pages, None, stateMachineArn=machine, statusFilter="RUNNING")
    definition = json.loads(step_functions.describe_state_machine(stateMachineArn=machine)["definition"])
    longest = definition.get("TimeoutSeconds")
    earliest = since - timedelta(seconds=longest) if longest is not None else None
    found, all_found = _listed(step_functions, pages, earliest, stateMachineArn=machine)
    figures = Figures(_hours(since), running=len(running), complete=all_running and all_found)
    for execution in found:
        if (hour := _hour(figures, execution["startDate"])) is not None:
            hour.started += 1
        if "stopDate" in execution and (hour := _hour(figures, execution["stopDate"])) is not None:
            hour.ended[execution["status"]] += 1
    return figures


def _listed(
    step_functions: SFNClient, pages: int, earliest: datetime | None, **wanted: Any
) -> tuple[list[ExecutionListItemTypeDef], bool]:
    """The executions since `earliest`, the newest first, and whether those are all."""
    found: list[ExecutionListItemTypeDef] = []
    for _ in range(pages):
        answer = step_functions.list_executions(maxResults=_PAGE, **wanted)
        found += answer["executions"]
        if "nextToken" not in answer or (earliest is not None and found and found[-1]["startDate"] < earliest):
            return found, True
        wanted["nextToken"] = answer["nextToken"]
    return found, False


def _hours(since: datetime) -> list[Hour]:
    return [Hour(since + timedelta(hours=number)) for number in range(HOURS)]


def _hour(figures: Figures, moment: datetime) -> Hour | None:
    number = (moment - figures.hours[0].since) // timedelta(hours=1)
    return figures.hours[number] if 0 <= number < HOURS else None


def _sum(found: Iterable[Figures], since: datetime) -> Figures:
    everything = Figures(_hours(since))
    for figures in found:
        everything.running += figures.running
        everything.complete = everything.complete and figures.complete
        for total, hour in zip(everything.hours, figures.hours, strict=True):
            total.started += hour.started
            total.ended += hour.ended
    return everything
