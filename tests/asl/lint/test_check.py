"""The whole check: places, what a template fills in, acknowledgements; and that no text is too strange for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.definition.outline import pointer_to
from asl.lint import BY_ID, Acknowledgement, Position, Severity, lint
from asl.lint import Settings as LintSettings
from asl.lint.positions import Positions
from tests.asl.engine.test_any_definition import flows
from tests.asl.graph.conftest import any_graph

quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)

CHOICE = """{
  "StartAt": "Decide",
  "States": {
    "Decide": {
      "Type": "Choice",
      "Choices": [ { "Variable": "$.s", "StringEquals": "ok", "Next": "Done" } ]
    },
    "Done": { "Type": "Succeed" }
  }
}
"""


def members(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    found = [(pointer, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        found += members(member, pointer_to(pointer, key))
    return found


@quick
@given(json_values, st.sampled_from([None, 1, 2]))
def test_every_value_is_where_its_text_is(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    positions = Positions(text)
    lines = text.split("\n")
    for pointer, member in members(value):
        position = positions.of(pointer)
        rest = "\n".join([lines[position.line - 1][position.column - 1 :], *lines[position.line :]])
        key = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        named, end = json.JSONDecoder().raw_decode(rest)
        if isinstance(named, str) and named == key and rest[end:].lstrip().startswith(":"):
            rest = rest[end:].lstrip()[1:].lstrip()
            named, _ = json.JSONDecoder().raw_decode(rest)
        assert named == member


def test_what_is_nowhere_is_at_what_is_around_it() -> None:
    positions = Positions('{\n  "a": {"b": 1}\n}')
    assert positions.of("/a/c/d") == positions.of("/a") == Position(2, 3)
    assert positions.of("/x") == Position(1, 1)
    assert Positions("{").of("/a") == Position(1, 1)


def test_a_finding_says_where_it_is() -> None:
    (finding,) = lint(CHOICE)
    assert (finding.rule, finding.severity, finding.counts) == ("ASL301", Severity.WARNING, True)
    assert (finding.pointer, finding.position) == ("/States/Decide/Choices", Position(6, 7))


@pytest.mark.parametrize(
    ("name", "pointer"),
    [("Go", "/States/Go/Next"), ("a/b[0]", "/States/a~1b[0]/Next"), ("Go/Next", "/States/Go~1Next/Next")],
)
def test_what_step_functions_says_is_placed_whatever_the_states_are_called(name: str, pointer: str) -> None:
    states = {"Go": {"Type": "Pass", "Next": name}, name: {"Type": "Pass", "Next": "Nowhere"}}
    findings = lint(json.dumps({"StartAt": "Go", "States": states}))
    assert pointer in [finding.pointer for finding in findings if "Nowhere" in finding.message]


DEEP = '{"a":' * 3_000 + "1" + "}" * 3_000


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"x"', '{"StartAt": 3}', "[" * 100_000, DEEP])
def test_what_is_no_definition_is_an_error_at_its_beginning(text: str) -> None:
    findings = lint(text)
    assert {finding.rule for finding in findings} == {"ASL001"}
    assert all(finding.position.line == 1 for finding in findings)


@quick
@given(json_values)
def test_any_json_can_be_checked(value: Any) -> None:
    assert lint(json.dumps(value))


@quick
@given(any_graph() | flows(), st.booleans())
def test_any_definition_can_be_checked(definition: Any, express: bool) -> None:
    for finding in lint(json.dumps(definition), express=express):
        assert BY_ID[finding.rule].severity is finding.severity
        assert finding.position.line == 1


@pytest.mark.parametrize(
    "resource",
    [
        "${WorkFunctionArn}",
        "arn:${AWS::Partition}:states:::lambda:invoke",
        "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}",
        "arn:aws:states:::lambda:invoke",
    ],
)
def test_what_a_template_fills_in_is_taken_as_filled_in(resource: str) -> None:
    state = {"Type": "Task", "Resource": resource, "Parameters": {"FunctionName": "${F}"}, "End": True}
    findings = lint(json.dumps({"StartAt": "Work", "States": {"Work": state}}))
    assert {finding.rule for finding in findings} == {"ASL204"}


def test_a_resource_of_which_only_a_name_is_known_is_not_taken_for_a_function() -> None:
    state = {"Type": "Task", "Resource": "${SendMessageAction}", "End": True}
    assert lint(json.dumps({"StartAt": "Work", "States": {"Work": state}})) == []


def test_a_number_that_a_template_fills_in_is_one() -> None:
    text = CHOICE.replace('"Type": "Succeed"', '"Type": "Wait", "Seconds": ${Pause}, "End": true, "Comment": "${Text}"')
    (finding,) = lint(text)
    assert (finding.rule, finding.position) == ("ASL301", Position(6, 7))


def choice_with(comment: str, at: str = "state") -> str:
    definition = json.loads(CHOICE)
    if at == "state":
        definition["States"]["Decide"]["Comment"] = comment
    elif at == "definition":
        definition["Comment"] = comment
    else:
        definition["States"]["Done"]["Comment"] = comment
    return json.dumps(definition)


@pytest.mark.parametrize("at", ["state", "definition"])
@pytest.mark.parametrize(
    "comment",
    [
        "asl-lint: allow ASL301 (the caller sends nothing else)",
        "Decides. asl-lint: allow ASL301(the caller sends nothing else) and more",
        "asl-lint: allow ASL301 (the caller sends nothing else) asl-lint: allow ASL301 (twice)",
    ],
)
def test_a_comment_acknowledges_what_is_inside_it(comment: str, at: str) -> None:
    first, *more = lint(choice_with(comment, at))
    assert first.acknowledged is None or first.acknowledged == "the caller sends nothing else"
    assert [finding.rule for finding in (first, *more) if finding.counts and finding.rule != "ASL902"] == []


@pytest.mark.parametrize(
    ("comment", "at", "rules"),
    [
        ("asl-lint: allow ASL301", "state", {"ASL301", "ASL901"}),
        ("asl-lint: allow ASL301 ()", "state", {"ASL301", "ASL901"}),
        ("asl-lint: allow ASL999 (why not)", "state", {"ASL301", "ASL901"}),
        ("asl-lint: allow ASL302 (it ends)", "state", {"ASL301", "ASL902"}),
        ("asl-lint: allow ASL301 (elsewhere)", "elsewhere", {"ASL301", "ASL902"}),
        ("asl-lint: allow ASL301, ASL302 (both)", "state", {"ASL902"}),
    ],
)
def test_an_acknowledgement_needs_a_reason_and_something_to_acknowledge(comment: str, at: str, rules: set[str]) -> None:
    assert {finding.rule for finding in lint(choice_with(comment, at)) if finding.acknowledged is None} == rules


def test_data_that_has_a_comment_acknowledges_nothing() -> None:
    result = {"Comment": "asl-lint: allow ASL101 (nonsense)"}
    states = {"Fill": {"Type": "Pass", "Result": result, "End": True}}
    assert lint(json.dumps({"StartAt": "Fill", "States": states})) == []


def settings_with(**fields: Any) -> LintSettings:
    given = {"rule": "ASL301", "reason": "agreed", "definition": "orders", "where": "pyproject.toml", **fields}
    return LintSettings(acknowledgements=(Acknowledgement(**given),))


@pytest.mark.parametrize("name", ["orders", "flows/orders.asl.json"])
@pytest.mark.parametrize("at", ["", "/States/Decide", "/States/Decide/Choices"])
def test_settings_acknowledge_by_name_of_the_definition_and_place(name: str, at: str) -> None:
    (finding,) = lint(CHOICE, name=name, settings=settings_with(at=at))
    assert (finding.acknowledged, finding.counts) == ("agreed", False)


def test_settings_for_another_definition_say_nothing_and_those_that_are_not_needed_are_told() -> None:
    assert [finding.rule for finding in lint(CHOICE, name="other", settings=settings_with())] == ["ASL301"]
    unused = lint(CHOICE, name="orders", settings=settings_with(at="/States/Dec"))
    assert {finding.rule for finding in unused} == {"ASL301", "ASL902"}
    assert any("(pyproject.toml)" in finding.message for finding in unused)


def test_an_acknowledgement_is_not_called_unused_where_the_rule_was_not_looked_at() -> None:
    comment = "asl-lint: allow ASL301 (agreed)"
    assert lint(choice_with(comment), settings=LintSettings(ignore=("ASL301",))) == []
    broken = json.loads(choice_with(comment))
    broken["StartAt"] = "Nowhere"
    assert {finding.rule for finding in lint(json.dumps(broken))} == {"ASL001"}


def test_rules_are_selected_and_ignored_by_the_beginning_of_their_ids() -> None:
    assert lint(CHOICE, settings=LintSettings(select=("ASL1", "ASL2"))) == []
    assert len(lint(CHOICE, settings=LintSettings(select=("ASL3",)))) == 1
    assert lint(CHOICE, settings=LintSettings(select=("ASL3",), ignore=("ASL301",))) == []
