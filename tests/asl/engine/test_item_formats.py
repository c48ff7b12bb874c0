"""The items in the data of S3 objects, wherever the data is cut into pieces."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.engine.item_reader.csv_rows import DELIMITERS, CsvRows
from asl.engine.item_reader.formats import MAX_ITEM_BYTES, UNPACKED_BYTES, FormatError, JsonLines, Unpacked
from asl.engine.item_reader.json_items import JsonItems
from asl.expressions.java_values import java_map_order

if TYPE_CHECKING:
    from asl.engine.item_reader.formats import Format

Json = Any

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
CUTS = st.lists(st.integers(0, 2_000), max_size=6)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)


def read(content: Format, data: bytes, cuts: list[int] | None = None) -> list[tuple[str | None, Json]]:
    """The items with their keys, the data cut at some places."""
    places = sorted(cut % (len(data) + 1) for cut in cuts or ())
    found: list[tuple[str | None, Json]] = []
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        found += content.feed(data[start:end])
    return [*found, *content.finish()]


def values(content: Format, data: bytes, cuts: list[int] | None = None) -> list[Json]:
    return [value for _, value in read(content, data, cuts)]


@given(st.lists(JSON, max_size=6), CUTS, st.booleans())
def test_the_elements_of_an_array(items: list[Json], cuts: list[int], ascii_only: bool) -> None:
    data = json.dumps(items, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert values(JsonItems(None), data, cuts) == json.loads(data)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5), CUTS)
def test_the_members_of_an_object_that_a_pointer_leads_to(members: dict[str, Json], cuts: list[int]) -> None:
    data = json.dumps({"before": [{"in": [1]}], "in": members, "after": {"in": 2}}).encode()
    assert read(JsonItems("/in"), data, cuts) == list(members.items())


@given(JSON, st.text(max_size=4), st.lists(JSON, max_size=3), CUTS)
def test_a_pointer_finds_the_items_among_everything_else(
    other: Json, name: str, items: list[Json], cuts: list[int]
) -> None:
    document = [other, {"no": other, name: {"items": items}}]
    pointer = f"/1/{name.replace('~', '~0').replace('/', '~1')}/items"
    data = json.dumps(document).encode()
    assert values(JsonItems(pointer), data, cuts) == items


@pytest.mark.parametrize(
    ("pointer", "data", "reason"),
    [
        (None, b'{"a": 1}', "non-iterable"),
        (None, b"7", "non-iterable"),
        ("/a", b'{"a": 1}', "non-iterable"),
        ("/b", b'{"a": [1]}', "leads to nothing"),
        ("/a/b", b'{"a": [1]}', "leads to nothing"),
        (None, b"[1, 2", "not JSON"),
        (None, b"", "not JSON"),
        (None, b"[1] 2", "not JSON"),
        (None, b"[NaN]", "not JSON"),
        (None, b"[1e999]", "too large"),
        (None, b'["\xff"]', "not JSON"),
    ],
)
def test_data_that_has_no_items_is_refused(pointer: str | None, data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        read(JsonItems(pointer), data)


@pytest.mark.parametrize("pointer", [None, "/items"])
def test_items_that_are_large_only_together_are_read(pointer: str | None) -> None:
    items = [{"n": number, "text": "x" * 900} for number in range(3_000)]
    data = json.dumps(items if pointer is None else {"before": items, "items": items}).encode()
    assert values(JsonItems(pointer), data, list(range(0, len(data), 1_000))) == items


def test_numbers_keep_their_kind() -> None:
    found = values(JsonItems(None), b"[1, 1.0, 12345678901234567890, 1e2, -0.5]")
    assert [(type(number), number) for number in found] == [
        (int, 1),
        (float, 1.0),
        (int, 12345678901234567890),
        (float, 100.0),
        (float, -0.5),
    ]


@given(st.lists(JSON, max_size=6), CUTS, st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_json_lines(items: list[Json], cuts: list[int], end: str) -> None:
    data = end.join(json.dumps(item) for item in items).encode()
    assert values(JsonLines(), data, cuts) == items


def written(field: str, delimiter: str, style: str) -> str:
    """A field as it may be written: in quotes, or with its special characters escaped."""
    if style == "quoted":
        return '"' + field.replace("\\", "\\\\").replace('"', '""') + '"'
    if style == "doubled":
        field = field.replace("\\", "\\\\").replace('"', '""')
        return "".join(f"\\{char}" if char in (delimiter, "\n") else char for char in field)
    return "".join(f"\\{char}" if char in (delimiter, "\n", "\\", '"') else char for char in field)


FIELD = st.tuples(TEXT, st.sampled_from(["quoted", "escaped"]))


@given(
    st.lists(TEXT, min_size=2, max_size=4, unique=True),
    st.lists(st.lists(FIELD, min_size=2, max_size=6), max_size=5),
    st.sampled_from(sorted(DELIMITERS)),
    st.sampled_from(["\n", "\r\n"]),
    CUTS,
)
def test_csv_rows_are_named_by_their_header(
    header: list[str], rows: list[list[tuple[str, str]]], delimiter: str, end: str, cuts: list[int]
) -> None:
    sign = DELIMITERS[delimiter]
    lines = [sign.join(written(field, sign, style) for field, style in row) + end for row in rows]
    expected = [{name: row[at][0] if at < len(row) else "" for at, name in enumerate(header)} for row in rows]
    first = sign.join(written(name, sign, "quoted") for name in header) + end
    assert values(CsvRows(None, delimiter), (first + "".join(lines)).encode(), cuts) == expected
    assert values(CsvRows(header, delimiter), "".join(lines).encode(), cuts) == expected


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('{""MyKey"":""MyValue""},2', ['{"MyKey":"MyValue"}', "2"]),
        ('"x ""y"", z",2', ['x "y", z', "2"]),
        (r"a\\,2", ["a\\", "2"]),
        (r"a\,b,2", ["a,b", "2"]),
        (r"c:\\temp,2", ["c:\\temp", "2"]),
        (r"say \"hi\",2", ['say "hi"', "2"]),
        (r"a\b,2", ["ab", "2"]),
        ('5" pipe,2', ['5" pipe', "2"]),
        ('"a"b,2', ['"a"b', "2"]),
        ('"a\nb",2', ["a\nb", "2"]),
        ('"open,2', ['"open', "2"]),
        (r"1,2\\", ["1", "2\\"]),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_quotes_and_backslashes(line: str, fields: list[str], end: str) -> None:
    data = f"{line}{end}".encode()
    expected = [{"a": fields[0], "b": fields[1]}]
    assert values(CsvRows(["a", "b"], "COMMA"), data) == expected
    assert values(CsvRows(["a", "b"], "COMMA"), data, list(range(len(data)))) == expected


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_a_csv() -> None:
    assert values(CsvRows(None, "COMMA"), b"\xef\xbb\xbfa,b\n\n1,2\n\r\n") == [{"a": "1", "b": "2"}]


def test_names_come_in_the_order_of_a_java_map() -> None:
    assert java_map_order(["userId", "movieId", "rating", "timestamp"]) == ["rating", "movieId", "userId", "timestamp"]
    [row] = values(CsvRows(None, "COMMA"), b"H1,\n1,2\n")
    assert list(row) == ["", "H1"]


@pytest.mark.parametrize(
    ("content", "data", "reason"),
    [
        (CsvRows(None, "COMMA"), b"\xff,\n", "not UTF-8"),
        (CsvRows(None, "COMMA"), b"a" * 20_000 + b"\n", "header is larger"),
        (CsvRows(["a"], "COMMA"), b'"' + b"x\n" * MAX_ITEM_BYTES, "larger than"),
        (CsvRows(["a"], "COMMA"), b"x" * 3 * MAX_ITEM_BYTES, "larger than"),
        (JsonLines(), b"{]\n", "not JSON"),
        (JsonLines(), b"1" * 3 * MAX_ITEM_BYTES, "larger than"),
        (JsonItems(None), b'["' + b"x" * 3 * MAX_ITEM_BYTES, "larger than"),
        (Unpacked(JsonLines()), gzip.compress(b"1\n")[:-4], "ends too early"),
        (Unpacked(JsonLines()), b"\x1f\x8b" + b"?" * 20, "unpacked"),
    ],
    ids=["utf-8", "header", "quoted", "line", "json", "json line", "document", "packed", "unpacked"],
)
def test_data_that_is_not_of_its_format_is_refused(content: Format, data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        read(content, data, [MAX_ITEM_BYTES, 2 * MAX_ITEM_BYTES])


@pytest.mark.parametrize("size", [UNPACKED_BYTES - 1, UNPACKED_BYTES, 3 * UNPACKED_BYTES])
def test_packed_data_may_be_much_larger_than_it_looks(size: int) -> None:
    assert values(Unpacked(JsonLines()), gzip.compress(b'"' + b"x" * (size - 2) + b'"')) == ["x" * (size - 2)]


@given(st.lists(st.integers(), max_size=30), CUTS, st.booleans())
def test_data_may_be_packed(items: list[int], cuts: list[int], packed: bool) -> None:
    lines = [f"{item}\n".encode() for item in items]
    plain = b"".join(lines)
    data = gzip.compress(plain[: len(plain) // 2]) + gzip.compress(plain[len(plain) // 2 :]) if packed else plain
    assert values(Unpacked(JsonLines()), data, cuts) == items
