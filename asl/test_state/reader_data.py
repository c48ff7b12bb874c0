"""The items in the data that an ItemReader is taken to have read.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import StateError
from asl.engine.payload import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.engine.frame import Visit

Json = Any

ITEM_READER_FAILED: Final = "States.ItemReaderFailed"
DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read_items(visit: Visit, reader: Mapping[str, Json], text: str) -> Json:
    """What `text` holds, read as the `ReaderConfig` says: an array, or whatever JSON document it is.

    Raises:
        StateError: the text is not of the reader's `InputType`.
    """
    configuration = reader.get("ReaderConfig", {})
    kind = configuration.get("InputType", "JSON")
    try:
        if kind == "CSV":
            return _csv_items(configuration, text)
        if kind == "JSONL":
            return [decode(line) for line in text.splitlines() if line.strip()]
        return decode(text)
    except (ValueError, RecursionError, csv.Error) as error:
        raise _failed(visit, f"The data is not {kind}.") from error


def pointed_items(visit: Visit, reader: Mapping[str, Json], data: Json) -> list[Json] | dict[str, Json]:
    """The array or object that the reader's `ItemsPointer` leads to, `data` itself where there is no pointer.

    Raises:
        StateError: the pointer leads nowhere, or to neither an array nor an object.
    """
    pointer = reader.get("ReaderConfig", {}).get("ItemsPointer", "")
    items = data
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(items, dict) or name not in items:
            raise _failed(visit, f"The ItemsPointer '{pointer}' leads to nothing in the data.")
        items = items[name]
    if not isinstance(items, list | dict):
        raise _failed(visit, "The items are neither an array nor an object.")
    return items


def _csv_items(configuration: Mapping[str, Json], text: str) -> list[Json]:
    delimiter = DELIMITERS[configuration.get("CSVDelimiter", "COMMA")]
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    if configuration.get("CSVHeaderLocation") == "GIVEN":
        headers = configuration.get("CSVHeaders", [])
    else:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    return [dict(zip(headers, row, strict=False)) for row in rows]


def _failed(visit: Visit, cause: str) -> StateError:
    return StateError(ITEM_READER_FAILED, visit.explain(cause))
