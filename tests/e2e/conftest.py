"""One embedded cloud for all end-to-end tests, with the checkout deployed to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import cloud
from local.deployment import Deployment, Waits, deploy
from local.home import Home
from tests.e2e.bench import Baton, Campaigns
from tests.shared_cloud import campaigns_of, home_of

WAITS = Waits(heartbeat_seconds=3, timeout_seconds=5)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder needs the embedded cloud."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cloud)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The folder of the cloud that the tests share."""
    return home_of(tmp_path_factory, "cloud")


@pytest.fixture(scope="session")
def deployment(home: Home) -> Iterator[Deployment]:
    """The checkout, deployed with short waits."""
    with cloud.running_cloud(home, None) as running:
        yield deploy(home, running.state, WAITS, lambda _: None)


@pytest.fixture
def campaigns(deployment: Deployment) -> Iterator[Campaigns]:
    """The platform, with well-behaved vendors again afterwards."""
    with campaigns_of(deployment) as campaigns:
        yield campaigns


@pytest.fixture
def baton(tmp_path: Path) -> Baton:
    """The command line with no cloud running."""
    return Baton(Home(tmp_path / "home"))


@pytest.fixture
def baton_here(home: Home, deployment: Deployment) -> Baton:
    """The command line on the cloud that the tests share."""
    del deployment
    return Baton(home)
