"""S3 as distributed Map states use it: objects read and written a piece at a time, lists read a page at a time."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from asl.engine.errors import StateError
from asl.integrations.aws_api import AwsError, AwsRequest, AwsUnreachableError, AwsUnsupportedError
from asl.integrations.aws_names import Naming

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from asl.engine.frame import Frame
    from asl.integrations.aws_api import AwsResponse

Json = Any

PIECE_BYTES: Final = 1_048_576
SLICE_BYTES: Final = 65_536
TOTAL_BYTES: Final = re.compile(r"bytes \d+-\d+/(\d+)")
NO_SUCH_RANGE: Final = "InvalidRange"


class S3Access:
    """S3 in the account and region of an execution. What S3 refuses is an error of the name `error`."""

    def __init__(self, frame: Frame, error: str) -> None:
        self._api = frame.environment.integrations.aws
        self._caller = frame.execution.caller
        self._clock = frame.environment.clock
        self._error = error

    async def call(self, action: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """Call an action and return its result.

        Raises:
            StateError: S3 refused the request, or did not answer.
        """
        with self._clock.outside_work(), self._named():
            return (await self._api.call(self._request(action, parameters))).result

    async def content(self, parameters: Mapping[str, Json]) -> AsyncGenerator[bytes, None]:
        """The bytes of the object that `getObject` with these parameters answers with.

        No connection stays open between two pieces: what is done with the items may take months. All pieces are of
        the same object: one that is replaced meanwhile is refused.

        Raises:
            StateError: S3 refused the request, or did not answer.
        """
        offset, total, etag = 0, 1, None
        while offset < total:
            part = {"Range": f"bytes={offset}-{offset + PIECE_BYTES - 1}"} | ({"IfMatch": etag} if etag else {})
            piece = await self._piece({**parameters, **part}, offset)
            if piece is None:
                return
            found = TOTAL_BYTES.match(piece.headers.get("content-range", ""))
            etag = piece.headers.get("etag")
            offset += len(piece.body)
            total = int(found[1]) if found else offset
            for start in range(0, len(piece.body), SLICE_BYTES):
                yield piece.body[start : start + SLICE_BYTES]

    async def _piece(self, parameters: Mapping[str, Json], offset: int) -> AwsResponse | None:
        """A piece of an object, None where it is empty: that has no piece."""
        with self._clock.outside_work(), self._named():
            try:
                return await self._api.call(self._request("getObject", parameters, takes_body=True))
            except AwsError as error:
                if offset or error.code != NO_SUCH_RANGE:
                    raise
                return None

    async def objects(self, parameters: Mapping[str, Json]) -> AsyncGenerator[list[dict[str, Json]], None]:
        """What `listObjectsV2` tells of the objects, a page at a time.

        Raises:
            StateError: S3 refused the request, or did not answer.
        """
        token: str | None = None
        while True:
            more = {} if token is None else {"ContinuationToken": token}
            page = await self.call("listObjectsV2", {**parameters, **more})
            yield page.get("Contents", [])
            token = page.get("NextContinuationToken")
            if token is None:
                return

    def _request(self, action: str, parameters: Mapping[str, Json], *, takes_body: bool = False) -> AwsRequest:
        caller = self._caller
        return AwsRequest("s3", action, parameters, Naming.OPTIMIZED, caller.account, caller.region, takes_body)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except AwsError as error:
            raise StateError(self._error, error.message or error.code) from error
        except AwsUnreachableError as error:
            raise StateError(self._error, error.message) from error
        except AwsUnsupportedError as error:
            raise StateError(self._error, str(error)) from error
