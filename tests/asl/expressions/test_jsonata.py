from __future__ import annotations

import uuid
from collections import ChainMap
from typing import Any

import pytest

from asl.expressions import ExpressionError, compile_jsonata, compile_jsonata_template

BINDINGS = {
    "states": {
        "input": {
            "n": 5,
            "text": "abc",
            "nothing": None,
            "list": [None, 1, "x"],
            "one": [7],
            "items": [{"id": 1, "n": 3}, {"id": 2, "n": 9}],
            "deep": {"a": {"b": True}},
        },
        "context": {"Execution": {"Name": "e"}},
    },
    "v": 2,
    "none": None,
}


def evaluate(expression: str, field: str = "Output") -> Any:
    return compile_jsonata(expression, field)(BINDINGS)


def cause(expression: str, field: str = "Output") -> str:
    with pytest.raises(ExpressionError) as raised:
        evaluate(expression, field)
    assert raised.value.error == "States.QueryEvaluationError"
    return raised.value.cause


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$states.input.n", 5),
        ("{% $states.input.n %}", 5),
        ("$states.input", BINDINGS["states"]["input"]),  # type: ignore[index]  # a mapping of any JSON
        ("$states.input.nothing", None),
        ("$none", None),
        ("null", None),
        ("$states.input.list", [None, 1, "x"]),
        ("$states.input.one", [7]),
        ("$states.input.list[0]", None),
        ("$states.input.items.n", [3, 9]),
        ("$states.input.items[n > 3].id", 2),
        ("$states.input.items[n > 3].id[]", [2]),
        ("$states.input.deep.a.b", True),
        ("$states.input.n + $v * 2", 9),
        ("$states.input.text & '-' & $v", "abc-2"),
        ("$v = 2 and $states.input.n > 3", True),
        ("$v > 3 ? 'big' : 'small'", "small"),
        ('{"a": $v, "gone": $missing, "list": [1, [2], $states.input.one]}', {"a": 2, "list": [1, [2], 7]}),
        ("($x := $v + 1; $x * $x)", 9),
        ("$map([1..3], function($i) { $i * $v })", [2, 4, 6]),
        ("$reduce([1..4], function($a, $b) { $a + $b })", 10),
        ("$states.input.items ~> |$|{'n': 0}|", [{"id": 1, "n": 0}, {"id": 2, "n": 0}]),
        ("$exists($states.input.nope)", False),
        ("$not($states.input.deep)", False),
        ("$sum($states.input.items.n)", 12),
        ("$string($states.input.deep)", '{"a":{"b":true}}'),
        ("$string({'a': $states.input.list, 'b': $none})", '{"a":[null,1,"x"],"b":null}'),
        ("$string($states).{'n': $contains($, '\"nothing\":null')}.n", True),
        ("$keys($states.input.deep)", "a"),
        ("$replace('abc', /b(.)/, '$1')", "ac"),
        ("$split('a,b', ',')", ["a", "b"]),
        ("$split('a1b22c', /\\d+/)", ["a", "b", "c"]),
        ("$split('a,b,c', ',', 2)", ["a", "b"]),
        ("$split('ab', '')", ["a", "b"]),
        ("$replace('a.b.c', '.', '$1', 1)", "a$1b.c"),
        ("$replace('John Smith', /(\\w+) (\\w+)/, '$2, $1 $$ $0')", "Smith, John $ John Smith"),
        ("$replace('abc', /(b)/, '$12')", "ab2c"),
        ("$replace('abc', /[AC]/i, function($m) { $uppercase($m.match) })", "AbC"),
        ("$match('ab12', /([a-z])(\\d)/).groups", ["b", "1"]),
        ("$contains('Hello', /hel+/i)", True),
        ("$match('k: v', /(?<key>\\w)/)[0].match", "k"),
        ("$distinct([1, 1, '1', true])", [1, "1", True]),
        ("$spread({'a': 1, 'b': 2})", [{"a": 1}, {"b": 2}]),
        ("$toMillis('2024-01-01T00:00:00Z')", 1704067200000),
        ("$number('0x10')", 16),
        ("$split('a, b, c, d', ', ', 2.5)", ["a", "b"]),
        ("$length('\\uD834\\uDD1E')", 1),
        ("1 = true", False),
        ("1 in [true]", False),
    ],
)
def test_an_expression_has_the_value_that_aws_gives_it(expression: str, result: Any) -> None:
    value = evaluate(expression)
    assert value == result
    assert type(value) is type(result)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1.0", 1),
        ("5 / 2", 2.5),
        ("6 / 2", 3),
        ("5.5 % 2", 1.5),
        ("0.1 + 0.2", 0.30000000000000004),
        ("1 / 0", None),
        ("0 / 0", None),
        ("[1 / 0]", [None]),
        ("1e308 * 10", None),
        ("$string(0.1 + 0.2)", "0.3"),
        ("$string(1e20)", "100000000000000000000"),
        ("$string(999999999999999868928)", "999999999999999900000"),
        ("$string(9223372036854775808)", "9223372036854776000"),
        ("$string(1e21)", "1e+21"),
        ("$string(0.0000001)", "1e-7"),
        ("$string(-0.00001234)", "-0.00001234"),
        ("$string([1.0, 0.1])", "[1,0.1]"),
        ("'' & 2.50", "2.5"),
        ("$parse('9223372036854775807')", 9223372036854775807),
        ("$parse('9223372036854775808')", 9223372036854776000),
        ("$power(2, 70)", 1180591620717411303424.0),
        ("9007199254740993 + 0", 9007199254740992),
        ("$number('-1.5e3')", -1500),
        ("$distinct([{'a': 1, 'b': 2}, {'b': 2, 'a': 1.0}])", [{"a": 1, "b": 2}]),
    ],
)
def test_numbers_are_doubles_and_written_as_javascript_writes_them(expression: str, result: Any) -> None:
    assert evaluate(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1,2,3], 2.9)", [[1, 2], [3]]),
        ("$range(0, 6, 2)", [0, 2, 4, 6]),
        ("$range(0, 10, 3)", [0, 3, 6, 9]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 9, 9)", 1),
        ("$count($range(1, 200000, 1))", 200000),
        ('$hash("input", "SHA-1")', "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ('$hash("", "MD5")', "d41d8cd98f00b204e9800998ecf8427e"),
        ("$random(42)", 0.7275636800328681),
        ('$parse("{\\"a\\": [1, null]}").a', [1, None]),
        ('$parse("null")', None),
        ('$parse("-0")', 0),
    ],
)
def test_the_functions_that_aws_adds(expression: str, result: Any) -> None:
    assert evaluate(expression) == result


