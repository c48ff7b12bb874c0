"""The rules of a Choice state in JSONPath: And, Or, Not, and the comparisons of the States Language.

https://states-language.net/spec.html#choice-state
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import RUNTIME, StateError
from asl.engine.timestamps import parse_timestamp
from asl.expressions import PathNotFoundError, compile_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.engine.frame import Visit

Json = Any

NUMBER_TYPES: Final = (int, float)


def compile_choice_rule(rule: Mapping[str, Json]) -> Callable[[Visit], bool]:
    """A function that tells whether a choice rule holds for what a state sees."""
    if "And" in rule:
        conditions = [compile_choice_rule(inner) for inner in rule["And"]]
        return lambda visit: all(condition(visit) for condition in conditions)
    if "Or" in rule:
        conditions = [compile_choice_rule(inner) for inner in rule["Or"]]
        return lambda visit: any(condition(visit) for condition in conditions)
    if "Not" in rule:
        negated = compile_choice_rule(rule["Not"])
        return lambda visit: not negated(visit)
    return _comparison(rule)


def _comparison(rule: Mapping[str, Json]) -> Callable[[Visit], bool]:
    name = next(key for key in rule if key in TESTS or key.removesuffix("Path") in COMPARISONS)
    if name == "IsPresent":
        return _is_present(rule["Variable"], expected=rule[name])
    variable = _selected(rule["Variable"])
    if name in TESTS:
        test, expected = TESTS[name], rule[name]
        return lambda visit: test(variable(visit)) is expected
    compare = COMPARISONS[name.removesuffix("Path")]
    if name in COMPARISONS:
        value = rule[name]
        return lambda visit: compare(variable(visit), value)
    other = _selected(rule[name])
    return lambda visit: compare(variable(visit), other(visit))


def _selected(path: str) -> Callable[[Visit], Json]:
    evaluate = compile_path(path)

    def select(visit: Visit) -> Json:
        try:
            return evaluate(visit.scope())
        except PathNotFoundError:
            cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
            raise StateError(RUNTIME, visit.explain(cause)) from None

    return select


def _is_present(path: str, *, expected: bool) -> Callable[[Visit], bool]:
    evaluate = compile_path(path)

    def present(visit: Visit) -> bool:
        try:
            evaluate(visit.scope())
        except PathNotFoundError:
            return not expected
        return expected

    return present


def _is_number(value: Json) -> bool:
    return isinstance(value, NUMBER_TYPES) and not isinstance(value, bool)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _comparing(
    convert: Callable[[Json], Json], accepts: Callable[[Json], bool], compare: Callable[[Any, Any], bool]
) -> Callable[[Json, Json], bool]:
    """A comparison of two values of one type; values of another type do not match."""

    def compared(value: Json, other: Json) -> bool:
        return accepts(value) and accepts(other) and compare(convert(value), convert(other))

    return compared


def _same(value: Json) -> Json:
    return value


def _is_timestamp(value: Json) -> bool:
    return parse_timestamp(value) is not None


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool)


def _utf16(value: str) -> bytes:
    """What texts are ordered by: UTF-16 code units, as Java compares strings."""
    return value.encode("utf-16-be", "surrogatepass")


def _matches(value: Json, pattern: Json) -> bool:
    return isinstance(value, str) and _wildcards(pattern).fullmatch(value) is not None


def _wildcards(pattern: str) -> re.Pattern[str]:
    """The pattern of StringMatches: an asterisk stands for any text, a backslash makes it stand for itself."""
    parts = re.findall(r"\\[\\*]|\*|[^\\*]+|\\", pattern)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part[-1] if part in {"\\*", "\\\\"} else part) for part in parts),
        re.DOTALL,
    )


TESTS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "IsPresent": lambda _value: True,
    "IsNull": lambda value: value is None,
    "IsBoolean": _is_boolean,
    "IsNumeric": _is_number,
    "IsString": _is_text,
    "IsTimestamp": _is_timestamp,
}

ORDERINGS: Final = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}

COMPARISONS: Final[Mapping[str, Callable[[Json, Json], bool]]] = {
    "StringMatches": _matches,
    "BooleanEquals": _comparing(_same, _is_boolean, operator.eq),
    **{f"String{name}": _comparing(_utf16, _is_text, compare) for name, compare in ORDERINGS.items()},
    **{f"Numeric{name}": _comparing(_same, _is_number, compare) for name, compare in ORDERINGS.items()},
    **{f"Timestamp{name}": _comparing(parse_timestamp, _is_timestamp, compare) for name, compare in ORDERINGS.items()},
}
