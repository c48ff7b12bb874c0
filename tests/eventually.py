"""Waiting in tests for what happens somewhere else: on a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")
PATIENCE_SECONDS = 60.0


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` finds, as soon as it finds something that is true."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > give_up:
            pytest.fail(f"{what}: not within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.05)
    return found
