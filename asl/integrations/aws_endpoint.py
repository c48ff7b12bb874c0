"""Calls AWS services with botocore, at endpoints such as `SQS_ENDPOINT` or `AWS_ENDPOINT_URL` name.

botocore blocks, so that its calls run on a bounded number of threads. The account that is worked on goes along as the
access key id, which is how emulators of AWS tell accounts apart; what it is signed with is no secret.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
import uuid
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import botocore.session
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody
from urllib3.exceptions import HTTPError

from asl.integrations.aws_api import (
    AwsCredentials,
    AwsError,
    AwsRequest,
    AwsResponse,
    AwsUnreachableError,
    AwsUnsupportedError,
    BodyTooLargeError,
    HttpAnswer,
)
from asl.integrations.aws_names import BOTOCORE_NAMES, Naming, capitalized
from asl.integrations.aws_shapes import missing_members, to_json, to_parameters
from asl.integrations.worker_threads import WorkerThreads

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient
    from botocore.model import OperationModel, ServiceModel, Shape

    from asl.integrations.aws_api import HttpRequest

THREADS: Final = 32
CLIENTS: Final = 64
READ_SECONDS: Final = 70
CONTENT_TYPE_OF_TEXT: Final = "text/plain; charset=UTF-8"
READ_BYTES: Final = 65_536
SESSION_NAME: Final = "StepFunctions"
SESSION_SECONDS: Final = 900
EARLY_SECONDS: Final = 60
ROLES: Final = 1_000
EXTRAS: Final = Path(__file__).with_name("botocore_extras")
"""What emulators answer beyond the models of AWS: the credentials of a connection, for which AWS has a secret."""
API_HOST: Final = re.compile(r"[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


class AwsEndpoints:
    """An `AwsApi`. `endpoint_of` gives the URL for a service by the name that the SDK integrations have for it."""

    def __init__(self, endpoint_of: Callable[[str], str | None]) -> None:
        self._endpoint_of = endpoint_of
        self._threads = WorkerThreads(THREADS)
        self._session = botocore.session.Session()
        self._session.get_component("data_loader").search_paths.append(str(EXTRAS))
        self._loading = Lock()
        self._model = lru_cache(CLIENTS)(self._load_model)
        self._client = lru_cache(CLIENTS)(self._create_client)
        self._roles: dict[tuple[str, str], AwsCredentials] = {}
        self._http = URLLib3Session(timeout=READ_SECONDS, max_pool_connections=THREADS)

    async def call(self, request: AwsRequest) -> AwsResponse:
        """Call one action of a service."""
        return await self._threads.run(partial(self._call, request))

    async def assume_role(self, role_arn: str, account: str, region: str) -> AwsCredentials | None:
        """The credentials of a role, from STS, kept until they are about to expire.

        None where STS has no endpoint, or what answers there knows no AssumeRole.
        """
        if self._endpoint_of("sts") is None:
            return None
        known = self._roles.get((role_arn, account))
        if known is not None and known.until > time.time():
            return known
        parameters = {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME, "DurationSeconds": SESSION_SECONDS}
        try:
            answer = await self.call(AwsRequest("sts", "assumeRole", parameters, Naming.SDK, account, region))
        except AwsError as error:
            if "AccessDenied" in error.code:
                raise
            return None
        except (AwsUnreachableError, AwsUnsupportedError):
            return None
        told = answer.result.get("Credentials") or {}
        if not told.get("AccessKeyId"):
            return None
        until = time.time() + SESSION_SECONDS - EARLY_SECONDS
        found = AwsCredentials(told["AccessKeyId"], told["SecretAccessKey"], told.get("SessionToken"), until)
        if len(self._roles) >= ROLES:
            self._roles.clear()
        self._roles[role_arn, account] = found
        return found

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Send a request. One to an API Gateway of AWS goes to the endpoint of API Gateway where there is one."""
        return await self._threads.run(partial(self._send, request))

    def _call(self, request: AwsRequest) -> AwsResponse:
        model = self._model(request.service)
        operation = _operation(model, request)
        if operation.has_event_stream_input or operation.has_event_stream_output:
            raise AwsUnsupportedError(f"{request.service}:{request.action} streams events, which is not supported")
        parameters = _parameters(operation, request)
        endpoint = self._endpoint_of(request.service)
        service_id = str(model.service_id)
        if endpoint is None:
            raise AwsUnreachableError(service_id, _without_endpoint(request.service))
        credentials = request.credentials or AwsCredentials(request.account, request.account)
        client = self._client(model.service_name, endpoint, request.region, credentials)
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation.name))(**parameters)
            metadata = answer.pop("ResponseMetadata")
            body = _taken_body(answer) if request.takes_body else b""
            result = to_json(answer, operation.output_shape, request.naming)
        except ClientError as error:
            raise _refusal(model, error) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise AwsUnreachableError(service_id, f"Unable to execute HTTP request: {error}") from error
        except ValueError as error:
            raise AwsUnsupportedError(f"The parameters of {request.action} can not be sent: {error}") from error
        headers = metadata.get("HTTPHeaders", {})
        return AwsResponse(result, metadata["HTTPStatusCode"], metadata.get("RequestId", ""), headers, body)

    def _load_model(self, service: str) -> ServiceModel:
        with self._loading:
            known = {name.replace("-", ""): name for name in self._session.get_available_services()}
            name = BOTOCORE_NAMES.get(service) or known.get(service, service)
            try:
                return self._session.get_service_model(name)
            except UnknownServiceError:
                raise AwsUnsupportedError(f"There is no service {service} with an AWS SDK integration") from None

    def _create_client(self, name: str, endpoint: str, region: str, credentials: AwsCredentials) -> BaseClient:
        config = Config(
            inject_host_prefix=False,
            max_pool_connections=THREADS,
            parameter_validation=False,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        )
        with self._loading:
            return self._session.create_client(
                name,
                region_name=region,
                endpoint_url=endpoint,
                aws_access_key_id=credentials.access_key,
                aws_secret_access_key=credentials.secret_key,
                aws_session_token=credentials.session_token,
                config=config,
            )

    def _send(self, request: HttpRequest) -> HttpAnswer:
        deadline = time.monotonic() + request.seconds
        try:
            prepared = self._prepared(request)
            prepared.stream_output = True
            _refuse_link_local(prepared.url)
            answer = self._http.send(prepared)
            raw: Any = answer.raw
            body = _limited_body(raw, request.max_bytes, deadline)
        except (BotoCoreError, ValueError, HTTPError) as error:
            raise AwsUnreachableError("HTTP", f"Unable to execute HTTP request: {error}") from error
        return HttpAnswer(answer.status_code, raw.reason or "", tuple(raw.headers.items()), body)

    def _prepared(self, request: HttpRequest) -> AWSPreparedRequest:
        url = _encoded(request.url)
        prepared = AWSRequest(request.method, url, data=request.body)
        for name, value in request.headers:
            prepared.headers.add_header(name, value)
        if request.signed_for is not None:
            given = request.credentials or AwsCredentials(request.account, request.account)
            signer = Credentials(given.access_key, given.secret_key, given.session_token)
            SigV4Auth(signer, request.signed_for, request.region).add_auth(prepared)
        self._route(url, prepared)
        return prepared.prepare()

    def _route(self, url: str, prepared: AWSRequest) -> None:
        parts, endpoint = urlsplit(url), self._endpoint_of("apigateway")
        if endpoint is not None and API_HOST.fullmatch(parts.netloc):
            there = urlsplit(endpoint)
            prepared.url = urlunsplit((there.scheme, there.netloc, parts.path, parts.query, ""))
            prepared.headers["Host"] = parts.netloc


