"""The commands of `python -m asl`."""

import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from asl.cli import draw, lint
from asl.cli.files import UnusableError
from asl.cli.run import run_definition
from asl.durability.folder import DataFolderError
from asl.service.mock_configuration import (
    DEFAULT_FILE,
    NO_MOCKS,
    MockConfiguration,
    MockConfigurationError,
    read_mock_configuration,
)
from asl.service.settings import DEFAULT_HOST, DEFAULT_PORT, Settings, SettingsError, read_settings

UNUSABLE = 2


class LogLevel(StrEnum):
    """How much the server logs."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


app = typer.Typer(
    help="State machines of the Amazon States Language, run as AWS Step Functions runs them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = DEFAULT_HOST,
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder to keep everything in, made where there is none. Without it nothing outlasts the process.",
            file_okay=False,
        ),
    ] = None,
    log_level: Annotated[
        LogLevel, typer.Option(help="From which level on JSON lines are written to standard error.")
    ] = LogLevel.WARNING,
) -> None:
    """Serve the Step Functions API until Ctrl-C.

    Any AWS SDK or the AWS CLI can use it: --endpoint-url http://127.0.0.1:8083. It reads the environment variables of
    Step Functions Local: LAMBDA_ENDPOINT and the other endpoints, WAIT_TIME_SCALE, AWS_ACCOUNT_ID, AWS_DEFAULT_REGION,
    SFN_MOCK_CONFIG. Without the last, a file MockConfigFile.json in the current folder is the mock configuration.

    With --data DIR every answer is on the disk before it is given. Killed and started again with the same folder, the
    server has everything that it had, and what was running goes on: waits end when they were due, task tokens are
    valid. One process at a time can use a folder. It holds payloads and task tokens: keep it to yourself.
    """
    from asl.service import server  # noqa: PLC0415 - `run` starts faster without it

    settings = replace(_settings(), data=data)
    mocks = _mocks(settings)
    try:
        server.serve(host, port, settings, mocks, _announce, log_level=log_level.value)
    except (server.PortInUseError, DataFolderError) as error:
        raise _exit(str(error)) from None
    except OSError as error:
        raise _exit(f"Cannot listen on {host}, port {port}: {error.strerror or error}") from None


@app.command()
def run(
    definition: Annotated[Path, typer.Argument(help="A file with a definition in the Amazon States Language.")],
    input_file: Annotated[
        Path | None, typer.Option("--input", help="A file with the input, in JSON; '-' reads it from standard input.")
    ] = None,
    virtual_time: Annotated[
        bool, typer.Option("--virtual-time", help="Let waits, retries and timeouts take no real time.")
    ] = False,
) -> None:
    """Run one definition and print what happened.

    The exit status is 0 if the execution succeeded, 1 if it failed, timed out or was stopped with Ctrl-C, 2 if the
    definition or the input cannot be used.
    """
    try:
        succeeded = run_definition(definition, input_file, _settings(), virtual_time=virtual_time)
    except UnusableError as error:
        raise _exit(str(error)) from None
    raise typer.Exit(0 if succeeded else 1)


app.command(name="graph")(draw.graph)
app.command(name="lint")(lint.check)


def _announce(url: str) -> None:
    typer.echo(f"Step Functions API at {url}")


def _settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise _exit(str(error)) from None


def _mocks(settings: Settings) -> MockConfiguration:
    default = Path(DEFAULT_FILE)
    if settings.mock_file is None and not default.is_file():
        return NO_MOCKS
    try:
        mocks = read_mock_configuration(Path(settings.mock_file or default))
    except MockConfigurationError as error:
        raise _exit(str(error)) from None
    cases = sum(map(len, mocks.machines.values()))
    machines = ", ".join(mocks.machines) or "no state machine"
    typer.echo(f"Mock configuration {mocks.source}: {cases} test cases of {machines}", err=True)
    for warning in mocks.dangling():
        typer.echo(f"Warning: {warning}", err=True)
    return mocks


def _exit(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(UNUSABLE)
