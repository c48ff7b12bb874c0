"""Reports about the workflows that are deployed: made when there is something new to report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from console.reports import COVERAGE
from local.console.reports import bring_up_to_date
from local.errors import DeploymentError
from local.synth import DIGEST_FILE
from tests.asl.assembly.test_assembly import machine, write
from tests.unit.local.test_embedded_aws import PASS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    synthesize(folder, "greeting")
    return folder


def synthesize(folder: Path, name: str) -> None:
    write(folder, {"Machines": {"Machine": machine(StateMachineName=name, DefinitionString=json.dumps(PASS))}})
    (folder / DIGEST_FILE).write_text(name)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.json")}


def test_they_are_those_of_what_was_synthesized_last(assembly: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    assert bring_up_to_date(assembly, tmp_path, reports)
    assert names(reports) == {"greeting.lint.json"}
    assert not bring_up_to_date(assembly, tmp_path, reports)
    synthesize(assembly, "parting")
    assert bring_up_to_date(assembly, tmp_path, reports)
    assert names(reports) == {"parting.lint.json"}


def test_coverage_comes_with_the_tests_that_measured_it(assembly: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    bring_up_to_date(assembly, tmp_path, reports)
    (tmp_path / COVERAGE).write_text(json.dumps({"stateMachines": [{"name": "greeting", "items": []}]}))
    assert bring_up_to_date(assembly, tmp_path, reports)
    assert names(reports) == {"greeting.lint.json", "greeting.coverage.json"}


def test_what_can_not_be_checked_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="nowhere could not be checked"):
        bring_up_to_date(tmp_path / "nowhere", tmp_path, tmp_path / "reports")
