"""Pictures of every page of the console, for the documentation: `python -m tests.browser.screenshots`.

They show a local cloud of their own with two campaigns. Each is written to docs/console/PAGE-LOOK.png.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import expect

from local import cloud
from local.console import build
from local.deployment import Waits, deploy
from local.home import PROJECT, Home
from tests.browser import chromium
from tests.browser.pages import PAGES, Content
from tests.browser.seat import PATIENCE_MS, Theme, seat
from tests.e2e.bench import Campaigns

FOLDER: Final = PROJECT / "docs" / "console"
PHONE: Final = {"has_touch": True, "is_mobile": True}
# name, theme, width, what else is special about the browser
LOOKS: Final[tuple[tuple[str, Theme, int, dict[str, Any]], ...]] = (
    ("light", "light", 1280, {}),
    ("dark", "dark", 1280, {}),
    ("phone", "light", 375, PHONE),
)


@contextmanager
def _console() -> Iterator[tuple[str, Content]]:
    """The address of a console with something on it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.prepare()
        build.build(home.logs, print)
        with cloud.running_cloud(home, None) as running:
            deployment = deploy(home, running.state, Waits(heartbeat_seconds=1800, timeout_seconds=3600), print)
            yield f"http://localhost:{home.require_state().console_port}", Content.of(Campaigns(deployment))


def take(only: set[str]) -> None:
    """Take the pictures of these pages, or of all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with chromium.running() as browser, _console() as (origin, content):
        for look, theme, width, options in LOOKS:
            with seat(browser, origin, "operator", theme, **options) as seated:
                for page in PAGES:
                    if only and page.name not in only:
                        continue
                    seated.page.set_viewport_size({"width": width, "height": page.height})
                    page.show(seated, content)
                    path = FOLDER / f"{page.name}-{look}.png"
                    seated.page.screenshot(path=path, animations="disabled", scale="css")
                    print(f"{path.relative_to(PROJECT)}: {path.stat().st_size // 1024} kB")  # noqa: T201 - a command's output


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="*", choices=[[], *(page.name for page in PAGES)], help="all where none is named")
    take(set(parser.parse_args(sys.argv[1:]).page))
