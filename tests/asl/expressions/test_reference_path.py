from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.expressions import ExpressionError, Scope, compile_path, compile_reference_path


@pytest.mark.parametrize(
    ("path", "document", "result"),
    [
        ("$", {"a": 1}, "new"),
        ("$.a", {"a": 1, "b": 2}, {"a": "new", "b": 2}),
        ("$.c.d", {"a": 1}, {"a": 1, "c": {"d": "new"}}),
        ("$.a[1]", {"a": [1, 2, 3]}, {"a": [1, "new", 3]}),
        ("$['x y']", {}, {"x y": "new"}),
    ],
)
def test_a_value_is_put_where_the_path_points(path: str, document: Any, result: Any) -> None:
    assert compile_reference_path(path).insert(document, "new") == result


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("$.a", "text"),
        ("$.a", [1]),
        ("$.a.b", {"a": 1}),
        ("$.a[3]", {"a": [1]}),
        ("$.a[0]", {}),
        ("$[0]", {"a": 1}),
        ("$.a", None),
    ],
)
def test_a_path_that_does_not_fit_the_document_is_a_result_path_match_failure(path: str, document: Any) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_reference_path(path).insert(document, 1)
    assert raised.value.error == "States.ResultPathMatchFailure"
    assert raised.value.cause.startswith(f"Unable to apply ReferencePath {path} to input ")


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[0:1]", "$$.a", "$name", "a", "$.a[?(@.b)]"])
def test_only_a_reference_path_into_the_input_is_accepted(path: str) -> None:
    with pytest.raises(ExpressionError):
        compile_reference_path(path)


NAMES = st.lists(st.text(alphabet="ab '\"\\.[]$é", min_size=1, max_size=4), min_size=1, max_size=4)
DOCUMENTS = st.recursive(
    st.none() | st.integers(), lambda inner: st.dictionaries(st.sampled_from("ab"), inner, max_size=2), max_leaves=5
)


def quoted(name: str) -> str:
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


@given(NAMES, DOCUMENTS, st.integers())
def test_what_is_inserted_is_what_the_same_path_selects_and_the_document_stays(
    names: list[str], document: Any, value: int
) -> None:
    path = "$" + "".join(map(quoted, names))
    before = copy.deepcopy(document)
    with contextlib.suppress(ExpressionError):
        result = compile_reference_path(path).insert(document, value)
        assert compile_path(path)(Scope(result)) == value
    assert document == before
