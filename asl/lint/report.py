"""Findings as text for people, and as JSON, SARIF and GitHub annotations for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from asl.lint.builtin import BY_ID, RULES
from asl.lint.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asl.lint.finding import Finding
    from asl.lint.rule import Rule

_EXCERPT: Final = 160
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_GITHUB_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition that was checked. `file` is where it is from; `text` is what the positions count in."""

    name: str
    file: str
    text: str
    findings: Sequence[Finding]

    def open_findings(self) -> Iterator[Finding]:
        """The findings that nobody has acknowledged."""
        return (finding for finding in self.findings if finding.acknowledged is None)


def as_text(checked: Sequence[Checked]) -> str:
    """Each finding with its line, and a count of all."""
    parts = [_described(each, finding) for each in checked for finding in each.open_findings()]
    return "\n".join([*parts, _summary(checked), ""])


def _described(checked: Checked, finding: Finding) -> str:
    position = finding.position
    place = f"{checked.name}:{position.line}:{position.column}"
    head = f"{place}: {finding.severity.value} {finding.rule} {finding.name}\n    {finding.message}"
    lines = checked.text.splitlines()
    if not finding.pointer or position.line > len(lines):
        return f"{head}\n"
    line, column = lines[position.line - 1], position.column - 1
    begin = 0 if len(line) <= _EXCERPT else max(0, column - 20)
    excerpt = line[begin : begin + _EXCERPT]
    marker = " " * (column - begin) + "^"
    return f"{head}\n    at {finding.pointer}\n\n  {position.line:>5} | {excerpt}\n        | {marker}\n"


def _summary(checked: Sequence[Checked]) -> str:
    findings = [finding for each in checked for finding in each.findings]
    opened = [finding for finding in findings if finding.acknowledged is None]
    counts = [
        _count(sum(finding.severity is severity for finding in opened), severity.value)
        for severity in Severity
        if any(finding.severity is severity for finding in opened)
    ]
    acknowledged = len(findings) - len(opened)
    told = [", ".join(counts) or "nothing found", f"in {_count(len(checked), 'definition')}"]
    return " ".join(told) + (f"; {acknowledged} acknowledged" if acknowledged else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def as_json(checked: Sequence[Checked]) -> str:
    """A list of findings, those that are acknowledged with their reasons."""
    listed = [
        {
            "definition": each.name,
            "file": each.file,
            "rule": finding.rule,
            "name": finding.name,
            "severity": finding.severity.value,
            "message": finding.message,
            "pointer": finding.pointer,
            "line": finding.position.line,
            "column": finding.position.column,
            "acknowledged": finding.acknowledged,
        }
        for each in checked
        for finding in each.findings
    ]
    return json.dumps(listed, indent=2) + "\n"


def as_github(checked: Sequence[Checked]) -> str:
    """Workflow commands that GitHub Actions shows beside the lines.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    lines = [
        f"::{_GITHUB_LEVELS[finding.severity]} file={_property(each.file)},line={finding.position.line},"
        f"col={finding.position.column},title={_property(f'{finding.rule} {finding.name}')}::{_data(finding.message)}"
        for each in checked
        for finding in each.open_findings()
    ]
    return "".join(f"{line}\n" for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(checked: Sequence[Checked]) -> str:
    """A log in the Static Analysis Results Interchange Format 2.1.0, which code scanning reads.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    driver = {"name": "asl-lint", "rules": [_sarif_rule(rule) for rule in RULES]}
    results = [_sarif_result(each, finding) for each in checked for finding in each.findings]
    log = {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=2) + "\n"


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    described = {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }
    return {**described, "helpUri": rule.link} if rule.link else described


def _sarif_result(checked: Checked, finding: Finding) -> dict[str, Any]:
    region = {"startLine": finding.position.line, "startColumn": finding.position.column}
    physical = {"artifactLocation": {"uri": quote(checked.file)}, "region": region}
    logical = {"fullyQualifiedName": f"{checked.name}#{finding.pointer}"}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(BY_ID).index(finding.rule),
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
    }
    if finding.acknowledged is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.acknowledged}]
    return result
