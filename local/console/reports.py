"""Reports about the workflows that are deployed, made anew when there is something new to report."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from console.reports import COVERAGE, ReportError, write_reports
from local.errors import DeploymentError
from local.synth import DIGEST_FILE

if TYPE_CHECKING:
    from pathlib import Path

STAMP: Final = ".made-of.sha256"


def bring_up_to_date(assembly: Path, project: Path, folder: Path) -> bool:
    """Make the reports in `folder`, unless they are of this assembly and this coverage; whether that was needed.

    Raises:
        DeploymentError: they could not be made.
    """
    coverage, stamp = project / COVERAGE, folder / STAMP
    parts = [path.read_bytes() if path.exists() else b"" for path in (assembly / DIGEST_FILE, coverage)]
    made_of = hashlib.sha256(b"\0".join(parts)).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == made_of:
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        write_reports(assembly, coverage, folder)
    except ReportError as error:
        raise DeploymentError(str(error)) from None
    stamp.write_text(made_of, encoding="ascii")
    return True
