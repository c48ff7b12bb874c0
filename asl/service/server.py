"""The endpoint on a socket: uvicorn with httptools, on uvloop."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from asl.engine import WallClock
from asl.observability.json_logs import log_as_json
from asl.service.app import Application
from asl.service.http_protocol import HttpProtocol
from asl.service.lambda_invoker import lambda_invoker
from asl.service.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from asl.service.mock_configuration import MockConfiguration
    from asl.service.settings import Settings

BACKLOG = 1024
SHUTDOWN_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
YOUNG_OBJECTS = 50_000


class PortInUseError(Exception):
    """Another process listens on the port; the text says what to do."""


def serve(
    host: str,
    port: int,
    settings: Settings,
    mocks: MockConfiguration,
    on_listening: Callable[[str], None],
    *,
    log_level: str = "warning",
) -> None:
    """Serve until SIGTERM or SIGINT. `on_listening` is called with the endpoint's URL once it takes connections.

    From `log_level` on, what there is to tell is logged as JSON on standard error.

    Raises:
        PortInUseError: the port is taken.
        DataFolderError: the data folder cannot be used.
        OSError: the address cannot be listened on for another reason.

    """
    log_as_json(log_level)
    listener = _listen(host, port)
    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        url = f"http://{_bracketed(host)}:{listener.getsockname()[1]}"
        runner.run(_serve(listener, settings, mocks, lambda: on_listening(url)))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                f"Port {port} of {host} is in use: stop what listens there, or choose another with --port"
            ) from None
        raise
    return listener


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _serve(
    listener: socket.socket, settings: Settings, mocks: MockConfiguration, on_listening: Callable[[], None]
) -> None:
    _collect_garbage_less_often()
    service = Service(settings, WallClock(settings.wait_time_scale), lambda_invoker(settings), mocks)
    await service.open()
    config = uvicorn.Config(
        Application(service),
        http=HttpProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    await Server(config, service.closing.set, on_listening).serve(sockets=[listener])


def _collect_garbage_less_often() -> None:
    """Executions live long and are many: looking through all of them again and again costs more than their work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)


class Server(uvicorn.Server):
    """A server that says when it takes connections and when it begins to shut down, and exits with status 0."""

    def __init__(
        self, config: uvicorn.Config, on_closing: Callable[[], None], on_listening: Callable[[], None] = lambda: None
    ) -> None:
        """`on_closing` is called before requests are waited for; it lets go of long polls."""
        super().__init__(config)
        self._on_closing = on_closing
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, and say so."""
        await super().startup(sockets)
        self._on_listening()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Shut down on SIGINT and SIGTERM; uvicorn itself would raise them again when all is done."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to shut down; asked twice, do it at once."""
        self._on_closing()
        super().handle_exit(sig, frame)
