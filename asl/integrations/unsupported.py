"""A resource that the engine has no integration for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from asl.integrations.protocol import ResourceError
from asl.integrations.service_events import ServiceEvents

if TYPE_CHECKING:
    from asl.integrations.protocol import TaskCall

Json = Any

SERVICE: Final = re.compile(r"arn:[\w-]+:states:[\w-]*:\d*:(?P<type>aws-sdk:[\w-]+|[\w-]+):(?P<action>.+)")


class UnsupportedIntegration:
    """Fails the execution that comes to it, and says why."""

    def __init__(self, resource: str) -> None:
        match = SERVICE.fullmatch(resource)
        self.events = ServiceEvents(match["type"], match["action"]) if match else ServiceEvents("", resource)
        self.uses_token = resource.endswith(".waitForTaskToken")
        self._resource = resource

    def check(self) -> None:
        """Say that the resource is not supported."""
        raise ResourceError(f"The resource {self._resource} is not supported by this engine.")

    async def run(self, call: TaskCall) -> Json:
        """Never: `check` comes first."""
        raise NotImplementedError(call)