def test_uuids_are_of_version_4_and_unseeded_random_numbers_lie_in_the_unit_interval() -> None:
    assert uuid.UUID(evaluate("$uuid()")).version == 4
    assert 0 <= evaluate("$random()") < 1


def test_now_is_the_time_given() -> None:
    expression = compile_jsonata("[$millis(), $now()]")
    assert expression(BINDINGS, 1704067200000) == [1704067200000, "2024-01-01T00:00:00.000Z"]


def test_a_path_gives_a_part_of_the_input_itself() -> None:
    document = {"big": [1.0, {"a": None}]}
    assert compile_jsonata("$states.input.big")({"states": {"input": document}}) is document["big"]


def test_variables_may_come_in_any_mapping() -> None:
    assert compile_jsonata("$x.a + $y")(ChainMap({"y": 1}, {"x": {"a": 2}})) == 3


def test_a_variable_hides_a_function_of_its_name() -> None:
    assert compile_jsonata("$count")({"count": 3}) == 3
    with pytest.raises(ExpressionError, match="T1006"):
        compile_jsonata("$count([1])")({"count": 3})


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ('$formatNumber(20, ".e0")', "D3085"),
        ('$formatNumber(20, "x")', "D3086"),
        ('$formatNumber(20, "0+.e0")', "D3086"),
        ('$formatNumber(20, "0,.0")', "D3087"),
        ('$formatNumber(20, "0,")', "D3088"),
        ('$formatNumber(20, "0,,0")', "D3089"),
        ('$formatNumber(20, "0#.e0")', "D3090"),
        ('$formatNumber(20, "#0.#0e0")', "D3091"),
        ('$formatNumber(20, "#0.0e0%")', "D3092"),
        ('$formatNumber(20, "#0.0e0,0")', "D3093"),
        ("$formatInteger(1, '\u03b1')", "D3130"),
        ("$formatInteger(12340, '##0\uff10')", "D3131"),
        ('$toMillis("2018-05-22", "[Y]-[M]-[q]")', "D3132"),
        ('$fromMillis(0, "[Z010101t]", "+0530")', "D3134"),
        ('$fromMillis(0, "[Y]-[M")', "D3135"),
        ('$toMillis("2018-22", "[Y]-[D]")', "D3136"),
        ("$sort([{'a': 1}, {'a': 2}])", "D3070"),
        ("$sort([1, 'a'])", "D3070"),
        ("$power(-2, 1/3)", "D3061"),
        ("$split('a', $uppercase)", "T1010"),
        ("$replace('hello', 'l', '1', null)", "T0410"),
    ],
)
def test_a_failure_has_the_code_of_the_test_suite_of_jsonata(expression: str, code: str) -> None:
    assert f" {code}: " in cause(expression)


@pytest.mark.parametrize(
    ("comparison", "ids"), [("$a.n > $b.n", ["b", "d", "a", "c"]), ("$a.n < $b.n", ["a", "c", "b", "d"])]
)
def test_sorting_by_a_function_keeps_the_order_of_equal_items(comparison: str, ids: list[str]) -> None:
    items = "[{'n': 2, 'id': 'a'}, {'n': 1, 'id': 'b'}, {'n': 2, 'id': 'c'}, {'n': 1, 'id': 'd'}]"
    assert evaluate(f"$sort({items}, function($a, $b) {{ {comparison} }}).id") == ids


