"""What a rule is. The rules themselves stand in `asl.lint.rules`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from asl.lint.finding import Complaint, Severity
from asl.lint.subject import Subject

Check = Callable[[Subject], Iterator[Complaint]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A policy: its id and name, why it is one, how to mend what it finds, and a definition before and after.

    `bad` and `good` are states, the first of which is the first of the definition; `link` is a page of documentation.
    """

    id: str
    name: str
    severity: Severity
    summary: str
    why: str
    mend: str
    link: str
    bad: dict[str, Any]
    good: dict[str, Any]
    check: Check


def definition_of(states: dict[str, Any]) -> dict[str, Any]:
    """An example as a whole definition; `QueryLanguage` among the states is the definition's own."""
    names = [name for name in states if name != "QueryLanguage"]
    language = {"QueryLanguage": states["QueryLanguage"]} if "QueryLanguage" in states else {}
    return {**language, "StartAt": names[0], "States": {name: states[name] for name in names}}
