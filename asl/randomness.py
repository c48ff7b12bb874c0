"""Chance as a dependency: tokens, identifiers, jitter and what expressions draw all come from here.

The source belongs to the running context, and asyncio's tasks inherit theirs from who started them: everything that an
execution draws comes from the source that was in force when it was started. By default that is the operating system's,
which is fit for secrets. A test sets a seeded one, and the same test then sees the same tokens, names and delays.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_source: Final[ContextVar[Random]] = ContextVar("randomness", default=SystemRandom())  # noqa: B039 - has no state


def random_bytes(count: int) -> bytes:
    """So many random bytes."""
    return _source.get().randbytes(count)


def random_bits(count: int) -> int:
    """A random integer of up to so many bits."""
    return _source.get().getrandbits(count)


def random_between(lowest: float, highest: float) -> float:
    """A random number, evenly distributed between the two."""
    return _source.get().uniform(lowest, highest)


def random_uuid() -> str:
    """A random UUID (version 4) as text."""
    return str(uuid.UUID(bytes=random_bytes(16), version=4))


@contextmanager
def drawing_from(source: Random) -> Iterator[None]:
    """Let everything that is started inside the block draw from `source`."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
