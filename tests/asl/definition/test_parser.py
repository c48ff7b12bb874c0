from __future__ import annotations

import json

import pytest

from asl.definition import ParseError, parse
from asl.definition.model import ABSENT, MapState, PassState, QueryLanguage, TaskState

PASS = {"Type": "Pass", "End": True}


def nested(levels: int) -> str:
    """A definition of so many Parallel states, one in the other."""
    before = '{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Branches": ['
    return before * levels + '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}' + "]}}}" * levels


def test_null_is_told_from_what_is_absent() -> None:
    absent = parse(json.dumps({"StartAt": "A", "States": {"A": PASS}})).states["A"]
    null = parse(json.dumps({"StartAt": "A", "States": {"A": {**PASS, "Result": None, "ResultPath": None}}})).states[
        "A"
    ]
    assert isinstance(absent, PassState)
    assert isinstance(null, PassState)
    assert (absent.result, absent.result_path) == (ABSENT, "$")
    assert (null.result, null.result_path) == (None, None)


def test_retriers_have_the_defaults_of_the_language() -> None:
    task = {"Type": "Task", "Resource": "r", "End": True, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    state = parse(json.dumps({"StartAt": "T", "States": {"T": task}})).states["T"]
    assert isinstance(state, TaskState)
    retrier = state.retry[0]
    assert (retrier.interval_seconds, retrier.max_attempts, retrier.backoff_rate) == (1, 3, 2.0)
    assert (retrier.max_delay_seconds, retrier.full_jitter) == (None, False)


def test_states_inside_a_state_inherit_its_query_language() -> None:
    inner = {"StartAt": "A", "States": {"A": PASS}}
    body = {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": inner, "End": True}
    state = parse(json.dumps({"StartAt": "M", "States": {"M": body}})).states["M"]
    assert isinstance(state, MapState)
    assert state.processor.states["A"].query_language is QueryLanguage.JSONATA


def test_the_older_names_of_a_map_mean_the_same() -> None:
    inner = {"StartAt": "A", "States": {"A": PASS}}
    body = {"Type": "Map", "Iterator": inner, "Parameters": {"x": 1}, "End": True}
    state = parse(json.dumps({"StartAt": "M", "States": {"M": body}})).states["M"]
    assert isinstance(state, MapState)
    assert state.item_selector == {"x": 1}
    assert list(state.processor.states) == ["A"]


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        (nested(20_000), "nested too deeply"),
        ("[]", "has to be a JSON object"),
        ('{"StartAt": "A"}', "an object is needed at /States"),
        ('{"StartAt": "B", "States": {"A": {"Type": "Pass"}}}', "at /StartAt"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Sleep"}}}', "at /States/A/Type"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Task"}}}', "Resource is missing at /States/A"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": {}}}}', "at /States/A/Branches"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "XPath"}}}', "at /States/A/QueryLanguage"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(definition: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(definition)
