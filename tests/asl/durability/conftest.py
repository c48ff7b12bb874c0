from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asl.engine import VirtualClock
from asl.integrations.lambda_function import no_lambda
from asl.service.app import Application
from asl.service.service import Service
from asl.service.settings import Settings
from tests.asl.service.conftest import Api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asl.integrations import LambdaInvoker


class Lives:
    """Services that follow one another on one data folder, in one virtual time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.invoker: LambdaInvoker = no_lambda
        self.endpoints: dict[str, str] = {}
        self._service: Service | None = None
        self._now = 1_767_225_600.0
        self._pause = 0.0

    async def begin(self) -> Api:
        """The API of a new service on the folder, after the one before has stopped cleanly."""
        await self.stop()
        self._service = Service(
            Settings(data=self.folder, endpoints=self.endpoints), VirtualClock(self._now), self.invoker
        )
        await self._service.open()
        return Api(Application(self._service))

    def advance(self, seconds: float) -> None:
        """Let time pass between this service and the next one."""
        self._pause += seconds

    def fill_disk(self) -> None:
        """Let the database grow no more."""
        self._limit_pages("1")

    def free_disk(self) -> None:
        """Let the database grow again."""
        self._limit_pages("4294967294")

    def _limit_pages(self, most: str) -> None:
        assert self._service is not None
        assert self._service._keeper is not None
        self._service._keeper._connection.execute(f"PRAGMA max_page_count = {most}").fetchone()

    async def written(self) -> None:
        """Return once what could not be written is."""
        assert self._service is not None
        assert self._service._keeper is not None
        await self._service._keeper.journal.saved()

    async def stop(self) -> None:
        """Stop the service, and let nothing of it go on."""
        service, self._service = self._service, None
        if service is not None:
            self._now = service.now() + self._pause
            self._pause = 0.0
            await service.close()
            for account in service.accounts():
                for stored in account.executions.values():
                    task = getattr(stored.execution, "_task", None)
                    if task is not None:
                        task.cancel()


@pytest.fixture
async def lives(tmp_path: Path) -> AsyncIterator[Lives]:
    lives = Lives(tmp_path / "data")
    yield lives
    await lives.stop()
