"""One call of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asl.service.service import Service
    from asl.service.store import Account

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """The request of one call, checked against the service model, and whose it is."""

    service: Service
    account: Account
    request: dict[str, Any]


if TYPE_CHECKING:
    Operation = Callable[[Call], Answer | Awaitable[Answer]]
