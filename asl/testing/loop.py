"""The event loop that synchronous tests need not know of."""

from __future__ import annotations

import asyncio
import atexit
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from asl.testing.errors import ExpectationError, TestSetupError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

__tracebackhide__ = True  # a failed test shows the test


class _Loops(threading.local):
    """One loop per thread, made when it is first needed."""

    loop: asyncio.AbstractEventLoop | None = None


_loops = _Loops()


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, where no event loop runs.

    Raises:
        TestSetupError: one runs; the test is a coroutine, or a handler uses the run that called it.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        try:
            return _loop().run_until_complete(work)
        except (ExpectationError, TestSetupError) as error:
            # Where in the event loop it came up tells nobody anything.
            raise error.with_traceback(None) from None
    work.close()
    raise TestSetupError(
        "an event loop runs already: in an async test use start_async and run_async; a handler or mock cannot drive "
        "the run that has called it"
    )


def _loop() -> asyncio.AbstractEventLoop:
    if _loops.loop is None or _loops.loop.is_closed():
        _loops.loop = asyncio.new_event_loop()
        atexit.register(_close, _loops.loop)
    return _loops.loop


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """End what still runs, so that nothing complains while the interpreter shuts down."""
    if loop.is_closed() or loop.is_running():
        return
    loop.run_until_complete(_cancel(asyncio.all_tasks(loop)))
    loop.close()


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
