"""What the embedded AWS tells of objects in S3 beyond what MiniStack does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.embedded_aws.s3_answers import with_s3_answers
from tests.unit.cloud import embedded

if TYPE_CHECKING:
    from pathlib import Path

CREDENTIAL = b"AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/%s/aws4_request, Signature=0"


async def answer(service: bytes, status: int, told: dict[bytes, bytes], method: str = "PUT") -> dict[bytes, bytes]:
    """The headers of an answer after it was completed."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(told.items())})

    async def receive() -> Any:
        raise AssertionError("the request is not read")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", CREDENTIAL % service), (b"x-amz-checksum-crc32", b"K81oMA==")]
    await with_s3_answers(app)({"type": "http", "method": method, "headers": headers}, receive, send)
    return dict(sent[0]["headers"])


async def test_a_write_is_answered_with_encryption_and_its_checksum() -> None:
    assert await answer(b"s3", 200, {b"etag": b"e"}) == {
        b"etag": b"e",
        b"x-amz-server-side-encryption": b"AES256",
        b"x-amz-checksum-crc32": b"K81oMA==",
        b"x-amz-checksum-type": b"FULL_OBJECT",
    }


async def test_a_read_is_answered_with_encryption_alone() -> None:
    assert await answer(b"s3", 200, {b"ETag": b"e"}, "GET") == {
        b"ETag": b"e",
        b"x-amz-server-side-encryption": b"AES256",
    }


async def test_what_was_told_stays() -> None:
    told = {b"etag": b"e", b"x-amz-server-side-encryption": b"aws:kms", b"x-amz-checksum-crc32": b"other"}
    assert await answer(b"s3", 200, told) == told


@pytest.mark.parametrize(
    ("service", "status", "told"),
    [(b"s3", 404, {b"etag": b"e"}), (b"s3", 200, {}), (b"apigateway", 200, {b"etag": b"e"})],
)
async def test_other_answers_stay_as_they_are(service: bytes, status: int, told: dict[bytes, bytes]) -> None:
    assert await answer(service, status, told) == told


@pytest.mark.cloud
def test_an_sdk_is_told_of_encryption_and_checksum(tmp_path: Path) -> None:
    with embedded(tmp_path) as url:
        s3 = boto3.client("s3", endpoint_url=url, aws_access_key_id="test", aws_secret_access_key="test")
        s3.create_bucket(Bucket="bucket")
        written = s3.put_object(Bucket="bucket", Key="key", Body=b"false")
        read = s3.get_object(Bucket="bucket", Key="key")
    for told in (written, read):
        assert (told["ServerSideEncryption"], told["ChecksumCRC32"]) == ("AES256", "K81oMA==")
