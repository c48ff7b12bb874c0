"""What a picture of a definition says: the lines of text of each state, the label of each transition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.definition.outline import TransitionKind
from asl.graph.rule_text import condition_of
from asl.graph.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.outline import StateOutline, Transition

MAX_LABEL = 60
MAX_REMARK = 44


@dataclass(frozen=True, slots=True)
class Caption:
    """The text of a state: what kind it is, how it is retried, and the whole of it for those who point at it."""

    kind: str
    retry: str
    full: str


def caption_of(state: StateOutline) -> Caption:
    """What a box says below the name of its state."""
    kind, retry = _kind(state), _retry(state.fields)
    comment = state.fields.get("Comment", "")
    full = "\n".join(text for text in (f"{state.name} ({state.type})", kind, retry, comment) if text)
    return Caption(shorten(kind, MAX_REMARK), shorten(retry, MAX_REMARK), full)


def _kind(state: StateOutline) -> str:
    fields = state.fields
    match state.type:
        case "Task":
            return _resource(str(fields["Resource"]))
        case "Wait":
            return f"Wait {_duration(fields)}"
        case "Map":
            mode = fields.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode", "INLINE")
            return "Map, distributed" if mode == "DISTRIBUTED" else "Map"
        case "Fail":
            return f"Fail {fields.get('Error', fields.get('ErrorPath', ''))}".strip()
        case name:
            return name


def _resource(arn: str) -> str:
    """The part of a Resource that says what it does: `lambda:invoke.waitForTaskToken`, `function:send`."""
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 else arn


def _duration(fields: Mapping[str, Any]) -> str:
    if "Seconds" in fields:
        return f"{fields['Seconds']} s"
    if "Timestamp" in fields:
        return f"until {fields['Timestamp']}"
    return str(fields.get("SecondsPath", fields.get("TimestampPath", "")))


def _retry(fields: Mapping[str, Any]) -> str:
    retriers = fields.get("Retry", ())
    if not retriers:
        return ""
    most = max(retrier.get("MaxAttempts", 3) for retrier in retriers)
    return f"\u21bb {most} times at most" if most else "\u21bb never"


def label_of(transition: Transition) -> str:
    """What an arrow says, at full length; empty where there is nothing to say."""
    match transition.kind:
        case TransitionKind.CHOICE:
            return condition_of(transition.rule)
        case TransitionKind.DEFAULT:
            return "else"
        case TransitionKind.CATCH:
            return ", ".join(str(name) for name in transition.rule["ErrorEquals"])
        case _:
            return ""


def title_of(transition: Transition) -> str:
    """An arrow in one sentence, for those who point at it."""
    source, target = transition.source or "start", transition.target or "end"
    label = label_of(transition)
    arrow = f"{source} \u2192 {target}"
    if transition.kind is TransitionKind.CATCH:
        return f"{arrow}: catches {label}"
    return f"{arrow}: {label}" if label else arrow
