"""Findings that are left as they are, with a reason: in a `Comment` of the definition, or in the settings.

In a definition, `asl-lint: allow ASL205 (reason)` inside a Comment holds for what the Comment belongs to - the whole
definition, a state, a retrier, a catcher, a choice rule - and for all that is inside it. Several rules are separated by
commas, and one Comment may acknowledge several times.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import pointer_to
from asl.lint.builtin import BY_ID, UNUSED, WITHOUT_REASON
from asl.lint.finding import Finding
from asl.lint.settings import Acknowledgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asl.lint.positions import Positions
    from asl.lint.rule import Rule
    from asl.lint.settings import Settings

_ALLOW: Final = re.compile(r"asl-lint:\s*allow\s+(?P<rules>\w+(?:\s*,\s*\w+)*)[ \t]*(?:\((?P<reason>[^)]*)\))?")
# What a payload is made of may hold any field, `Comment` too.
_DATA: Final = frozenset(
    {"Parameters", "Arguments", "Result", "ResultSelector", "ItemSelector", "Output", "Assign", "Items", "Credentials"}
)


def acknowledge(
    findings: Iterable[Finding],
    definition: Any,
    name: str,
    settings: Settings,
    positions: Positions,
    *,
    complete: bool,
) -> list[Finding]:
    """The findings, with their reasons where they are acknowledged, and what is wrong with the acknowledgements.

    Only a `complete` check, of a definition that could be read, can say that an acknowledgement is unused.
    """
    given = [*_in_comments(definition, ""), *(each for each in settings.acknowledgements if _is_for(each, name))]
    used: set[int] = set()
    marked = [_marked(finding, given, used) for finding in findings]
    return [*marked, *_complaints(given, used, settings, positions, complete=complete)]


def _is_for(acknowledgement: Acknowledgement, name: str) -> bool:
    short = name.rpartition("/")[2].partition(".")[0]
    wanted = acknowledgement.definition
    return wanted is None or any(fnmatchcase(each, wanted) for each in (name, short))


def _in_comments(value: Any, pointer: str) -> Iterator[Acknowledgement]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _in_comments(item, pointer_to(pointer, index))
        return
    if not isinstance(value, dict):
        return
    comment = value.get("Comment")
    for match in _ALLOW.finditer(comment if isinstance(comment, str) else ""):
        for rule in re.split(r"\s*,\s*", match["rules"]):
            reason = (match["reason"] or "").strip()
            yield Acknowledgement(rule=rule, reason=reason, at=pointer, where=pointer_to(pointer, "Comment"))
    for member, inner in value.items():
        if member not in _DATA:
            yield from _in_comments(inner, pointer_to(pointer, member))


def _marked(finding: Finding, given: list[Acknowledgement], used: set[int]) -> Finding:
    for index, each in enumerate(given):
        inside = finding.pointer == each.at or finding.pointer.startswith(f"{each.at}/")
        if each.rule == finding.rule and inside:
            used.add(index)
            if each.reason:
                return replace(finding, acknowledged=each.reason)
    return finding


def _complaints(
    given: list[Acknowledgement], used: set[int], settings: Settings, positions: Positions, *, complete: bool
) -> Iterator[Finding]:
    for index, each in enumerate(given):
        in_definition = each.where.startswith("/")
        pointer = each.where if in_definition else each.at
        place = "" if in_definition else f" ({each.where})"
        complaint: tuple[Rule, str] | None = None
        if each.rule not in BY_ID:
            complaint = WITHOUT_REASON, f"The acknowledgement{place} names {each.rule}, which is no rule"
        elif not each.reason:
            complaint = WITHOUT_REASON, f"The acknowledgement of {each.rule}{place} gives no reason"
        elif index not in used and complete and settings.selects(each.rule):
            complaint = (
                UNUSED,
                f"The acknowledgement of {each.rule}{place} is not needed: no such finding is here",
            )
        if complaint and settings.selects(complaint[0].id):
            rule, message = complaint
            yield Finding(rule.id, rule.name, rule.severity, message, pointer, positions.of(pointer))
