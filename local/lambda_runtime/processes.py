"""The processes of execution environments: started one by one, or forked from one that has done the imports.

Importing boto3 and the libraries of a layer takes most of the time and the memory of a small function. On Linux, where
forking is cheap and safe, a *template* imports what functions with the same code and layers are known to import, and
environments are forked from it. It serves only functions that would have read the same values from their environment
variables while importing; all others, and all functions on other systems, get a process of their own. What functions
import is learned while they run, so a template that knows less than has been learned is replaced by one that knows all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.lambda_runtime.function import Function

BOOTSTRAP: Final = Path(__file__).with_name("bootstrap.py")
MESSAGE_BYTES: Final = 1 << 20
RUNTIME_NOTES: Final = "runtime"
PRELOADED_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process of an environment. `exited` is its exit status, or the negative number of the signal that ended it."""

    pid: int
    exited: asyncio.Future[int]
    template: Template | None = None
    """What it was forked from."""

    def kill(self) -> None:
        """End it at once."""
        if not self.exited.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How to start a process: the function, its environment variables, and the pipes that it writes to."""

    function: Function
    variables: Mapping[str, str]
    text_pipe: int
    frame_pipe: int


class Processes:
    """Starts processes. It lives on the host's event loop; `lifeline` is the reading end of the host's pipe."""

    def __init__(self, runtime: Path, notes: Path, lifeline: int, *, fork: bool | None = None) -> None:
        """`notes` is the folder where it is noted what functions import."""
        self._runtime = runtime
        self._notes = notes
        self._lifeline = lifeline
        self._fork = sys.platform == "linux" if fork is None else fork
        self._templates: dict[tuple[Path, Path | None], asyncio.Task[Template | None]] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._replaced: set[Template] = set()
        self._learned: dict[Path, int] = {}
        notes.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def start(self, start: Start) -> Process:
        """Start a process for a function."""
        template = await self._template(start)
        if template is not None and template.fits(start.variables):
            return await template.fork(start)
        return self._spawn(start)

    def renew(self) -> None:
        """Replace a template, in the background, if more is known to be imported; call it from time to time.

        It waits until nothing more was learned between two calls.
        """
        self._replaced = {template for template in self._replaced if not template.close_unless_needed()}
        if self._renewing is not None and not self._renewing.done():
            return
        for (task, opt), making in self._templates.items():
            template, notes = _made(making), self._notes_of(opt)
            before, now = self._learned.get(notes), _version(notes)
            self._learned[notes] = now
            if template is not None and now not in (template.learned, -1) and now == before:
                self._renewing = asyncio.create_task(self._renew(template, (task, opt)))
                return

    async def _renew(self, template: Template, key: tuple[Path, Path | None]) -> None:
        making = asyncio.create_task(self._make(template.variables, key[1]))
        if await making is None:
            template.learned = _version(self._notes_of(key[1]))
        else:
            self._templates[key] = making
            self._replaced.add(template)

    def outdated(self, process: Process, start: Start) -> bool:
        """Whether a process that was started like this shares less memory than one that would be started now."""
        making = self._templates.get((start.function.task, start.function.opt))
        template = None if making is None else _made(making)
        return template is not None and template is not process.template and template.fits(start.variables)

    def close(self) -> None:
        """End all templates."""
        for template in (*map(_made, self._templates.values()), *self._replaced):
            if template is not None:
                template.close()

    async def _template(self, start: Start) -> Template | None:
        """The template for the code and layers of a function, where it is known what to import."""
        function = start.function
        if not self._fork or not self._notes_of(function.opt).exists():
            return None
        key = function.task, function.opt
        if key not in self._templates:
            self._templates[key] = asyncio.create_task(self._make(start.variables, function.opt))
        return await asyncio.shield(self._templates[key])

    async def _make(self, variables: Mapping[str, str], opt: Path | None) -> Template | None:
        notes = self._notes_of(opt)
        template = Template(variables, learned=_version(notes))
        folders = [str(folder) for folder in (opt, self._runtime) if folder is not None]
        usable = False
        try:
            usable = await template.start(
                self._runtime, self._lifeline, notes, [*folders, str(Path(os.__file__).parent)]
            )
        finally:
            if not usable:
                template.close()
        return template if usable else None

    def _notes_of(self, opt: Path | None) -> Path:
        return self._notes / (RUNTIME_NOTES if opt is None else opt.name)

    def _spawn(self, start: Start) -> Process:
        function = start.function
        notes, loop = self._notes_of(function.opt), asyncio.get_running_loop()
        arguments = [function.handler, str(self._runtime), str(self._lifeline), str(notes)]
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-S", "-P", str(BOOTSTRAP), "run", *arguments],
            cwd=function.task,
            env={**start.variables, "_LAMBDA_TELEMETRY_LOG_FD": str(start.frame_pipe)},
            stdin=subprocess.DEVNULL,
            stdout=start.text_pipe,
            stderr=subprocess.STDOUT,
            pass_fds=(start.frame_pipe, self._lifeline),
        )
        exited: asyncio.Future[int] = loop.create_future()

        def reap() -> None:
            code = process.wait()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(exited.set_result, code)

        threading.Thread(target=reap, name="reap", daemon=True).start()
        return Process(process.pid, exited)


def _made(making: asyncio.Task[Template | None]) -> Template | None:
    return making.result() if making.done() and not making.cancelled() else None


def _version(notes: Path) -> int:
    """When something was added to the notes last; -1 where there are none."""
    try:
        return notes.stat().st_mtime_ns
    except FileNotFoundError:
        return -1


def _of_interpreter(name: str) -> bool:
    """Whether the interpreter itself, or the system's libraries, read the variable at the start."""
    return name in ("TZ", "LANG") or name.startswith(("PYTHON", "LC_", "LD_"))


