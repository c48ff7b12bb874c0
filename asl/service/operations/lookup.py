"""From the ARN in a request to what it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asl.randomness import random_between
from asl.service.errors import (
    ApiError,
    execution_does_not_exist,
    resource_not_found,
    state_machine_deleting,
    state_machine_does_not_exist,
)
from asl.service.identifiers import EXECUTION, MAP_RUN, parse_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine import Child, MapRun
    from asl.service.identifiers import Arn
    from asl.service.store import Account, Alias, Revision, StoredExecution, StoredMapRun, StoredStateMachine, Version

NAME_IN_ARN = 7
ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")


@dataclass(frozen=True, slots=True)
class Target:
    """What the ARN of a state machine, a version or an alias stands for."""

    machine: StoredStateMachine
    version: Version | None = None
    alias: Alias | None = None

    @property
    def revision(self) -> Revision:
        """What an execution started now would run."""
        return self.version.revision if self.version is not None else self.machine.revision


def find_machine(account: Account, arn: Arn) -> Target:
    """What `arn` names. An alias with two versions stands for either, in the proportion of their weights.

    Raises:
        ApiError: `StateMachineDoesNotExist`.

    """
    machine = account.machine(arn.unqualified)
    if machine is None:
        raise state_machine_does_not_exist(arn.text)
    if arn.qualifier is None:
        return Target(machine)
    if (version := machine.versions.get(arn.text)) is not None:
        return Target(machine, version)
    alias = machine.aliases.get(arn.text)
    if alias is None:
        raise state_machine_does_not_exist(arn.text)
    return Target(machine, machine.versions[_routed(alias.routing)], alias)


def _routed(routing: Mapping[str, int]) -> str:
    """One of the one or two versions that have a weight, each as likely as its weight, of 100, says."""
    (version, weight), *others = [item for item in routing.items() if item[1]]
    return version if not others or random_between(0, 100) < weight else others[0][0]


def live_machine(account: Account, arn: Arn) -> StoredStateMachine:
    """The state machine that the unqualified `arn` names, to be changed.

    Raises:
        ApiError: `StateMachineDoesNotExist` or `StateMachineDeleting`.

    """
    machine = find_machine(account, arn).machine
    if machine.deleting:
        raise state_machine_deleting(arn.text)
    return machine


def find_execution(account: Account, text: str) -> StoredExecution:
    """The execution of a standard state machine, or the standard child execution of a Map Run, with the ARN `text`.

    Raises:
        ApiError: `InvalidArn` or `ExecutionDoesNotExist`, also for a child of which no more than its end is kept.

    """
    stored = account.executions.get(text)
    if stored is not None:
        return stored
    parse_arn(text, EXECUTION)
    found = find_child(account, text)
    if found is None or (execution := found.child.execution) is None:
        raise execution_does_not_exist(text)
    return found.map_run.stored(found.child, execution)


@dataclass(frozen=True, slots=True)
class FoundChild:
    """A child execution, and the Map Run that it belongs to."""

    map_run: StoredMapRun
    child: Child


def find_child(account: Account, text: str) -> FoundChild | None:
    """The child execution of a Map Run, of either type, with the ARN `text`."""
    parts = text.split(":")
    name = parts[NAME_IN_ARN] if len(parts) > NAME_IN_ARN else ""
    stored = account.map_run_of_child(name)
    if stored is None or stored.run.child_arn(name) != text:
        return None
    child = stored.run.children.named(name)
    return None if child is None else FoundChild(stored, child)


def find_map_run(account: Account, text: str) -> MapRun:
    """The Map Run with the ARN `text`.

    Raises:
        ApiError: `InvalidArn` or `ResourceNotFound`.

    """
    stored = account.map_runs.get(text)
    if stored is None:
        parse_arn(text, MAP_RUN)
        raise resource_not_found(text)
    return stored.run


def check_role(arn: str) -> None:
    """Refuse what is not the ARN of a role.

    Raises:
        ApiError: `InvalidArn`.

    """
    if not ROLE.fullmatch(arn):
        raise ApiError("InvalidArn", f"Invalid Role Arn: '{arn}'")
