"""Manifests: objects that say which others hold the items.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
https://docs.aws.amazon.com/athena/latest/ug/unload.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.engine.item_reader.formats import FormatError, Lines, check_size
from asl.engine.payload import decode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from asl.engine.s3_access import S3Access

Json = Any

S3_SCHEME: Final = "s3://"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of an S3 inventory report: its columns, and the keys of its files in `bucket`."""

    bucket: str
    schema: list[str]
    keys: list[str]

    @classmethod
    async def read(cls, s3: S3Access, parameters: Mapping[str, Json]) -> Manifest:
        """Read a manifest.

        Raises:
            StateError: S3 refused it.
            FormatError: it is no manifest, or of a report that is not in CSV.
        """
        text = bytearray()
        async for data in s3.content(parameters):
            text += data
            check_size(len(text))
        try:
            fields = decode(text.decode())
            kind = fields["fileFormat"]
            bucket = fields["destinationBucket"].rpartition(":")[2]
            schema = [column.strip() for column in fields["fileSchema"].split(",")]
            keys = [file["key"] for file in fields["files"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise FormatError("The object is not the manifest of an S3 inventory report") from error
        if kind != "CSV":
            raise FormatError(f"The files of the S3 inventory report are {kind}; only CSV is supported")
        return cls(bucket, schema, keys)


def inventory_files(manifest: Manifest) -> Iterator[Mapping[str, Json]]:
    """Where the files of a report are."""
    return ({"Bucket": manifest.bucket, "Key": key} for key in manifest.keys)


async def athena_objects(s3: S3Access, parameters: Mapping[str, Json]) -> AsyncGenerator[Mapping[str, Json], None]:
    """Where the files are that an `UNLOAD` of Athena has written: its manifest has the URI of one on each line.

    Raises:
        StateError: S3 refused the manifest.
        FormatError: a line is no URI of S3.
    """
    lines = Lines()
    async for data in s3.content(parameters):
        for line in lines.feed(data):
            if line.strip():
                yield _place(line.strip())
    for line in lines.feed(b"", final=True):
        if line.strip():
            yield _place(line.strip())


def _place(uri: str) -> Mapping[str, Json]:
    bucket, _, key = uri.removeprefix(S3_SCHEME).partition("/")
    if not uri.startswith(S3_SCHEME) or not key:
        raise FormatError(f"The object is not a manifest of Athena: '{uri[:200]}' is no URI of S3")
    return {"Bucket": bucket, "Key": key}
