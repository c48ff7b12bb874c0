"""Fixtures for the code that runs inside Lambda: its context, its environment and an embedded AWS to talk to."""

from __future__ import annotations

import io
import json
import logging
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from callbacks import clients, resume, sweep, webhook
from console.api import clients as console_clients
from console.api import handler as console_api
from console.live import clients as live_clients
from console.live import door, messages, push
from local.embedded_aws import ACCOUNT_CREDENTIALS, REGION
from saas import settings
from tasks.email_campaign import ask_status, await_status, notify_users, send_campaign
from tasks.failures import collect
from tests.unit.cloud import Aws, embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools import Logger

FUNCTIONS = (ask_status, await_status, collect, notify_users, resume, send_campaign, sweep, webhook, console_api)
LIVE = (door, messages, push)


class LambdaContext(NamedTuple):
    """What Lambda tells a function about its invocation, as far as anything asks."""

    function_name: str = "function-under-test"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:function-under-test"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that needs the embedded AWS runs on one worker, so that there is one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "embedded_aws" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cloud)
            item.add_marker(pytest.mark.xdist_group("embedded-aws"))


class Heard:
    """Everything that a function says: its log, its metrics, and what others log about it."""

    def __init__(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        self._capsys = capsys
        self._caplog = caplog
        self._log = io.StringIO()
        self._printed = ""

    @contextmanager
    def listening(self, logger: Logger) -> Iterator[None]:
        """A function's logger holds on to the standard output that it found when it was imported."""
        handler = logger.registered_handler
        assert isinstance(handler, logging.StreamHandler)
        stream = handler.setStream(self._log)
        try:
            yield
        finally:
            handler.setStream(stream)

    @property
    def text(self) -> str:
        captured = self._capsys.readouterr()
        self._printed += captured.out + captured.err
        return self._log.getvalue() + self._printed + self._caplog.text

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """What was counted, in the embedded metric format."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith('{"_aws"')]


@pytest.fixture
def heard(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Heard]:
    """What the functions under test say, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    heard = Heard(capsys, caplog)
    with ExitStack() as stack:
        for logger in {module.logger.name: module.logger for module in (*FUNCTIONS, *LIVE)}.values():
            stack.enter_context(heard.listening(logger))
        yield heard


@pytest.fixture
def lambda_context() -> LambdaContext:
    return LambdaContext()


@pytest.fixture
def function_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What every function finds in its environment; more can be set."""
    set_function_environment(monkeypatch)
    return monkeypatch


def set_function_environment(environment: pytest.MonkeyPatch) -> None:
    """Set what every function finds in its environment."""
    environment.setenv("POWERTOOLS_SERVICE_NAME", "under-test")
    environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "Baton")
    environment.setenv("AWS_REGION", REGION)
    environment.setenv("AWS_DEFAULT_REGION", REGION)
    for name, value in ACCOUNT_CREDENTIALS.items():
        environment.setenv(name, value)


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded(tmp_path_factory.mktemp("embedded-aws")) as url:
        yield url


@pytest.fixture
def aws(embedded_aws: str, function_environment: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The embedded AWS, with the functions' own clients pointed at it."""
    function_environment.setenv("AWS_ENDPOINT_URL", embedded_aws)
    forget_clients()
    yield Aws(embedded_aws)
    forget_clients()


def forget_clients() -> None:
    """Let the functions make their clients anew."""
    made = (clients.dynamodb, clients.event_bridge, clients.kms, clients.sns, clients.step_functions)
    for client in (*made, settings.parameters, console_clients.sqs, live_clients.management):
        client.cache_clear()
