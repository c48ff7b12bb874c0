"""The rules about choices, loops and payloads: what they find, and their innocent neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.lint import lint
from asl.lint.rule import definition_of
from tests.asl.lint.test_rules import DONE, FAIL, JSONATA, check, found, working


@pytest.mark.parametrize(
    ("rules", "covered"),
    [
        ([{"Variable": "$.a", "BooleanEquals": True}, {"Variable": "$.a", "BooleanEquals": False}], True),
        ([{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "IsPresent": False}], True),
        ([{"Variable": "$.a", "NumericLessThan": 3}, {"Variable": "$.a", "NumericGreaterThanEquals": 3}], True),
        ([{"Variable": "$.a", "NumericLessThan": 3}, {"Variable": "$.a", "NumericGreaterThan": 3}], False),
        ([{"Variable": "$.a", "NumericLessThan": 3}, {"Variable": "$.b", "NumericGreaterThanEquals": 3}], False),
        ([{"Variable": "$.a", "StringEquals": "x"}, {"Not": {"Variable": "$.a", "StringEquals": "x"}}], True),
        ([{"Variable": "$.a", "StringEquals": "x"}, {"Variable": "$.a", "StringEquals": "y"}], False),
        ([{"Condition": "{% $states.input.a %}"}], False),
        ([{"Condition": "{% $states.input.a %}"}, {"Condition": "{% $not($states.input.a) %}"}], True),
        ([{"Condition": True}], True),
    ],
)
def test_a_choice_needs_a_default_unless_its_rules_cover_everything(rules: list[Any], covered: bool) -> None:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Done"} for rule in rules]}
    language = {"QueryLanguage": JSONATA} if "Condition" in rules[0] else {}
    assert found({**language, "Decide": choice, "Done": DONE}) == (set() if covered else {"ASL301"})
    assert found({**language, "Decide": {**choice, "Default": "Done"}, "Done": DONE}) == set()


def polling(*rules: Any, default: str = "Wait", seconds: int = 30) -> dict[str, Any]:
    language = {"QueryLanguage": JSONATA} if any("Condition" in rule for rule in rules) else {}
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Done"} for rule in rules], "Default": default}
    return {**language, "Wait": {"Type": "Wait", "Seconds": seconds, "Next": "Ready"}, "Ready": choice, "Done": DONE}


@pytest.mark.parametrize(
    ("rule", "bounded"),
    [
        ({"Variable": "$.s", "StringEquals": "ok"}, False),
        ({"Or": [{"Variable": "$.s", "StringEquals": "ok"}, {"Variable": "$.s", "StringEquals": "no"}]}, False),
        ({"Variable": "$.n", "NumericGreaterThan": 5}, True),
        ({"And": [{"Variable": "$.t", "TimestampGreaterThan": "2030-01-01T00:00:00Z"}]}, True),
        ({"Variable": "$.next", "IsPresent": False}, True),
        ({"And": [{"Variable": "$.s", "IsPresent": True}, {"Variable": "$.s", "StringEquals": "ok"}]}, False),
        ({"And": [{"Variable": "$.s", "IsPresent": True}, {"Variable": "$.s", "IsString": True}]}, True),
        ({"Variable": "$.done", "BooleanEquals": True}, True),
        ({"Condition": "{% $states.input.s = 'ok' %}"}, False),
        ({"Condition": "{% $states.input.s in ['ok', 'no'] %}"}, False),
        ({"Condition": "{% $states.input.n >= 5 %}"}, True),
        ({"Condition": "{% $count($states.input.items) = 0 %}"}, True),
        ({"Condition": "{% $exists($states.input.next) %}"}, True),
    ],
)
def test_a_loop_needs_a_bound(rule: Any, bounded: bool) -> None:
    assert found(polling(rule)) == (set() if bounded else {"ASL302"})


def test_a_timeout_of_the_execution_that_comes_before_the_history_is_full_bounds_a_loop() -> None:
    status = {"Variable": "$.s", "StringEquals": "ok"}
    assert found(polling(status), TimeoutSeconds=3_600) == set()
    assert found(polling(status, seconds=1), TimeoutSeconds=86_400) == {"ASL302"}


def test_an_unbounded_loop_is_told_with_its_cost() -> None:
    (finding,) = check(polling({"Variable": "$.s", "StringEquals": "ok"}))
    assert "with 4 events in a round the history of 25,000 is full after about 6,250 rounds, after 2 days" in (
        finding.message
    )


def test_a_loop_that_only_an_error_ends_has_no_bound() -> None:
    work = {**working()["Work"], "Catch": [{"ErrorEquals": ["Busy"], "Next": "Broken"}], "Next": "Wait"}
    del work["End"]
    forever = {"Wait": {"Type": "Wait", "Seconds": 5, "Next": "Work"}, "Work": work, "Broken": FAIL}
    (finding,) = check(forever)
    assert (finding.rule, finding.pointer) == ("ASL302", "/States/Wait")
    assert "has no way out but an error" in finding.message
    assert found({**forever, "Work": {**work, "Next": "Done"}, "Done": DONE}) == set()


def test_an_express_workflow_has_no_history_to_fill() -> None:
    text = json.dumps(definition_of(polling({"Variable": "$.s", "StringEquals": "ok"})))
    assert lint(text, express=True) == []


def counting(limit: int, *, step: str = "States.MathAdd($.n.count, 1)") -> dict[str, Any]:
    rule = {"Variable": "$.n.count", "NumericLessThan": limit, "Next": "Count"}
    return {
        "Count": {"Type": "Pass", "Parameters": {"count.$": step}, "ResultPath": "$.n", "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [rule], "Default": "Done"},
        "Done": DONE,
    }


def counting_in_jsonata(limit: int) -> dict[str, Any]:
    rule = {"Condition": f"{{% $n < {limit} %}}", "Next": "Count"}
    return {
        "QueryLanguage": JSONATA,
        "Begin": {"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"},
        "Count": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [rule], "Default": "Done"},
        "Done": DONE,
    }


def test_the_bound_of_a_loop_has_to_fit_into_the_history() -> None:
    assert found(counting(6_000)) == found(counting_in_jsonata(6_000)) == set()
    assert found(counting(6_500)) == found(counting_in_jsonata(6_500)) == {"ASL303"}
    assert found(counting(6_500, step="States.MathAdd($.n.count, 100)")) == set()


@pytest.mark.parametrize(
    ("collected", "grows"),
    [
        ({"Parameters": {"all.$": "States.Array($.all, $.page)"}}, True),
        ({"Parameters": {"all.$": "States.Format('{},{}', $.all, $.page)"}}, True),
        ({"Parameters": {"all.$": "States.Array($.allowed, $.page)"}}, False),
        ({"Parameters": {"all.$": "$.page"}}, False),
        ({"Assign": {"all.$": "States.Array($all, $.page)"}}, True),
        ({"Assign": {"all": "{% $append($all, $states.input.page) %}"}, "QueryLanguage": JSONATA}, True),
        ({"Assign": {"all": "{% [$all, $states.input.page] %}"}, "QueryLanguage": JSONATA}, True),
        ({"Output": {"all": "{% $append($states.input.all, 1) %}"}, "QueryLanguage": JSONATA}, True),
        ({"Assign": {"all": "{% $append($other, $states.input.page) %}"}, "QueryLanguage": JSONATA}, False),
    ],
)
def test_a_loop_that_collects_needs_a_bound(collected: Any, grows: bool) -> None:
    keep = {"Type": "Pass", **collected, "Next": "More"}
    more = {"Variable": "$.next", "IsPresent": True, "Next": "Keep"}
    choice = {"Type": "Choice", "Choices": [more], "Default": "Done"}
    first = {"Type": "Pass", "Assign": {"all": [], "other": []}, "Next": "Keep"}
    assert found({"First": first, "Keep": keep, "More": choice, "Done": DONE}) == ({"ASL401"} if grows else set())
    few = {"Variable": "$.n", "NumericLessThan": 5, "Next": "Keep"}
    assert found({"First": first, "Keep": keep, "More": {**choice, "Choices": [few]}, "Done": DONE}) == set()


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({}, {"ASL402"}),
        ({"ResultPath": None}, set()),
        ({"OutputPath": None}, set()),
        ({"ResultSelector": {"count": 1}}, set()),
        ({"ResultPath": "$.results"}, {"ASL402"}),
        ({"ItemReader": None}, set()),
        ({"QueryLanguage": JSONATA}, {"ASL402"}),
        ({"QueryLanguage": JSONATA, "Output": {}}, set()),
    ],
)
def test_the_results_of_a_distributed_map_over_a_data_set(fields: Any, rules: set[str]) -> None:
    assert found({"Each": over_a_data_set(**fields)}) == rules


@pytest.mark.parametrize(
    ("bound", "rules"),
    [({"MaxItems": 2}, set()), ({"MaxItems": 100_000}, {"ASL402"}), ({"MaxItemsPath": "$.n"}, set())],
)
def test_the_results_of_few_items_are_kept(bound: Any, rules: set[str]) -> None:
    state = over_a_data_set()
    state["ItemReader"]["ReaderConfig"] = {"InputType": "JSON", **bound}
    state["ItemReader"]["Resource"] = "arn:aws:states:::s3:getObject"
    state["ItemReader"]["Parameters"] = {"Bucket": "b", "Key": "k"}
    assert found({"Each": state}) == rules


def over_a_data_set(**fields: Any) -> dict[str, Any]:
    jsonata = "QueryLanguage" in fields
    given = {"Bucket": "b"}
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments" if jsonata else "Parameters": given}
    state = {
        "Type": "Map",
        "ItemReader": reader,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "One",
            "States": {"One": {"Type": "Pass", "End": True}},
        },
        "End": True,
        **fields,
    }
    paths = ("ResultPath", "OutputPath")
    return {name: value for name, value in state.items() if value is not None or name in paths}
