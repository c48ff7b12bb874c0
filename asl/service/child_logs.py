"""The logs of child executions: a Map Run's children are logged as the execution that started it.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asl.engine import Execution
    from asl.engine.observer import Decision
    from asl.observability.log_delivery import ExecutionLogs
    from asl.service.service import Service


class ChildLogs:
    """An `Observer` that has the children of Map Runs logged."""

    def __init__(self, service: Service, logs: ExecutionLogs) -> None:
        self._service = service
        self._logs = logs

    def started(self, execution: Execution) -> None:
        """Log an execution that a Map Run has started; all others are logged by who starts them."""
        if "/" not in execution.request.state_machine_name:
            return
        caller = execution.caller
        stored = self._service.account(caller.account, caller.region).map_run_of_child(execution.name)
        if stored is not None:
            self._logs.follow(execution, stored.revision.logging)

    def decided(self, execution: Execution, decision: Decision) -> None:
        """Nothing that is logged."""
