"""What it takes to build from sources: whether they have changed, and a tool whose output is kept in a log."""

import hashlib
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from local.errors import DeploymentError


def digest_of(sources: Iterable[Path], root: Path, other: bytes = b"") -> str:
    """What changes when one of the files under `root`, its name or `other` does."""
    digest = hashlib.sha256(other)
    for path in sources:
        digest.update(f"{path.relative_to(root)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run(
    command: Sequence[str], *, what: str, folder: Path, environment: Mapping[str, str], log: Path, timeout_seconds: int
) -> int:
    """The exit status of a tool that is run in a folder; what it says is added to the log.

    Raises:
        DeploymentError: it took too long; the message begins with `what`.
    """
    with log.open("ab") as output:
        try:
            return subprocess.run(  # noqa: S603 - tools of ours, with words of ours
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout_seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise DeploymentError(f"{what} took longer than {timeout_seconds} s.", f"See {log}") from None