@dataclass(eq=False)
class Template:
    """A process that has imported what functions import. `variables` are those that it was started with.

    `learned` is the version of the notes that it knows, or a later one has nothing more for it.
    """

    variables: Mapping[str, str]
    learned: int
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _read: dict[str, str | None] = field(default_factory=dict)
    _control: socket.socket | None = None
    _forking: deque[asyncio.Future[int]] = field(default_factory=deque)
    _exits: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def fits(self, variables: Mapping[str, str]) -> bool:
        """Whether a function with these variables would have imported the same; none does when the process is gone."""
        interpreters = {
            name: self.variables.get(name) for name in {*variables, *self.variables} if _of_interpreter(name)
        }
        expected = {**interpreters, **self._read}
        return self._control is not None and all(variables.get(name) == value for name, value in expected.items())

    async def start(self, runtime: Path, lifeline: int, notes: Path, prefixes: list[str]) -> bool:
        """Start the process and wait until it has imported; whether it can be forked."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = [str(runtime), str(lifeline), str(theirs.fileno()), str(notes), *prefixes]
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own script, and it takes no time
                [sys.executable, "-S", "-P", str(BOOTSTRAP), "serve", *arguments],
                env=dict(self.variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lifeline),
            )
        ours.setblocking(False)
        self._control = ours
        try:
            message = await asyncio.wait_for(self._loop.sock_recv(ours, MESSAGE_BYTES), PRELOADED_SECONDS)
        except (OSError, TimeoutError):
            return False
        said = json.loads(message or "{}")
        if not said.get("usable"):
            return False
        self._read = said["read"]
        self._loop.add_reader(ours, self._listen)
        return True

    async def fork(self, start: Start) -> Process:
        """A new process for a function."""
        if self._control is None:
            raise RuntimeError("the template has ended")
        request = {
            "handler": start.function.handler,
            "folder": str(start.function.task),
            "variables": dict(start.variables),
        }
        answer: asyncio.Future[int] = self._loop.create_future()
        self._forking.append(answer)
        socket.send_fds(self._control, [json.dumps(request).encode()], [start.text_pipe, start.frame_pipe])
        pid = await answer
        return Process(pid, self._exits[pid], self)

    def close_unless_needed(self) -> bool:
        """End the process if nothing that it forked runs any more, whose end it would tell; whether it is ended."""
        if self._exits or self._forking:
            return False
        self.close()
        return True

    def close(self) -> None:
        """End the process. What it forked lives on until it is killed."""
        if self._control is not None:
            self._loop.remove_reader(self._control)
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        control = self._control
        while control is not None:
            try:
                message = control.recv(MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            if not message:
                self._gone()
                return
            self._take(json.loads(message))

    def _take(self, said: dict[str, Any]) -> None:
        if "forked" in said:
            pid = said["forked"]
            self._exits[pid] = self._loop.create_future()
            self._forking.popleft().set_result(pid)
        elif (exited := self._exits.pop(said["ended"], None)) is not None:
            exited.set_result(said["code"])

    def _gone(self) -> None:
        """The template has ended, and nobody can tell any more when what it forked ends: that is taken for killed."""
        self.close()
        for exited in self._exits.values():
            exited.set_result(-signal.SIGKILL)
        for answer in self._forking:
            answer.set_exception(RuntimeError("the template has ended"))
        self._exits.clear()
        self._forking.clear()
