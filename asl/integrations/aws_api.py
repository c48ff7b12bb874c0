"""The APIs of AWS services, as integrations see them: a port. Who really speaks to a service implements `AwsApi`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asl.integrations.aws_names import Naming

Json = Any


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """What requests are signed with. `until` is when they expire, in seconds since the epoch."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    until: float = math.inf


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """A call of one action of a service.

    `service` is the name that `arn:aws:states:::aws-sdk:SERVICE:ACTION` has for it, `action` begins with a small
    letter. `account` is the one whose resources are worked on. With `takes_body`, the body of the answer, such as that
    of `getObject`, is no part of the result but told beside it. Without `credentials` the account signs it.
    """

    service: str
    action: str
    parameters: Json
    naming: Naming
    account: str
    region: str
    takes_body: bool = False
    credentials: AwsCredentials | None = None


@dataclass(frozen=True, slots=True)
class AwsResponse:
    """What a service answered: its result without what is not there, and what is told of the HTTP response.

    The names of `headers` are in small letters; `body` is there for a request that takes it.
    """

    result: dict[str, Json]
    status_code: int
    request_id: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to any URL. With `signed_for`, it is signed for that service, without `credentials` by the account.

    The whole answer has to be there after `seconds`, with a body of at most `max_bytes`, None for any.
    """

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    signed_for: str | None
    account: str
    region: str
    seconds: float = 70.0
    max_bytes: int | None = None
    credentials: AwsCredentials | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What was answered to an HTTP request. A header may be there more than once."""

    status_code: int
    reason: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class AwsError(Exception):
    """A service refused a request.

    `service_id` is the service's name in its model, `code` the error's code, `shape` the name of its exception in the
    model where it has one there.
    """

    def __init__(self, service_id: str, code: str, message: str, *, status_code: int, request_id: str) -> None:
        super().__init__(code, message)
        self.service_id = service_id
        self.code = code
        self.message = message
        self.status_code = status_code
        self.request_id = request_id
        self.extended_request_id: str | None = None
        self.shape: str | None = None


class AwsUnreachableError(Exception):
    """There was no answer, or no endpoint is configured; the text says which and what to do."""

    def __init__(self, service_id: str, message: str) -> None:
        super().__init__(service_id, message)
        self.service_id = service_id
        self.message = message


class BodyTooLargeError(AwsUnreachableError):
    """The answer has a longer body than was asked for."""


class AwsUnsupportedError(Exception):
    """There is no such service or action, or it has no such parameter; the text says which."""


class AwsApi(Protocol):
    """Calls the APIs of AWS services, and of others over HTTP."""

    async def call(self, request: AwsRequest) -> AwsResponse:
        """Call one action of a service.

        Raises:
            AwsError: the service refused the request.
            AwsUnreachableError: there was no answer.
            AwsUnsupportedError: the request is not one of the service's API.
        """

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Send a request and wait for the whole answer, whatever its status.

        Raises:
            BodyTooLargeError: its body is too long.
            AwsUnreachableError: there was none, or not in time.
        """


@runtime_checkable
class AwsRoles(Protocol):
    """Gives the credentials of roles. An `AwsApi` that does is asked for those of a task's role."""

    async def assume_role(self, role_arn: str, account: str, region: str) -> AwsCredentials | None:
        """The credentials of a role for a caller of `account`; None where there is nobody who gives them.

        Raises:
            AwsError: the role may not be assumed.
        """


class NoAws:
    """Where no service can be reached."""

    async def call(self, request: AwsRequest) -> AwsResponse:
        """Say that there is none."""
        raise AwsUnreachableError(request.service, f"No endpoint is configured to call {request.service} at.")

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Say that nothing is sent."""
        raise AwsUnreachableError("HTTP", f"No HTTP client is configured to call {request.url} with.")
