"""Choice rules.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.definition.model import QueryLanguage
from asl.definition.validation.diagnostics import Code
from asl.definition.validation.expressions import (
    constant_or_jsonata,
    jsonata_template,
    looks_like_a_path,
    reference_path,
)
from asl.definition.validation.schema import (
    Alternatives,
    ObjectSchema,
    boolean,
    number,
    only_jsonata,
    only_jsonpath,
    string,
    timestamp,
)
from asl.definition.validation.variables import assign

if TYPE_CHECKING:
    from asl.definition.validation.schema import Only, Rule
    from asl.definition.validation.site import Site

_ORDERINGS = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_SELECTORS = ("And", "Or", "Not", "Variable", "Condition")


def _comparand(rule: Rule) -> Rule:
    """A constant to compare with, which is never evaluated."""

    def check(value: Any, site: Site) -> None:
        if looks_like_a_path(value):
            site.warn("Field value looks like a path, but field name does not end with 'Path'.", Code.NO_PATH)
        rule(value, site)

    return check


def _comparisons() -> dict[str, Rule]:
    table: dict[str, Rule] = {}
    for kind, rule in (("String", string), ("Numeric", number()), ("Timestamp", timestamp)):
        for ordering in _ORDERINGS:
            table[f"{kind}{ordering}"] = _comparand(rule)
            table[f"{kind}{ordering}Path"] = reference_path
    table["BooleanEquals"] = boolean
    table["BooleanEqualsPath"] = reference_path
    table["StringMatches"] = string
    for test in ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"):
        table[test] = boolean
    return table


_COMPARISONS = _comparisons()
_ONE_COMPARISON = Alternatives(tuple(_COMPARISONS), needed=True)


def _operands(value: Any, site: Site) -> None:
    if not isinstance(value, list):
        site.error("Expected value of type [ARRAY]")
        return
    if not value:
        site.error("Value cannot be empty")
    for index, operand in enumerate(value):
        _operand(operand, site.item(index))


def _operand(value: Any, site: Site) -> None:
    _NESTED(value, site)
    _check_shape(value, site)


_TESTS: dict[str, Rule | Only] = {
    "Comment": string,
    "Variable": only_jsonpath(reference_path),
    "And": only_jsonpath(_operands),
    "Or": only_jsonpath(_operands),
    "Not": only_jsonpath(_operand),
    **{name: only_jsonpath(rule) for name, rule in _COMPARISONS.items()},
}
_NESTED = ObjectSchema(_TESTS)
_TOP = ObjectSchema(
    {
        **_TESTS,
        "Condition": only_jsonata(constant_or_jsonata(boolean)),
        "Assign": assign,
        "Output": only_jsonata(jsonata_template),
        "Next": string,
    },
    required=("Next",),
)


def choice_rule(value: Any, site: Site) -> None:
    """An element of Choices."""
    _TOP(value, site)
    _check_shape(value, site)


def _check_shape(value: Any, site: Site) -> None:
    """A rule is one comparison of a variable, one combination of rules, or one condition."""
    if not isinstance(value, dict):
        return
    if sum(name in value for name in _SELECTORS) != 1:
        site.error(f"The object must have only one of the following fields, [{', '.join(_SELECTORS)}]")
    elif "Variable" in value and site.language is QueryLanguage.JSONPATH:
        _ONE_COMPARISON.check(value, site)
