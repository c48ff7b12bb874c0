"""The definitions that were sent to AWS: accepted and refused as AWS did it, where the recordings are at hand."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from asl.definition.validation import errors_of, refusal, validate, validate_state

CASES = Path(os.environ.get("BATON_CONFORMANCE", Path(__file__).parents[4] / "shared" / "conformance")) / "cases"
OPERATIONS = {"CreateStateMachine", "UpdateStateMachine", "ValidateStateMachineDefinition", "TestState"}
STANDS_FOR = [
    (re.compile(r"\$\{account\}"), "123456789012"),
    (re.compile(r"\$\{region\}"), "us-east-1"),
    (re.compile(r"\$\{\d+\.FunctionArn\}"), "arn:aws:lambda:us-east-1:123456789012:function:f"),
    (re.compile(r"\$\{\d+\.activityArn\}"), "arn:aws:states:us-east-1:123456789012:activity:a"),
    (re.compile(r"\$\{\d+\.[^}]+\}"), "x"),
]
# TestState refuses to run these states without a mock; there is nothing wrong with their definitions.
NEEDS_MOCK = "TestState API does not support Map or Parallel states."

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"no recordings at {CASES}")


@cache
def cases() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(CASES.glob("*.json"))]


def definitions(case: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The steps of a case that send a definition, and the text that they send."""
    found = []
    for step in case["steps"]:
        parameters = step["params"]
        sent = parameters.get("definition$json", parameters.get("definition"))
        if step["op"] in OPERATIONS and sent is not None:
            text = sent if isinstance(sent, str) else json.dumps(sent)
            for pattern, value in STANDS_FOR:
                text = pattern.sub(value, text)
            found.append((step, text))
    return found


def check(step: dict[str, Any], text: str) -> Any:
    if step["op"] == "TestState" and "States" not in json.loads(text):
        return validate_state(text)
    return validate(text, step["params"].get("type", "STANDARD"))


def recorded(case: dict[str, Any], step: dict[str, Any]) -> Any:
    return case["expected"][step["match"][0]["key"]]


def test_every_definition_that_aws_accepted_is_accepted() -> None:
    refused = [
        (case["name"], refusal(text, diagnostics))
        for case in cases()
        for step, text in definitions(case)
        if step.get("engine_error") != "InvalidDefinition" and step["op"] != "ValidateStateMachineDefinition"
        if errors_of(diagnostics := check(step, text))
    ]
    assert refused == []


def test_every_definition_that_aws_refused_is_refused_in_the_same_words() -> None:
    different = []
    for case in cases():
        for step, text in definitions(case):
            if step.get("engine_error") != "InvalidDefinition":
                continue
            message = recorded(case, step)["Error"]["Message"]
            if message.startswith(NEEDS_MOCK):
                continue
            diagnostics = check(step, text)
            said = refusal(text, diagnostics) if errors_of(diagnostics) else "accepted"
            if said != message:
                different.append((case["name"], said))
    assert different == []


def test_the_diagnostics_are_those_of_aws() -> None:
    different = []
    for case in cases():
        for step, text in definitions(case):
            if step["op"] != "ValidateStateMachineDefinition":
                continue
            said = [
                {
                    "severity": diagnostic.severity.value,
                    "code": diagnostic.code.value,
                    "message": diagnostic.message,
                    "location": diagnostic.location,
                }
                for diagnostic in check(step, text)
            ]
            if said != recorded(case, step)["diagnostics"]:
                different.append((case["name"], said))
    assert different == []
