"""The process that runs the simulated vendors."""

import argparse
import socket

import uvicorn

from local.lifeline import kill_own_group, on_end
from local.vendors.server import all_vendors, app


def main() -> None:
    """Serve on the listening socket that was handed over, until the lifeline ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the listening socket")
    parser.add_argument("--lifeline", type=int, required=True, help="descriptor of the lifeline's reading end")
    arguments = parser.parse_args()
    on_end(arguments.lifeline, kill_own_group)
    config = uvicorn.Config(app(all_vendors()), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=arguments.socket)])


if __name__ == "__main__":
    main()
