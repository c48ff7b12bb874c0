"""Listening sockets on the loopback interface, opened before the server that will use them starts.

Who holds the socket holds the port, so there is no moment between choosing a port and taking it.
"""

import contextlib
import errno
import shutil
import socket
import subprocess
from typing import Final

from local.errors import BusyError, InputError

LOOPBACK: Final = "127.0.0.1"
AWS_DEFAULT_PORT: Final = 4566
CONSOLE_DEFAULT_PORT: Final = 8480


def listen(port: int) -> socket.socket:
    """Listen on exactly this port; 0 lets the system choose.

    Raises:
        BusyError: it is taken.
        InputError: this user may not listen on it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BusyError(
                f"Port {port} on {LOOPBACK} is in use{_holder(port)}.",
                "Stop that program, name another port with --port, or leave --port out to have a free one chosen.",
            ) from error
        raise InputError(
            f"Port {port} on {LOOPBACK} can't be opened: {error.strerror}.", "Choose a port from 1024 to 65535."
        ) from error
    return listener


def listen_preferably(port: int) -> socket.socket:
    """Listen on this port, or on a free one if it is taken."""
    with contextlib.suppress(BusyError):
        return listen(port)
    return listen(0)


def _holder(port: int) -> str:
    """` by <command> (process <pid>)` where the system lets us know, else nothing."""
    lsof = shutil.which("lsof")
    if lsof is None:
        return ""
    command = [lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        listing = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout  # noqa: S603 - fixed command, a number
        fields = {line[0]: line[1:] for line in listing.splitlines() if line}
        if {"p", "c"} <= fields.keys():
            return f" by {fields['c']} (process {fields['p']})"
    return ""
