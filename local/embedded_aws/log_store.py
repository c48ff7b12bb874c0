"""Bounds what the CloudWatch Logs of the embedded AWS hold, which is all in memory.

MiniStack keeps every event for good, and beside it a record for Logs Insights and GetLogRecord. Here a group keeps its
latest events, and a record is made when a query finds its event, as MiniStack does where there is none.
"""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ministack.services import cloudwatch_logs

from local.embedded_aws import LOG_EVENTS_PER_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM: Final = LOG_EVENTS_PER_GROUP // 10
"""How many more than have to go are dropped, so that not every event that is written drops one."""

Event = dict[str, Any]


class _Events(list[Event]):
    """The events of a stream. None ever changes, so what is saved at intervals shares them instead of copying all."""

    def __deepcopy__(self, memo: object) -> list[Event]:
        return list(self)


class _Put(threading.local):
    """The pointers of the events that this thread is writing; None while it writes none."""

    pointers: list[str] | None = None


def install() -> None:
    """Have events bounded and no record made for them, whoever writes them. Call it once in a process."""
    put_log_events, build_record = cloudwatch_logs._put_log_events, cloudwatch_logs._build_log_record  # noqa: SLF001 - the seam
    current = _Put()

    def build(*, ptr: str, **event: Any) -> dict[str, Any]:
        if current.pointers is None:
            record: dict[str, Any] = build_record(ptr=ptr, **event)
            return record
        current.pointers.append(ptr)
        return {}

    def put(data: dict[str, Any]) -> Any:
        current.pointers = []
        try:
            return put_log_events(data)
        finally:
            pointers, current.pointers = current.pointers, None
            _forget_empty_records(pointers)
            _bound(data.get("logGroupName"))

    vars(cloudwatch_logs).update(_build_log_record=build, _put_log_events=put)


def _forget_empty_records(pointers: list[str]) -> None:
    records = cloudwatch_logs._log_records  # noqa: SLF001 - the seam
    for pointer in pointers:
        if not records.get(pointer):  # else a query has made it meanwhile
            records.pop(pointer, None)


def _bound(name: str | None) -> None:
    group = cloudwatch_logs._log_groups.get(name)  # noqa: SLF001 - the seam
    if group is None:
        return
    with cloudwatch_logs._log_events_lock:  # noqa: SLF001 - the seam
        streams: dict[str, dict[str, Any]] = group["streams"]
        for stream in streams.values():
            if not isinstance(stream["events"], _Events):
                stream["events"] = _Events(stream["events"])
        excess = sum(len(stream["events"]) for stream in streams.values()) - LOG_EVENTS_PER_GROUP
        dropped = _drop_oldest(streams, excess + ROOM) if excess > 0 else []
    for event in dropped:
        cloudwatch_logs._log_records.pop(event.get("eventId"), None)  # noqa: SLF001 - the seam


def _drop_oldest(streams: dict[str, dict[str, Any]], count: int) -> list[Event]:
    """Drop so many events, the oldest of all streams. Readers go on with the lists that they have."""

    def times(name: str) -> Iterator[tuple[int, str]]:
        return ((event["timestamp"], name) for event in streams[name]["events"])

    oldest = Counter(name for _, name in islice(heapq.merge(*map(times, streams)), count))
    dropped = []
    for name, number in oldest.items():
        stream = streams[name]
        dropped += stream["events"][:number]
        stream["events"] = kept = _Events(stream["events"][number:])
        if kept:
            stream["firstEventTimestamp"] = kept[0]["timestamp"]
    return dropped
