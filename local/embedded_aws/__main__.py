"""The process that runs MiniStack.

The processes of Lambda functions are its children, in the process group that it leads, so ending the group ends them
all. Asked to end with SIGTERM, it saves what it has first, if that is to be kept.
"""

import argparse
import asyncio
import logging
import os
import resource
import signal
from typing import Final

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.embedded_aws import Folders
from local.embedded_aws.application import assemble
from local.embedded_aws.persistence import Saver
from local.lifeline import kill_own_group, on_end
from local.ports import LOOPBACK

GRACE_SECONDS: Final = 2.0
"""For requests that are being answered when it is asked to end; long polls are cut off."""


def main() -> None:
    """Serve on the listening socket that was handed over, until the lifeline ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the listening socket")
    parser.add_argument("--lifeline", type=int, required=True, help="descriptor of the lifeline's reading end")
    arguments = parser.parse_args()
    on_end(arguments.lifeline, kill_own_group)
    _raise_file_limit()
    asyncio.run(_serve(arguments.socket))


async def _serve(descriptor: int) -> None:
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ["LOG_LEVEL"]
    logging.getLogger("hypercorn.access").disabled = True
    config.graceful_timeout = GRACE_SECONDS
    asked_to_end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_end.set)
    folders = Folders.of(os.environ)
    embedded = assemble(f"http://{LOOPBACK}:{os.environ['GATEWAY_PORT']}", folders)
    saver = Saver(keep=folders.state is not None)
    saving = asyncio.create_task(saver.run())

    async def ending() -> None:
        await asked_to_end.wait()
        embedded.service.closing.set()  # lets go of long polls

    await embedded.service.open()
    await serve(saver.around(embedded.application), config, shutdown_trigger=ending)
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
