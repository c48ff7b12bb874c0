"""What the API keeps: state machines with revisions, versions and aliases, executions, Map Runs, activities and tags.

One `Account` holds what one AWS account has in one region; nothing in it is visible to another. Versions and revisions
are frozen: an execution goes on with what it was started with, whatever becomes of its state machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asl.engine import ChildNames, ExecutionStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition import StateMachine
    from asl.durability.archive import ArchivedExecution
    from asl.engine import Child, Execution, MapRun
    from asl.service.definitions import StateMachineType

Configuration = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A definition and its settings at one time. `id` is None for what CreateStateMachine made.

    Dates are seconds since the epoch, here and below.
    """

    definition: str
    parsed: StateMachine
    role_arn: str
    logging: Configuration
    tracing: Configuration
    encryption: Configuration
    variable_references: dict[str, list[str]]
    id: str | None
    updated: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published revision."""

    arn: str
    number: int
    revision: Revision
    description: str | None
    created: float


@dataclass(slots=True, kw_only=True)
class Alias:
    """A name for one version, or two with weights that add up to 100: `routing` maps a version's ARN to its weight."""

    arn: str
    name: str
    number: int
    description: str | None
    routing: dict[str, int]
    created: float
    updated: float


@dataclass(slots=True, kw_only=True)
class StoredExecution:
    """An execution and how it was started. `number` ascends in the order of the starts in its account.

    `map_run` is there for a child execution; its `number` is its index there.
    `redrives` are the latest requests to redrive it that had a client token: the token and the date of the redrive.
    `journal_number` is what the journal keeps it under, where there is one.
    """

    execution: Execution | ArchivedExecution
    machine: StoredStateMachine
    revision: Revision
    number: int
    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None
    map_run: MapRun | None = None
    redrives: dict[str, float] = field(default_factory=dict)
    journal_number: int | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class StoredStateMachine:
    """A state machine: its current revision, and what hangs on it."""

    arn: str
    name: str
    type: StateMachineType
    created: float
    revision: Revision
    tags: dict[str, str]
    deleting: bool = False
    last_version: int = 0
    last_alias: int = 0
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    executions: list[StoredExecution] = field(default_factory=list)

    @property
    def runs(self) -> bool:
        """Whether any of its executions is running."""
        return any(stored.execution.status is ExecutionStatus.RUNNING for stored in self.executions)

    def aliases_of(self, version_arn: str) -> list[Alias]:
        """The aliases that route to a version."""
        return [alias for alias in self.aliases.values() if version_arn in alias.routing]


@dataclass(slots=True, kw_only=True)
class StoredActivity:
    """An activity. `number` ascends in the order of creation."""

    arn: str
    name: str
    number: int
    created: float
    encryption: Configuration
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class StoredMapRun:
    """A Map Run, and what its child executions run. `number` ascends in the order of the starts in its account."""

    run: MapRun
    number: int
    machine: StoredStateMachine
    revision: Revision

    def stored(self, child: Child, execution: Execution) -> StoredExecution:
        """A child execution as any other."""
        return StoredExecution(
            execution=execution, machine=self.machine, revision=self.revision, number=child.index, map_run=self.run
        )


class Account:
    """What one account has in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.partition = _partition(region)
        self.activities: dict[str, StoredActivity] = {}
        self.executions: dict[str, StoredExecution] = {}
        self.map_runs: dict[str, StoredMapRun] = {}
        self._map_runs_by_child: dict[str, StoredMapRun] = {}
        self._machines: dict[str, StoredStateMachine] = {}
        self._last = 0

    def arn(self, *resource: str) -> str:
        """The ARN of a resource of this account."""
        return f"arn:{self.partition}:states:{self.region}:{self.account}:{':'.join(resource)}"

    def next_number(self) -> int:
        """A number that none has had before."""
        self._last += 1
        return self._last

    def keep(self, stored: StoredExecution) -> None:
        """Keep an execution, whose number is higher than those of all that are kept."""
        self.executions[stored.execution.arn] = stored
        stored.machine.executions.append(stored)

    def restore_execution(self, stored: StoredExecution) -> None:
        """Keep an execution that an earlier process has kept."""
        self.keep(stored)
        self._last = max(self._last, stored.number)

    def restore_activity(self, activity: StoredActivity) -> None:
        """Keep an activity that an earlier process has kept."""
        self.activities[activity.arn] = activity
        self._last = max(self._last, activity.number)

    def forget_executions(self, ended_before: float) -> list[StoredExecution]:
        """Forget the executions that ended before a time, with their Map Runs, and return them."""
        old = {
            arn: stored
            for arn, stored in self.executions.items()
            if stored.execution.stop_date is not None and stored.execution.stop_date < ended_before
        }
        for arn in old:
            del self.executions[arn]
        for machine in {id(stored.machine): stored.machine for stored in old.values()}.values():
            machine.executions = [stored for stored in machine.executions if stored.execution.arn not in old]
        for stored_run in [stored_run for stored_run in self.map_runs.values() if stored_run.run.parent.arn in old]:
            del self.map_runs[stored_run.run.arn]
            del self._map_runs_by_child[stored_run.run.children.names.prefix]
        return list(old.values())

    def add_map_run(self, run: MapRun, parent: StoredExecution) -> StoredMapRun:
        """Keep a Map Run that `parent` has started."""
        stored = StoredMapRun(run, self.next_number(), parent.machine, parent.revision)
        self._keep_map_run(stored)
        return stored

    def restore_map_run(self, stored: StoredMapRun) -> None:
        """Keep a Map Run that an earlier process has kept."""
        self._keep_map_run(stored)
        self._last = max(self._last, stored.number)

    def _keep_map_run(self, stored: StoredMapRun) -> None:
        run = stored.run
        self.map_runs[run.arn] = self._map_runs_by_child[run.children.names.prefix] = stored

    def map_run_of_child(self, name: str) -> StoredMapRun | None:
        """The Map Run that a child execution with a name belongs to."""
        return self._map_runs_by_child.get(ChildNames.prefix_of(name))

    def add(self, machine: StoredStateMachine) -> None:
        """Keep a state machine."""
        self._machines[machine.arn] = machine

    def remove(self, machine: StoredStateMachine) -> None:
        """Forget a state machine, its versions and aliases, as soon as none of its executions runs."""
        machine.deleting = True
        self.machine(machine.arn)

    def machine(self, arn: str) -> StoredStateMachine | None:
        """The state machine with the (unqualified) ARN."""
        machine = self._machines.get(arn)
        if machine is None or not machine.deleting or machine.runs:
            return machine
        del self._machines[arn]
        return None

    def machines(self) -> Iterator[StoredStateMachine]:
        """All state machines."""
        return iter([machine for arn in list(self._machines) if (machine := self.machine(arn)) is not None])


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
