"""What is in an S3 object, taken apart as its bytes arrive, wherever they are cut."""

from __future__ import annotations

import codecs
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from asl.engine.payload import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any

ITEM_READER_FAILED: Final = "States.ItemReaderFailed"
MAX_ITEM_BYTES: Final = 1_048_576
UNPACKED_BYTES: Final = 65_536
GZIP_MAGIC: Final = b"\x1f\x8b"
WINDOW_WITH_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS


class FormatError(Exception):
    """The data is not of the format that it is taken to be of; the text says why."""


class Format(Protocol):
    """Takes the bytes of one object, in order, and gives its items: each a value, with a key where it has one."""

    def feed(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        """The items that are complete with these bytes.

        Raises:
            FormatError: the data is not of this format.
        """

    def finish(self) -> Iterator[tuple[str | None, Json]]:
        """The items that are complete with the end; raises what `feed` raises."""


class JsonLines:
    """JSON Lines: a value on each line. Empty lines are left out.

    https://jsonlines.org
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        """See `Format.feed`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        check_size(len(self._rest))
        for line in lines:
            yield from self._item(line)

    def finish(self) -> Iterator[tuple[str | None, Json]]:
        """See `Format.finish`."""
        yield from self._item(self._rest)

    def _item(self, line: bytes) -> Iterator[tuple[str | None, Json]]:
        if line.strip():
            try:
                yield None, decode(line.decode())
            except (ValueError, RecursionError) as error:
                raise FormatError(f"A line is not JSON: {error}") from error


class Lines:
    """The lines of a text, without their ends."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._rest = ""

    def feed(self, data: bytes, *, final: bool = False) -> list[str]:
        """The lines that are complete with these bytes; at the end also what is left."""
        try:
            text = self._rest + self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise FormatError(f"The data is not UTF-8: {error}") from error
        *lines, self._rest = text.split("\n")
        check_size(len(self._rest))
        return [*lines, self._rest] if final else lines


class Unpacked:
    """A format whose data may be packed with gzip."""

    def __init__(self, inner: Format) -> None:
        self._inner = inner
        self._start: bytes | None = b""
        self._unpack: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        """See `Format.feed`."""
        if self._start is not None:
            data = self._start + data
            if len(data) < len(GZIP_MAGIC):
                self._start = data
                return
            self._start = None
            if data.startswith(GZIP_MAGIC):
                self._unpack = zlib.decompressobj(WINDOW_WITH_GZIP_HEADER)
        yield from self._unpacked(data)

    def _unpacked(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        if self._unpack is None:
            yield from self._inner.feed(data)
            return
        part = b""
        while data or len(part) == UNPACKED_BYTES:
            try:
                part = self._unpack.decompress(data, UNPACKED_BYTES)
            except zlib.error as error:
                raise FormatError(f"The data can not be unpacked: {error}") from error
            yield from self._inner.feed(part)
            data = self._unpack.unconsumed_tail
            if self._unpack.eof and self._unpack.unused_data:
                data, self._unpack = self._unpack.unused_data, zlib.decompressobj(WINDOW_WITH_GZIP_HEADER)

    def finish(self) -> Iterator[tuple[str | None, Json]]:
        """See `Format.finish`."""
        if self._start:
            yield from self._inner.feed(self._start)
        if self._unpack is not None and not self._unpack.eof:
            raise FormatError("The data can not be unpacked: it ends too early")
        yield from self._inner.finish()


def check_size(size: int) -> None:
    """Refuse to wait for the rest of an item that is far too large for any state.

    Raises:
        FormatError: it is over a megabyte.
    """
    if size > MAX_ITEM_BYTES:
        raise FormatError(f"An item is larger than {MAX_ITEM_BYTES} bytes")
