from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asl.expressions import ExpressionError, Scope, compile_payload_template

SCOPE = Scope({"a": {"b": 1}, "list": [1, 2]}, {"Task": {"Token": "t"}}, {"v": "x"})


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        ({"k": 1, "x.$": "$.a.b"}, {"k": 1, "x": 1}),
        ({"n": {"deep": [{"y.$": "$v"}, 2]}}, {"n": {"deep": [{"y": "x"}, 2]}}),
        ({"t.$": "$$.Task.Token", "f.$": "States.Format('{}-{}', $.a.b, $v)"}, {"t": "t", "f": "1-x"}),
        ([{"x.$": "$.list[*]"}, "$.a"], [{"x": [1, 2]}, "$.a"]),
        ("$.a", "$.a"),
        ({}, {}),
        (None, None),
    ],
)
def test_fields_that_end_in_dollar_are_computed_and_the_rest_is_copied(template: Any, payload: Any) -> None:
    assert compile_payload_template(template)(SCOPE) == payload


def test_fields_keep_their_order() -> None:
    payload = compile_payload_template({"z.$": "$.a.b", "b": 1, "a.$": "$v"})(SCOPE)
    assert list(payload) == ["z", "b", "a"]


@pytest.mark.parametrize("template", [{"x.$": "$.no"}, {"n": [{"x.$": "$.no"}]}])
def test_a_path_that_selects_nothing_is_reported_with_its_field(template: Any) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_payload_template(template)(Scope({"q": 1}))
    assert (raised.value.error, raised.value.cause) == (
        "States.Runtime",
        "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{\"q\":1}'",
    )


@pytest.mark.parametrize("template", [{"x.$": 1}, {"x.$": "text"}, {"x.$": "States.No()"}, {"x.$": "$["}])
def test_a_field_that_holds_no_expression_is_refused_when_it_is_compiled(template: Any) -> None:
    with pytest.raises(ExpressionError):
        compile_payload_template(template)


def test_one_evaluation_does_not_change_another() -> None:
    build = compile_payload_template({"x.$": "$.a.b", "list": []})
    first = build(SCOPE)
    first["extra"] = True
    assert build(SCOPE) == {"x": 1, "list": []}


EXPRESSIONS = st.sampled_from(
    ["$.a", "$.a.b", "$v", "$$.Task", "States.UUID()", "States.Format('{}', $.a)", "$[", "x", ""]
)
TEMPLATES = st.recursive(
    st.none() | st.integers() | EXPRESSIONS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c.$", ".$"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(TEMPLATES)
def test_any_template_gives_a_payload_or_an_expression_error(template: Any) -> None:
    with contextlib.suppress(ExpressionError):
        compile_payload_template(template)(SCOPE)


@given(TEMPLATES)
def test_a_template_without_computed_fields_is_its_own_payload(template: Any) -> None:
    assume('.$"' not in json.dumps(template))
    assert compile_payload_template(template)(SCOPE) == template
