"""The service: one engine, and what each account has in each region."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asl.engine import Engine
from asl.integrations.aws_endpoint import AwsEndpoints
from asl.service.integrations import ServiceIntegrations
from asl.service.mock_configuration import NO_MOCKS
from asl.service.operations.lookup import find_execution
from asl.service.store import Account

if TYPE_CHECKING:
    from asl.engine import Clock, MapRun
    from asl.integrations import LambdaInvoker
    from asl.service.mock_configuration import MockConfiguration
    from asl.service.settings import Settings


class Service:
    """What the operations work on. Not thread-safe: it lives on the event loop of its engine.

    `mocks` are the test cases that executions can be started with.
    """

    def __init__(
        self, settings: Settings, clock: Clock, lambda_invoker: LambdaInvoker, mocks: MockConfiguration = NO_MOCKS
    ) -> None:
        self.settings = settings
        self.mocks = mocks
        integrations = ServiceIntegrations(lambda_invoker, self, AwsEndpoints(settings.endpoint_of))
        self.engine = Engine(clock, integrations, on_map_run=self._keep_map_run)
        self.closing = asyncio.Event()
        self._accounts: dict[tuple[str, str], Account] = {}

    def account(self, account: str, region: str) -> Account:
        """What the account has in the region; a new one has nothing."""
        key = (account, region)
        found = self._accounts.get(key)
        if found is None:
            found = self._accounts[key] = Account(account, region)
        return found

    def _keep_map_run(self, run: MapRun) -> None:
        caller = run.parent.caller
        account = self.account(caller.account, caller.region)
        account.add_map_run(run, find_execution(account, run.parent.arn))

    def now(self) -> float:
        """The engine's time, in seconds since the epoch."""
        return self.engine.clock.now()
