"""Drops the records of DynamoDB streams that all event source mappings of their stream have read, but for the latest.

AWS keeps them for 24 hours, and so does MiniStack, in memory. A stream that no mapping reads keeps them here as well,
and so does one that a pipe reads. Positions are absolute and stay valid: a mapping goes on where it was.
"""

from __future__ import annotations

import functools
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from ministack.services import dynamodb, dynamodb_streams, lambda_svc

from local.embedded_aws import STREAM_RECORDS_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

PIPES: Final = "ministack.services.pipes"
# A position is told from the records and from how many were dropped before them: both are read and changed at once.
READERS: Final = (
    (dynamodb, ("_trim_stream_records", "drop_stream_records", "stream_records_since")),
    (dynamodb, ("stream_start_position", "stream_end_position")),
    (dynamodb_streams, ("_get_shard_iterator", "_get_records")),
)

lock: Final = threading.RLock()
"""Whoever looks at the records and at how many were dropped holds it. New ones are added without."""


def install() -> None:
    """Have records dropped after each pass over the mappings that has read some. Call it once in a process."""
    for module, names in READERS:
        vars(module).update({name: _holding_lock(getattr(module, name)) for name in names})
    poll = lambda_svc._poll_dynamodb_streams  # noqa: SLF001 - the seam

    def poll_and_drop() -> bool:
        processed: bool = poll()
        if processed:
            _drop_read()
        return processed

    vars(lambda_svc)["_poll_dynamodb_streams"] = poll_and_drop


def _holding_lock(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def hold(*arguments: Any, **named: Any) -> Any:
        with lock:
            return function(*arguments, **named)

    return hold


def _drop_read() -> None:
    all_records, dropped = dynamodb._stream_records, dynamodb._stream_trimmed  # noqa: SLF001 - the seam
    for (account, region, table), records in all_records.all_items():
        with lock:
            surplus = len(records) - STREAM_RECORDS_KEPT
            position = _read_by_all(account, region, table) if surplus > 0 else None
            if position is None or all_records.get_scoped(account, region, table) is not records:
                continue
            before = dropped.get_scoped(account, region, table, 0)
            count = min(surplus, position - before)
            if count > 0:
                dropped.set_scoped(account, region, table, before + count)
                del records[:count]


def _read_by_all(account: str, region: str, table: str) -> int | None:
    """The position up to which all mappings have read a table's stream; None where that is not known."""
    described = dynamodb._tables.get_scoped(account, region, table)  # noqa: SLF001 - the seam
    stream = (described or {}).get("LatestStreamArn")
    pipes = sys.modules.get(PIPES)
    if stream is None or (pipes and any(pipe.get("Source") == stream for pipe in pipes._pipes.all_values())):  # noqa: SLF001 - the seam
        return None
    positions = [
        lambda_svc._dynamodb_stream_positions.get_scoped(*scope, mapping["UUID"])  # noqa: SLF001 - the seam
        for (*scope, _), mapping in lambda_svc._esms.all_items()  # noqa: SLF001 - the seam
        if mapping.get("EventSourceArn") == stream
    ]
    return min(positions) if positions and None not in positions else None
