"""Status changes sent to the default event bus of their account with PutEvents.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from asl.integrations.aws_api import AwsError, AwsRequest, AwsUnreachableError, AwsUnsupportedError
from asl.integrations.aws_names import Naming
from asl.observability.delivery import Delivery, is_passing_code, passes
from asl.observability.status_changes import SOURCE

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsApi
    from asl.observability.status_changes import Json, StatusChange

MAX_PENDING: Final = 10_000
MAX_PENDING_BYTES: Final = 64 * 1024 * 1024
MAX_ENTRIES: Final = 10
MAX_REQUEST_BYTES: Final = 256 * 1024
ENTRY_OVERHEAD: Final = 512
NOT_AUTHORIZED: Final = "NotAuthorizedForSourceException"
FORBIDDEN: Final = (
    f"the endpoint of EventBridge refuses events of the source {SOURCE}, as AWS does to all but its own services"
)


class EventBus(Delivery):
    """A `StatusChangeSink`. The next change of an execution is sent once the one before it was taken or given up.

    At most 10,000 changes, or 64 MiB of them, wait; what comes when that many do is dropped and counted. An endpoint
    that refuses events of AWS services is sent no more of them.
    """

    def __init__(self, api: AwsApi) -> None:
        super().__init__("status-change events")
        self._forbidden = False
        self._api = api
        self._waiting: dict[str, deque[StatusChange]] = {}
        self._pending = 0
        self._bytes = 0

    @property
    def pending(self) -> int:
        """How many changes wait."""
        return self._pending

    def publish(self, change: StatusChange) -> None:
        """Take a change, to be sent soon."""
        size = _size(change)
        if self._forbidden:
            self.drop(1, FORBIDDEN)
            return
        if self._pending >= MAX_PENDING or self._bytes + size > MAX_PENDING_BYTES:
            self.drop(1, "too many wait")
            return
        self._waiting.setdefault(change.execution_arn, deque()).append(change)
        self._pending += 1
        self._bytes += size
        self.wake()

    async def deliver(self) -> bool:
        """Send the next change of up to ten executions of one account."""
        batch = self._batch()
        first = batch[0]
        entries = [change.entry() for change in batch]
        request = AwsRequest("eventbridge", "putEvents", {"Entries": entries}, Naming.SDK, first.account, first.region)
        try:
            answer = await self._api.call(request)
        except (AwsError, AwsUnreachableError) as error:
            return self._refused(batch, error)
        except AwsUnsupportedError as error:
            return self._give_up(batch, str(error))
        return self._settle(batch, answer.result)

    def abandon(self) -> None:
        """Give up all that waits."""
        self.drop(self._pending, "they could not be prepared")
        self._waiting.clear()
        self._pending = self._bytes = 0

    def _batch(self) -> list[StatusChange]:
        batch: list[StatusChange] = []
        size = 0
        for changes in self._waiting.values():
            change = changes[0]
            size += _size(change)
            elsewhere = batch and (change.account, change.region) != (batch[0].account, batch[0].region)
            if elsewhere or (batch and size > MAX_REQUEST_BYTES):
                break
            batch.append(change)
            if len(batch) == MAX_ENTRIES:
                break
        return batch

    def _refused(self, batch: list[StatusChange], error: AwsError | AwsUnreachableError) -> bool:
        if passes(error):
            self.failed(error.message)
            return False
        return self._give_up(batch, error.message)

    def _give_up(self, batch: list[StatusChange], reason: str) -> bool:
        for change in batch:
            self._remove(change)
        self.drop(len(batch), reason)
        return True

    def _settle(self, batch: list[StatusChange], result: dict[str, Json]) -> bool:
        """Keep what may be taken when it is sent again; the service tells of each entry by itself."""
        again = None
        for change, told in zip(batch, result.get("Entries", [{}] * len(batch)), strict=False):
            code = told.get("ErrorCode")
            if code is not None and is_passing_code(code):
                again = code
                continue
            self._remove(change)
            if code == NOT_AUTHORIZED:
                self._forbidden = True
                self.drop(1, FORBIDDEN)
            elif code is not None:
                self.drop(1, f"{code}: {told.get('ErrorMessage', '')}")
        if again is not None:
            self.failed(again)
        return again is None

    def _remove(self, change: StatusChange) -> None:
        changes = self._waiting[change.execution_arn]
        changes.popleft()
        self._pending -= 1
        self._bytes -= _size(change)
        if not changes:
            del self._waiting[change.execution_arn]


def _size(change: StatusChange) -> int:
    """About how many bytes a change takes: twice those of its texts, whose quotation marks are escaped."""
    texts = (change.detail[name] for name in ("input", "output", "error", "cause"))
    return ENTRY_OVERHEAD + 2 * sum(len(text) for text in texts if text is not None)
