"""A choice rule as a person would write its condition."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPARISON = re.compile(
    r"(String|Numeric|Timestamp|Boolean)(Equals|LessThanEquals|LessThan|GreaterThanEquals|GreaterThan|Matches)(Path)?"
)
_SIGNS = {
    "Equals": "=",
    "LessThan": "<",
    "LessThanEquals": "\u2264",
    "GreaterThan": ">",
    "GreaterThanEquals": "\u2265",
    "Matches": "like",
}
_NOT_COMPARISONS = frozenset({"Variable", "Next", "Comment", "Assign", "Output"})


def condition_of(rule: Mapping[str, Any]) -> str:
    """The condition of a rule, of either query language, on one line."""
    if "Condition" in rule:
        text = str(rule["Condition"])
        return text.removeprefix("{%").removesuffix("%}").strip()
    return _test(rule, nested=False)


def _test(rule: Mapping[str, Any], *, nested: bool) -> str:
    if "Not" in rule:
        return f"not {_test(rule['Not'], nested=True)}"
    for name, word in (("And", " and "), ("Or", " or ")):
        if name in rule:
            text = word.join(_test(part, nested=True) for part in rule[name])
            return f"({text})" if nested and len(rule[name]) > 1 else text
    variable = str(rule.get("Variable", ""))
    for name, value in rule.items():
        if name not in _NOT_COMPARISONS:
            return f"{variable} {_comparison(name, value)}"
    return variable


def _comparison(name: str, value: Any) -> str:
    match = _COMPARISON.fullmatch(name)
    if match is None:
        # IsPresent, IsNull and so on
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
        return words if value is True else words.replace("is ", "is not ", 1)
    shown = value if match[3] else json.dumps(value, ensure_ascii=False)
    return f"{_SIGNS[match[2]]} {shown}"
