"""A closure and the interpreter give the same value, or fail alike, for any expression and any variables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from asl.expressions.jsonata.closures import close
from asl.expressions.jsonata.failures import evaluation_failure
from asl.expressions.jsonata.interpreter import BoundedInterpreter
from asl.expressions.jsonata.library import NULL, Interpreter
from asl.expressions.jsonata.syntax import JsonataSyntaxError, parse_jsonata
from asl.expressions.jsonata.values import is_undefined, to_json

INTERPRETER = BoundedInterpreter()


def outcome(evaluate: Any, *arguments: Any) -> Any:
    """The value, a word for undefined, or the cause of the failure, in a form that compares types too."""
    try:
        value = evaluate(*arguments)
    except Exception as error:  # noqa: BLE001  failures are compared as values are
        return evaluation_failure("", "", error).cause
    return "undefined" if is_undefined(value) else repr(None if value is NULL else to_json(value))


class SteppingInterpreter(BoundedInterpreter):
    """Evaluates every path with the library's own code."""

    evaluate_path = Interpreter.evaluate_path
    evaluate_step = Interpreter.evaluate_step
    evaluate_wildcard = Interpreter.evaluate_wildcard


STEPPING = SteppingInterpreter()

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, width=32)
    | st.sampled_from(["", "a", "1"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=6,
)
BINDINGS = st.dictionaries(st.sampled_from(["x", "y", "states", "count"]), JSON, max_size=4)

LEAVES = st.sampled_from(
    [
        "1",
        "2.5",
        "-3",
        "0",
        "'a'",
        "''",
        "'['",
        "true",
        "false",
        "null",
        "$x",
        "$y",
        "$missing",
        "$x.a",
        "$x.a.b",
        "$y.b",
        "$states.a",
        "[]",
        "$uuid",
        "$count",
    ]
)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.sampled_from(["+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
    function = st.sampled_from(
        [
            "count",
            "string",
            "exists",
            "not",
            "boolean",
            "sum",
            "length",
            "uppercase",
            "keys",
            "number",
            "append",
            "abs",
            "merge",
            "distinct",
            "reverse",
            "lookup",
            "join",
            "type",
            "split",
            "contains",
            "range",
            "partition",
            "parse",
        ]
    )
    return st.one_of(
        st.tuples(inner, operator, inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})"),
        st.lists(inner, max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]"),
        st.tuples(inner, inner).map(lambda parts: f'{{"a": {parts[0]}, "b": {parts[1]}}}'),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}; {parts[1]})"),
        st.tuples(function, st.lists(inner, max_size=3)).map(lambda call: f"${call[0]}({', '.join(call[1])})"),
    )


@settings(max_examples=1500, deadline=None)
@given(st.recursive(LEAVES, combined, max_leaves=6), BINDINGS)
@example("$x.a", {"x": [{"a": 1}, {"a": [2]}]})
@example("$x.a.b", {"x": {"a": [{"b": 1}, {"b": None}]}})
@example("[[1], $x]", {"x": [1, [2]]})
@example("$count($x)", {"x": [], "count": 1})
def test_a_closure_equals_the_interpreter(expression: str, bindings: dict[str, Any]) -> None:
    ast = parse_jsonata(expression)
    closure = close(ast, INTERPRETER)
    if closure is not None:
        assert outcome(closure, bindings) == outcome(INTERPRETER.run, ast, bindings, None)


PATHS = st.tuples(
    st.sampled_from(["$x", "$y", "$", "a", "$states"]),
    st.lists(st.sampled_from([".a", ".b", "[0]", "[a=1]", ".$", "[]", ".(a & b)", '{"k": a}', ".*"]), max_size=4),
).map(lambda parts: parts[0] + "".join(parts[1]))
PLACES = st.sampled_from(["{}", "$map($x, function($y) {{ {} }})", "$x.({})", "[$x, {{'a': {}}}].a", "{} & {}", "[{}]"])


@settings(max_examples=1000, deadline=None)
@given(st.tuples(PLACES, PATHS).map(lambda parts: parts[0].format(parts[1], parts[1])), BINDINGS)
@example("$x.a{'k': a}", {"x": {"a": {"a": 1}}})
@example("$x.a[0]", {"x": {"a": [[1], 2]}})
def test_a_path_gives_what_the_library_gives_for_it(expression: str, bindings: dict[str, Any]) -> None:
    try:
        ast = parse_jsonata(expression)
    except JsonataSyntaxError:
        assume(False)
    assert outcome(INTERPRETER.run, ast, bindings, None) == outcome(STEPPING.run, ast, bindings, None)


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.x",
        "$x + 1",
        "'a' & $x",
        '{"a": $x.b, "c": [1, $y]}',
        "$x > 1 and $y = 'a' ? 1 : 2",
        "$count($x.y)",
    ],
)
def test_the_common_expressions_have_closures(expression: str) -> None:
    assert close(parse_jsonata(expression), INTERPRETER) is not None


@pytest.mark.parametrize(
    "expression",
    ["$x[0]", "$map($x, $string)", "function() { 1 }", "$now()", "$x.a[]", "a", "$x ~> $count", "+".join("1" * 101)],
)
def test_the_interpreter_evaluates_the_rest(expression: str) -> None:
    assert close(parse_jsonata(expression), INTERPRETER) is None
