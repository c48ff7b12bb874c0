"""Execution logs sent to CloudWatch Logs.

Nothing is done when an event is recorded: a task reads what is new in the histories of the executions that are logged,
twice a second. So logs never slow an execution, and their failure never reaches one.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.engine import ExecutionStatus
from asl.integrations.aws_api import AwsError, AwsRequest, AwsUnreachableError, AwsUnsupportedError
from asl.integrations.aws_names import Naming
from asl.observability.delivery import Delivery, passes
from asl.observability.log_records import LogLevel, log_record, size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asl.engine import Execution, HistoryEvent
    from asl.integrations.aws_api import AwsApi

Json = Any

GROUP_ARN: Final = re.compile(
    r"arn:[\w-]+:logs:(?P<region>[\w-]+):(?P<account>\d{12}):log-group:(?P<group>[^:]+)(:\*)?"
)
INTERVAL: Final = 0.5
MAX_WAITING: Final = 100_000
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
EVENTS_PER_PULL: Final = 2_000
FOLLOWED_PER_PULL: Final = 1_000
MAX_BATCH_RECORDS: Final = 1_000
MAX_BATCH_BYTES: Final = 1_048_576
RECORD_OVERHEAD: Final = 26
LONGEST_SPAN_MS: Final = 24 * 3600 * 1000


class LogGroup(NamedTuple):
    """A log group, and the state machine whose executions are logged to it: each has its own streams."""

    account: str
    region: str
    name: str
    machine: str


@dataclass(slots=True)
class Followed:
    """An execution that is logged, how, and how much of its history has been read."""

    execution: Execution
    group: LogGroup
    level: LogLevel
    include_data: bool
    read: int

    @property
    def unread(self) -> int:
        """How many events have not been read."""
        return len(self.execution.history) - self.read

    @property
    def over(self) -> bool:
        """Whether nothing more will come, for all that is known."""
        return self.execution.status is not ExecutionStatus.RUNNING and not self.unread


class Waiting(NamedTuple):
    """An event that waits to be sent, and about how many bytes it keeps in memory."""

    event: HistoryEvent
    execution_arn: str
    redrives: int
    include_data: bool
    size: int


class Record(NamedTuple):
    """What is sent: a time in milliseconds, and the record's text."""

    timestamp: int
    text: str


