"""What is invoked, with what, and what comes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One configuration of a function: two that differ in anything never share an execution environment.

    `timeout` is in seconds, `memory_size` in MB. `task` is the folder that Lambda has at /var/task, `opt` the one it
    has at /opt, None for a function without layers.
    """

    account: str
    region: str
    name: str
    version: str
    runtime: str
    handler: str
    timeout: int
    memory_size: int
    task: Path
    opt: Path | None
    log_group: str
    environment: tuple[tuple[str, str], ...] = ()
    """What the function's configuration sets, and its credentials."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when the configuration changes."""
        return self.account, self.region, self.name, self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One invocation. `payload` is JSON; `arn` is what the caller named, with its qualifier if it had one."""

    request_id: str
    arn: str
    payload: bytes
    trace_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an invocation: `payload` is what the Invoke API answers, `failed` whether it is an error.

    `log` is everything logged from START to REPORT.
    """

    payload: bytes
    failed: bool = False
    log: str = field(default="", repr=False)


def error_payload(error_type: str, message: str) -> bytes:
    """The payload for an error that the runtime could not report itself."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def sorted_items(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A mapping in a form that can be compared and hashed."""
    return tuple(sorted(values.items()))
