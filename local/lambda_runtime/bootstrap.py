"""Runs AWS's runtime client in the process of an execution environment.

It is started as a script on an interpreter without site-packages, and imports nothing of this project: all that a
function finds is its code, its layers, and the packages that Lambda's own runtime brings.

usage: bootstrap.py HANDLER RUNTIME_FOLDER LIFELINE
"""

import os
import signal
import sys
import threading


def _end_with_the_host(lifeline: int) -> None:
    """Wait for the end of the pipe, whose other end the host holds, and end at once, whatever the function does."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def _main(handler: str, runtime_folder: str, lifeline: int) -> None:
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_end_with_the_host, args=(lifeline,), name="lifeline", daemon=True).start()
    sys.path.append(runtime_folder)
    from awslambdaric.__main__ import main  # noqa: PLC0415 - found only now

    main([sys.argv[0], handler])


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
