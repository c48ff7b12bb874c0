"""The whole check of a definition: what Step Functions says, the policies, and what is acknowledged of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import pointer_to
from asl.definition.validation import Severity as AwsSeverity
from asl.definition.validation import validate
from asl.lint.acknowledgements import acknowledge
from asl.lint.builtin import INVALID, RULES, WARNED
from asl.lint.finding import Finding
from asl.lint.positions import Positions
from asl.lint.settings import Settings
from asl.lint.subject import SOME_RESOURCE, subject

if TYPE_CHECKING:
    from asl.definition.validation import Diagnostic
    from asl.lint.rule import Rule

_PSEUDO_PARAMETERS: Final = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": "us-east-1",
    "${AWS::AccountId}": "123456789012",
}
_SUBSTITUTION: Final = re.compile(r"\$\{([^}]*)\}")
_STRING_OR_SUBSTITUTION: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\$\{[^}"\s]*\}', re.DOTALL)


def lint(text: str, *, name: str = "", settings: Settings | None = None, express: bool = False) -> list[Finding]:
    """What is to be said of the text of a definition, in the order in which it stands; acknowledged findings too.

    `name` is what settings call the definition. It may have `${...}` for a template to fill in, within a `Resource` or
    in place of a number. Whatever the text is, findings come back and no exception.
    """
    chosen = settings or Settings()
    text = _with_numbers(text)
    found = _Findings(text, chosen)
    definition = _filled(_load(text))
    diagnostics = validate(text if definition is None else json.dumps(definition), "EXPRESS" if express else "STANDARD")
    for diagnostic in diagnostics:
        rule = INVALID if diagnostic.severity is AwsSeverity.ERROR else WARNED
        found.add(rule, _pointer(diagnostic, definition), f"{diagnostic.message} ({diagnostic.code.value})")
    valid = all(diagnostic.severity is not AwsSeverity.ERROR for diagnostic in diagnostics)
    if valid and definition is not None:
        whole = subject(name, definition, chosen, express=express)
        for rule in RULES:
            for complaint in rule.check(whole):
                found.add(rule, complaint.pointer, complaint.message)
    findings = acknowledge(found.findings, definition, name, chosen, found.positions, complete=valid)
    return sorted(findings, key=lambda finding: (finding.position.line, finding.position.column, finding.rule))


class _Findings:
    """Collects the findings of the rules that are selected."""

    def __init__(self, text: str, settings: Settings) -> None:
        self.positions = Positions(text)
        self.findings: list[Finding] = []
        self._settings = settings

    def add(self, rule: Rule, pointer: str, message: str) -> None:
        if self._settings.selects(rule.id):
            position = self.positions.of(pointer)
            self.findings.append(Finding(rule.id, rule.name, rule.severity, message, pointer, position))


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _with_numbers(text: str) -> str:
    """A number, as long, in place of each `${...}` that stands outside of a string, as templates have them."""

    def number(match: re.Match[str]) -> str:
        found = match[0]
        return found if found.startswith('"') else "1".ljust(len(found))

    return _STRING_OR_SUBSTITUTION.sub(number, text)


def _filled(value: Any) -> Any:
    """A definition with an ARN in each `Resource` that a template has yet to fill in; None if it is no definition."""
    if not isinstance(value, dict):
        return None
    try:
        return _with_resources(value)
    except RecursionError:
        return None


def _with_resources(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_resources(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _resource(member) if name == "Resource" and isinstance(member, str) else _with_resources(member)
        for name, member in value.items()
    }


def _resource(text: str) -> str:
    for token, value in _PSEUDO_PARAMETERS.items():
        text = text.replace(token, value)
    if _SUBSTITUTION.fullmatch(text):
        return SOME_RESOURCE + re.sub(r"\W+", "-", text.strip("${}"))
    return _SUBSTITUTION.sub(lambda match: re.sub(r"\W+", "-", match[1]) or "x", text)


def _pointer(diagnostic: Diagnostic, definition: Any) -> str:
    """The JSON pointer for a location such as `/States/Ship/Retry[0]`, in which a state's name may hold any character.

    At each step the longest member is taken that the rest of the location begins with.
    """
    rest, value, pointer = diagnostic.location or "", definition, ""
    while rest:
        if isinstance(value, list):
            match = re.match(r"\[(\d+)\]", rest)
            if match is None or int(match[1]) >= len(value):
                break
            value, pointer, rest = value[int(match[1])], pointer_to(pointer, int(match[1])), rest[match.end() :]
        elif isinstance(value, dict):
            after = rest[1:]
            known = [name for name in value if after.startswith(name) and after[len(name) :][:1] in ("", "/", "[")]
            if not known:
                break
            name = max(known, key=len)
            value, pointer, rest = value[name], pointer_to(pointer, name), rest[1 + len(name) :]
        else:
            break
    return pointer
