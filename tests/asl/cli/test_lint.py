"""`python -m asl lint`: formats, settings, exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from asl.cli import app
from asl.lint import RULES
from asl.lint.explanation import explained
from tests.asl.assembly.test_assembly import machine, write

if TYPE_CHECKING:
    from typer.testing import Result

FINE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
OFFENDING = {
    "StartAt": "Decide",
    "States": {
        "Decide": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Done"}]},
        "Done": {"Type": "Succeed"},
    },
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["lint", *map(str, arguments)])


def put(name: str, content: Any) -> str:
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content, indent=2), "utf-8")
    return name


def test_nothing_found_is_0() -> None:
    result = run(put("fine.asl.json", FINE))
    assert (result.exit_code, result.stdout) == (0, "nothing found in 1 definition\n")


def test_a_finding_is_told_with_its_line_and_1() -> None:
    result = run(put("orders.asl.json", OFFENDING), put("fine.asl.json", FINE))
    assert result.exit_code == 1
    assert result.stdout == (
        "orders.asl.json:6:7: warning ASL301 choice-without-default\n"
        "    Decide has no Default: input that none of its rules foresees ends the execution with "
        "States.NoChoiceMatched\n"
        "    at /States/Decide/Choices\n\n"
        '      6 |       "Choices": [\n'
        "        |       ^\n\n"
        "1 warning in 2 definitions\n"
    )


def test_a_note_is_told_and_0() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "End": True,
    }
    result = run(put("orders.json", {"StartAt": "Work", "States": {"Work": state}}))
    assert (result.exit_code, "note ASL203" in result.stdout) == (0, True)


def test_json_is_a_list_of_findings() -> None:
    result = run(put("orders.json", OFFENDING), "--format", "json")
    (finding,) = json.loads(result.stdout)
    assert finding == {
        "definition": "orders.json",
        "file": "orders.json",
        "rule": "ASL301",
        "name": "choice-without-default",
        "severity": "warning",
        "message": finding["message"],
        "pointer": "/States/Decide/Choices",
        "line": 6,
        "column": 7,
        "acknowledged": None,
    }


def test_sarif_names_rules_places_and_what_is_acknowledged() -> None:
    offending = json.loads(json.dumps(OFFENDING))
    offending["States"]["Decide"]["Comment"] = "asl-lint: allow ASL301 (agreed)"
    result = run(put("a b.json", OFFENDING), put("b.json", offending), "--format", "sarif")
    (log,) = json.loads(result.stdout)["runs"]
    rules = log["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    opened, acknowledged = log["results"]
    for finding in (opened, acknowledged):
        assert rules[finding["ruleIndex"]]["id"] == finding["ruleId"] == "ASL301"
    assert opened["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.json"},
        "region": {"startLine": 6, "startColumn": 7},
    }
    assert "suppressions" not in opened
    assert acknowledged["suppressions"] == [{"kind": "inSource", "justification": "agreed"}]


def test_github_shows_findings_beside_their_lines() -> None:
    result = run(put("a,b.json", OFFENDING), "--format", "github")
    assert result.stdout.startswith(
        "::warning file=a%2Cb.json,line=6,col=7,title=ASL301 choice-without-default::Decide has no Default: "
    )


def test_every_state_machine_of_an_assembly_is_checked(folder: Path) -> None:
    write(folder, {"Shop": {"A": machine(StateMachineName="a", Definition=OFFENDING), "B": machine(Definition=FINE)}})
    result = run("--assembly", folder)
    assert result.exit_code == 1
    assert result.stdout.startswith("a:6:7: warning ASL301")
    assert result.stdout.endswith("1 warning in 2 definitions\n")


def test_rules_can_be_selected_and_ignored() -> None:
    orders = put("orders.json", OFFENDING)
    assert run(orders, "--ignore", "ASL3").exit_code == 0
    assert run(orders, "--select", "ASL1", "--select", "ASL2").exit_code == 0
    assert run(orders, "--select", "ASL301").exit_code == 1


def test_settings_are_those_of_the_project_here_or_of_a_file() -> None:
    orders = put("orders.json", OFFENDING)
    acknowledged = '[[{}acknowledge]]\nrule = "ASL301"\ndefinition = "orders"\nreason = "agreed"\n'
    put("pyproject.toml", acknowledged.format("tool.asl-lint."))
    result = run(orders)
    assert (result.exit_code, result.stdout) == (0, "nothing found in 1 definition; 1 acknowledged\n")
    assert run(orders, "--config", put("none.toml", "")).exit_code == 1
    assert run(orders, "--config", put("lint.toml", acknowledged.format(""))).exit_code == 0


def test_errors_that_functions_raise_can_be_listed_in_a_file() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
        "Retry": [{"ErrorEquals": ["Busy", "States.TaskFailed"], "JitterStrategy": "FULL"}],
        "End": True,
    }
    orders = put("orders.json", {"StartAt": "Work", "States": {"Work": state}})
    assert run(orders, "--errors", put("known.json", {"work": ["Busy"]})).exit_code == 0
    assert run(orders, "--errors", put("other.json", {"work": ["Slow"]})).exit_code == 1


@pytest.mark.parametrize("rule", ["ASL101", "wait-without-bound"])
def test_a_rule_is_explained_by_id_or_name(rule: str) -> None:
    result = run("--explain", rule)
    assert result.exit_code == 0
    assert result.stdout.startswith("### ASL101 wait-without-bound\n")


def test_all_rules_are_explained() -> None:
    result = run("--explain", "all")
    assert all(explained(rule) in result.stdout for rule in RULES)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Give files with definitions, or --assembly"),
        (["nowhere.json"], "Cannot read nowhere.json"),
        (["orders.json", "--select", "ASL8"], "No rule begins with 'ASL8'"),
        (["orders.json", "--explain", "ASL8"], "There is no rule ASL8. The rules are ASL001, "),
        (["orders.json", "--config", "nowhere.toml"], "Cannot read nowhere.toml"),
        (["orders.json", "--config", "orders.json"], "orders.json is not TOML"),
        (["orders.json", "--config", "odd.toml"], "odd.toml: ignored: Extra inputs are not permitted"),
        (["orders.json", "--config", "pattern.toml"], "pattern.toml: sink-states.0: Value error, '(' is no regular"),
        (["orders.json", "--errors", "list.json"], "list.json: errors: Input should be a valid dictionary"),
        (["--assembly", "nowhere"], "Cannot read nowhere/manifest.json"),
    ],
)
def test_what_cannot_be_used_is_told_and_2(arguments: list[str], told: str) -> None:
    put("orders.json", OFFENDING)
    put("odd.toml", 'ignored = ["ASL1"]')
    put("pattern.toml", 'sink-states = ["("]')
    put("list.json", "[]")
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(told)


def assembly_of(folder: Path, **definitions: Any) -> None:
    """An assembly `cdk.out` with a state machine for each definition."""
    (folder / "cdk.out").mkdir()
    resources = {
        name: machine(StateMachineName=name, DefinitionString=json.dumps(definition))
        for name, definition in definitions.items()
    }
    write(folder / "cdk.out", {"Machines": resources})


def test_each_state_machine_of_an_assembly_gets_a_file(folder: Path) -> None:
    assembly_of(folder, orders=OFFENDING, fine=FINE)
    (folder / "reports").mkdir()
    put("reports/gone.lint.json", [])
    put("reports/orders.coverage.json", {})
    result = run("--assembly", "cdk.out", "--format", "json", "--into", "reports")
    assert (result.exit_code, result.stdout) == (1, "")
    assert sorted(path.name for path in Path("reports").iterdir()) == [
        *("fine.lint.json", "orders.coverage.json", "orders.lint.json")
    ]
    assert json.loads(Path("reports/fine.lint.json").read_text()) == []
    [finding] = json.loads(Path("reports/orders.lint.json").read_text())
    assert (finding["definition"], finding["rule"]) == ("orders", "ASL301")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--into", "reports", "--format", "json", "fine.asl.json"),
        ("--into", "reports", "--assembly", "cdk.out"),
        ("--into", "fine.asl.json/x", "--assembly", "cdk.out", "--format", "json"),
    ],
)
def test_a_folder_that_makes_no_sense_is_told(folder: Path, arguments: tuple[str, ...]) -> None:
    assembly_of(folder, fine=FINE)
    put("fine.asl.json", FINE)
    result = run(*arguments)
    assert result.exit_code == 2
    assert "fine.asl.json" in result.stderr or "--into needs" in result.stderr
