"""What every execution of an engine shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asl.engine.clock import Clock
    from asl.engine.execution import Execution
    from asl.engine.map_run import MapRun
    from asl.engine.observer import Observer
    from asl.integrations import Integrations


@dataclass(slots=True)
class Meter:
    """What an engine has done since it was made: `transitions` is how many states all executions have entered."""

    transitions: int = 0


@dataclass(frozen=True, slots=True)
class Environment:
    """The clock, the task integrations, the source of jitter, and who wants to know of executions.

    `on_end` is told of those that end and are nobody's children, `on_map_run` of Map Runs before their first child
    starts, `observer` of all executions, and of what they decide. `save` returns once all that has happened is saved,
    where executions are journaled. `map_runs` are all Map Runs by their ARN: a redrive goes on with them.
    """

    clock: Clock
    integrations: Integrations
    jitter: Callable[[float], float]
    on_end: Callable[[Execution], None] | None = None
    on_map_run: Callable[[MapRun], None] | None = None
    observer: Observer | None = None
    meter: Meter = field(default_factory=Meter)
    save: Callable[[], Awaitable[None]] | None = None
    map_runs: dict[str, MapRun] = field(default_factory=dict)

    def started(self, execution: Execution) -> None:
        """Tell that there is a new execution."""
        if self.observer is not None:
            self.observer.started(execution)

    def ended(self, execution: Execution) -> None:
        """Tell that an execution has ended."""
        if self.on_end is not None:
            self.on_end(execution)

    async def saved(self) -> None:
        """Return once all that has happened is saved; virtual time stands still until then."""
        if self.save is not None:
            with self.clock.outside_work():
                await self.save()

    def map_run_started(self, run: MapRun) -> None:
        """Tell that a Map Run starts."""
        self.map_runs[run.arn] = run
        if self.on_map_run is not None:
            self.on_map_run(run)
