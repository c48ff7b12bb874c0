"""`python -m asl run`: one execution of one definition, and what is printed of it."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from typing import TYPE_CHECKING, Any

import typer

from asl.cli.files import UnusableError, check_definition, read_text, stem
from asl.definition import parse
from asl.engine import Engine, ExecutionStatus, StartRequest, VirtualClock, WallClock
from asl.integrations import Integrations
from asl.integrations.aws_endpoint import AwsEndpoints
from asl.service.json_text import JsonTextError, decode_json
from asl.service.lambda_invoker import lambda_invoker

if TYPE_CHECKING:
    from pathlib import Path

    from asl.engine import Execution, HistoryEvent
    from asl.service.settings import Settings


def run_definition(definition: Path, input_file: Path | None, settings: Settings, *, virtual_time: bool) -> bool:
    """Run the definition in a file, print its events as they happen and its result; whether it succeeded.

    Raises:
        UnusableError: the definition is invalid, the input is not JSON, or a file cannot be read.

    """
    text = read_text(definition)
    check_definition(text, definition)
    name = stem(definition)
    resource = f"arn:aws:states:{settings.region}:{settings.account}"
    execution_name = str(uuid.uuid4())
    request = StartRequest(
        execution_arn=f"{resource}:execution:{name}:{execution_name}",
        name=execution_name,
        state_machine_arn=f"{resource}:stateMachine:{name}",
        state_machine_name=name,
        role_arn=f"arn:aws:iam::{settings.account}:role/{name}",
        definition=parse(text),
        input=_read_input(input_file),
    )
    clock = VirtualClock() if virtual_time else WallClock(settings.wait_time_scale)
    integrations = Integrations(lambda_invoker(settings), aws=AwsEndpoints(settings.endpoint_of))
    execution = asyncio.run(_run(request, Engine(clock, integrations)))
    _print_result(execution)
    return execution.status is ExecutionStatus.SUCCEEDED


def _read_input(path: Path | None) -> str:
    if path is None:
        return "{}"
    text = sys.stdin.read() if str(path) == "-" else read_text(path)
    try:
        decode_json(text)
    except JsonTextError as error:
        raise UnusableError(f"The input {path} is not JSON: {error}") from None
    return text


async def _run(request: StartRequest, engine: Engine) -> Execution:
    execution = engine.start(request)
    told = 0
    try:
        while execution.status is ExecutionStatus.RUNNING:
            told = _print_events(execution, told)
            await _wait_a_little(execution)
    except asyncio.CancelledError:
        engine.stop(execution, cause="Stopped with Ctrl-C")
    _print_events(execution, told)
    return execution


async def _wait_a_little(execution: Execution) -> None:
    try:
        async with asyncio.timeout(0.1):
            await execution.wait()
    except TimeoutError:
        return


def _print_events(execution: Execution, told: int) -> int:
    for event in execution.history.page(told, len(execution.history)):
        seconds = event.timestamp - execution.start_date
        typer.echo(f"{event.id:>5}  {seconds:>9.3f} s  {event.type:<28}{_remark(event)}".rstrip())
    return len(execution.history)


def _remark(event: HistoryEvent) -> str:
    details = event.details
    parts = [details[key] for key in ("name", "resource", "error", "cause") if details.get(key)]
    return "  ".join(str(part) for part in parts)


def _print_result(execution: Execution) -> None:
    path = [event.details["name"] for event in execution.history if event.type.endswith("StateEntered")]
    typer.echo(f"\nPath    {' -> '.join(path)}")
    typer.echo(f"Status  {execution.status.value}")
    if execution.output is not None:
        typer.echo(f"Output  {_pretty(execution.output)}")
    for title, text in (("Error ", execution.error), ("Cause ", execution.cause)):
        if text is not None:
            typer.echo(f"{title}  {text}")


def _pretty(text: str) -> str:
    value: Any = json.loads(text)
    return json.dumps(value, indent=2, ensure_ascii=False)
