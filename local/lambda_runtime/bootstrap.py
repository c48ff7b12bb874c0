"""Runs AWS's runtime client in the process of an execution environment.

It is started as a script on an interpreter without site-packages, and imports nothing of this project: all that a
function finds is its code, its layers, and the packages that Lambda's own runtime brings.

    bootstrap.py run HANDLER RUNTIME LIFELINE NOTES              runs a function
    bootstrap.py serve RUNTIME LIFELINE CONTROL NOTES PREFIX...  imports what functions import, then forks them

What functions import of their layers and of the runtime is noted in the file NOTES. A process that serves imports that
ahead, as far as it is found under one of the PREFIXes, and forks a process for each environment that it is asked for:
it starts at once, and shares the memory of what is imported. No code of a function runs before the fork.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import sys
import threading

TYPE_CHECKING = False  # `typing` is left to the function
if TYPE_CHECKING:
    from typing import Any

MESSAGE_BYTES = 1 << 20
DATA = "data:"  # begins the note of a data file of the AWS SDK
_sdk_data: dict[str, Any] = {}
AFTER_THE_FORK = ("awslambdaric", "runtime_client")  # they learn where the Runtime API is when they are imported


def run(handler: str, runtime: str, lifeline: int, notes: str) -> None:
    """Run a function; does not return."""
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_end_with_the_host, args=(lifeline,), name="lifeline", daemon=True).start()
    if runtime not in sys.path:
        sys.path.append(runtime)
    from awslambdaric import __main__, lambda_runtime_client  # noqa: PLC0415 - found only now

    _note_imports(lambda_runtime_client.LambdaRuntimeClient, notes)
    __main__.main([sys.argv[0], handler])


def _end_with_the_host(lifeline: int) -> None:
    """Wait for the end of the pipe, whose other end the host holds, and end at once, whatever the function does."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def _note_imports(client: Any, notes: str) -> None:
    """Add to the notes what a function has imported when it asks for its first event, and for its second."""
    ask = client.wait_next_invocation

    def noting(self: Any, asked: list[None] = []) -> Any:  # noqa: B006 - counts
        asked.append(None)
        if len(asked) > 1:
            client.wait_next_invocation = ask
        with contextlib.suppress(OSError):
            _add_to_notes(notes)
        return ask(self)

    client.wait_next_invocation = noting


def _add_to_notes(notes: str) -> None:
    task = os.environ["LAMBDA_TASK_ROOT"] + os.sep
    files = {name: getattr(module, "__file__", None) for name, module in tuple(sys.modules.items())}
    found = {name for name, file in files.items() if file and not file.startswith(task) and name != "__main__"}
    found |= {DATA + path.removeprefix(_folder_of_sdk()) for path in _sdk_data}
    learned = found - _noted(notes)
    if learned:  # one write, at the end: others add to the notes at the same time
        descriptor = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, "".join(f"{name}\n" for name in sorted(learned)).encode())
        os.close(descriptor)


def _noted(notes: str) -> set[str]:
    try:
        with open(notes, encoding="utf-8") as file:  # noqa: PTH123
            return set(file.read().split())
    except FileNotFoundError:
        return set()


def serve(runtime: str, lifeline: int, control_descriptor: int, notes: str, prefixes: tuple[str, ...]) -> None:
    """Import what is noted, then fork as asked until the other end of the control socket is closed."""
    os.set_inheritable(lifeline, False)
    sys.path.append(runtime)
    control = socket.socket(fileno=control_descriptor)
    control.set_inheritable(False)
    noted = _noted(notes)
    read = _import_ahead(noted, prefixes)
    _share_data_of_sdk(noted, prefixes)
    gc.collect()
    gc.freeze()
    usable = threading.active_count() == 1
    control.send(json.dumps({"usable": usable, "read": read}).encode())
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    poll = select.poll()  # the host may have thousands of files open; what it handed over has a number that is as high
    for descriptor in (control.fileno(), awake, lifeline):
        poll.register(descriptor, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if lifeline in ready:
            os._exit(0)
        if awake in ready:
            os.read(awake, 4096)
            _report_ended(control)
        if control.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_BYTES, 2)
            if not message:
                os._exit(0)
            request = json.loads(message)
            process = _fork(request, descriptors, (control.fileno(), awake, wake))
            if process == 0:
                control.detach()
                run(request["handler"], runtime, lifeline, notes)
                os._exit(0)
            control.send(json.dumps({"forked": process}).encode())


def _import_ahead(names: set[str], prefixes: tuple[str, ...]) -> dict[str, str | None]:
    """Import what is found under the prefixes; the values of the environment variables that were read meanwhile."""
    read: dict[str, str | None] = {}
    environment = type(os.environ)
    look_up = environment.__getitem__

    def noting(self: Any, name: str) -> str:
        read[name] = None
        read[name] = value = look_up(self, name)
        return value

    setattr(environment, "__getitem__", noting)  # noqa: B010 - for as long as it imports
    try:
        for name in sorted(
            name for name in names if name.partition(".")[0] not in AFTER_THE_FORK and not name.startswith(DATA)
        ):
            with contextlib.suppress(Exception):  # a function that needs it will say why it can't be imported
                origin = getattr(importlib.util.find_spec(name.partition(".")[0]), "origin", None)
                if origin and origin.startswith(prefixes):
                    importlib.import_module(name)
    finally:
        setattr(environment, "__getitem__", look_up)  # noqa: B010
    return read


def _share_data_of_sdk(names: set[str], prefixes: tuple[str, ...]) -> None:
    """Have the AWS SDK read each of its data files once for a process and all that are forked from it.

    For the clients of one session it does so anyway. The descriptions of services are most of what a client needs, in
    time and in memory. Those that are noted are read ahead.
    """
    loaders = sys.modules.get("botocore.loaders")
    if loaders is None:
        return
    load = loaders.JSONFileLoader.load_file

    def load_once(self: Any, path: str) -> Any:
        if path not in _sdk_data:
            _sdk_data[path] = load(self, path)
        return _sdk_data[path]

    loaders.JSONFileLoader.load_file = load_once
    if not _folder_of_sdk().startswith(prefixes):
        return
    for path in sorted(_folder_of_sdk() + name.removeprefix(DATA) for name in names if name.startswith(DATA)):
        with contextlib.suppress(Exception):  # who needs it will find out
            load_once(loaders.JSONFileLoader(), path)


def _folder_of_sdk() -> str:
    """Where the packages of the AWS SDK are: notes name their files from there, since folders are moved and linked."""
    found = getattr(sys.modules.get("botocore"), "__file__", None) or ""
    return found.removesuffix(os.path.join("botocore", "__init__.py"))  # noqa: PTH118 - as few imports as can be


def _report_ended(control: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            control.send(json.dumps({"ended": process, "code": os.waitstatus_to_exitcode(status)}).encode())


def _fork(request: dict[str, Any], descriptors: list[int], of_the_parent: tuple[int, ...]) -> int:
    """Fork a process and, in it, make everything as if it had just been started for the function; 0 in it."""
    text, frames = descriptors
    process = os.fork()
    if process == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in of_the_parent:
            os.close(descriptor)
        os.dup2(text, 1)
        os.dup2(text, 2)
        os.close(text)
        os.environ.clear()
        os.environ.update(request["variables"], _LAMBDA_TELEMETRY_LOG_FD=str(frames))
        os.chdir(request["folder"])
        return 0
    os.close(text)
    os.close(frames)
    return process


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    else:
        serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], tuple(sys.argv[6:]))
