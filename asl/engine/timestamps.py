"""Timestamps as the context object and Wait states have them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

RFC3339 = re.compile(
    r"(?P<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<offset>Z|[+-]\d\d:\d\d)"
)
MINUTES_PER_DAY = 24 * 60


def isoformat(timestamp: float) -> str:
    """Seconds since the epoch as the context object shows them: UTC, milliseconds, `Z`."""
    return _isoformat(int(timestamp * 1000))


@lru_cache(maxsize=16)
def _isoformat(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def parse_timestamp(text: object) -> float | None:
    """Seconds since the epoch of an RFC 3339 timestamp with `T` and an offset; None where the value is not one."""
    if not isinstance(text, str) or (match := RFC3339.fullmatch(text)) is None:
        return None
    try:
        moment = datetime.fromisoformat(match["seconds"]).replace(tzinfo=UTC) - _offset(match["offset"])
    except (ValueError, OverflowError):
        return None
    return moment.timestamp() + float(f"0.{match['fraction'] or 0}")


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta()
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    if minutes >= MINUTES_PER_DAY:
        raise ValueError(text)
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)