class ExecutionLogs(Delivery):
    """Sends the logs of executions. At most 100,000 records, or 64 MiB, wait: of more, those that come are dropped."""

    def __init__(self, api: AwsApi) -> None:
        super().__init__("execution log records")
        self._api = api
        self._followed: dict[str, Followed] = {}
        self._most_followed = FOLLOWED_PER_PULL
        self._waiting: OrderedDict[LogGroup, deque[Waiting]] = OrderedDict()
        self._count = 0
        self._bytes = 0
        self._streams: dict[LogGroup, str] = {}

    @property
    def pending(self) -> int:
        """How many records wait; of events that have not been read it is not known whether they are logged."""
        return self._count + sum(followed.unread for followed in self._followed.values())

    @property
    def busy(self) -> bool:
        """Whether a record waits, or one may still come."""
        return self.pending > 0 if self._closing.is_set() else bool(self._waiting or self._followed)

    def follow(self, execution: Execution, configuration: Mapping[str, Json], logged: int = 0) -> None:
        """Log an execution as the logging configuration of its state machine says.

        `logged` is how many events of its history have been told before: those of an execution that is redriven, or
        that goes on after the process was started anew.
        """
        level = LogLevel(configuration.get("level", "OFF"))
        if level is LogLevel.OFF:
            return
        before = self._followed.pop(execution.arn, None)
        if before is not None:
            self._read(before, logged - before.read)
        arn = configuration["destinations"][0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        match = GROUP_ARN.fullmatch(arn)
        if match is None:
            self.drop(0, f"{arn} is not the ARN of a log group")
            return
        machine = execution.request.state_machine_name.replace("/", "_")
        group = LogGroup(match["account"], match["region"], match["group"], machine)
        include_data = bool(configuration.get("includeExecutionData"))
        self._followed[execution.arn] = Followed(execution, group, level, include_data, logged)
        if len(self._followed) >= self._most_followed:
            # Whatever a request waits for, those that have ended are not kept longer than there is room.
            self._pull()
            self._most_followed = 2 * len(self._followed) + FOLLOWED_PER_PULL
        self.wake()

    async def deliver(self) -> bool:
        """Read what is new, and send a batch."""
        self._pull()
        if not self._waiting:
            return True
        group, batch = self._batch()
        self._waiting.move_to_end(group)
        records, sent = await asyncio.to_thread(_rendered, batch)
        try:
            await self._put(group, records)
        except (AwsError, AwsUnreachableError) as error:
            if passes(error):
                self.failed(error.message)
                return False
            self._streams.pop(group, None)
            self.drop(sent, f"{group.name}: {error.message}")
        except AwsUnsupportedError as error:
            self.drop(sent, str(error))
        self._remove(group, batch[:sent])
        return True

    async def rest(self) -> None:
        """Wait for more once all is sent."""
        if not self._waiting:
            await self.pause(INTERVAL)

    def abandon(self) -> None:
        """Give up all that waits."""
        self.drop(self._count, "they could not be prepared")
        self._waiting.clear()
        self._count = self._bytes = 0

    def _pull(self) -> None:
        for followed in list(self._followed.values()):
            if followed.unread:
                self._read(followed, EVENTS_PER_PULL)
            if followed.over:
                del self._followed[followed.execution.arn]

    def _read(self, followed: Followed, count: int) -> None:
        full = self._count >= MAX_WAITING or self._bytes >= MAX_WAITING_BYTES
        if full and followed.execution.status is ExecutionStatus.RUNNING:
            # Its history keeps the events until there is room.
            return
        events = followed.execution.history.page(followed.read, count)
        followed.read += len(events)
        logged = list(self._logged(followed, events))
        if not logged:
            return
        if full:
            self.drop(len(logged), "too many wait")
            return
        self._waiting.setdefault(followed.group, deque()).extend(logged)
        self._count += len(logged)
        self._bytes += sum(waiting.size for waiting in logged)

    def _logged(self, followed: Followed, events: Iterable[HistoryEvent]) -> Iterable[Waiting]:
        for event in events:
            if followed.level.lets_through(event.type):
                yield Waiting(
                    event, followed.execution.arn, followed.execution.redrive_count, followed.include_data, _size(event)
                )

    def _batch(self) -> tuple[LogGroup, list[Waiting]]:
        """The group whose turn it is, and the records of it that wait longest."""
        group, waiting = next(iter(self._waiting.items()))
        return group, list(itertools.islice(waiting, MAX_BATCH_RECORDS))

    def _remove(self, group: LogGroup, batch: list[Waiting]) -> None:
        waiting = self._waiting[group]
        for _ in batch:
            self._bytes -= waiting.popleft().size
        self._count -= len(batch)
        if not waiting:
            del self._waiting[group]

    async def _put(self, group: LogGroup, records: list[Record]) -> None:
        stream = self._streams.get(group)
        if stream is None:
            stream = _stream_name(group, records[0].timestamp)
            await self._call(group, "createLogStream", {"LogGroupName": group.name, "LogStreamName": stream})
            self._streams[group] = stream
        events = [{"Timestamp": record.timestamp, "Message": record.text} for record in records]
        parameters = {"LogGroupName": group.name, "LogStreamName": stream, "LogEvents": events}
        await self._call(group, "putLogEvents", parameters)

    async def _call(self, group: LogGroup, action: str, parameters: dict[str, Json]) -> None:
        await self._api.call(AwsRequest("cloudwatchlogs", action, parameters, Naming.SDK, group.account, group.region))


def _rendered(batch: list[Waiting]) -> tuple[list[Record], int]:
    """The records of as many of the batch as one request may have, in the order of their times, and how many."""
    records: list[Record] = []
    size = 0
    for waiting in batch:
        text = log_record(waiting.event, waiting.execution_arn, waiting.redrives, include_data=waiting.include_data)
        record = Record(int(waiting.event.timestamp * 1000), text)
        size += size_in_bytes(text) + RECORD_OVERHEAD
        spread = abs(record.timestamp - records[0].timestamp) if records else 0
        if records and (size > MAX_BATCH_BYTES or spread > LONGEST_SPAN_MS):
            break
        records.append(record)
    sent = len(records)
    return sorted(records, key=lambda record: record.timestamp), sent


def _stream_name(group: LogGroup, timestamp: int) -> str:
    minute = datetime.fromtimestamp(timestamp / 1000, UTC)
    return f"states/{group.machine}/{minute:%Y-%m-%d-%H-%M}/{secrets.token_hex(4)}"


def _size(event: HistoryEvent) -> int:
    """About how many bytes an event keeps in memory."""
    return 512 + sum(len(value) for value in event.details.values() if isinstance(value, str))
