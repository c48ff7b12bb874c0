"""Workflows as they are deployed: the state machine, its versions and aliases, and what it can be started with.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-cd-aliasing-versioning.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from console.operations.errors import NotThere
from console.operations.state_machines import refusing, version_of
from workflows.inputs import INPUTS

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeStateMachineOutputTypeDef

    from console.operations.state_machines import StateMachines

MAX_VERSIONS: Final = 1_000
MAX_ALIASES: Final = 100
"""So many a state machine can have."""


@dataclass(frozen=True)
class Version:
    """A published version: its number and when it was published."""

    version: int
    created_at: datetime


@dataclass(frozen=True)
class Route:
    """A version that an alias leads to, and in how many of 100 starts."""

    version: int
    weight: int


@dataclass(frozen=True)
class Alias:
    """A name for one version, or for two."""

    name: str
    description: str
    routes: tuple[Route, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Deployed:
    """A revision of a state machine. `definition` is ASL; `revision` is None for the one it was created with.

    `created_at` is when the state machine, or the version, was created: AWS does not say when it was changed.
    """

    definition: str
    type: str
    created_at: datetime
    revision: str | None
    description: str
    logging: str
    tracing: bool


@dataclass(frozen=True)
class Workflow:
    """A workflow. `example` is an input that it can be started with, `schema` the JSON Schema of such inputs.

    Both are None where nothing says what the input is. Versions come newest first.
    """

    name: str
    deployed: Deployed
    versions: tuple[Version, ...]
    aliases: tuple[Alias, ...]
    example: dict[str, Any] | None
    schema: dict[str, Any] | None


class Workflows:
    """The workflows of some state machines."""

    def __init__(self, step_functions: SFNClient, machines: StateMachines) -> None:
        self._step_functions = step_functions
        self._machines = machines

    def show(self, name: str) -> Workflow:
        """A workflow. Raises `NotThere`."""
        arn = self._machines.arn(name)
        deployed = _deployed(self._step_functions.describe_state_machine(stateMachineArn=arn))
        versions = self._step_functions.list_state_machine_versions(stateMachineArn=arn, maxResults=MAX_VERSIONS)
        aliases = self._step_functions.list_state_machine_aliases(stateMachineArn=arn, maxResults=MAX_ALIASES)
        contract = INPUTS.get(name)
        return Workflow(
            name=name,
            deployed=deployed,
            versions=tuple(
                Version(version_of(found["stateMachineVersionArn"]), found["creationDate"])
                for found in versions["stateMachineVersions"]
            ),
            aliases=tuple(self._alias(found["stateMachineAliasArn"]) for found in aliases["stateMachineAliases"]),
            example=contract.example() if contract else None,
            schema=contract.schema() if contract else None,
        )

    def version(self, name: str, version: int) -> Deployed:
        """A version of a workflow, with its definition. Raises `NotThere`."""
        arn = f"{self._machines.arn(name)}:{version}"
        with refusing(
            ("StateMachineDoesNotExist", "InvalidArn"),
            NotThere(f"There is no version {version} of {name}.", "The workflow lists its versions."),
        ):
            return _deployed(self._step_functions.describe_state_machine(stateMachineArn=arn))

    def _alias(self, arn: str) -> Alias:
        found = self._step_functions.describe_state_machine_alias(stateMachineAliasArn=arn)
        return Alias(
            name=found["name"],
            description=found.get("description", ""),
            routes=tuple(
                Route(version_of(route["stateMachineVersionArn"]), route["weight"])
                for route in found["routingConfiguration"]
            ),
            created_at=found["creationDate"],
            updated_at=found["updateDate"],
        )


def _deployed(found: DescribeStateMachineOutputTypeDef) -> Deployed:
    return Deployed(
        definition=found["definition"],
        type=found["type"],
        created_at=found["creationDate"],
        revision=found.get("revisionId"),
        description=found.get("description", ""),
        logging=found.get("loggingConfiguration", {}).get("level", "OFF"),
        tracing=found.get("tracingConfiguration", {}).get("enabled", False),
    )
