"""A local cloud with the console, and people who sit at it in a real browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local import cloud
from local.console import build
from local.deployment import Deployment, Waits, deploy
from local.home import Home
from tests.browser import chromium
from tests.browser.seat import PATIENCE_MS, Seat, seat
from tests.e2e.bench import Campaigns
from tests.shared_cloud import campaigns_of, home_of

WAITS = Waits(heartbeat_seconds=1800, timeout_seconds=3600)
"""No wait ends of itself while somebody looks at it."""

SeatOf = Callable[..., Seat]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder needs the embedded cloud and Chromium; where CI runs, a missing one is an error."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cloud)
            if chromium.executable() is None and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Not for longer than these tests: Playwright's event loop would be in the way of other ones."""
    expect.set_options(timeout=PATIENCE_MS)
    with chromium.running() as running:
        yield running


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The folder of the cloud that the tests share."""
    return home_of(tmp_path_factory, "console-cloud")


@pytest.fixture(scope="package")
def deployment(home: Home) -> Iterator[Deployment]:
    """The checkout, deployed, with the pages of the console as their sources are now."""
    build.build(home.logs, lambda _: None)
    with cloud.running_cloud(home, None) as running:
        yield deploy(home, running.state, WAITS, lambda _: None)


@pytest.fixture
def campaigns(deployment: Deployment) -> Iterator[Campaigns]:
    """The platform, with well-behaved vendors again afterwards."""
    with campaigns_of(deployment) as campaigns:
        yield campaigns


@pytest.fixture(scope="package")
def origin(home: Home, deployment: Deployment) -> str:
    """Where the console is."""
    del deployment
    return f"http://localhost:{home.require_state().console_port}"


@pytest.fixture
def seat_of(browser: Browser, origin: str) -> Iterator[SeatOf]:
    """Gives a seat to somebody; afterwards no page may have logged an error or asked for what the policy refuses."""
    seats: list[Seat] = []
    with ExitStack() as stack:

        def give(*arguments: Any, **options: Any) -> Seat:
            seats.append(stack.enter_context(seat(browser, origin, *arguments, **options)))
            return seats[-1]

        yield give
    assert [problem for one in seats for problem in one.problems] == []


@pytest.fixture
def operator(seat_of: SeatOf) -> Seat:
    """Somebody who may change things."""
    return seat_of("operator")


@pytest.fixture
def viewer(seat_of: SeatOf) -> Seat:
    """Somebody who may only look."""
    return seat_of("viewer")
