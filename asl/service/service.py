"""The service: one engine, and what each account has in each region."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from asl.durability.recovery import Keeper
from asl.engine import Engine
from asl.integrations.aws_endpoint import AwsEndpoints
from asl.observability.delivery import Delivery
from asl.observability.event_bus import EventBus
from asl.observability.log_delivery import ExecutionLogs
from asl.observability.metrics import Metrics
from asl.observability.status_changes import status_change
from asl.service.child_logs import ChildLogs
from asl.service.integrations import ServiceIntegrations
from asl.service.mock_configuration import NO_MOCKS
from asl.service.operations.executions import description
from asl.service.operations.lookup import find_execution
from asl.service.store import Account

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from asl.engine import Clock, Execution, MapRun
    from asl.integrations import LambdaInvoker
    from asl.observability.status_changes import StatusChangeSink
    from asl.service.mock_configuration import MockConfiguration
    from asl.service.settings import Settings
    from asl.service.store import Configuration, StoredExecution

T = TypeVar("T")

logger = logging.getLogger(__name__)

DELIVERY_SECONDS = 2.0


class Service:
    """What the operations work on. Not thread-safe: it lives on the event loop of its engine.

    `open` it before it is used and `close` it at the end: in between it is the only one on its data folder, if it has
    one (`Settings.data`).

    `mocks` are the test cases that executions can be started with. Changes of the status of executions go to
    `status_changes`, by default to EventBridge where that has an endpoint.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        lambda_invoker: LambdaInvoker,
        mocks: MockConfiguration = NO_MOCKS,
        *,
        status_changes: StatusChangeSink | None = None,
    ) -> None:
        aws = AwsEndpoints(settings.endpoint_of)
        if status_changes is None and settings.endpoint_of("eventbridge") is not None:
            status_changes = EventBus(aws)
        self.settings = settings
        self.mocks = mocks
        self._keeper: Keeper | None = None
        integrations = ServiceIntegrations(lambda_invoker, self, aws)
        self.logs_api = None if settings.endpoint_of("cloudwatchlogs") is None else aws
        self.logs = None if self.logs_api is None else ExecutionLogs(self.logs_api)
        self.engine = Engine(
            clock,
            integrations,
            on_end=self._ended,
            on_map_run=self._keep_map_run,
            observer=None if self.logs is None else ChildLogs(self, self.logs),
            save=self._saved,
        )
        self.closing = asyncio.Event()
        self._status_changes = status_changes
        sinks = (self.logs, status_changes)
        self.metrics = Metrics(self.engine, [sink for sink in sinks if isinstance(sink, Delivery)], self._map_runs)
        self._accounts: dict[tuple[str, str], Account] = {}

    async def open(self) -> None:
        """Read the data folder, where there is one, and go on with what was running. Call it before anything else.

        Raises:
            DataFolderError: the folder cannot be used.
        """
        if self.settings.data is not None:
            self._keeper = Keeper(self, self.settings.data)
            self._keeper.go_on()

    def accounts(self) -> list[Account]:
        """Every account that there is, in each region."""
        return list(self._accounts.values())

    def account(self, account: str, region: str) -> Account:
        """What the account has in the region; a new one has nothing."""
        key = (account, region)
        found = self._accounts.get(key)
        if found is None:
            found = self._accounts[key] = Account(account, region)
        return found

    def started(self, execution: Execution, log_to: Configuration, logged: int = 0) -> None:
        """An execution runs from now on. `logged` events of its history were there, and logged, before."""
        self.metrics.started(execution)
        if self.logs is not None and log_to["level"] != "OFF":
            self.logs.follow(execution, log_to, logged)

    def keep(self, stored: StoredExecution, execution: Execution) -> None:
        """Keep a new execution; one whose tasks are mocked is a test and ends with the process."""
        if self._keeper is not None and execution.request.mocks is None:
            self._keeper.journal.follow(stored, execution)

    def keep_redriven(self, stored: StoredExecution, execution: Execution, events: int) -> None:
        """Keep an execution that goes on after so many events, in place of one that ended."""
        if self._keeper is not None:
            self._keeper.journal.go_on(stored, execution, events)

    def keep_resources(self, account: Account) -> None:
        """Keep state machines and activities as they are now."""
        if self._keeper is not None:
            self._keeper.journal.resources_changed(account)

    def check_writable(self) -> None:
        """See that what is done now can be kept.

        Raises:
            UnsavedError: it cannot.
        """
        if self._keeper is not None:
            self._keeper.journal.check_writable()

    @property
    def unsaved(self) -> bool:
        """Whether what is done cannot be kept at the moment."""
        return self._keeper is not None and self._keeper.journal.failure is not None

    async def check_saved(self, only: StoredExecution | None = None) -> None:
        """Return once all that has been done is kept, or what has been done of one execution.

        Raises:
            UnsavedError: it cannot be kept at the moment.
        """
        if self._keeper is not None:
            with self.engine.clock.outside_work():
                await self._keeper.journal.check_saved(only)

    async def _saved(self) -> None:
        if self._keeper is not None:
            await self._keeper.journal.saved()

    def status_changed(self, stored: StoredExecution) -> None:
        """Publish what the status of a standard execution is now."""
        if self._status_changes is None:
            return
        try:
            self._status_changes.publish(status_change(description(stored, self.now()), self.now()))
        except Exception:
            logger.exception("a status change could not be published")

    async def until_closing(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What a long request waits for; None, and the work cancelled, where the service closes before it is there."""
        working = asyncio.ensure_future(work)
        closing = asyncio.ensure_future(self.closing.wait())
        try:
            await asyncio.wait((working, closing), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            working.cancel()
            closing.cancel()

    async def close(self) -> None:
        """Save what is not yet saved, and pass on logs and status changes that wait.

        What runs stays as it is, and is told of no more.
        """
        self.closing.set()
        if self._keeper is not None:
            await self._keeper.close()
        sinks = (self.logs, self._status_changes)
        await asyncio.gather(*(sink.close(DELIVERY_SECONDS) for sink in sinks if sink is not None))

    def _ended(self, execution: Execution) -> None:
        self.metrics.ended(execution)
        if logger.isEnabledFor(logging.INFO):
            facts = {"execution": execution.arn, "status": execution.status.value, "events": len(execution.history)}
            logger.info("execution ended", extra=facts)
        if self._status_changes is not None:
            _, _, _, region, account, *_ = execution.arn.split(":")
            stored = self.account(account, region).executions.get(execution.arn)
            if stored is not None:
                self.status_changed(stored)

    def _map_runs(self) -> Iterator[MapRun]:
        for account in self._accounts.values():
            yield from (stored.run for stored in account.map_runs.values())

    def _keep_map_run(self, run: MapRun) -> None:
        _, _, _, region, account_id, *_ = run.parent.arn.split(":")
        account = self.account(account_id, region)
        parent = find_execution(account, run.parent.arn)
        stored = account.add_map_run(run, parent)
        if self._keeper is not None:
            self._keeper.journal.follow_map_run(stored, parent)

    def now(self) -> float:
        """The engine's time, in seconds since the epoch."""
        return self.engine.clock.now()
