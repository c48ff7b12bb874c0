"""A resource that the engine has no integration for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.integrations.protocol import ResourceError
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from asl.integrations.protocol import TaskCall

Json = Any


class UnsupportedIntegration:
    """Fails the execution that comes to it, and says why."""

    uses_token = False

    def __init__(self, resource: str) -> None:
        self.events = ServiceEvents("", resource)
        self._resource = resource

    def check(self) -> None:
        """Say that the resource is not supported."""
        raise ResourceError(f"The resource {self._resource} is not supported by this engine.")

    async def run(self, call: TaskCall) -> Json:
        """Never: `check` comes first."""
        raise NotImplementedError(call)
