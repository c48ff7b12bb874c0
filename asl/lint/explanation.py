"""A rule in full, in Markdown; the documentation holds this text of every rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asl.lint.rule import definition_of

if TYPE_CHECKING:
    from asl.lint.rule import Rule

_LONG = 200


def explained(rule: Rule) -> str:
    """What a rule says, why, how to mend what it finds, and an example before and after."""
    bad, good = _differing(definition_of(rule.bad), definition_of(rule.good))
    parts = [
        f"### {rule.id} {rule.name}",
        f"*{rule.severity.value}*: {rule.summary}",
        rule.why,
        f"**Mend it.** {rule.mend}",
        f"```json\n{bad}\n```",
        f"becomes\n\n```json\n{good}\n```",
    ]
    if rule.link:
        parts.append(f"See <{rule.link}>.")
    return "\n\n".join(parts) + "\n"


def _differing(bad: dict[str, Any], good: dict[str, Any]) -> tuple[str, str]:
    """Of two definitions the states that are not the same in both, and of those the fields."""
    return _rendered(bad["States"], good["States"]), _rendered(good["States"], bad["States"])


def _rendered(states: dict[str, Any], others: dict[str, Any]) -> str:
    shown = {name: _fields(state, others.get(name, {})) for name, state in states.items() if others.get(name) != state}
    return json.dumps(_shortened(shown or states), indent=2, ensure_ascii=False)


def _fields(state: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The type of a state, what it does, and the fields that differ."""
    kept = ("Type", "Resource")
    return {name: value for name, value in state.items() if name in kept or other.get(name) != value}


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return f"{value[:10]}\u2026" if isinstance(value, str) and len(value) > _LONG else value
