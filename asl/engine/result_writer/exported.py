"""The results of a Map Run as files in S3: one for each way to end, and a manifest that names them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import StateError
from asl.engine.map_run.children import ChildStatus
from asl.engine.payload import encode
from asl.engine.result_writer.files import ResultFile
from asl.engine.result_writer.records import Transformation, pending, written

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from asl.engine.map_run import Child, MapRun
    from asl.engine.map_run.outcome import Outcome
    from asl.engine.map_run.runner import ChildInput
    from asl.engine.s3_access import S3Access

Json = Any

SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"
PENDING: Final = "PENDING"
ACCESS_CHECK: Final = ".writeAccessCheckFile.temp"


class ExportedResults:
    """Writes the results under `PREFIX/ID/`, ID being the last part of the Map Run's ARN.

    The memory that it takes does not grow with the number of results: as soon as a part of a file is full, no more
    children start until it is written.
    """

    exports = True

    def __init__(
        self, run: MapRun, s3: S3Access, place: tuple[str, str], transformation: Transformation, *, lines: bool
    ) -> None:
        self._run = run
        self._s3 = s3
        self._bucket, prefix = place
        self._folder = f"{prefix.rstrip('/')}/{run.id}" if prefix else run.id
        self._transformation = transformation
        self._files = {  # AWS gives lines the same names
            name: ResultFile(s3, self._bucket, f"{self._folder}/{name}_0.json", lines=lines)
            for name in (FAILED, PENDING, SUCCEEDED)
        }
        self._next_pending = 0
        self._checked = self._broken = False

    def add(self, child: Child, outcome: Outcome) -> None:
        """See `Results.add`."""
        values = written(self._run, child, outcome, self._transformation)
        self._files[SUCCEEDED if child.status is ChildStatus.SUCCEEDED else FAILED].add(values, child.item_count)

    def add_pending(self, child_input: ChildInput) -> None:
        """See `Results.add_pending`."""
        index = len(self._run.children) + self._next_pending
        self._next_pending += 1
        self._files[PENDING].add([pending(self._run, index, child_input)], child_input.item_count)

    async def room(self) -> None:
        """See `Results.room`. Before the first child starts, this also tries whether anything can be written at all."""
        try:
            if not self._checked:
                self._checked = True
                check = {"Bucket": self._bucket, "Key": f"{self._folder}/{ACCESS_CHECK}", "Body": b""}
                await self._s3.call("putObject", check)
            for name, file in self._files.items():
                if file.part_is_full:
                    await self._counted(name, file, file.write_part())
        except BaseException:
            self._broken = True
            raise

    async def finish(self) -> Json:
        """See `Results.finish`."""
        try:
            await self.room()
            return await self._complete()
        except BaseException:
            self._broken = True
            raise

    async def give_up(self) -> None:
        """See `Results.give_up`."""
        with suppress(StateError):  # there is another error already, which the Map Run ends with
            if not self._broken:
                await self._complete()
                return
        for file in self._files.values():
            with suppress(StateError):
                await file.discard()

    async def _complete(self) -> Json:
        listed: dict[str, list[Json]] = {}
        for name, file in self._files.items():
            listed[name] = []
            if not file.empty:
                await self._counted(name, file, file.complete())
                listed[name].append({"Key": file.key, "Size": file.size})
        key = f"{self._folder}/manifest.json"
        manifest = {"DestinationBucket": self._bucket, "MapRunArn": self._run.arn, "ResultFiles": listed}
        content = {"Body": encode(manifest).encode(), "ContentType": "application/json"}
        await self._s3.call("putObject", {"Bucket": self._bucket, "Key": key, **content})
        return {"MapRunArn": self._run.arn, "ResultWriterDetails": {"Bucket": self._bucket, "Key": key}}

    async def _counted(self, name: str, file: ResultFile, writing: Awaitable[None]) -> None:
        """Wait until what waits in a file is written, and count it."""
        executions, items = file.take_counts()
        await writing
        if name != PENDING:
            self._run.written_executions += executions
            self._run.written_items += items
