"""The history of an execution as a compact table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asl.engine import Execution, HistoryEvent

FIRST: Final = 30
LAST: Final = 70
DETAIL_WIDTH: Final = 90
UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60))
DATA: Final = ("input", "output", "parameters")


def history_table(execution: Execution) -> str:
    """One event a line: its id, the time since the start, its type, the state, and what matters of its details."""
    events = list(execution.history)
    rows = [_row(event, execution.start_date) for event in events]
    left_out = len(rows) - FIRST - LAST
    if left_out > 0:
        rows[FIRST:-LAST] = [("", "", f"({left_out} events left out)", "", "")]
    titles = ("id", "after", "event", "state", "")
    widths = [max(len(row[column]) for row in (titles, *rows)) for column in range(4)]
    lines = []
    for number, after, event_type, state, detail in (titles, *rows):
        cells = (number.rjust(widths[0]), after.rjust(widths[1]), event_type.ljust(widths[2]), state.ljust(widths[3]))
        lines.append("  ".join((*cells, detail)).rstrip())
    return "\n".join(lines)


def _row(event: HistoryEvent, start: float) -> tuple[str, str, str, str, str]:
    state = event.details.get("name", "")
    return str(event.id), spell_delay(event.timestamp - start), event.type, str(state), _detail(event)


def _detail(event: HistoryEvent) -> str:
    details = event.details
    if "error" in details or "cause" in details:
        text = ": ".join(part for part in (details.get("error"), _told(details.get("cause"))) if part)
    else:
        text = next((str(details[key]) for key in DATA if key in details), "")
    flat = " ".join(text.split())
    return flat if len(flat) <= DETAIL_WIDTH else f"{flat[: DETAIL_WIDTH - 3]}..."


def _told(cause: str | None) -> str | None:
    """What a person wants of a cause: of a function's, which is JSON, the message."""
    try:
        content = json.loads(cause or "")
    except ValueError:
        return cause
    message = content.get("errorMessage") if isinstance(content, dict) else None
    return message if isinstance(message, str) else cause


def spell_delay(seconds: float) -> str:
    """A time span as people write it: `1d 2h`, `5m 30s`, `0.25s`."""
    whole, fraction = divmod(round(seconds, 3), 60)
    parts = []
    rest = int(whole) * 60
    for unit, length in UNITS:
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count}{unit}")
    if fraction or not parts:
        parts.append(f"{fraction:.3f}".rstrip("0").rstrip(".") + "s")
    return " ".join(parts)
