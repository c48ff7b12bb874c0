"""Tasks whose work is mocked: what ends their attempts in place of a service, a function or a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.integrations.protocol import Integration, TaskCall, TaskEvents

Json = Any


class TaskMocks(Protocol):
    """The mocks of one execution, by the name of its Task states."""

    def of(self, state: str, resource: str, integration: Integration) -> Integration:
        """What does the work of a Task state: a mock, or else the integration that its resource names."""


class MockedIntegration:
    """A resource that is never called.

    `outcome` is asked once for each attempt: it returns the result or raises TaskFailure. `submits` says that a result
    is preceded by the event of a request that was accepted, as where a task waits for a job or a token.
    """

    def __init__(
        self, events: TaskEvents, outcome: Callable[[], Json], *, uses_token: bool, submits: bool = False
    ) -> None:
        self.events = events
        self.uses_token = uses_token
        self._outcome = outcome
        self._submits = submits

    def check(self) -> None:
        """Whatever the resource is, it is not called."""

    async def run(self, call: TaskCall) -> Json:
        """End the attempt as the mock says.

        Raises:
            TaskFailure: the mock is an error.
        """
        call.started(None)
        result = self._outcome()
        if self._submits:
            call.submitted(result)
        return result
