from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.expressions import ExpressionError, check_jsonata, compile_jsonata


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.phone",
        "{% $v + 1 %}",
        "$x[name = 'a'].b.(c & $.d)",
        "$x{name: $}",
        "$x^(>price)",
        "$x.*",
        "$map($x, function($v) { $v.name })",
        "$x ~> |$|{'n': n}|",
        "'and'",
    ],
)
def test_an_expression_that_starts_from_variables_has_no_problems(expression: str) -> None:
    assert check_jsonata(expression) == []


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("phone", ["phone"]),
        ("a.b.c", ["a"]),
        ("a + b + a", ["a", "b"]),
        ("{'k': v}", ["v"]),
        ("$", ["$"]),
        ("$.a", ["$"]),
        ("$$.a", ["$$"]),
        ("$x[$$ = 1]", ["$$"]),
        ("*", ["*"]),
        ("$f(a)", ["a"]),
        ("$x ? y : z", ["y", "z"]),
    ],
)
def test_reading_a_context_where_there_is_none_is_not_supported(expression: str, names: list[str]) -> None:
    assert [(problem.code, problem.message) for problem in check_jsonata(expression)] == [
        ("UNSUPPORTED_JSONATA_EXPRESSION", f"Reference to '{name}' at the top level is not supported.")
        for name in names
    ]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a[1,2)", 'Expected "]", got ","'),
        ('"unterminated', "String literal must be terminated by a matching quote"),
        ("1 +", "Unexpected end of expression"),
        ('{"a":}', 'The symbol "}" cannot be used as a unary operator'),
        ("$x :=", "Unexpected end of expression"),
        (
            "$match('a', /a{2,1}/)",
            "Invalid regular expression: /a{2,1}/: min repeat greater than max repeat at position 2",
        ),
        ('$match("a", /abc', "No terminating / in regular expression"),
        ("", "Unexpected end of expression"),
        ("(", 'Expected ")" before end of expression'),
        ("5 := 6", "The left side of := must be a variable name (start with $)"),
        ("1 2", "Syntax error: 2"),
        ("[1!2]", 'Unknown operator: "!"'),
        ("function($x)<n<n>>{$x}(5)", "Type parameters can only be applied to functions and arrays"),
        ("[" + "1," * 12_000 + "1]", "The expression has more than 20000 tokens"),
        ("+".join(["1"] * 9_000), "The expression is nested too deeply"),
    ],
)
def test_an_expression_that_does_not_parse_is_invalid_in_the_parsers_words(expression: str, message: str) -> None:
    [problem] = check_jsonata(expression)
    assert (problem.code, problem.message) == ("INVALID_JSONATA_EXPRESSION", message)


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "$",
            "$x",
            "$states",
            ".",
            "a",
            "1",
            "0",
            "-",
            "+",
            "*",
            "**",
            "%",
            "/",
            "/a/",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            ":",
            ":=",
            ",",
            ";",
            "'s'",
            '"',
            "`",
            "?",
            "~>",
            "|",
            "&",
            "=",
            "<",
            "in",
            "and",
            "..",
            "function",
            "^",
            "@$i",
            "#$j",
            "$count",
            "$map",
            "$string",
            "null",
            "\\u12",
            "//",
            "/*",
            "é",
        ]
    ),
    max_size=9,
).map(" ".join)


@given(FRAGMENTS | st.text(max_size=12))
def test_any_text_is_checked_and_evaluated_to_a_value_or_an_expression_error(text: str) -> None:
    problems = check_jsonata(text)
    with contextlib.suppress(ExpressionError):
        compile_jsonata(text, "Output")({"x": [{"a": 1}, None], "states": {"input": {"a": [1, "b"]}}})
        assert all(problem.code == "UNSUPPORTED_JSONATA_EXPRESSION" for problem in problems)
