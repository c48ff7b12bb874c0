"""Workers that stand still after each thing they do, so that a test decides who goes on and who is killed.

A worker is a function in a thread of its own. Only one thread runs at any time, the test's or a worker's, so that the
same decisions give the same run.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from botocore.client import BaseClient

_here = threading.local()


class KilledError(BaseException):
    """The process ended here. No function catches this, as none can catch its own end."""


def stop(where: str) -> None:
    """Stand still until the test lets this worker go on; do nothing where no worker runs."""
    worker: Worker | None = getattr(_here, "worker", None)
    if worker is not None:
        worker.stand(where)


class Worker:
    """A function that runs up to its next stop with every step."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self._name = name
        self._work = work
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self.killed = False
        self.ended = False
        self.stops: list[str] = []
        self.result: Any = None
        self.error: Exception | None = None

    def __repr__(self) -> str:
        return f"{self._name} after {self.stops[-1] if self.stops else 'its start'}"

    def step(self) -> None:
        """Run to the next stop or to the end."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        else:
            self._go.release()
        self._stands.acquire()
        if self.ended:
            self._thread.join()

    def finish(self) -> None:
        """Run to the end."""
        while not self.ended:
            self.step()

    def kill(self) -> None:
        """End where it stands: nothing that comes after is done."""
        self.killed = True
        if self._thread is None:
            self.ended = True
        elif not self.ended:
            self.step()

    def stand(self, where: str) -> None:
        """What `stop` does in the worker's own thread."""
        self.stops.append(where)
        self._stands.release()
        self._go.acquire()
        if self.killed:
            raise KilledError(where)

    def _run(self) -> None:
        _here.worker = self
        try:
            self.result = self._work()
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        self.ended = True
        self._stands.release()


class _Schedule:
    """Who goes on at each turn: as the script says, then always the first. Each turn is kept."""

    def __init__(self, script: Sequence[int]) -> None:
        self._script = script
        self.turns: list[tuple[int, int]] = []

    def pick(self, alive: Sequence[Worker]) -> Worker:
        turn = len(self.turns)
        choice = self._script[turn] if turn < len(self._script) else 0
        self.turns.append((choice, len(alive)))
        return alive[choice]

    def next_script(self) -> list[int] | None:
        """The script of the schedule that comes after this one, None after the last."""
        turns = list(self.turns)
        while turns and turns[-1][0] + 1 == turns[-1][1]:
            turns.pop()
        return [choice for choice, _ in turns[:-1]] + [turns[-1][0] + 1] if turns else None


def every_schedule(start: Callable[[], Sequence[Worker]], check: Callable[[Sequence[Worker]], None]) -> int:
    """Let workers take turns in each way in which they can, checking after each; how many ways there are.

    `start` makes the workers anew, in a world of their own.
    """
    script: list[int] | None = []
    count = 0
    while script is not None:
        workers, schedule = start(), _Schedule(script)
        while alive := [worker for worker in workers if not worker.ended]:
            schedule.pick(alive).step()
        check(workers)
        count += 1
        script = schedule.next_script()
    return count


@contextmanager
def hooked(events: str, hook: Callable[[str], None], *clients: BaseClient) -> Iterator[None]:
    """Call `hook` with the name of the operation at `before-call` or `after-call` of every call of the clients."""

    def called(model: Any, **_: Any) -> None:
        hook(model.name)

    for client in clients:
        client.meta.events.register_last(events, called)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister(events, called)
