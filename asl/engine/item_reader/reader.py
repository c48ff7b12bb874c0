"""ItemReader of a distributed Map state: from the field to its items.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.engine.errors import StateError
from asl.engine.item_reader.csv_rows import CsvRows
from asl.engine.item_reader.formats import ITEM_READER_FAILED, FormatError, JsonLines, Unpacked
from asl.engine.item_reader.json_items import JsonItems
from asl.engine.item_reader.manifests import Manifest, athena_objects, inventory_files
from asl.engine.s3_access import S3Access

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from asl.engine.frame import Visit
    from asl.engine.item_reader.formats import Format
    from asl.engine.query_language import Evaluate, QueryLanguage

    Parameters = Mapping[str, Any]

Json = Any

MOST_TOGETHER: Final = 1_000
LIST_OBJECTS: Final = ":s3:listObjectsV2"
PARQUET: Final = "Items in Parquet files are not supported by this engine: use CSV, JSON or JSONL"


class ReadItem(NamedTuple):
    """An item, the key that it has in an object, and where it is from: `STATE_DATA`, `S3://BUCKET` or `S3://BUCKET/KEY`.

    `source` is empty where nothing is said about it.
    """

    key: str | None
    value: Json
    source: str

    @property
    def default_input(self) -> Json:
        """What a child is given of it where there is no ItemSelector: of an object's member its name as well."""
        return self.value if self.key is None else {"Key": self.key, "Value": self.value}

    def context(self, index: int) -> Mapping[str, Json]:
        """The context object's `Map.Item`."""
        key = {} if self.key is None else {"Key": self.key}
        source = {"Source": self.source} if self.source else {}
        return {"Index": index, **key, "Value": self.value, **source}


