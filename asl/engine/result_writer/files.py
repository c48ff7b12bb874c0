"""Files of results in S3, written in parts while the results come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.engine.payload import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asl.engine.s3_access import S3Access

Json = Any

PART_BYTES: Final = 5 * 1024 * 1024


class ResultFile:
    """An object whose content is a JSON array, or JSON Lines.

    No more than a part, of which S3 asks for 5 MiB, waits to be written. An object that is smaller is put at once; one
    that is larger is uploaded part by part, and is there only when it is complete.
    """

    def __init__(self, s3: S3Access, bucket: str, key: str, *, lines: bool) -> None:
        self.key = key
        self.size = 0
        self._executions = self._items = 0
        self._s3 = s3
        self._place = {"Bucket": bucket, "Key": key}
        self._lines = lines
        self._waiting = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Json]] = []

    @property
    def empty(self) -> bool:
        """Whether nothing has been added."""
        return not self._waiting and not self._parts

    @property
    def part_is_full(self) -> bool:
        """Whether enough waits for a part to be written."""
        return len(self._waiting) >= PART_BYTES

    def add(self, values: Iterable[Json], items: int) -> None:
        """Add what is told of one execution, which was given so many items."""
        for value in values:
            if not self._lines:
                self._waiting += b"[" if self.empty else b","
            self._waiting += encode(value).encode("utf-8", "replace")
            if self._lines:
                self._waiting += b"\n"
        self._items += items
        self._executions += 1

    def take_counts(self) -> tuple[int, int]:
        """How many executions and items have been added since this was last asked."""
        counts = self._executions, self._items
        self._executions = self._items = 0
        return counts

    async def write_part(self) -> None:
        """Upload what waits.

        Raises:
            StateError: S3 refused it, or did not answer.
        """
        if self._upload_id is None:
            self._upload_id = (await self._s3.call("createMultipartUpload", self._place))["UploadId"]
        part, self._waiting = bytes(self._waiting), bytearray()
        number = len(self._parts) + 1
        sent = {**self._place, "UploadId": self._upload_id, "PartNumber": number, "Body": part}
        answer = await self._s3.call("uploadPart", sent)
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})
        self.size += len(part)

    async def complete(self) -> None:
        """Write the rest; the object is there from now on. Raises what `write_part` raises."""
        if not self._lines:
            self._waiting += b"]"
        if self._upload_id is None:
            self.size = len(self._waiting)
            content = {"Body": bytes(self._waiting), "ContentType": "application/json"}
            await self._s3.call("putObject", {**self._place, **content})
            return
        if self._waiting:
            await self.write_part()
        parts = {"UploadId": self._upload_id, "MultipartUpload": {"Parts": self._parts}}
        await self._s3.call("completeMultipartUpload", {**self._place, **parts})

    async def discard(self) -> None:
        """Forget what has been uploaded. Raises what `write_part` raises."""
        if self._upload_id is not None:
            await self._s3.call("abortMultipartUpload", {**self._place, "UploadId": self._upload_id})
