"""From the ARN in a request to what it names."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asl.service.errors import (
    ApiError,
    execution_does_not_exist,
    state_machine_deleting,
    state_machine_does_not_exist,
)
from asl.service.identifiers import EXECUTION, parse_arn

if TYPE_CHECKING:
    from asl.service.identifiers import Arn
    from asl.service.store import Account, Alias, Revision, StoredExecution, StoredStateMachine, Version

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
    chosen = random.choices(list(alias.routing), list(alias.routing.values()))[0]  # noqa: S311 - spreads traffic
    return Target(machine, machine.versions[chosen], alias)


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
    """The execution of a standard state machine with the ARN `text`.

    Raises:
        ApiError: `InvalidArn` or `ExecutionDoesNotExist`.

    """
    stored = account.executions.get(text)
    if stored is None:
        parse_arn(text, EXECUTION)
        raise execution_does_not_exist(text)
    return stored


def check_role(arn: str) -> None:
    """Refuse what is not the ARN of a role.

    Raises:
        ApiError: `InvalidArn`.

    """
    if not ROLE.fullmatch(arn):
        raise ApiError("InvalidArn", f"Invalid Role Arn: '{arn}'")
