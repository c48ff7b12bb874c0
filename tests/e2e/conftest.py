"""One embedded cloud for all end-to-end tests, with the checkout deployed to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import cloud
from local.deployment import Deployment, Waits, deploy
from local.home import Home
from local.vendors.settings import Behaviour, VendorName
from tests.e2e.bench import Baton, Campaigns

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
    home = Home(tmp_path_factory.mktemp("cloud"))
    home.prepare()
    built = Home.current().assembly
    if built.exists():
        shutil.copytree(built, home.assembly)
    return home


@pytest.fixture(scope="session")
def deployment(home: Home) -> Iterator[Deployment]:
    """The checkout, deployed with short waits."""
    with cloud.running_cloud(home, None) as running:
        yield deploy(home, running.state, WAITS, lambda _: None)


@pytest.fixture
def campaigns(deployment: Deployment) -> Iterator[Campaigns]:
    """The platform, with well-behaved vendors again afterwards."""
    yield Campaigns(deployment)
    for name in VendorName:
        deployment.vendor(name).set_behaviour(Behaviour())


@pytest.fixture
def baton(tmp_path: Path) -> Baton:
    """The command line with no cloud running."""
    return Baton(Home(tmp_path / "home"))


@pytest.fixture
def baton_here(home: Home, deployment: Deployment) -> Baton:
    """The command line on the cloud that the tests share."""
    del deployment
    return Baton(home)
