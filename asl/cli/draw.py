"""`python -m asl graph`: a picture of a definition, or of an execution of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from asl.cli.files import UnusableError, check_definition, read_text, stem
from asl.definition.outline import outline
from asl.graph import Overlay, executed, mermaid, svg

Events = Sequence[Mapping[str, Any]]


class Format(Enum):
    """What is written."""

    SVG = "svg"
    MERMAID = "mermaid"


def graph(
    *,
    definition: Annotated[
        Path | None, typer.Argument(help="A file with a definition; with --execution-arn it is asked for if left out.")
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(help="A history to colour the picture by: what `aws stepfunctions get-execution-history` prints."),
    ] = None,
    execution_arn: Annotated[str | None, typer.Option(help="An execution to colour the picture by.")] = None,
    endpoint_url: Annotated[
        str | None, typer.Option(help="Where the execution is, if not on AWS, such as http://127.0.0.1:8083.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="What the picture is called; left out, as the file is.")] = None,
    output_format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.SVG,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; standard output if left out.")
    ] = None,
) -> None:
    """Draw a definition, or how an execution went through it.

    The exit status is 0, or 2 if the definition or the execution cannot be read.
    """
    try:
        picture = _draw(_Subject(definition, history, execution_arn, endpoint_url), title, output_format)
        if output is None:
            typer.echo(picture, nl=False)
        else:
            _write(output, picture)
    except UnusableError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is to be drawn."""

    definition: Path | None
    history: Path | None
    execution_arn: str | None
    endpoint_url: str | None


def _draw(subject: _Subject, title: str | None, form: Format) -> str:
    text, name, events = _read(subject)
    check_definition(text, subject.definition or name)
    flow = outline(json.loads(text))
    overlay = executed(flow, events) if events is not None else Overlay()
    if form is Format.MERMAID:
        return mermaid(flow, title=title or name, overlay=overlay)
    return svg(flow, title=title or name, description=_comment(text), overlay=overlay)


def _read(subject: _Subject) -> tuple[str, str, Events | None]:
    """The text of the definition, what it is called, and the events of the execution if one is to be drawn."""
    if subject.history is not None and subject.execution_arn is not None:
        raise UnusableError("Give --history or --execution-arn, not both")
    if subject.execution_arn is not None:
        events, text = _ask(subject.execution_arn, subject.endpoint_url)
        return (read_text(subject.definition) if subject.definition else text), subject.execution_arn, events
    if subject.definition is None:
        raise UnusableError("Give a file with a definition, or --execution-arn")
    found = _events(subject.history) if subject.history is not None else None
    return read_text(subject.definition), stem(subject.definition), found


def _comment(text: str) -> str:
    comment = json.loads(text).get("Comment", "")
    return comment if isinstance(comment, str) else ""


def _events(path: Path) -> Events:
    """The events in a file, either the answer of GetExecutionHistory or its `events` alone."""
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        raise UnusableError(f"{path} is not JSON: {error}") from None
    events = content.get("events") if isinstance(content, dict) else content
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        raise UnusableError(
            f"{path} is not a history: it has to be a list of events with `id` and `type`, or an object with `events`"
        )
    return sorted(events, key=lambda event: int(event["id"]))


def _is_event(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("id"), int) and isinstance(event.get("type"), str)


def _ask(execution_arn: str, endpoint_url: str | None) -> tuple[Events, str]:
    """The history of an execution, and the definition that it runs."""
    try:
        client = boto3.client("stepfunctions", endpoint_url=endpoint_url)
        pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
        events: list[Any] = [event for page in pages for event in page["events"]]
        machine = client.describe_state_machine_for_execution(executionArn=execution_arn)
    except (BotoCoreError, ClientError) as error:
        raise UnusableError(f"Cannot read the execution {execution_arn}: {error}") from None
    return events, machine["definition"]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UnusableError(f"Cannot write {path}: {error.strerror}") from None
