"""What Lambda functions are built for: Python version, architecture, operating system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_lambda as lambda_

if TYPE_CHECKING:
    from constructs import Construct

_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Every Lambda runtime since Python 3.8 has a glibc of at least 2.17, and so has any Linux that this runs on.
_PLATFORMS = {"linux": "manylinux_2_17", "darwin": "apple-darwin"}


@dataclass(frozen=True)
class LambdaTarget:
    """Python version ("3.13"), architecture (arm64, x86_64) and system (linux, darwin) that packages must fit.

    AWS runs linux. An embedded cloud runs functions on the host's interpreter, so there the host is the target.
    """

    python: str = "3.13"
    architecture: str = "arm64"
    system: str = "linux"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"3\.\d{1,2}", self.python):
            raise ValueError(f"context lambda:python is {self.python!r}; it has to be a version such as 3.13")
        if self.architecture not in _MACHINES:
            raise ValueError(
                f"context lambda:architecture is {self.architecture!r}; it has to be one of {', '.join(_MACHINES)}"
            )
        if self.system not in _PLATFORMS:
            raise ValueError(f"context lambda:system is {self.system!r}; it has to be one of {', '.join(_PLATFORMS)}")

    @classmethod
    def from_context(cls, scope: Construct) -> LambdaTarget:
        """Read `lambda:python`, `lambda:architecture` and `lambda:system` from the CDK context.

        Raises:
            ValueError: a value is not one that can be built for.
        """
        values = {name: scope.node.try_get_context(f"lambda:{name}") for name in ("python", "architecture", "system")}
        return cls(**{name: value for name, value in values.items() if value is not None})

    @property
    def runtime(self) -> lambda_.Runtime:
        """The managed runtime of AWS Lambda."""
        return lambda_.Runtime(f"python{self.python}", lambda_.RuntimeFamily.PYTHON)

    @property
    def lambda_architecture(self) -> lambda_.Architecture:
        """The instruction set as Lambda names it."""
        return lambda_.Architecture.ARM_64 if self.architecture == "arm64" else lambda_.Architecture.X86_64

    @property
    def wheel_platform(self) -> str:
        """The platform of compiled wheels, as `uv pip install --python-platform` takes it."""
        return f"{_MACHINES[self.architecture]}-{_PLATFORMS[self.system]}"
