"""Loads schemathesis' plugin for these tests alone: it takes over a second, which all others would wait for, too."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Have functions collected that a schema parametrizes."""
    config.pluginmanager.import_plugin("schemathesis.pytest.plugin")