def state_items(value: list[Json] | dict[str, Json], source: str) -> list[ReadItem]:
    """The elements of an array, or the members of an object, in the data of a state."""
    if isinstance(value, dict):
        return [ReadItem(key, member, source) for key, member in value.items()]
    return [ReadItem(None, item, source) for item in value]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an ItemReader comes to for one Map Run: the parameters of the S3 action, and how many items at most."""

    parameters: Parameters
    max_items: Json


class ItemReader:
    """The items that an ItemReader names, read from S3 as they are needed."""

    def __init__(self, fields: Mapping[str, Json], language: QueryLanguage) -> None:
        self._lists = str(fields["Resource"]).endswith(LIST_OBJECTS)
        self._config: Mapping[str, Json] = fields.get("ReaderConfig", {})
        parameters = fields.get("Arguments", fields.get("Parameters", {}))
        self._parameters = language.template(parameters, "ItemReader/Arguments")
        self._max_items: Evaluate | None = None
        if "MaxItemsPath" in self._config:
            self._max_items = language.template({"MaxItems.$": self._config["MaxItemsPath"]}, "MaxItems")
        elif "MaxItems" in self._config:
            self._max_items = language.template({"MaxItems": self._config["MaxItems"]}, "MaxItems")

    def reading(self, visit: Visit) -> Reading:
        """Evaluate the expressions of the field.

        Raises:
            StateError, ExpressionError: one cannot be evaluated.
        """
        max_items = None if self._max_items is None else self._max_items(visit)["MaxItems"]
        parameters = self._parameters(visit)
        if not isinstance(parameters, dict):
            raise StateError(ITEM_READER_FAILED, visit.explain("The arguments of the ItemReader are not an object."))
        return Reading(parameters, max_items)

    async def items(self, visit: Visit, reading: Reading) -> AsyncGenerator[list[ReadItem], None]:
        """The items, so many at a time as are read together.

        Raises:
            StateError: `States.ItemReaderFailed`
        """
        left = _positive(reading.max_items)
        s3 = S3Access(visit.frame, ITEM_READER_FAILED)
        try:
            async for items in self._all(s3, reading.parameters):
                if left is not None:
                    items, left = items[:left], left - len(items)  # noqa: PLW2901 - the rest is not wanted
                yield items
                if left is not None and left <= 0:
                    return
        except FormatError as error:
            raise StateError(ITEM_READER_FAILED, str(error)) from error

    def _all(self, s3: S3Access, parameters: Parameters) -> AsyncGenerator[list[ReadItem], None]:
        if self._lists:
            flattened = self._config.get("Transformation") == "LOAD_AND_FLATTEN"
            return self._listed_contents(s3, parameters) if flattened else _listed(s3, parameters)
        if self._config.get("ManifestType") == "ATHENA_DATA":
            return self._athena(s3, parameters)
        if self._config.get("InputType") == "MANIFEST" or "ManifestType" in self._config:
            return _inventory(s3, parameters)
        return _object_items(s3, parameters, self._format())

    @property
    def has_pointer(self) -> bool:
        """Whether the items are in a part of the data that an `ItemsPointer` leads to."""
        return bool(self._config.get("ItemsPointer"))

    def items_in(self, text: str) -> list[ReadItem]:
        """The items in the data of one object.

        Raises:
            StateError: `States.ItemReaderFailed`
        """
        try:
            content = self._format()
            items = [*content.feed(text.encode("utf-8", "surrogatepass")), *content.finish()]
        except FormatError as error:
            raise StateError(ITEM_READER_FAILED, str(error)) from error
        return [ReadItem(key, value, "") for key, value in items]

    def _format(self) -> Format:
        kind = self._config.get("InputType", "JSON")
        if kind == "CSV":
            headers = self._config.get("CSVHeaders") if self._config.get("CSVHeaderLocation") == "GIVEN" else None
            return Unpacked(CsvRows(headers, self._config.get("CSVDelimiter", "COMMA")))
        if kind == "JSONL":
            return Unpacked(JsonLines())
        if kind == "JSON":
            return Unpacked(JsonItems(self._config.get("ItemsPointer")))
        raise FormatError(PARQUET)

    async def _listed_contents(self, s3: S3Access, parameters: Parameters) -> AsyncGenerator[list[ReadItem], None]:
        """The items in all objects of a list."""
        async for page in s3.objects(parameters):
            for listed in page:
                place = {"Bucket": parameters.get("Bucket"), "Key": listed["Key"]}
                async for items in _object_items(s3, place, self._format()):
                    yield items

    async def _athena(self, s3: S3Access, parameters: Parameters) -> AsyncGenerator[list[ReadItem], None]:
        """The items in all files that a query of Athena has written."""
        async for place in athena_objects(s3, parameters):
            async for items in _object_items(s3, place, self._format()):
                yield items


def _positive(max_items: Json) -> int | None:
    """How many items at most, None where that is left open. A text with a number will do, as on AWS."""
    if max_items is None:
        return None
    try:
        number = int(max_items)
        whole = number == float(max_items) and not isinstance(max_items, bool)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise StateError(ITEM_READER_FAILED, f"field MaxItems must be an integer: {max_items}")
    if number < 0:
        raise StateError(ITEM_READER_FAILED, "field MaxItems must be positive")
    return number or None


async def _object_items(s3: S3Access, place: Parameters, content: Format) -> AsyncGenerator[list[ReadItem], None]:
    source = f"S3://{place.get('Bucket')}/{place.get('Key')}"
    async for data in s3.content(place):
        for items in _together(content.feed(data), source):
            yield items
    for items in _together(content.finish(), source):
        yield items


def _together(found: Iterator[tuple[str | None, Json]], source: str) -> Iterator[list[ReadItem]]:
    """Not too many items at a time: what is packed may hold any number."""
    while items := [ReadItem(key, value, source) for key, value in islice(found, MOST_TOGETHER)]:
        yield items


async def _listed(s3: S3Access, parameters: Parameters) -> AsyncGenerator[list[ReadItem], None]:
    """The objects of a list, as AWS tells them."""
    source = f"S3://{parameters.get('Bucket')}"
    async for page in s3.objects(parameters):
        yield [ReadItem(None, _listed_item(listed), source) for listed in page]


def _listed_item(listed: Mapping[str, Json]) -> Json:
    item = {"Etag": listed.get("ETag"), "Key": listed["Key"]}
    if "LastModified" in listed:
        item["LastModified"] = int(datetime.fromisoformat(listed["LastModified"]).timestamp())
    item["Size"] = listed.get("Size")
    item["StorageClass"] = listed.get("StorageClass")
    return {name: value for name, value in item.items() if value is not None}


async def _inventory(s3: S3Access, parameters: Parameters) -> AsyncGenerator[list[ReadItem], None]:
    """The objects that an S3 inventory report tells of."""
    manifest = await Manifest.read(s3, parameters)
    for place in inventory_files(manifest):
        async for items in _object_items(s3, place, Unpacked(CsvRows(manifest.schema, "COMMA"))):
            yield items
