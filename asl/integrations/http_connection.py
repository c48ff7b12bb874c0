"""EventBridge connections: what an HTTP Task adds to its request so that the API knows who calls.

The credentials are read from the secret that EventBridge keeps for the connection. An emulator that keeps none may tell
them in DescribeConnection, where AWS never does.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from asl.integrations.aws_api import AwsError, AwsRequest, AwsUnreachableError, AwsUnsupportedError, HttpRequest
from asl.integrations.aws_names import Naming
from asl.integrations.errors import TaskFailure
from asl.integrations.form_encoding import scalar_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.integrations.aws_api import AwsApi
    from asl.integrations.protocol import TaskCall

Json = Any
Pairs = tuple[tuple[str, str], ...]

ERRORS: Final = "Events.ConnectionResource"
CONNECTION_ARN: Final = re.compile(
    r"arn:[\w-]+:events:(?P<region>[\w-]+):(?P<account>\d{12}):connection/(?P<name>[\w.-]{1,64})(/[\w-]+)?"
)
NOT_AUTHORIZED: Final = {"AUTHORIZING": "AuthInProgress"}
TOKEN_SECONDS: Final = 30.0
TOKEN_BYTES: Final = 1024 * 1024
EARLY_SECONDS: Final = 60.0
REFUSED: Final = 300


@dataclass(frozen=True, slots=True)
class Additions:
    """What a connection adds to a request. Its values replace those that the task gives under the same name."""

    headers: Pairs = ()
    query: Pairs = ()
    body: Pairs = ()


NOTHING: Final = Additions()


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and until when it is used, in seconds since the epoch."""

    authorization: str
    until: float


class Connections:
    """Reads connections, and keeps the access tokens of those that use OAuth."""

    def __init__(self, api: AwsApi) -> None:
        self._api = api
        self._tokens: dict[str, Token] = {}

    async def additions(self, arn: str, call: TaskCall) -> Additions:
        """What the connection with an ARN adds.

        Raises:
            TaskFailure: `Events.ConnectionResource.REASON`, or `States.Runtime` for what is not the ARN of one.
        """
        match = CONNECTION_ARN.fullmatch(arn)
        if match is None:
            raise TaskFailure("States.Runtime", f"The ConnectionArn {arn} is not the ARN of an EventBridge connection.")
        where = match["account"], match["region"]
        described = await self._ask("eventbridge", "describeConnection", {"Name": match["name"]}, where)
        state = described.get("ConnectionState", "AUTHORIZED")
        if state != "AUTHORIZED":
            reason = NOT_AUTHORIZED.get(state, "InvalidConnectionState")
            raise _failure(reason, f"The connection {match['name']} is {state}.")
        secret = await self._secret(described, match["name"], where)
        shared = secret.get("InvocationHttpParameters") or {}
        return Additions(
            headers=(*await self._authorization(arn, described, secret, call), *_pairs(shared, "HeaderParameters")),
            query=_pairs(shared, "QueryStringParameters"),
            body=_pairs(shared, "BodyParameters"),
        )

    def forget_token(self, arn: str) -> bool:
        """Ask for a new access token next time; False where the connection has none."""
        return self._tokens.pop(arn, None) is not None

    async def _ask(self, service: str, action: str, parameters: Json, where: tuple[str, str]) -> dict[str, Json]:
        try:
            answer = await self._api.call(AwsRequest(service, action, parameters, Naming.SDK, *where))
        except AwsError as error:
            raise _failure(_reason(error), error.message) from error
        except (AwsUnreachableError, AwsUnsupportedError) as error:
            raise _failure("InternalError", str(error.args[-1])) from error
        return answer.result

    async def _secret(self, described: dict[str, Json], name: str, where: tuple[str, str]) -> dict[str, Json]:
        """The authorization parameters of a connection with their secrets, named as CreateConnection names them."""
        told: dict[str, Json] = described.get("AuthParameters") or {}
        arn = described.get("SecretArn")
        if arn is None:
            if _holds_secrets(told):
                return told
            raise _failure(
                "InternalError",
                f"DescribeConnection tells neither a SecretArn nor the credentials of the connection {name}: "
                "without one of them the request can not be authorized.",
            )
        value = await self._ask("secretsmanager", "getSecretValue", {"SecretId": arn}, where)
        try:
            content = json.loads(value.get("SecretString", ""))
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise _failure("InternalError", f"The secret of the connection {name} is not a JSON object.")
        return _from_secret(content, told)

    async def _authorization(
        self, arn: str, described: dict[str, Json], secret: dict[str, Json], call: TaskCall
    ) -> Pairs:
        if (basic := secret.get("BasicAuthParameters")) is not None:
            both = f"{basic.get('Username', '')}:{basic.get('Password', '')}".encode()
            return (("Authorization", f"Basic {base64.b64encode(both).decode()}"),)
        if (key := secret.get("ApiKeyAuthParameters")) is not None:
            return ((str(key.get("ApiKeyName", "")), str(key.get("ApiKeyValue", ""))),)
        if (oauth := secret.get("OAuthParameters")) is not None:
            token = self._tokens.get(arn)
            if token is None or token.until <= call.clock.now():
                token = self._tokens[arn] = await self._new_token(oauth, call)
            return (("Authorization", token.authorization),)
        kind = described.get("AuthorizationType")
        raise _failure("InternalError", f"The connection has no credentials of the type {kind}.")

    async def _new_token(self, oauth: dict[str, Json], call: TaskCall) -> Token:
        """An access token for the client credentials of a connection."""
        request = _token_request(oauth, call)
        try:
            answer = await self._api.send(request)
            content = json.loads(answer.body) if answer.status_code < REFUSED else {}
            token = content["access_token"]
            lifetime = float(content.get("expires_in", 0))
        except AwsUnreachableError as error:
            raise _failure("InvalidConnectionState", f"No access token: {error.message}") from error
        except (ValueError, KeyError, TypeError):
            told = f"The authorization endpoint answered {answer.status_code} without an access token."
            raise _failure("InvalidConnectionState", told) from None
        kind = content.get("token_type", "Bearer")
        kind = "Bearer" if str(kind).lower() == "bearer" else kind
        return Token(f"{kind} {token}", call.clock.now() + max(0.0, lifetime - EARLY_SECONDS))


