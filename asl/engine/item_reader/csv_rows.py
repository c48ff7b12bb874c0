"""CSV: a row is an item, named by a header.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any, Final

from asl.engine.item_reader.formats import FormatError, check_size
from asl.expressions.java_values import java_map_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = Any

DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
MAX_HEADER_BYTES: Final = 10 * 1024
QUOTED: Final = re.compile(r'"((?:[^"\\]++|""|\\.)*+)"', re.DOTALL)
SPECIAL: Final = re.compile(r'["\\]')
ESCAPED: Final = re.compile(r'\\(.)|""', re.DOTALL)


class CsvRows:
    """The rows of a CSV. `headers` are None where the first row has them.

    A field in quotes may hold delimiters and line feeds. Two quotes stand for one, a backslash for the character that
    follows it, in quotes or not. A row that is too short is filled up with empty texts, one that is too long is cut.
    """

    def __init__(self, headers: Sequence[str] | None, delimiter: str) -> None:
        self._order = None if headers is None else _order(headers)
        self._delimiter = DELIMITERS[delimiter]
        self._unquoted = re.compile(rf"((?:[^{re.escape(self._delimiter)}\n\\]++|\\.)*+)", re.DOTALL)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""

    def feed(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        """See `Format.feed`."""
        yield from self._items(data, final=False)
        check_size(len(self._text))

    def finish(self) -> Iterator[tuple[str | None, Json]]:
        """See `Format.finish`."""
        yield from self._items(b"", final=True)

    def _items(self, data: bytes, *, final: bool) -> Iterator[tuple[str | None, Json]]:
        try:
            self._text += self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise FormatError(f"The data is not UTF-8: {error}") from error
        if final and self._text and not self._text.endswith("\n"):
            self._text += "\n"
        for row in self._rows(final=final):
            if row == [""]:  # an empty line
                continue
            if self._order is None:
                self._order = _order(row)
            else:
                yield None, {name: row[at] if at < len(row) else "" for name, at in self._order}

    def _rows(self, *, final: bool) -> Iterator[list[str]]:
        """The rows that are complete; what is not stays."""
        text, start = self._text, 0
        while (end := text.find("\n", start)) >= 0:
            if SPECIAL.search(text, start, end) is None:
                row: list[str] | None = text[start:end].removesuffix("\r").split(self._delimiter)
            else:
                row, end = self._careful_row(text, start, final=final)
            if row is None:
                break
            start = end + 1
            yield row
        self._text = text[start:]

    def _careful_row(self, text: str, start: int, *, final: bool) -> tuple[list[str] | None, int]:
        """A row that has quotes or backslashes, and where it ends; None where the rest of it has not arrived."""
        row: list[str] = []
        while True:
            quoted = QUOTED.match(text, start)
            rest_may_matter = text.startswith('"', start) and (quoted is None or text[quoted.end() :] in ("", "\r"))
            if rest_may_matter and not final:
                return None, start
            field = quoted if quoted is not None and self._ends_field(text, quoted.end()) else None
            found = field or self._unquoted.match(text, start)
            if found is None or found.end() == len(text):
                return (None, start) if not final else ([*row, _unescaped(text[start:])], len(text) - 1)
            ends_row = text[found.end()] != self._delimiter and text.startswith(("\n", "\r\n"), found.end())
            row.append(_unescaped(found[1] if field or not ends_row else found[1].removesuffix("\r")))
            if ends_row:
                return row, text.index("\n", found.end())
            start = found.end() + 1

    def _ends_field(self, text: str, at: int) -> bool:
        return text.startswith((self._delimiter, "\n", "\r\n"), at)


def _unescaped(field: str) -> str:
    return ESCAPED.sub(lambda found: found[1] or '"', field) if SPECIAL.search(field) else field


def _order(headers: Sequence[str]) -> list[tuple[str, int]]:
    """The names with their columns, in the order in which AWS writes them: that of a Java map."""
    if sum(len(header.encode()) for header in headers) > MAX_HEADER_BYTES:
        raise FormatError(f"The header is larger than {MAX_HEADER_BYTES} bytes")
    columns = {name: at for at, name in enumerate(headers)}
    return [(name, columns[name]) for name in java_map_order(columns)]
