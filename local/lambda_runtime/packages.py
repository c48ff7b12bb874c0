"""The files of functions, layers and of Lambda's own runtime, unpacked once and shared by all environments.

A folder is named after the digest of what it holds and is moved into place when it is complete. It stays when the cloud
stops, so that the next one finds it with its modules compiled.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

RUNTIME_PACKAGES: Final = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)
"""What the Python runtimes of Lambda bring: the runtime client, the SDK, and what these need."""
RUNTIME_CLIENT: Final = Path(__file__).with_name("runtime_client.py")
KEPT: Final = 12
"""Folders of earlier versions that are kept."""


class PackageError(Exception):
    """A package that can't be unpacked; the text says which and why."""


class Packages:
    """The folders. Safe to use from several threads, and by several clouds at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._forget_old()

    @property
    def notes(self) -> Path:
        """The folder for what is noted about the packages."""
        return self._folder / "imports"

    def unpacked(self, archives: Sequence[bytes]) -> Path:
        """The folder with the content of zip archives, later ones over earlier ones as the layers of a function.

        Raises:
            PackageError: one is not a zip archive.
        """
        return self._made(_digest(archives), lambda folder: _unpack(archives, folder))

    def runtime(self, *, native: bool = True) -> Path:
        """The folder with the packages of Lambda's runtime, as links to the installed ones.

        Where `awslambdaric` was built without its C++ part, or with `native` False, ours in Python takes its place.
        """
        found = {source for package in RUNTIME_PACKAGES for source in _top_level(package)}
        extension = {source for source in found if source.name.startswith(RUNTIME_CLIENT.stem)}
        if not native or not extension:
            found = found - extension | {RUNTIME_CLIENT}
        sources = sorted(found)
        return self._made(_digest(str(source).encode() for source in sources), lambda folder: _link(sources, folder))

    def _made(self, digest: str, fill: Callable[[Path], None]) -> Path:
        folder = self._folder / digest
        if folder.is_dir():
            os.utime(folder)
            return folder
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=self._folder))
        try:
            fill(draft)
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # nobody else was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return folder

    def _forget_old(self) -> None:
        folders = [folder for folder in self._folder.iterdir() if folder != self.notes]
        newest_first = sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in newest_first[KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:40]


def _unpack(archives: Iterable[bytes], folder: Path) -> None:
    for archive in archives:
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                for entry in opened.infolist():
                    written = Path(opened.extract(entry, folder))  # never outside the folder, whatever it is called
                    if (mode := entry.external_attr >> 16 & 0o777) and not entry.is_dir():
                        written.chmod(mode | 0o600)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise PackageError(f"a package of the function is not a zip archive that can be read: {error}") from error


def _top_level(package: str) -> set[Path]:
    """The files and folders that an installed package has put into site-packages."""
    distribution = importlib.metadata.distribution(package)
    names = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    return {Path(str(distribution.locate_file(name))) for name in names}


def _link(sources: Iterable[Path], folder: Path) -> None:
    for source in sources:
        (folder / source.name).symlink_to(source)
