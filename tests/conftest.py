"""What all tests share: which of them run on one worker, and the options of the command line."""

from pathlib import Path
from typing import Final

import pytest

TOGETHER: Final = ("browser", "conformance", "e2e", "infra")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The endpoint of tests/integration. Only a conftest.py at the top can add an option."""
    parser.addoption(
        "--sfn-endpoint",
        metavar="URL",
        help="a Step Functions Local API for tests/integration, as SFN_ENDPOINT; by default `python -m asl serve`",
    )


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