def _limited_body(raw: Any, max_bytes: int | None, deadline: float) -> bytes:
    """The body of an answer, read until it is whole, too long, or late."""
    body = bytearray()
    for part in raw.stream(READ_BYTES):
        body += part
        if max_bytes is not None and len(body) > max_bytes:
            raw.close()
            raise BodyTooLargeError("HTTP", f"The body of the response has more than {max_bytes} bytes.")
        if time.monotonic() > deadline:
            raw.close()
            raise AwsUnreachableError("HTTP", "Unable to execute HTTP request: the response took too long")
    raw.release_conn()
    return bytes(body)


def _refuse_link_local(url: str) -> None:
    """Refuse to call what only a machine's own cloud answers, such as the credentials of its role.

    Raises:
        AwsUnreachableError: the host of the URL has a link-local address, or none.
    """
    host = urlsplit(url).hostname or ""
    try:
        found = {str(address[4][0]) for address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise AwsUnreachableError("HTTP", f"Unable to execute HTTP request: {host}: {error.strerror}") from error
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        if (mapped or address).is_link_local:
            raise AwsUnreachableError("HTTP", f"Unable to execute HTTP request: {host} is a link-local address")


def _is_raw(request: AwsRequest, payload: str) -> bool:
    """Whether the body of the request is given as bytes: the JSON of a state machine is sent as a text."""
    return isinstance(request.parameters.get(payload), bytes)


def _taken_body(answer: dict[str, Any]) -> bytes:
    """The body of an answer, which is a part of it no longer."""
    for name, value in answer.items():
        if isinstance(value, StreamingBody):
            del answer[name]
            with value:
                content: bytes = value.read()
            return content
    return b""


def _operation(model: ServiceModel, request: AwsRequest) -> OperationModel:
    name = capitalized(request.action)
    if name not in model.operation_names:
        raise AwsUnsupportedError(f"The service {request.service} has no action {request.action}")
    return model.operation_model(name)


def _parameters(operation: OperationModel, request: AwsRequest) -> dict[str, Any]:
    shape = operation.input_shape
    if shape is None:
        if request.parameters:
            raise AwsUnsupportedError(f"{request.service}:{request.action} takes no parameters")
        return {}
    parameters: dict[str, Any] = to_parameters(request.parameters, shape, request.naming)
    payload = str(shape.serialization.get("payload"))
    if "ContentType" in shape.members and isinstance(parameters.get(payload), bytes) and not _is_raw(request, payload):
        parameters.setdefault("ContentType", CONTENT_TYPE_OF_TEXT)
    missing = missing_members(parameters, shape)
    if missing:
        problems = "; ".join(
            f"Value null at '{path}' failed to satisfy constraint: Member must not be null" for path in missing
        )
        plural = "s" if len(missing) > 1 else ""
        raise AwsError(
            str(operation.service_model.service_id),
            "ValidationException",
            f"{len(missing)} validation error{plural} detected: {problems}",
            status_code=400,
            request_id=str(uuid.uuid4()),
        )
    return parameters


def _refusal(model: ServiceModel, error: ClientError) -> AwsError:
    content, metadata = error.response["Error"], error.response["ResponseMetadata"]
    code = str(content.get("QueryErrorCode") or content.get("Code", "Unknown"))
    # Emulators send the exception's name where the model has another code for it.
    shape = next((shape for shape in model.error_shapes if code in (shape.name, _error_code(shape))), None)
    refusal = AwsError(
        str(model.service_id),
        code if shape is None else _error_code(shape),
        content.get("Message", ""),
        status_code=metadata["HTTPStatusCode"],
        request_id=metadata.get("RequestId", ""),
    )
    refusal.extended_request_id = metadata.get("HostId") or metadata.get("HTTPHeaders", {}).get("x-amz-id-2")
    refusal.shape = None if shape is None else shape.name
    return refusal


def _error_code(shape: Shape) -> str:
    return str(shape.metadata.get("error", {}).get("code", shape.name))


def _without_endpoint(service: str) -> str:
    return (
        f"No endpoint is configured for {service}: set AWS_ENDPOINT_URL for all services, "
        f"or AWS_ENDPOINT_URL_{service.upper()} for this one."
    )


def _encoded(url: str) -> str:
    """A URL with what must not stand in one written as percent signs and digits."""
    return "".join(part if part.isascii() and part > " " else _percent(part) for part in url)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())
