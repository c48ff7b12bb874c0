"""A vendor's HTTP API with JSON: one request, one answer, and each way that it can go wrong with its own error.

Nothing is tried again here: the state machine does that, with a backoff that costs no run time.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import urllib3
from pydantic import BaseModel, ConfigDict, ValidationError

from saas.errors import VendorRejected, VendorThrottled, VendorUnavailable

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024
REFUSALS: Mapping[int, str] = {
    400: "it finds the request invalid",
    401: "it does not accept the API key; check /api-key among the vendor's parameters",
    402: "the account has not enough credits",
    403: "it does not allow this to the API key; check the account",
    404: "it knows no such campaign",
    409: "it is in conflict with the campaign's state",
    422: "it finds the content invalid",
}
_SECONDS = re.compile(r"[0-9]{1,12}")

Model = TypeVar("Model", bound=BaseModel)


class Document(BaseModel):
    """Base of what vendors answer, as far as it is used. Built when first used: most functions ask no vendor."""

    model_config = ConfigDict(frozen=True, defer_build=True)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, where `Retry-After` gives seconds; a date is left to the state machine's own backoff."""
    return seconds(headers.get("retry-after", ""))


def seconds(text: str) -> float | None:
    """A whole number of seconds, or None where it is none."""
    return float(text) if _SECONDS.fullmatch(text) else None


@cache
def _http() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False)


class HttpApi:
    """The API of `vendor` below `base_url`, with `credentials` in the headers of each request.

    `wait` reads from the headers of a 429 how many seconds the vendor asks to wait.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        credentials: Mapping[str, str],
        wait: Callable[[Mapping[str, str]], float | None] = retry_after,
    ) -> None:
        self._vendor = vendor
        self._base_url = base_url
        self._credentials = credentials
        self._wait = wait

    def call(
        self, operation: str, method: str, path: str, content: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of the answer, whatever it says.

        Raises `VendorUnavailable` or `VendorThrottled` where there is none, or one that says to come back later.
        """
        sent = {"accept": "application/json", **self._credentials, **(headers or {})}
        body = None if content is None else json.dumps(content).encode()
        if body is not None:
            sent["content-type"] = "application/json"
        try:
            response = _http().request(
                method, self._base_url + path, body=body, headers=sent, redirect=False, preload_content=False
            )
            answer = _read_bounded(response)
        except urllib3.exceptions.HTTPError as error:
            raise VendorUnavailable(self._vendor, operation, type(error).__name__) from None
        if response.status == 429:
            raise VendorThrottled(self._vendor, operation, self._wait(response.headers))
        if response.status >= 500 or response.status == 408:
            raise VendorUnavailable(self._vendor, operation, f"HTTP {response.status}")
        return response.status, answer

    def do(self, operation: str, method: str, path: str, content: Any = None, *, promised: tuple[int, ...]) -> None:
        """A call whose answer says nothing but that it is done. Raises what `ask` raises."""
        http_status, _ = self.call(operation, method, path, content)
        self.expect(operation, http_status, *promised)

    def ask(
        self,
        operation: str,
        method: str,
        path: str,
        model: type[Model],
        content: Any = None,
        *,
        promised: tuple[int, ...] = (200,),
    ) -> Model:
        """A call whose answer is a document. Raises `VendorRejected` for another one, and what `call` raises."""
        http_status, answer = self.call(operation, method, path, content)
        self.expect(operation, http_status, *promised)
        return self.read(operation, http_status, answer, model)

    def expect(self, operation: str, http_status: int, *promised: int) -> None:
        """Raise `VendorRejected` where the status is none of those that the vendor's API promises."""
        if http_status not in promised:
            reason = REFUSALS.get(http_status, "the answer is none that its API promises")
            raise VendorRejected(self._vendor, operation, http_status, reason)

    def read(self, operation: str, http_status: int, answer: bytes, model: type[Model]) -> Model:
        """The document in an answer. Raises `VendorRejected` where it isn't what the vendor's API promises."""
        try:
            return model.model_validate_json(answer)
        except ValidationError:
            raise VendorRejected(
                self._vendor, operation, http_status, "the answer is not what its API promises"
            ) from None


def _read_bounded(response: urllib3.BaseHTTPResponse) -> bytes:
    """The answer, cut off one byte after the most that is read; its connection is used again only after all of it."""
    answer = response.read(MAX_ANSWER_BYTES + 1)
    if len(answer) > MAX_ANSWER_BYTES:
        response.close()
    else:
        response.release_conn()
    return answer
