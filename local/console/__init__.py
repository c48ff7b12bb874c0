"""The operators' console on this machine: everything on one origin, as CloudFront has it on AWS.

`http://localhost:{port}` has the built pages, `/config.json`, reports, the operations API, the WebSocket API and a
sign-in without a password. It is a second listening socket of the embedded AWS's process, so what it passes on goes
over no network.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).resolve().parents[2] / "console" / "web"
DIST: Final = WEB / "dist"
STACK: Final = "BatonConsole"


@dataclass(frozen=True)
class ConsoleFolders:
    """Where the console finds files: the built pages, and reports about workflows."""

    pages: Path
    reports: Path
