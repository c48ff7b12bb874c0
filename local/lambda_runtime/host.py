"""Pools of execution environments: who runs an invocation, when another environment starts, when one ends.

As on AWS an environment runs one invocation at a time and stays warm for the next. AWS starts another one for every
invocation that finds all of them busy, on machines without number; on one machine that would only make all of them
slow. So an invocation waits here as long as others of its function keep finishing. Another environment starts when

- the function has none,
- it has fewer than there are processors, and something has waited for `PATIENT_SECONDS`, or
- nothing of it has finished for `STALLED_SECONDS`: what runs may be slow, or may wait for the very one that waits here.
  On a machine that has more to do than it can, each further one has to wait a second longer than the one before,

and never more of them start than there are invocations that wait. What has waited for `BUSY_SECONDS`, and longer
than the function may take, is refused, as AWS refuses what exceeds the concurrency of an account: nothing of it was
run, and whoever invoked may try again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from local.lambda_runtime.environment import Environment, GoneError, InitError, Machine
from local.lambda_runtime.function import error_payload
from local.lambda_runtime.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from local.lambda_runtime.function import Function, Invocation, Outcome
    from local.lambda_runtime.output import LogEvent

logger = logging.getLogger(__name__)

PATIENT_SECONDS: Final = 0.1
STALLED_SECONDS: Final = 1.0
BUSY_SECONDS: Final = 45.0
"""Less than callers wait for a short function. One that gives up leaves an invocation here that is run in vain."""
SPARE_SECONDS: Final = 10.0
"""How long an environment may be idle beside another one of the same function."""
WARM_SECONDS: Final = 900.0
"""How long the last environment of a function may be idle."""
REAP_SECONDS: Final = 5.0


class BusyError(Exception):
    """The invocation has waited for an environment of its function for too long. Nothing of it was run."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """An invocation that waits for an environment, since when."""

    environment: asyncio.Future[Environment]
    since: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class _Pool:
    """The environments of one configuration of a function. `count` has those that start, too."""

    function: Function
    idle: list[Environment] = field(default_factory=list)
    waiting: deque[_Turn] = field(default_factory=deque)
    count: int = 0
    starting: int = 0
    retired: bool = False
    watched: bool = False
    progress: float = field(default_factory=time.monotonic)
    """When an environment was last handed on."""


class Host:
    """The environments of all functions, on an event loop in a thread of its own. Call it from any other thread."""

    def __init__(
        self,
        runtime: Path,
        scratch: Path,
        notes: Path,
        variables: Mapping[str, str],
        write_log: Callable[[Function, str, list[LogEvent]], None],
    ) -> None:
        """`runtime` is the folder with the packages of Lambda's runtime, `notes` one where this keeps notes."""
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        lifeline, writing = os.pipe()
        self._lifeline: int | None = writing
        folder = tempfile.mkdtemp(prefix="lambda-", dir=scratch)
        self._reading = lifeline
        processes = Processes(runtime, notes, lifeline)
        self._machine = Machine(runtime, Path(folder), processes, variables, write_log)
        self._pools: dict[Function, _Pool] = {}
        self._current: dict[tuple[str, str, str, str], Function] = {}
        self._processors = os.cpu_count() or 1
        self._width = max(2, self._processors)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._environments: set[Environment] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="lambda-host", daemon=True)
        self._thread.start()

    def invoke(self, function: Function, invocation: Invocation) -> Outcome:
        """Run an invocation to its end.

        Raises:
            BusyError: others of its function keep all environments busy.
        """
        return asyncio.run_coroutine_threadsafe(self._invoke(function, invocation), self._loop).result()

    def warm(self, function: Function) -> None:
        """Start an environment, unless the function has one, and return when it is initialized or has failed."""
        asyncio.run_coroutine_threadsafe(self._warm(function), self._loop).result()

    def forget(self, account: str, region: str, name: str) -> None:
        """End the environments of a function that was changed or deleted, the busy ones as soon as they are done."""

        def forget() -> None:
            for pool in tuple(self._pools.values()):
                if pool.function.key[:3] == (account, region, name):
                    self._retire(pool)

        self._loop.call_soon_threadsafe(forget)

    def close(self) -> None:
        """End all environments at once; asked again, do nothing."""
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._spawn(self._reap_idle())
        self._loop.run_forever()
        self._loop.run_until_complete(self._finish())
        self._loop.close()
        os.close(self._reading)

    async def _finish(self) -> None:
        """End all that goes on, and what that starts when it is ended; then all environments."""
        kept = {asyncio.current_task(), *self._ending}
        while tasks := asyncio.all_tasks() - kept:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            kept |= self._ending
        for environment in tuple(self._environments):
            self._end(environment)
        self._machine.processes.close()
        await asyncio.gather(*self._ending)

    async def _invoke(self, function: Function, invocation: Invocation) -> Outcome:
        pool = self._pool(function)
        while True:
            try:
                environment = await self._acquire(pool)
            except _FailedError as failure:
                outcome = failure.environment.fail(invocation, failure.payload)
                self._end(failure.environment)
                return outcome
            try:
                return await environment.invoke(invocation)
            except GoneError:
                continue
            finally:
                self._release(pool, environment)

    async def _warm(self, function: Function) -> None:
        pool = self._pool(function)
        if pool.count:
            return
        try:
            self._release(pool, await self._acquire(pool))
        except _FailedError as failure:
            self._end(failure.environment)

    def _pool(self, function: Function) -> _Pool:
        previous = self._current.get(function.key)
        if previous is not None and previous != function and previous in self._pools:
            self._retire(self._pools[previous])
        self._current[function.key] = function
        pool = self._pools.setdefault(function, _Pool(function))
        pool.retired = False
        return pool

    async def _acquire(self, pool: _Pool) -> Environment:
        if pool.idle:
            pool.progress = time.monotonic()
            return pool.idle.pop()
        turn: asyncio.Future[Environment] = self._loop.create_future()
        pool.waiting.append(_Turn(turn))
        if pool.count == 0:
            self._start_another(pool)
        if not pool.watched:
            pool.watched = True
            self._spawn(self._watch(pool))
        return await turn

    async def _watch(self, pool: _Pool) -> None:
        """Start other environments as long as something waits and has reason to; refuse what has waited too long."""
        while True:
            await asyncio.sleep(PATIENT_SECONDS)
            if pool.count > pool.starting:
                _refuse_late(pool)
            if not pool.waiting:
                pool.watched = False
                return
            stalled = time.monotonic() - pool.progress > self._stalled_after(pool.count) and not pool.starting
            if len(pool.waiting) > pool.starting and (pool.count < self._width or stalled):
                pool.progress = time.monotonic()
                self._start_another(pool)

    def _stalled_after(self, count: int) -> float:
        """Seconds without progress after which another environment may help, beside so many."""
        overloaded = os.getloadavg()[0] > self._processors
        return STALLED_SECONDS * (max(1, count - self._width + 1) if overloaded else 1)

    def _start_another(self, pool: _Pool) -> None:
        pool.count += 1
        pool.starting += 1
        self._spawn(self._start(pool))

    async def _start(self, pool: _Pool) -> None:
        environment = Environment(pool.function, self._machine)
        self._environments.add(environment)
        try:
            await self._started(environment)
        except InitError as error:
            pool.count -= 1
            pool.starting -= 1
            turn = _next_turn(pool)
            if turn is None:
                self._end(environment)
            else:
                turn.set_exception(_FailedError(environment, error.payload))
            if pool.waiting and not pool.count:
                self._start_another(pool)
        else:
            pool.starting -= 1
            self._release(pool, environment)

    @staticmethod
    async def _started(environment: Environment) -> None:
        """Start an environment; what goes wrong in here is told to the one who waits, too.

        Raises:
            InitError: it could not be initialized.
        """
        try:
            await environment.start()
        except InitError:
            raise
        except Exception as error:
            logger.exception("an environment of %s could not be started", environment.function.name)
            raise InitError(
                error_payload("Runtime.StartError", f"The process could not be started: {error}")
            ) from error

    def _release(self, pool: _Pool, environment: Environment) -> None:
        """Hand an environment to the one who has waited longest, or keep it warm."""
        pool.progress = time.monotonic()
        if not environment.alive or (pool.retired and not pool.waiting):
            self._discard(pool, environment)
            if pool.waiting and not pool.count:
                self._start_another(pool)
            return
        turn = _next_turn(pool)
        if turn is None:
            pool.idle.append(environment)
        else:
            turn.set_result(environment)

    def _discard(self, pool: _Pool, environment: Environment) -> None:
        self._end(environment)
        pool.count -= 1
        if pool.retired and not pool.count and not pool.waiting:
            self._pools.pop(pool.function, None)

    def _end(self, environment: Environment) -> None:
        environment.kill()
        self._environments.discard(environment)
        ending = self._loop.create_task(environment.gone())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _retire(self, pool: _Pool) -> None:
        pool.retired = True
        while pool.idle:
            self._discard(pool, pool.idle.pop())
        if not pool.count and not pool.waiting:
            self._pools.pop(pool.function, None)

    async def _reap_idle(self) -> None:
        while True:
            await asyncio.sleep(REAP_SECONDS)
            self._machine.processes.renew()
            for pool in tuple(self._pools.values()):
                for environment in tuple(pool.idle):
                    self._reap(pool, environment)

    def _reap(self, pool: _Pool, environment: Environment) -> None:
        """End an idle environment that is not needed any more, or start one in its place that takes less memory."""
        idle = time.monotonic() - environment.idle_since
        outdated = idle > SPARE_SECONDS and environment.outdated
        if outdated or not environment.alive or idle > (SPARE_SECONDS if pool.count > 1 else WARM_SECONDS):
            pool.idle.remove(environment)
            self._discard(pool, environment)
            if outdated and not pool.count and not pool.retired:
                self._start_another(pool)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _FailedError(Exception):
    """The environment that was started for a waiting invocation could not be initialized."""

    def __init__(self, environment: Environment, payload: bytes) -> None:
        super().__init__(payload)
        self.environment = environment
        self.payload = payload


def _next_turn(pool: _Pool) -> asyncio.Future[Environment] | None:
    while pool.waiting:
        turn = pool.waiting.popleft().environment
        if not turn.done():
            return turn
    return None


def _patience(function: Function) -> float:
    return max(BUSY_SECONDS, function.timeout)


def _refuse_late(pool: _Pool) -> None:
    late = time.monotonic() - _patience(pool.function)
    while pool.waiting and pool.waiting[0].since < late:
        turn = _next_turn(pool)
        if turn is not None:
            turn.set_exception(BusyError())
