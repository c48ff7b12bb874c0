from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.expressions import ExpressionError, PathNotFoundError, Scope, compile_path, compile_payload_template
from asl.expressions.jsonpath import JsonPathSyntaxError, parse_path

DOCUMENT = {
    "name": "Ada",
    "nothing": None,
    "a-b": {"c d": 1},
    "list": [10, 20, 30, 40],
    "users": [
        {"id": 1, "status": 0, "tags": ["x", "y"]},
        {"id": 2, "status": 1, "tags": []},
        {"id": 3, "active": False},
    ],
    "deep": {"x": {"a": [1, 2]}, "y": [{"a": 3}]},
}
SCOPE = Scope(DOCUMENT, {"Execution": {"Input": {"input-value": 0}}}, {"count": 5, "order": {"items": [1, 2]}})


def select(path: str) -> Any:
    return compile_path(path)(SCOPE)


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", DOCUMENT),
        ("$.name", "Ada"),
        ("$['name']", "Ada"),
        ('$["name"]', "Ada"),
        ("$.nothing", None),
        ("$.a-b['c d']", 1),
        ("$.list[0]", 10),
        ("$.list[-1]", 40),
        ("$.users[1].id", 2),
        ("$$.Execution.Input.input-value", 0),
        ("$$", SCOPE.context),
        ("$count", 5),
        ("$order.items[1]", 2),
    ],
)
def test_a_definite_path_selects_the_value_itself(path: str, selected: Any) -> None:
    assert select(path) == selected


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$.list[*]", [10, 20, 30, 40]),
        ("$.list[1:3]", [20, 30]),
        ("$.list[:1]", [10]),
        ("$.list[-2:]", [30, 40]),
        ("$.list[0,2]", [10, 30]),
        ("$.users[*].id", [1, 2, 3]),
        ("$.deep.*", [{"a": [1, 2]}, [{"a": 3}]]),
        ("$.deep..a", [[1, 2], 3]),
        ("$.deep..a[*]", [1, 2]),
        ("$..tags[0]", ["x"]),
    ],
)
def test_an_indefinite_path_selects_a_list(path: str, selected: list[Any]) -> None:
    assert select(path) == selected


def test_several_names_select_an_object_of_just_these() -> None:
    assert select("$.users[0]['id','status']") == {"id": 1, "status": 0}


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("@.status == 0", [1]),
        ("@.status != 0", [2, 3]),
        ("@.active", [3]),
        ("!(@.active)", [1, 2]),
        ("@.id > 1 && @.id <= 2", [2]),
        ("@.id < 2 || @.id >= 3", [1, 3]),
        ("@.id in [1, 3]", [1, 3]),
        ("@.id nin [1, 3]", [2]),
        ("@.tags contains 'x'", [1]),
        ("@.tags size 0", [2]),
        ("@.tags empty false", [1]),
        ("@.tags anyof ['y', 'z']", [1]),
        ("@.id == $.users[1].id", [2]),
        ("@.tags[0] =~ /X/i", [1]),
        ("@.id == '2'", [2]),
        ("@.status == null", []),
    ],
)
def test_a_filter_keeps_the_elements_for_which_it_holds(condition: str, ids: list[int]) -> None:
    assert [user["id"] for user in select(f"$.users[?({condition})]")] == ids


