"""Reports about workflows as the files that the console shows, made when it is built or published."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parents[1]
COVERAGE: Final = "asl-coverage.json"
"""Where `pytest --asl-cov --asl-cov-report=json` leaves what it found."""
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_FOUND_SOMETHING: Final = 1


class ReportError(Exception):
    """A report could not be made; the text says which and why."""


def write_reports(assembly: Path, coverage: Path, folder: Path) -> None:
    """Write `{workflow}.lint.json` for every state machine of an assembly, and `{workflow}.coverage.json` for some.

    The former is a list of findings, as `python -m asl lint --format json` has it; the latter is the entry of a state
    machine in what `pytest --asl-cov-report=json` writes, where there is one.

    Raises:
        ReportError: the assembly or the coverage can't be read.
    """
    command = [sys.executable, "-m", "asl", "lint", "--assembly", str(assembly.resolve()), "--format", "json"]
    done = subprocess.run(  # noqa: S603 - our own module
        [*command, "--into", str(folder.resolve())],
        cwd=PROJECT,  # where the settings of the checks are
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, _FOUND_SOMETHING):
        raise ReportError(f"{assembly} could not be checked: {done.stderr.strip()}")
    for path in folder.glob("*.coverage.json"):
        path.unlink()
    if not coverage.exists():
        return
    try:
        machines = {machine["name"]: machine for machine in _machines(coverage)}
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"{coverage} is no report of coverage: {error!r}. Remove it, or run the tests anew."
        ) from None
    for name, machine in machines.items():
        if _NAME.fullmatch(name):
            (folder / f"{name}.coverage.json").write_text(json.dumps(machine, ensure_ascii=False), encoding="utf-8")


def _machines(coverage: Path) -> list[dict[str, Any]]:
    machines: list[dict[str, Any]] = json.loads(coverage.read_text(encoding="utf-8"))["stateMachines"]
    return machines
