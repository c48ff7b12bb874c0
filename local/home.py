"""The folder where a local cloud keeps its state, and who may change it.

`cloud.json` describes the running cloud. Two locks guard it, held by processes and given back by the kernel however
they end, so that neither can be stale: `running.lock` belongs to the supervisor for as long as the cloud runs,
`changing.lock` to a command that starts, deploys to or stops the cloud.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from local.errors import BusyError, LocalError, NotRunningError

PROJECT: Final = Path(__file__).resolve().parent.parent
HOME_VARIABLE: Final = "BATON_HOME"


class CloudState(BaseModel):
    """The running cloud: its ports on 127.0.0.1 and its processes, each of which leads a process group of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aws_port: int
    console_port: int
    vendors_port: int
    supervisor_pid: int
    aws_pid: int
    vendors_pid: int

    @property
    def aws_url(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def console_url(self) -> str:
        """Where a browser finds the operators' console."""
        return f"http://localhost:{self.console_port}"

    @property
    def vendors_url(self) -> str:
        """Where the simulated vendors are, each under its name."""
        return f"http://127.0.0.1:{self.vendors_port}"


class StartReport(BaseModel):
    """What a supervisor says once, on its standard output: the cloud that now runs, or why it does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: CloudState | None = None
    error: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Home:
    """The folder, readable by its owner alone."""

    path: Path

    @classmethod
    def current(cls) -> "Home":
        """`BATON_HOME`, or `.baton` in the project."""
        return cls(Path(os.environ.get(HOME_VARIABLE) or PROJECT / ".baton").resolve())

    def prepare(self) -> None:
        """Create the folder.

        Raises:
            LocalError: it can't be created.
        """
        try:
            for folder in (self.path, self.logs, self.scratch):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LocalError(
                f"The folder {error.filename} can't be created: {error.strerror}.",
                f"Choose another with {HOME_VARIABLE}=<folder>.",
            ) from error

    @property
    def logs(self) -> Path:
        """Where the processes of the cloud write."""
        return self.path / "logs"

    @property
    def scratch(self) -> Path:
        """Temporary files of the cloud, emptied when it stops."""
        return self.path / "scratch"

    @property
    def kept(self) -> Path:
        """What the cloud has in it, kept when it stops."""
        return self.path / "state"

    def forget_kept(self) -> bool:
        """Remove what was kept; whether there was anything."""
        found = self.kept.exists()
        shutil.rmtree(self.kept, ignore_errors=True)
        return found

    @property
    def kept_port(self) -> int | None:
        """The port of the cloud whose state is kept. Queue URLs and the like in it name that port."""
        try:
            return int((self.kept / "port").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def keep_port(self, port: int) -> None:
        """Note the port of the cloud whose state will be kept."""
        self.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.kept / "port").write_text(str(port), encoding="ascii")

    @property
    def reports(self) -> Path:
        """Reports about the workflows, which the console shows."""
        return self.path / "reports"

    @property
    def packages(self) -> Path:
        """The unpacked code of Lambda functions, kept for the next cloud."""
        return self.path / "packages"

    @property
    def assembly(self) -> Path:
        """The synthesized cloud assembly."""
        return self.path / "cdk.out"

    def state(self) -> CloudState | None:
        """The running cloud, or None. What a crashed cloud left behind is not believed: its lock is free."""
        if not self.is_running():
            return None
        try:
            return CloudState.model_validate_json((self.path / "cloud.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def is_running(self) -> bool:
        """Whether a supervisor is at work, be it that it still starts or already stops."""
        return self._is_held(self.path / "running.lock")

    def write_state(self, state: CloudState) -> None:
        """Replace the description of the running cloud, atomically."""
        draft = self.path / "cloud.json.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(state.model_dump_json(indent=2) + "\n")
        draft.replace(self.path / "cloud.json")

    def forget_state(self) -> None:
        """Remove the description of a cloud that has stopped, and its temporary files."""
        (self.path / "cloud.json").unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def note_crash(self, reason: str) -> None:
        """Leave word of why the cloud stopped without being asked to; the empty string takes it back."""
        (self.path / "crash.txt").write_text(reason, encoding="utf-8")

    def require_state(self) -> CloudState:
        """The running cloud.

        Raises:
            NotRunningError: there is none; the message has the reason if it stopped without being asked to.
        """
        state = self.state()
        if state is None:
            note = self.path / "crash.txt"
            reason = note.read_text(encoding="utf-8") if note.exists() else ""
            raise NotRunningError(f"The local cloud is not running. {reason}".rstrip())
        return state

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the supervisor's lock.

        Raises:
            BusyError: a cloud runs from this folder already.
        """
        with self._locked("running.lock", f"A local cloud runs from {self.path} already.", patience_seconds=2):
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock of a command that starts, deploys to or stops the cloud.

        Raises:
            BusyError: another such command is at work.
        """
        self.prepare()
        with self._locked("changing.lock", f"Another `baton up`, `down` or `demo` is at work in {self.path}."):
            yield

    @contextmanager
    def _locked(self, name: str, busy: str, patience_seconds: float = 0) -> Iterator[None]:
        descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        give_up = time.monotonic() + patience_seconds
        try:
            while not _lock_now(descriptor, fcntl.LOCK_EX):
                if time.monotonic() >= give_up:
                    raise BusyError(busy, "Wait until it has finished, or stop it, then try again.")
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    @staticmethod
    def _is_held(lock: Path) -> bool:
        """Whether someone holds the lock. Asking holds it for an instant, which is why taking it needs patience."""
        try:
            descriptor = os.open(lock, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            return not _lock_now(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)


def _lock_now(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
