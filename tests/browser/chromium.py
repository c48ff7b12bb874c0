"""The Chromium that the tests of the console run in: the distribution's own, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

VARIABLE: Final = "CHROMIUM"
MISSING: Final = f"needs Chromium: apt-get install chromium, or say in {VARIABLE} where it is"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--no-sandbox",  # tests run as root in containers, too, and open no pages but ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> Path | None:
    """Where Chromium is; None where there is none."""
    named = os.environ.get(VARIABLE)
    found = named or next((path for name in _NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


@contextmanager
def running() -> Iterator[Browser]:
    """A browser that ends with the block."""
    path = executable()
    if path is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
