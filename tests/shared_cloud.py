"""What folders of tests that share a cloud have in common: its home, its assembly, and its campaigns."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.home import Home
from local.synth import synthesize
from local.vendors.settings import Behaviour, VendorName
from tests.e2e.bench import Campaigns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from local.deployment import Deployment


def home_of(tmp_path_factory: pytest.TempPathFactory, name: str) -> Home:
    """A folder for a cloud, with the assembly in it, which is synthesized once for all workers of a run."""
    home = Home(tmp_path_factory.mktemp(name))
    home.prepare()
    base = tmp_path_factory.getbasetemp()
    shared = _assembly((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-cloud")
    shutil.copytree(shared, home.assembly)
    return home


def _assembly(folder: Path) -> Path:
    """The assembly in the folder, brought up to date; others that want it wait."""
    assembly = folder / "cdk.out"
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        built = Home.current().assembly
        if built.exists() and not assembly.exists():
            shutil.copytree(built, assembly)
        synthesize(assembly)
    finally:
        os.close(descriptor)
    return assembly


@contextmanager
def campaigns_of(deployment: Deployment) -> Iterator[Campaigns]:
    """The platform, with well-behaved vendors again afterwards."""
    yield Campaigns(deployment)
    for name in VendorName:
        deployment.vendor(name).set_behaviour(Behaviour())