PREFIX = "The JSONata expression '{}' specified for the field 'Output' "


@pytest.mark.parametrize(
    ("expression", "tail"),
    [
        ("$missing", "returned nothing (undefined)."),
        ("$states.input.nope.deeper", "returned nothing (undefined)."),
        ("function($x) { $x }", "returned nothing (undefined)."),
        ("$range(0, 5, 0)", "returned nothing (undefined)."),
        ('$eval("1+1")', "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            '$sum(["a"])',
            'threw an error during evaluation. T0412: Argument 1 of function "sum" must be an array of "numbers"',
        ),
        (
            '$abs("x")',
            'threw an error during evaluation. T0410: Argument 1 of function "abs" does not match function signature',
        ),
        (
            '"a" + 1',
            'threw an error during evaluation. T2001: The left side of the "+" operator must evaluate to a number',
        ),
        (
            "1 - true",
            'threw an error during evaluation. T2002: The right side of the "-" operator must evaluate to a number',
        ),
        (
            '1 < "a"',
            'threw an error during evaluation. T2009: The values 1 and "a" either side of operator "<" must be '
            "of the same data type",
        ),
        ("-'a'", 'threw an error during evaluation. D1002: Cannot negate a non-numeric value: "a"'),
        ('$number("foo")', 'threw an error during evaluation. D3030: Unable to cast value to a number: "foo"'),
        (
            '$toMillis("foo")',
            "threw an error during evaluation. D3110: The argument of the toMillis function must be an "
            'ISO 8601 formatted timestamp. Given "foo"',
        ),
        ('$error("boom")', "threw an error during evaluation. D3137: boom"),
        (
            "$string(1/0)",
            "threw an error during evaluation. D3001: Attempting to invoke string function on Infinity or NaN",
        ),
        ("(1/0) + 1", "threw an error during evaluation. D1001: Number out of range: null"),
        (
            "$replace('abc', /x*/, '-')",
            "threw an error during evaluation. D1004: Regular expression matches zero length string",
        ),
        (
            '$string({"inf": 1/0})',
            "threw an error during evaluation. D1001: Number out of range: null",
        ),
        (
            '$toMillis("2018-02-03 11:15:33")',
            "threw an error during evaluation. D3110: The argument of the toMillis function must be an "
            'ISO 8601 formatted timestamp. Given "2018-02-03 11:15:33"',
        ),
        (
            "$decodeUrl('%E0%A4%A')",
            'threw an error during evaluation. D3140: Malformed URL passed to $decodeUrl(): "%E0%A4%A"',
        ),
        (
            '$fromMillis(0, "[YN]")',
            'threw an error during evaluation. D3133: The "name" modifier can only be applied to months and days in '
            'the date/time picture string, not "Y"',
        ),
        (
            "substring(?, 0, ?)",
            "threw an error during evaluation. T1007: Attempted to partially apply a non-function. "
            "Did you mean $substring?",
        ),
        ('$base64decode("!!!")', "threw an internal error during evaluation."),
    ],
)
def test_a_failure_names_the_expression_the_field_and_the_reason(expression: str, tail: str) -> None:
    assert cause(expression) == PREFIX.format(expression) + tail


@pytest.mark.parametrize("expression", ["1(2)", "$v(1)", "{'a': 1} ~> 2", "$map([1], 'x')", "'a'()"])
def test_calling_what_is_no_function_fails_without_printing(
    expression: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cause(expression)
    assert capsys.readouterr().out == ""


def test_text_that_is_no_jsonata_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_jsonata("1 +", "Output")
    assert raised.value.error == "States.QueryEvaluationError"
    assert "Unexpected end of expression" in raised.value.cause


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{% $v %}", 2),
        ({"a": "{% $v + 1 %}", "b": ["{% $states.input.text %}", "$v"], "c": 1}, {"a": 3, "b": ["abc", "$v"], "c": 1}),
        ("plain {% $v %}", "plain {% $v %}"),
        ({"x": "{% null %}"}, {"x": None}),
        ([], []),
        (None, None),
    ],
)
def test_a_template_computes_the_texts_between_delimiters(template: Any, value: Any) -> None:
    assert compile_jsonata_template(template, "Output")(BINDINGS) == value


def test_a_template_names_the_field_of_the_expression_that_fails() -> None:
    with pytest.raises(ExpressionError, match="specified for the field 'Output/r' returned nothing"):
        compile_jsonata_template({"r": "{% $missing %}"}, "Output")(BINDINGS)


def test_evaluating_does_not_change_the_input() -> None:
    document = {"a": {"list": [1, None]}}
    evaluated = compile_jsonata("$merge([$states.input.a, {'b': null}])")({"states": {"input": document}})
    assert evaluated == {"list": [1, None], "b": None}
    assert document == {"a": {"list": [1, None]}}
