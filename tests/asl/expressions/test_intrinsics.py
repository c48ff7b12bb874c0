from __future__ import annotations

import contextlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.expressions import ExpressionError, Scope, compile_intrinsic
from asl.expressions.intrinsics.functions import FUNCTIONS


def call(text: str, document: Any = None) -> Any:
    return compile_intrinsic(text)(Scope(document, {"Name": "a-b-c"}, {"v": 7}))


@pytest.mark.parametrize(
    ("text", "document", "result"),
    [
        ("States.Format('plain')", None, "plain"),
        ("States.Format('{} and {}', $.a, $v)", {"a": None}, "null and 7"),
        ("States.Format('{}', $)", {"Arg1": 1, "Arg2": [], "t": True}, "{Arg1=1, Arg2=[], t=true}"),
        ("States.Format('\\{\\} \\' \\\\ {}', 1.5)", None, "{} ' \\ 1.5"),
        ("States.Format($.t, 'x')", {"t": "<{}>"}, "<x>"),
        ("States.Format('Format:{}', 101)", None, "Format:101"),
        ("States.StringToJson($)", '[1, {"a": null}]', [1, {"a": None}]),
        ("States.StringToJson('')", None, None),
        ("States.StringToJson('-0')", None, 0),
        ('States.StringToJson(\'{"c": "false"}\')', None, {"c": "false"}),
        ("States.JsonToString($)", {"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ("States.Array()", None, []),
        ("States.Array(1, 'a', null, true, $)", {}, [1, "a", None, True, {}]),
        ("States.ArrayPartition($, 4)", [1, 2, 3, 4, 5], [[1, 2, 3, 4], [5]]),
        ("States.ArrayPartition($, 1.6)", [1, 2, 3], [[1, 2], [3]]),
        ("States.ArrayContains($, 1)", [True, "1"], False),
        ("States.ArrayContains($, 1)", [2, 1.0], True),
        ("States.ArrayRange(1, 9, 2)", None, [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 0, -1)", None, [3, 2, 1, 0]),
        ("States.ArrayRange(5, 1, 1)", None, []),
        ("States.ArrayGetItem($, 1)", [1, 2], 2),
        ("States.ArrayLength($)", [1, None], 2),
        (
            "States.ArrayUnique($)",
            [1, 1, "1", None, None, True, {"a": 1, "b": 2}, {"b": 2, "a": 1}],
            [1, "1", None, True, {"a": 1, "b": 2}],
        ),
        ("States.Base64Encode($)", "Data to encode", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode($)", "RGF0YSB0byBlbmNvZGU=", "Data to encode"),
        ("States.Hash($, 'SHA-1')", "input data", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        (
            "States.JsonMerge($.x, $.y, false)",
            {"x": {"a": {"b": 1}, "c": 2}, "y": {"a": {"d": 3}}},
            {"a": {"d": 3}, "c": 2},
        ),
        ("States.MathAdd($, -1)", 111, 110),
        ("States.StringSplit($, ',')", ", , ,", [" ", " "]),
        ("States.StringSplit($, '.+,=')", "This.is+a,test=string", ["This", "is", "a", "test", "string"]),
        ("States.StringSplit('Hello\nWorld', '\n')", None, ["Hello", "World"]),
        (
            "States.ArrayGetItem(States.StringSplit($$.Name, '-'), States.MathAdd(States.ArrayLength("
            "States.StringSplit($$.Name, '-')), -1))",
            None,
            "c",
        ),
        ("  States.MathAdd( 1 ,2 )  ", None, 3),
    ],
)
def test_each_function_gives_what_the_guide_says(text: str, document: Any, result: Any) -> None:
    assert call(text, document) == result


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [(1.49, 1.5, 3), (1.5, 1.51, 4), (-1.5, -1.51, -3), (-0.5, 0, 0), (2.5, 0, 3), (-2.5, 0, -2)],
)
def test_numbers_are_rounded_half_up_before_they_are_added(first: float, second: float, total: int) -> None:
    assert call(f"States.MathAdd({first}, {second})") == total


def test_a_seeded_random_number_is_always_the_same() -> None:
    drawn = {call("States.MathRandom(1, 1000, 42)") for _ in range(3)}
    assert len(drawn) == 1
    assert 1 <= drawn.pop() < 1000


def test_a_random_number_lies_between_its_bounds() -> None:
    assert {call("States.MathRandom(1, 3)") for _ in range(200)} <= {1, 2}


def test_a_uuid_is_of_version_4_and_new_each_time() -> None:
    first, second = call("States.UUID()"), call("States.UUID()")
    assert uuid.UUID(first).version == 4
    assert first != second


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("States.Format('{} {}', 1)", None),
        ("States.Format('{}', 1, 2)", None),
        ("States.Format($)", 1),
        ("States.StringToJson('{')", None),
        ("States.StringToJson('NaN')", None),
        ("States.ArrayPartition($, 0)", [1]),
        ("States.ArrayPartition($, 'x')", [1]),
        ("States.ArrayLength($)", "text"),
        ("States.ArrayRange(1, 10, 0)", None),
        ("States.ArrayRange(1, 5000, 1)", None),
        ("States.ArrayGetItem($, 5)", [1]),
        ("States.ArrayGetItem($, -1)", [1]),
        ("States.Base64Encode($)", "x" * 10_001),
        ("States.Base64Decode('%')", None),
        ("States.Hash('x', 'SHA-3')", None),
        ("States.JsonMerge($, $, true)", {}),
        ("States.JsonMerge($, 1, false)", {}),
        ("States.MathAdd(1, true)", None),
        ("States.MathAdd(2147483647, 1)", None),
        ("States.MathRandom(5, 5)", None),
        ("States.StringSplit(1, ',')", None),
    ],
)
def test_arguments_that_a_function_refuses_are_an_intrinsic_failure(text: str, document: Any) -> None:
    with pytest.raises(ExpressionError) as raised:
        call(text, document)
    assert raised.value.error == "States.IntrinsicFailure"
    assert raised.value.cause.startswith(f"The function '{text}' had the following error: ")


def test_a_path_that_selects_nothing_names_the_call_and_the_input() -> None:
    with pytest.raises(ExpressionError) as raised:
        call("States.Array($.no)", {"requiredProperty": 1})
    assert raised.value.cause == (
        "The function 'States.Array($.no)' had the following error: The JsonPath argument for the field '$.no' "
        "could not be found in the input '{\"requiredProperty\":1}'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "States.",
        "States.Format",
        "States.Format(",
        "States.Format('a'",
        "States.Nope()",
        "States.UUID(1)",
        "States.Format()",
        "States.Format('\\n')",
        'States.Format("a")',
        "States.Format('a') x",
        "States.Array(1,)",
        "States.Array($.a[)",
        "Format('a')",
        'States.StringToJson(\'{"a":"\\"b\\""}\')',
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_text_that_is_no_call_of_a_known_function_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_intrinsic(text)


def test_ten_calls_may_stand_in_one_field() -> None:
    assert call("States.Array(" * 10 + ")" * 10) == [[[[[[[[[[]]]]]]]]]]


@pytest.mark.parametrize("name", ["JsonToString", "ArrayUnique", "Array"])
def test_a_value_nested_very_deep_gives_a_value_or_an_error(name: str) -> None:
    document: Any = 1
    for _ in range(20_000):
        document = [document]
    with contextlib.suppress(ExpressionError):
        call(f"States.Format('{{}}', States.{name}($))", document)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(VALUES, max_size=4))
def test_any_function_with_any_arguments_gives_a_value_or_an_expression_error(name: str, values: list[Any]) -> None:
    arguments = ", ".join(f"$[{index}]" for index in range(len(values)))
    with contextlib.suppress(ExpressionError):
        call(f"States.{name}({arguments})", values)


@given(st.text(alphabet="States.Format()'\\{}$,. 01a", max_size=30).map("States.Array(".__add__) | st.text())
def test_any_text_is_a_call_or_an_expression_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        call(text)
