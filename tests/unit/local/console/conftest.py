"""One console for all tests of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local import people
from local.aws import AwsClients
from tests.unit.local.console.bench import deploy, empty_console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.console_client import Browser
    from tests.unit.local.test_embedded_aws import Cloud


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Cloud]]:
    """A browser at a console with everything deployed, and the cloud behind it."""
    with empty_console(tmp_path_factory.mktemp("console")) as (browser, cloud):
        pool = deploy(cloud)
        for _ in range(2):  # as a second `baton up` does
            people.seed(AwsClients(cloud.url), pool)
        yield browser, cloud


@pytest.fixture
def browser(console: tuple[Browser, Cloud]) -> Browser:
    """A browser at the console."""
    return console[0]
