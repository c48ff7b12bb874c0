"""What all tests share: which of them run on one worker."""

from pathlib import Path
from typing import Final

import pytest

TOGETHER: Final = ("conformance", "e2e", "infra")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a folder whose tests share something slow, such as a cloud or a synthesis, on one worker.

    It comes first because pytest-xdist reads the groups in this same hook.
    """
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
