"""Every synthesized definition is free of what is known to go wrong, or says why it is as it is."""

from pathlib import Path

from asl.assembly import read_assembly
from asl.lint import Settings, lint
from asl.lint.report import Checked, as_text
from tests.infra.test_definition import raisable


def test_lint_finds_nothing_in_the_state_machines(assembly_folder: Path) -> None:
    machines = read_assembly(assembly_folder).state_machines
    assert machines
    settings = Settings(errors={"*": tuple(raisable())})
    for machine in machines:
        findings = lint(machine.definition, name=machine.name, settings=settings, express=machine.type == "EXPRESS")
        opened = [finding for finding in findings if finding.acknowledged is None]
        assert not opened, as_text([Checked(machine.name, machine.path, machine.definition, opened)])
