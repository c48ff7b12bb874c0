"""The runs of the test that is under way, for who reports about them: the pytest plugin.

Of those that have ended only the last are kept, so that a test may have any number of them.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.testing.coverage import Coverage
    from asl.testing.reading import RunReading

KEPT: Final = 20


class Recorder:
    """What a test has run. `coverage` is where runs are counted, if they are."""

    def __init__(self) -> None:
        self.runs: deque[RunReading] = deque()
        self.coverage: Coverage | None = None
        self._numbers: Iterator[int] = itertools.count(1)

    def begin(self) -> None:
        """A test begins: number its runs from one."""
        self._numbers = itertools.count(1)

    def end(self) -> None:
        """A test has ended: count its runs and end them."""
        while self.runs:
            self._leave(self.runs.popleft())

    def next_number(self) -> int:
        """The number of the next run of the test."""
        return next(self._numbers)

    def add(self, run: RunReading) -> None:
        """One more run of the test."""
        self.runs.append(run)
        if len(self.runs) > KEPT:
            ended = next((one for one in self.runs if one.status != "RUNNING"), None)
            if ended is not None:
                self.runs.remove(ended)
                self._leave(ended)

    def _leave(self, run: RunReading) -> None:
        if self.coverage is not None:
            self.coverage.add(run)
        run.close()


recorder: Final = Recorder()
next_number: Final = recorder.next_number
add: Final = recorder.add
