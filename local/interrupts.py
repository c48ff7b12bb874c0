"""Ctrl-C that does not get lost.

Python raises KeyboardInterrupt wherever the main thread happens to be, and drops it where that is a callback of its
own, such as one that the import system runs while botocore makes a client. So an interrupt is also noted, and whoever
polls looks at the note.
"""

import signal
import threading
from types import FrameType

_interrupted = threading.Event()


def note_interrupts() -> None:
    """Note every SIGINT from now on. Call it in the main thread."""
    signal.signal(signal.SIGINT, _interrupt)


def raise_noted() -> None:
    """Raise the KeyboardInterrupt that was noted, if there was one."""
    if _interrupted.is_set():
        raise KeyboardInterrupt


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _interrupted.set()
    raise KeyboardInterrupt
