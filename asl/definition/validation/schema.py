"""Building blocks of the tables: rules for values, and the fields of objects.

A rule is a function that looks at a value and reports at its site what is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from asl.definition.model import QueryLanguage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from asl.definition.validation.site import Site

    Rule: TypeAlias = Callable[[Any, "Site"], None]

# RFC 3339 with the States Language's restriction to upper-case T and Z: https://states-language.net/spec.html#timestamps
_TIMESTAMP = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
    r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)


def anything(_value: Any, _site: Site) -> None:
    """Any JSON value."""


def _of_type(expected: type, name: str) -> Rule:
    def check(value: Any, site: Site) -> None:
        if not isinstance(value, expected):
            site.error(f"Expected value of type [{name}]")

    return check


string = _of_type(str, "STRING")
boolean = _of_type(bool, "BOOLEAN")


def integer(minimum: int | None = None, maximum: int | None = None) -> Rule:
    """A whole number within bounds, both included."""

    def check(value: Any, site: Site) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            site.error("Expected value of type Integer")
        else:
            _check_bounds(value, minimum, maximum, site)

    return check


def number(minimum: float | None = None, maximum: float | None = None) -> Rule:
    """A number within bounds, both included."""

    def check(value: Any, site: Site) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            site.error("Expected value of type [NUMBER]")
        else:
            _check_bounds(value, minimum, maximum, site)

    return check


def _check_bounds(value: float, minimum: float | None, maximum: float | None, site: Site) -> None:
    if minimum is not None and value < minimum:
        site.error(f"Minimum value is {minimum}")
    elif maximum is not None and value > maximum:
        site.error(f"Maximum value is {maximum}")


def one_of(*values: str) -> Rule:
    """One of these texts."""

    def check(value: Any, site: Site) -> None:
        if not isinstance(value, str):
            string(value, site)
        elif value not in values:
            site.error(f"Value should be one of the following: [{', '.join(values)}]")

    return check


def named_one_of(name: str, values: Sequence[str]) -> Rule:
    """One of these texts, for the fields of which AWS repeats the name when it is not."""

    def check(value: Any, site: Site) -> None:
        if not isinstance(value, str):
            string(value, site)
        elif value not in values:
            site.error(f"The field '{name}' should have one of these values: [{', '.join(values)}]")

    return check


def timestamp(value: Any, site: Site) -> None:
    """A date and time."""
    if not isinstance(value, str):
        string(value, site)
    elif not _TIMESTAMP.fullmatch(value):
        site.error("String does not match RFC3339 timestamp")


def array(rule: Rule, *, may_be_empty: bool = True) -> Rule:
    """An array of which every element satisfies `rule`."""

    def check(value: Any, site: Site) -> None:
        if not isinstance(value, list):
            site.error("Expected value of type [ARRAY]")
            return
        if not value and not may_be_empty:
            site.error("Value cannot be empty")
        for index, item in enumerate(value):
            rule(item, site.item(index))

    return check


def by_language(*, jsonpath: Rule, jsonata: Rule) -> Rule:
    """A field that both query languages have, with different values."""
    rules = {QueryLanguage.JSONPATH: jsonpath, QueryLanguage.JSONATA: jsonata}

    def check(value: Any, site: Site) -> None:
        rules[site.language](value, site)

    return check


@dataclass(frozen=True, slots=True)
class Only:
    """A field that only one query language has."""

    language: QueryLanguage
    rule: Rule


def only_jsonpath(rule: Rule) -> Only:
    """A field that a JSONata state can't have."""
    return Only(QueryLanguage.JSONPATH, rule)


def only_jsonata(rule: Rule) -> Only:
    """A field that a JSONPath state can't have."""
    return Only(QueryLanguage.JSONATA, rule)


def listed(names: Iterable[str]) -> str:
    """Names of fields as AWS lists them: in the order of a Java HashSet, which is that of the hashes of the texts."""
    unordered = list(names)
    buckets = 16
    while len(unordered) > buckets * 3 // 4:
        buckets *= 2
    return f"[{', '.join(sorted(unordered, key=lambda name: _java_hash(name) & (buckets - 1)))}]"


def _java_hash(text: str) -> int:
    value = 0
    for char in text:
        value = (31 * value + ord(char)) & 0xFFFF_FFFF
    return value ^ value >> 16


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Fields of which an object may have one.

    `needed`: it must have one. `unset_by_false`: a field that is false is as good as absent.
    """

    names: tuple[str, ...]
    needed: bool = False
    unset_by_false: bool = False

    def check(self, value: Mapping[str, Any], site: Site) -> None:
        """Report too many of them, or none where one is needed."""
        present = sum(name in value and not (self.unset_by_false and value[name] is False) for name in self.names)
        if present > 1:
            site.error(f"There should only be one of the following fields: {listed(self.names)}")
        elif self.needed and not present:
            site.error(f"This object should have only one of the following fields: {listed(self.names)}")


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """The fields of an object. It is itself a rule."""

    fields: Mapping[str, Rule | Only]
    required: tuple[str, ...] = ()
    alternatives: tuple[Alternatives, ...] = ()

    def __call__(self, value: Any, site: Site) -> None:
        """Report what is wrong with the object as a whole, then with its fields in the order in which they stand."""
        if not isinstance(value, dict):
            site.error("Expected value of type [OBJECT]")
            return
        missing = [name for name in self.required if name not in value]
        if missing:
            site.error(f"These fields are required: {listed(missing)}")
        for name in value:
            if name not in self.fields:
                site.error(f"Field '{name}' is not supported")
        for group in self.alternatives:
            group.check(value, site)
        for name, member in value.items():
            self._check_field(name, member, site)

    def _check_field(self, name: str, member: Any, site: Site) -> None:
        rule = self.fields.get(name)
        if isinstance(rule, Only):
            if rule.language is not site.language:
                if site.reports_language:
                    site.error(
                        f"The QueryLanguage is set to '{site.language.value}', but field '{name}' is only supported "
                        f"for the '{rule.language.value}' QueryLanguage"
                    )
                return
            rule = rule.rule
        if rule is not None:
            rule(member, site.at(name))
