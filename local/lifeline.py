"""Processes that end with the one they depend on.

A lifeline is a pipe. The owner holds the writing end and never lets another process inherit it; whoever depends on the
owner holds the reading end. However the owner ends, kill -9 included, the kernel closes the pipe and the reader sees
the end of the stream. A byte sent over it releases the reader: from then on it outlives the owner.
"""

import os
import signal
import threading
from collections.abc import Callable
from typing import Final

RELEASE: Final = b"."


def on_end(read_end: int, then: Callable[[], None]) -> None:
    """Call `then` in a thread of its own once the owner of the lifeline has ended without releasing its readers."""

    def wait() -> None:
        released = os.read(read_end, 1) == RELEASE
        os.close(read_end)
        if not released:
            then()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def kill_own_group() -> None:
    """Kill this process and every other one in its process group, at once."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
