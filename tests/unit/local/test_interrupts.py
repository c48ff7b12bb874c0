"""An interrupt that Python drops is raised by whoever polls."""

import subprocess
import sys

DROPPED = """
import os, signal, weakref
from local.interrupts import note_interrupts, raise_noted

class Thing: ...

note_interrupts()
raise_noted()
thing = Thing()
reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
del thing
print("dropped", flush=True)
try:
    raise_noted()
except KeyboardInterrupt:
    print("raised")
"""


def test_an_interrupt_that_python_drops_is_raised_at_the_next_look() -> None:
    answer = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["dropped", "raised"]
