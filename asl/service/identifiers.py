"""ARNs and names of the resources of Step Functions.

See https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html for what names may hold, and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html for the forms of the ARNs.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from asl.service.errors import invalid_arn, invalid_name

# White space, brackets, wildcards, special and control characters, and what is not a character.
FORBIDDEN_IN_NAMES: Final = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]""")
ARN: Final = re.compile(r"arn:(aws[a-z-]*):states:([a-z0-9-]+):([0-9]{12}):([A-Za-z]+):(.+)", re.DOTALL)

STATE_MACHINE: Final = "stateMachine"
EXECUTION: Final = "execution"
EXPRESS_EXECUTION: Final = "express"
MAP_RUN: Final = "mapRun"
ACTIVITY: Final = "activity"


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN of Step Functions; `resource` is what follows the resource type, split at colons."""

    text: str
    partition: str
    region: str
    account: str
    type: str
    resource: tuple[str, ...]

    @property
    def unqualified(self) -> str:
        """The ARN of the state machine itself, where this one names a version or an alias of it."""
        prefix = f"arn:{self.partition}:states:{self.region}:{self.account}"
        return f"{prefix}:{self.type}:{self.resource[0]}"

    @property
    def qualifier(self) -> str | None:
        """The version number or the name of the alias."""
        return self.resource[1] if len(self.resource) > 1 else None


@lru_cache(maxsize=4096)
def parse_arn(text: str, *types: str) -> Arn:
    """The parts of `text`, which is to be an ARN of one of `types`.

    Raises:
        ApiError: `InvalidArn`.

    """
    if not text.startswith("arn:"):
        raise invalid_arn(f"Invalid ARN prefix: {text}")
    match = ARN.fullmatch(text)
    if match is None:
        raise invalid_arn(text)
    partition, region, account, resource_type, resource = match.groups()
    if resource_type not in types:
        raise invalid_arn(f"Resource type not valid in this context: {resource_type}")
    parts = tuple(resource.split(":"))
    if not all(parts) or len(parts) > _longest(resource_type):
        raise invalid_arn(text)
    return Arn(text, partition, region, account, resource_type, parts)


def state_machine_arn(text: str) -> Arn:
    """The parts of the ARN of a state machine, a version or an alias."""
    return parse_arn(text, STATE_MACHINE)


def check_name(name: str) -> None:
    """Refuse a name of a state machine, execution or activity that AWS refuses.

    Raises:
        ApiError: `InvalidName`.

    """
    if FORBIDDEN_IN_NAMES.search(name):
        raise invalid_name(name)


def new_uuid() -> str:
    """A random UUID (version 4) as text."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _longest(resource_type: str) -> int:
    return {STATE_MACHINE: 2, EXECUTION: 2, EXPRESS_EXECUTION: 3, MAP_RUN: 2}.get(resource_type, 1)
