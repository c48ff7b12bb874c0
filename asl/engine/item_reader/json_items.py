"""JSON: the elements of an array, or the members of an object, that is the document or somewhere inside.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import ijson

from asl.engine.item_reader.formats import FormatError, check_size

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any

NOT_ITERABLE: Final = "Attempting to map over non-iterable node."
STARTS: Final = frozenset({"start_map", "start_array"})
ENDS: Final = frozenset({"end_map", "end_array"})
LARGEST: Final = Decimal("1.7976931348623157e308")


class Container:
    """An array or object around what is being read; `on_path` says that the pointer leads to or through it."""

    __slots__ = ("at", "is_array", "on_path")

    def __init__(self, *, is_array: bool, on_path: bool) -> None:
        self.is_array = is_array
        self.on_path = on_path
        self.at: int | str = -1

    def next_token(self) -> str:
        """The last token of the pointer to the value that comes next."""
        if self.is_array:
            self.at = int(self.at) + 1
        return str(self.at)


class JsonItems:
    """The items that a JSON pointer leads to, the elements of the document where there is none.

    https://www.rfc-editor.org/rfc/rfc6901
    """

    def __init__(self, pointer: str | None) -> None:
        self._pointer = pointer or ""
        self._tokens = pointer_tokens(self._pointer)
        self._events: list[tuple[str, Any]] = ijson.sendable_list()
        self._parser = ijson.basic_parse_coro(self._events)
        self._around: list[Container] = []
        self._items_in: Container | None = None
        self._found = False
        self._builder: ijson.ObjectBuilder | None = None
        self._key: str | None = None
        self._depth = 0
        self._unfinished_bytes = 0

    def feed(self, data: bytes) -> Iterator[tuple[str | None, Json]]:
        """See `Format.feed`."""
        if not data:  # which would mean the end to the parser
            return
        try:
            self._parser.send(data)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise FormatError(f"The data is not JSON: {error}") from error
        self._unfinished_bytes += len(data)
        goes_on = bool(self._events)
        for item in self._items():
            self._unfinished_bytes = 0
            yield item
        if goes_on and self._builder is None:
            self._unfinished_bytes = 0
        check_size(self._unfinished_bytes)

    def finish(self) -> Iterator[tuple[str | None, Json]]:
        """See `Format.finish`."""
        try:
            self._parser.close()
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise FormatError(f"The data is not JSON: {error}") from error
        yield from self._items()
        if not self._found:
            raise FormatError(f"The ItemsPointer '{self._pointer}' leads to nothing in the data.")

    def _items(self) -> Iterator[tuple[str | None, Json]]:
        events = list(self._events)
        self._events.clear()
        for event, raw in events:
            value = _finite(raw) if event == "number" else raw
            if self._builder is not None:
                self._build(event, value)
                if self._depth == 0:
                    yield self._key, self._builder.value
                    self._builder = None
            elif event == "map_key":
                self._around[-1].at = str(value)
            elif event in ENDS:
                if self._around.pop() is self._items_in:
                    self._items_in = None
            elif self._items_in is not None:
                token = self._items_in.next_token()
                self._key = None if self._items_in.is_array else token
                if event in STARTS:
                    self._builder = ijson.ObjectBuilder()
                    self._build(event, value)
                else:
                    yield self._key, value
            else:
                self._descend(event)

    def _build(self, event: str, value: Any) -> None:
        if self._builder is not None:
            self._builder.event(event, value)
            self._depth += (event in STARTS) - (event in ENDS)

    def _descend(self, event: str) -> None:
        """Look at a value that is no item: the items may be in it."""
        on_path = not self._found
        depth = len(self._around)
        if self._around:
            outer = self._around[-1]
            token = outer.next_token()
            on_path = on_path and outer.on_path and depth <= len(self._tokens) and token == self._tokens[depth - 1]
        container = Container(is_array=event == "start_array", on_path=on_path)
        if on_path and depth == len(self._tokens):
            self._found = True
            # A document that is itself an object was refused when AWS's behaviour was recorded.
            if event not in STARTS or not (container.is_array or self._tokens):
                raise FormatError(NOT_ITERABLE)
            self._items_in = container
        if event in STARTS:
            self._around.append(container)


def pointer_tokens(pointer: str) -> list[str]:
    """The names and indices that a JSON pointer consists of."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _finite(number: int | Decimal) -> float:
    if isinstance(number, int):
        return number
    if abs(number) > LARGEST:
        raise FormatError(f"The data is not JSON: the number {number} is too large")
    return float(number)
