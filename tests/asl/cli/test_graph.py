"""`python -m asl graph`: pictures of definitions and executions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from asl.cli import app
from tests.asl.service.test_server import call, serving

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

ORDERS = {
    "Comment": "Orders & more",
    "StartAt": "One",
    "States": {"One": {"Type": "Pass", "Next": "Two"}, "Two": {"Type": "Succeed"}},
}
HISTORY = {
    "events": [
        {"id": 1, "previousEventId": 0, "type": "ExecutionStarted"},
        {"id": 2, "previousEventId": 0, "type": "PassStateEntered", "stateEnteredEventDetails": {"name": "One"}},
    ]
}


def graph(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["graph", *map(str, arguments)])


def put(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_it_draws_a_definition(tmp_path: Path) -> None:
    result = graph(put(tmp_path, "orders.asl.json", ORDERS))
    assert result.exit_code == 0
    root = ET.fromstring(result.stdout)
    assert root.findtext("{*}title") == "orders"
    assert root.findtext("{*}desc") == "Orders & more"


def test_it_colours_an_execution_by_its_history_whether_or_not_events_are_wrapped(tmp_path: Path) -> None:
    orders, picture = put(tmp_path, "orders.asl.json", ORDERS), tmp_path / "orders.svg"
    for number, history in enumerate((HISTORY, HISTORY["events"], HISTORY["events"][::-1])):
        result = graph(orders, "--history", put(tmp_path, f"{number}.json", history), "-o", picture)
        assert (result.exit_code, result.stdout) == (0, "")
        assert 'class="state pass running"' in picture.read_text("utf-8")


def test_it_writes_mermaid(tmp_path: Path) -> None:
    result = graph(put(tmp_path, "orders.asl.json", ORDERS), "--format", "mermaid")
    assert result.stdout.startswith("flowchart TD\naccTitle: orders\n")


@pytest.mark.parametrize(
    ("definition", "history", "told"),
    [
        (None, None, "Give a file with a definition, or --execution-arn"),
        ("{", None, "orders.asl.json is not a valid definition:\n  INVALID_JSON_DESCRIPTION"),
        (ORDERS, "{", "h.json is not JSON"),
        (ORDERS, {"events": [{"id": 1}]}, "h.json is not a history"),
    ],
)
def test_what_cannot_be_used_is_told_without_a_traceback(
    tmp_path: Path, definition: Any, history: Any, told: str
) -> None:
    arguments: list[object] = [] if definition is None else [put(tmp_path, "orders.asl.json", definition)]
    if history is not None:
        arguments += ["--history", put(tmp_path, "h.json", history)]
    result = graph(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.usefixtures("credentials")
def test_it_asks_for_an_execution_and_the_definition_that_it_runs() -> None:
    role = "arn:aws:iam::123456789012:role/orders"
    with serving() as (_, port):
        machine = call(port, "CreateStateMachine", {"name": "o", "definition": json.dumps(ORDERS), "roleArn": role})
        execution = call(port, "StartExecution", {"stateMachineArn": machine["stateMachineArn"]})
        arn = execution["executionArn"]
        while call(port, "DescribeExecution", {"executionArn": arn})["status"] == "RUNNING":
            pass
        result = graph("--execution-arn", arn, "--endpoint-url", f"http://127.0.0.1:{port}", "--title", "Orders")
    root = ET.fromstring(result.stdout)
    assert root.findtext("{*}title") == "Orders"
    assert root.findtext("{*}desc") == "Orders & more\nThe execution succeeded; it reached 2 of 2 states."


@pytest.mark.usefixtures("credentials")
def test_an_execution_that_cannot_be_asked_for_is_told() -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:orders:one"
    result = graph("--execution-arn", arn, "--endpoint-url", "http://127.0.0.1:1")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Cannot read the execution {arn}: Could not connect")
