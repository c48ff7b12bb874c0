"""What S3 tells of objects and MiniStack leaves out: that they are encrypted, and the checksums that came with them.

S3 encrypts every object, with AES-256 unless something else is asked for, and answers a write with the checksum that
it has verified. https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
    Headers = list[tuple[bytes, bytes]]

SIGNED_FOR_S3: Final = re.compile(rb"Credential=[^/]+/\d+/[\w-]+/s3/aws4_request")
ENCRYPTION: Final = b"x-amz-server-side-encryption"
CHECKSUM: Final = re.compile(rb"x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)")
CHECKSUM_TYPE: Final = b"x-amz-checksum-type"


def with_s3_answers(app: App) -> App:
    """The application, its answers about objects of S3 completed."""

    async def completed(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] != "http" or not SIGNED_FOR_S3.search(headers.get(b"authorization", b"")):
            await app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message = {**message, "headers": _completed(scope["method"], headers, list(message["headers"]))}
            await send(message)

        await app(scope, receive, complete)

    return completed


def _completed(method: str, request: dict[bytes, bytes], answer: Headers) -> Headers:
    told = {name.lower() for name, _ in answer}
    if b"etag" not in told:  # the answer is not about an object
        return answer
    if ENCRYPTION not in told:
        answer.append((ENCRYPTION, b"AES256"))
    checksums = [(name, value) for name, value in request.items() if CHECKSUM.fullmatch(name)]
    if method == "PUT" and checksums and not any(CHECKSUM.fullmatch(name) for name in told):
        answer += [*checksums, (CHECKSUM_TYPE, b"FULL_OBJECT")]
    return answer
