"""Which definitions the coverage is about: those under a path, also where no test runs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.assembly import read_assembly
from asl.testing.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asl.testing.coverage import Coverage, MachineCoverage

PATTERNS: Final = ("*.asl.json", "*.asl")


def include_all_under(coverage: Coverage, paths: Sequence[Path]) -> None:
    """Count the definitions in files, folders and cloud assemblies as well where nothing has run them.

    Raises:
        UnusableDefinitionError: one of them cannot be read, or AWS would refuse it.
    """
    for path in paths:
        for workflow in _workflows(path):
            coverage.include(workflow)


def machines_under(coverage: Coverage, paths: Sequence[Path]) -> list[MachineCoverage]:
    """What was counted of definitions that come from these paths; of all where there is no path."""
    roots = [path.resolve() for path in paths]
    return [machine for machine in coverage.machines() if not roots or _is_under(machine.source, roots)]


def _is_under(source: str | None, roots: Sequence[Path]) -> bool:
    return source is not None and any(Path(source).is_relative_to(root) for root in roots)


def _workflows(path: Path) -> Iterator[Workflow]:
    if path.is_file():
        yield Workflow.from_file(path)
        return
    if (path / "manifest.json").is_file():
        for machine in read_assembly(path).state_machines:
            yield Workflow.from_assembly(path, machine.path)
        return
    for pattern in PATTERNS:
        for file in sorted(path.rglob(pattern)):
            yield Workflow.from_file(file)
