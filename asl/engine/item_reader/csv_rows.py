"""CSV: a row is an item, named by a header.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from asl.engine.item_reader.formats import MAX_ITEM_BYTES, FormatError, Lines, check_size
from asl.expressions.java_values import java_map_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = Any

DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
MAX_HEADER_BYTES: Final = 10 * 1024

csv.field_size_limit(MAX_ITEM_BYTES)


class MoreLinesNeeded(Exception):  # noqa: N818 - not an error: it leaves `csv` in the middle of a row
    """The row goes on in lines that have not arrived."""


class CsvRows:
    """The rows of a CSV. `headers` are None where the first row has them.

    A row that is too short is filled up with empty texts, one that is too long is cut, as AWS does it.
    """

    def __init__(self, headers: Sequence[str] | None, delimiter: str) -> None:
        self._order = None if headers is None else _order(headers)
        self._delimiter = DELIMITERS[delimiter]
        self._lines = Lines()
        self._waiting: deque[str] = deque()
        self._row_lines: list[str] = []
        self._final = False

    def feed(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        """See `Format.feed`."""
        self._waiting.extend(self._lines.feed(data))
        yield from self._items()

    def finish(self) -> Iterator[tuple[str | None, Json]]:
        """See `Format.finish`."""
        self._waiting.extend(self._lines.feed(b"", final=True))
        self._final = True
        yield from self._items()

    def _items(self) -> Iterator[tuple[str | None, Json]]:
        for row in self._rows():
            if not row:
                continue
            if self._order is None:
                self._order = _order(row)
            else:
                yield None, {name: row[at] if at < len(row) else "" for name, at in self._order}

    def _rows(self) -> Iterator[list[str]]:
        """The rows that are complete. The lines of one that is not wait for the rest of it."""
        reader = csv.reader(self, delimiter=self._delimiter)
        try:
            for row in reader:
                self._row_lines.clear()
                yield row
        except MoreLinesNeeded:
            self._waiting.extend(self._row_lines)
            check_size(sum(map(len, self._row_lines)))
        except csv.Error as error:
            raise FormatError(f"The data is not CSV: {error}") from error
        self._row_lines.clear()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line, for `csv`."""
        if not self._waiting:
            if self._final:
                raise StopIteration
            raise MoreLinesNeeded
        line = self._waiting.popleft()
        self._row_lines.append(line)
        return line


def _order(headers: Sequence[str]) -> list[tuple[str, int]]:
    """The names with their columns, in the order in which AWS writes them: that of a Java map."""
    if sum(len(header.encode()) for header in headers) > MAX_HEADER_BYTES:
        raise FormatError(f"The header is larger than {MAX_HEADER_BYTES} bytes")
    columns = {name: at for at, name in enumerate(headers)}
    return [(name, columns[name]) for name in java_map_order(columns)]