@pytest.mark.parametrize("path", ["$.no[*]", "$.no.such[1:5].value", "$.no[?(@.a)]", "$..no", "$.list[9:]"])
def test_an_indefinite_path_that_selects_nothing_gives_an_empty_list(path: str) -> None:
    assert select(path) == []


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("$.no.such.path", "Invalid path '$.no.such.path' : Missing property in path $['no']"),
        (
            "$.name.first",
            "Invalid path '$.name.first' : Expected to find an object with property ['first'] in path"
            " $['name'] but found 'java.lang.String'.",
        ),
        ("$.deep.no", "Invalid path '$.deep.no' : No results for path: $['deep']['no']"),
        ("$.list[9]", "Invalid path '$.list[9]' : No results for path: $['list'][9]"),
        ("$.name[0]", "Invalid path '$.name[0]' : Filter: [0] can only be applied to arrays."),
        ("$.nothing[0]", "Invalid path '$.nothing[0]' : The path $['nothing'] is null"),
        ("$.list[-9]", "Invalid path '$.list[-9]' : No results for path: $['list'][-9]"),
    ],
)
def test_a_definite_path_that_selects_nothing_says_where_it_leaves_the_document(path: str, cause: str) -> None:
    with pytest.raises(PathNotFoundError) as raised:
        select(path)
    assert raised.value.error == "States.Runtime"
    assert raised.value.cause == cause


def test_a_missing_path_is_reported_for_a_field_with_the_whole_input() -> None:
    with pytest.raises(PathNotFoundError) as raised:
        compile_path("$.x")(Scope({"other": 1}))
    assert raised.value.in_field("x.$").cause == (
        "The JSONPath '$.x' specified for the field 'x.$' could not be found in the input '{\"other\":1}'"
    )


def test_a_backslash_before_a_double_quote_belongs_to_the_name() -> None:
    assert compile_path('$[\'Test\\""Name"\']')(Scope({'Test\\""Name"': 1})) == 1


def test_functions_select_nothing() -> None:
    with pytest.raises(PathNotFoundError):
        select("$.list.length()")


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="No variable named 'missing'"):
        select("$missing.a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "$.",
        "$..",
        "$[",
        "$[a]",
        "$['a'",
        "$['a'x]",
        "$.a b",
        "$[?(@.a ==)]",
        "$[?()]",
        "$[?(@.a =~ /(/)]",
        "$[?(@.a == $$.b)]",
        "$.a[1:2:3]",
        "$x y",
        "$[?(@.a[)]",
        "$" + ".a" * 300,
    ],
)
def test_text_that_is_no_path_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_path(text)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("$", ()),
        ("$.a['b'][0]", ("a", "b", 0)),
        ("$.a[*]", None),
        ("$..a", None),
        ("$.a[-1]", None),
        ("$['a','b']", None),
    ],
)
def test_a_reference_path_is_a_sequence_of_names_and_indices(path: str, keys: tuple[str | int, ...] | None) -> None:
    assert parse_path(path).keys == keys


def test_a_huge_selection_is_refused_instead_of_filling_the_memory() -> None:
    nested = Scope([[[0] * 1000] * 1000] * 3)
    with pytest.raises(ExpressionError, match="more than 1000000 values"):
        compile_path("$..[*]")(nested)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("path", ["$..[0]", "$[?(@ == $[0])]", "$.a", "$[0].a"])
def test_a_document_nested_very_deep_gives_a_value_or_an_error(path: str) -> None:
    document = [nested(20_000), nested(20_000)]
    with contextlib.suppress(ExpressionError):
        compile_payload_template({"x.$": path})(Scope(document))


def test_a_regular_expression_that_takes_too_long_is_refused() -> None:
    with pytest.raises(ExpressionError, match="takes too long"):
        compile_path("$[?(@ =~ /(a+)+b/)]")(Scope(["a" * 40]))


def json_values() -> st.SearchStrategy[Any]:
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_leaves=8,
    )


PATH_TEXT = st.text(alphabet="$@.[]*:?()'\"ab01-,=!<>&|~/ \\{}é", max_size=25).map("$".__add__)


@given(PATH_TEXT | st.text(), json_values())
def test_any_text_is_a_path_or_an_expression_error(text: str, document: Any) -> None:
    with contextlib.suppress(ExpressionError):
        compile_path(text)(Scope(document))


@given(st.text(alphabet="$.[]ab0*", max_size=12).map("$".__add__))
def test_text_is_parsed_as_a_path_or_refused_as_one(text: str) -> None:
    with contextlib.suppress(JsonPathSyntaxError):
        assert parse_path(text).text == text
