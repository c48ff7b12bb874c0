"""Assemblies of the CDK app, synthesized once per session, for AWS and for this machine."""

import sys
from pathlib import Path

import pytest

from infra.app import build_app
from infra.assembly import Assembly
from infra.constructs.target import LambdaTarget

NO_PACKAGES: dict[str, object] = {"aws:cdk:bundling-stacks": []}
HOST = LambdaTarget(python=f"{sys.version_info.major}.{sys.version_info.minor}", architecture="x86_64")


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly for AWS, with its packages built."""
    folder = tmp_path_factory.mktemp("aws") / "cdk.out"
    build_app(folder).synth()
    return folder


@pytest.fixture(scope="session")
def assembly(assembly_folder: Path) -> Assembly:
    return Assembly.read(assembly_folder)


@pytest.fixture(scope="session")
def host_assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The templates for another Python and another processor than AWS gets."""
    folder = tmp_path_factory.mktemp("host") / "cdk.out"
    context = {"lambda:python": HOST.python, "lambda:architecture": HOST.architecture, **NO_PACKAGES}
    build_app(folder, context).synth()
    return Assembly.read(folder)
