"""A runaway expression fails after a number of steps that is the same on any machine."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from asl.expressions import ExpressionError, compile_jsonata

TIMEOUT = ": Expression evaluation timeout: Check for infinite loop"
STACK = ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
MEMORY = ": Expression evaluation memory limit exceeded: Check for excessive memory usage"
BINDINGS = {"big": "x" * 250_000, "list": list(range(1000)), "states": {"input": {}}}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("($f := function($x) { $f($x + 1) }; $f(1))", TIMEOUT),
        ("$map($list, function($a) { $map($list, function($b) { $a = $b }) })", TIMEOUT),
        ("($f := function($x, $n) { $n = 0 ? $x : $f({'a': $x, 'b': $x}, $n - 1) }; $f(1, 30) = $f(1, 30))", TIMEOUT),
        ("($f := function($x, $n) { $n = 0 ? $x : $f({'a': $x, 'b': $x}, $n - 1) }; $count($f(1, 30).**))", TIMEOUT),
        ("($r := [1..200000]; $map($list, function($i) { $sum($r) }))", TIMEOUT),
        ("$map([1..90000], function($i) { {'k': 1} }){k: $count($)}", TIMEOUT),
        ("($f := function($x) { 1 + $f($x + 1) }; $f(1))", STACK),
        ("+".join(["1"] * 200), STACK),
        ("(" * 110 + "1" + ")" * 110, STACK),
        ("$match($big, /(x+)+y/)", TIMEOUT),
        ("$map($list, function($i) { $contains($big, /x*x*x*y/) })", TIMEOUT),
        ("$sum([1..900000])", MEMORY),
        ("[1..900000] ~> $count()", MEMORY),
        ("$range(1, 1e12, 1)", MEMORY),
        ("($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p('x', 31)))", MEMORY),
        ("($p := function($x, $n) { $n = 0 ? $x : $p([$x, $x], $n - 1) }; $p(1, 40))", MEMORY),
        ("($p := function($x, $n) { $n = 0 ? $x : $p({'a': $x, 'b': $x}, $n - 1) }; $p(1, 40))", MEMORY),
        ("($p := function($x, $n) { $n = 0 ? $x : $p({'a': $x, 'b': $x}, $n - 1) }; $string($p(1, 40)))", MEMORY),
        ("($r := [1..200000]; [1..1000].$r)", MEMORY),
        ("($r := [1..100000]; $count([1..100]@$i.$r@$j.($i + $j)))", TIMEOUT),
        ("($f := function($x, $n) { $n = 0 ? $x : $f([[$x, $x]], $n - 1) }; $f([1], 30).*)", TIMEOUT),
        ("$reduce([1..90000], function($a, $b) { $append($a, $b) }, [])", TIMEOUT),
        ("$pad('x', 1e9)", MEMORY),
        ("$join($list.$big)", MEMORY),
        ("$string($list.$big)", MEMORY),
        ("[$list.$big]", MEMORY),
        ("$replace($big, 'x', $big)", MEMORY),
        ("$formatInteger(1e12, 'I')", MEMORY),
    ],
)
def test_a_runaway_expression_fails(expression: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_jsonata(expression, "Output")(BINDINGS)
    assert raised.value.error == "States.QueryEvaluationError"
    assert raised.value.cause.endswith("threw an error during evaluation" + reason)


def test_each_evaluation_has_a_whole_budget() -> None:
    expression = compile_jsonata("$sum($map([1..9000], function($i) { $i + 1 }))")
    assert {expression(BINDINGS) for _ in range(5)} == {40_513_500}


def test_work_that_is_large_but_ends_is_done() -> None:
    assert compile_jsonata("$count($filter([1..10000], function($i) { $i % 2 = 0 }))")(BINDINGS) == 5000
    assert compile_jsonata("$count([1..200000])")(BINDINGS) == 200_000
    assert compile_jsonata("+".join(["1"] * 90))(BINDINGS) == 90


@pytest.mark.parametrize(
    "expression", ["$x", "[$x]", "$x = $y", "$string($x)", "$x.**", "$distinct([$x, $y])", "$x & ''"]
)
def test_a_value_nested_very_deep_gives_a_value_or_an_error(expression: str) -> None:
    deep: list[Any] = []
    other: list[Any] = []
    for _ in range(20_000):
        deep, other = [deep], [other]
    with contextlib.suppress(ExpressionError):
        compile_jsonata(expression)({"x": deep, "y": other})
