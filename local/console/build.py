"""Building the console's pages, when something that they are made of has changed."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.building import digest_of, run
from local.console import WEB
from local.errors import DeploymentError
from local.synth import node

TIMEOUT_SECONDS: Final = 900
STAMP: Final = ".baton-sources.sha256"
"""In node_modules, so that it goes with what it is about."""
NOT_SOURCES: Final = frozenset({"node_modules", "dist", "tests", "coverage"})


@dataclass(frozen=True)
class Pages:
    """The pages: where their sources are, and where what npm says is kept."""

    web: Path
    log: Path

    @property
    def index(self) -> Path:
        """The page that there is once they are built."""
        return self.web / "dist" / "index.html"

    def build(self, say: Callable[[str], None]) -> None:
        """Bring the built pages up to date; nothing is done where they are.

        Raises:
            DeploymentError: npm failed; the message has the last thing it said, the hint where all of it is.
        """
        with self._alone():
            digest, stamp = digest_of(self._sources(), self.web), self.web / "node_modules" / STAMP
            if self.index.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == digest:
                say("the console is up to date")
                return
            stamp.unlink(missing_ok=True)
            self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.log.write_bytes(b"")
            if not self._installed():
                say("installing the locked packages of the console")
                self._npm("ci")
                (self.web / "node_modules").mkdir(exist_ok=True)
                (self.web / "node_modules" / ".package-lock.json").touch()
            say("building the console")
            self._npm("run", "build")
            if not self.index.exists():
                raise DeploymentError(f"Building the console made no {self.index}.", f"See {self.log}")
            stamp.write_text(digest, encoding="ascii")
            say("built the console")

    def _installed(self) -> bool:
        """Whether what is installed is not older than the lock, as `make web` sees it."""
        installed, lock = self.web / "node_modules" / ".package-lock.json", self.web / "package-lock.json"
        return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime

    def _npm(self, *words: str) -> None:
        binary = node()
        npm = binary.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = os.pathsep.join((str(binary.parent), os.environ.get("PATH", os.defpath)))
        code = run(
            [str(binary), str(npm), *words],
            what=f"`{' '.join(words)}`",
            folder=self.web,
            environment={**os.environ, "PATH": path},
            log=self.log,
            timeout_seconds=TIMEOUT_SECONDS,
        )
        if code != 0:
            raise DeploymentError(
                f"`npm {' '.join(words)}` in {self.web} ended with status {code}: {self._last_said()}",
                f"All it said is in {self.log}; after mending: baton up",
            )

    def _last_said(self) -> str:
        """The last line that is not npm's own about the end of what it ran; else the first that is."""
        lines = [line for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        others = [line for line in lines if not line.startswith(("npm ", "> "))]
        return others[-1] if others else next(iter(lines), "it said nothing.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until nobody else builds them: two clouds of one checkout share them."""
        descriptor = os.open(self.web, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _sources(self) -> Iterator[Path]:
        for entry in sorted(self.web.iterdir()):
            if entry.name in NOT_SOURCES:
                continue
            if entry.is_dir():
                yield from sorted(path for path in entry.rglob("*") if path.is_file())
            else:
                yield entry


def build(logs: Path, say: Callable[[str], None]) -> None:
    """Bring the built pages of this checkout up to date.

    Raises:
        DeploymentError: they could not be built.
    """
    Pages(WEB, logs / "console.log").build(say)