def _token_request(oauth: Mapping[str, Json], call: TaskCall) -> HttpRequest:
    client, shared = oauth.get("ClientParameters") or {}, oauth.get("OAuthHttpParameters") or {}
    form = {
        "grant_type": "client_credentials",
        "client_id": client.get("ClientID", ""),
        "client_secret": client.get("ClientSecret", ""),
        **dict(_pairs(shared, "BodyParameters")),
    }
    method = str(oauth.get("HttpMethod") or "POST")
    query = list(_pairs(shared, "QueryStringParameters"))
    body, headers = b"", list(_pairs(shared, "HeaderParameters"))
    if method == "GET":
        query += form.items()
    else:
        body = urlencode(form).encode()
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    url = str(oauth.get("AuthorizationEndpoint", ""))
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    caller = call.caller
    return HttpRequest(
        method, url, headers, body, None, caller.account, caller.region, seconds=TOKEN_SECONDS, max_bytes=TOKEN_BYTES
    )


def _pairs(shared: Mapping[str, Json], name: str) -> Pairs:
    listed = shared.get(name) or ()
    return tuple((str(item.get("Key", "")), scalar_text(item.get("Value"))) for item in listed)


def _holds_secrets(told: Mapping[str, Json]) -> bool:
    """Whether authorization parameters have their secrets, which AWS leaves out when it describes a connection."""
    oauth = told.get("OAuthParameters") or {}
    return (
        "Password" in (told.get("BasicAuthParameters") or {})
        or "ApiKeyValue" in (told.get("ApiKeyAuthParameters") or {})
        or "ClientSecret" in (oauth.get("ClientParameters") or {})
    )


def _from_secret(content: Mapping[str, Json], told: Mapping[str, Json]) -> dict[str, Json]:
    """The secret that EventBridge writes for a connection, in the names of CreateConnection.

    Its own names are those of the parameters in lower case with underscores; parameters of requests are kept as given.
    """
    found: dict[str, Json] = {}
    if "username" in content:
        found["BasicAuthParameters"] = {"Username": content["username"], "Password": content.get("password", "")}
    elif "api_key_name" in content:
        key = {"ApiKeyName": content["api_key_name"], "ApiKeyValue": content.get("api_key_value", "")}
        found["ApiKeyAuthParameters"] = key
    elif "client_id" in content:
        public = told.get("OAuthParameters") or {}
        found["OAuthParameters"] = {
            "ClientParameters": {"ClientID": content["client_id"], "ClientSecret": content.get("client_secret", "")},
            "AuthorizationEndpoint": content.get("authorization_endpoint") or public.get("AuthorizationEndpoint"),
            "HttpMethod": content.get("http_method") or public.get("HttpMethod"),
            "OAuthHttpParameters": content.get("oauth_http_parameters") or public.get("OAuthHttpParameters"),
        }
    found["InvocationHttpParameters"] = content.get("invocation_http_parameters") or told.get(
        "InvocationHttpParameters"
    )
    return found


def _reason(error: AwsError) -> str:
    if "NotFound" in error.code:
        return "ResourceNotFound"
    if "AccessDenied" in error.code:
        return "AccessDenied"
    return "ConcurrentModification" if "ConcurrentModification" in error.code else "InternalError"


def _failure(reason: str, cause: str) -> TaskFailure:
    return TaskFailure(f"{ERRORS}.{reason}", cause)
