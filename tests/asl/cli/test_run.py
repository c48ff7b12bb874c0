"""`python -m asl run`: one execution of one definition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from asl.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

WAITING = {
    "StartAt": "Sleep",
    "States": {
        "Sleep": {"Type": "Wait", "Seconds": 31_536_000, "Next": "Greet"},
        "Greet": {"Type": "Pass", "Parameters": {"greeting.$": "States.Format('Hello {}', $.name)"}, "End": True},
    },
}
FAILING = {"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "Broken", "Cause": "it fell"}}}


def run(*arguments: object, given: str | None = None) -> Result:
    return CliRunner().invoke(app, ["run", *map(str, arguments)], input=given)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, Any], Path]:
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write


def test_it_prints_the_path_and_the_output_and_a_year_takes_no_time(file: Any) -> None:
    result = run(file("orders.asl.json", WAITING), "--input", file("in.json", {"name": "Ann"}), "--virtual-time")
    assert result.exit_code == 0
    assert "31536000.000 s  WaitStateExited" in result.stdout
    assert "Path    Sleep -> Greet\nStatus  SUCCEEDED\n" in result.stdout
    assert '"greeting": "Hello Ann"' in result.stdout


def test_an_execution_that_fails_says_why_and_exits_with_1(file: Any) -> None:
    result = run(file("orders.json", FAILING))
    assert result.exit_code == 1
    assert result.stdout.endswith("Path    Only\nStatus  FAILED\nError   Broken\nCause   it fell\n")


def test_the_input_can_come_from_standard_input(file: Any) -> None:
    result = run(file("orders.json", WAITING), "--input", "-", "--virtual-time", given='{"name": "Bob"}')
    assert '"greeting": "Hello Bob"' in result.stdout


def test_an_invalid_definition_is_told_with_its_diagnostics(file: Any) -> None:
    path = file("orders.json", {"States": {}})
    result = run(path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{path} is not a valid definition:\n  SCHEMA_VALIDATION_FAILED: ")


@pytest.mark.parametrize(
    ("definition", "given", "told"),
    [
        (None, None, "Cannot read "),
        (WAITING, "{", "The input "),
        (WAITING, "NaN", "The input "),
    ],
)
def test_what_cannot_be_used_is_told_without_a_traceback(
    file: Any, tmp_path: Path, definition: object, given: str | None, told: str
) -> None:
    path = tmp_path / "none.json" if definition is None else file("orders.json", definition)
    result = run(path, *([] if given is None else ["--input", file("in.json", given)]))
    assert result.exit_code == 2
    assert result.stderr.startswith(told)
    assert result.stderr.count("\n") == 1


def test_help_teaches_both_commands() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert "serve" in result.stdout
    assert "run" in result.stdout
