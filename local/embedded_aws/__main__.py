"""The process that runs MiniStack.

The processes of Lambda functions are its children, in the process group that it leads, so ending the group ends them
all. Asked to end with SIGTERM, it saves what it has first, if that is to be kept.
"""

import argparse
import asyncio
import os
import resource
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn

from asl.service.server import Server
from local.console import ConsoleFolders
from local.embedded_aws import Folders
from local.embedded_aws.application import assemble
from local.lifeline import kill_own_group, on_end
from local.ports import LOOPBACK

GRACE_SECONDS: Final = 2
"""For requests that are being answered when it is asked to end; long polls are cut off."""
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than clients keep connections that they don't use."""


def main() -> None:
    """Serve on the listening sockets that were handed over, until the lifeline ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the listening socket")
    parser.add_argument("--lifeline", type=int, required=True, help="descriptor of the lifeline's reading end")
    parser.add_argument("--console-socket", type=int, help="descriptor of the listening socket of the console")
    parser.add_argument("--console-pages", type=Path, help="folder with the console's pages")
    parser.add_argument("--console-reports", type=Path, help="folder with reports for the console")
    arguments = parser.parse_args()
    on_end(arguments.lifeline, kill_own_group)
    _raise_file_limit()
    console = None
    if arguments.console_socket is not None:
        folders = ConsoleFolders(arguments.console_pages, arguments.console_reports)
        console = _Console(arguments.console_socket, folders)
    asyncio.run(_serve(arguments.socket, console))


@dataclass(frozen=True)
class _Console:
    """The listening socket of the console, and its folders."""

    descriptor: int
    folders: ConsoleFolders

    def beside(self, application: Any) -> Any:
        """The application, which on this socket is the console."""
        from local.console import application as console  # noqa: PLC0415 - only where there is one

        with socket.socket(fileno=os.dup(self.descriptor)) as listener:
            port = listener.getsockname()[1]
        return console.beside(application, console.console(application, self.folders, port), port)


async def _serve(descriptor: int, console: _Console | None) -> None:
    embedded = assemble(f"http://{LOOPBACK}:{os.environ['GATEWAY_PORT']}", Folders.of(os.environ))
    saving = asyncio.create_task(embedded.saver.run())
    await embedded.service.open()
    config = uvicorn.Config(
        console.beside(embedded.application) if console else embedded.application,
        http="httptools",
        ws="wsproto",
        lifespan="on",
        access_log=False,
        log_level=os.environ["LOG_LEVEL"].lower(),
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    listeners = [socket.socket(fileno=each) for each in (descriptor, *([console.descriptor] if console else []))]
    await Server(config, embedded.service.closing.set).serve(sockets=listeners)
    saving.cancel()
    await embedded.service.close()
    embedded.host.close()


def _raise_file_limit() -> None:
    """Bursts of connections meet the soft limit long before the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
