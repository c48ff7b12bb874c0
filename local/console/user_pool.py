"""Signing in to the user pool of the embedded AWS, and the two people that a local cloud has.

Nobody knows their passwords: each sign-in sets a new one, uses it once, and forgets it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from local.embedded_aws.in_process import InProcess

if TYPE_CHECKING:
    from local.console.deployed import DeployedConsole
    from local.console.messages import Application

TARGET: Final = "AWSCognitoIdentityProviderService"


class LocalUser(StrEnum):
    """The people of a local cloud, by their names in the user pool."""

    OPERATOR = "operator"
    VIEWER = "viewer"


class RefusedError(Exception):
    """The user pool refused; the text is the type of its error."""


@dataclass(frozen=True)
class UserPool:
    """The user pool behind an application that answers as AWS."""

    cloud: Application
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sign_in(self, deployed: DeployedConsole, user: LocalUser) -> dict[str, Any]:
        """An `AuthenticationResult` for a user.

        Raises:
            RefusedError: there is no such user, or the pool does not let it in.
        """
        name, password = user.value, fresh_password()
        async with self._signing_in:
            await self._call(
                "AdminSetUserPassword",
                {"UserPoolId": deployed.user_pool, "Username": name, "Password": password, "Permanent": True},
            )
            return await self._authenticate(
                deployed, "ADMIN_USER_PASSWORD_AUTH", {"USERNAME": name, "PASSWORD": password}
            )

    async def refresh(self, deployed: DeployedConsole, refresh_token: str) -> dict[str, Any]:
        """An `AuthenticationResult` for a refresh token.

        Raises:
            RefusedError: the token is none of the pool's, expired or revoked.
        """
        return await self._authenticate(deployed, "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": refresh_token})

    async def _authenticate(self, deployed: DeployedConsole, flow: str, parameters: dict[str, str]) -> dict[str, Any]:
        answer = await self._call(
            "AdminInitiateAuth",
            {
                "UserPoolId": deployed.user_pool,
                "ClientId": deployed.client,
                "AuthFlow": flow,
                "AuthParameters": parameters,
            },
        )
        try:
            result: dict[str, Any] = answer["AuthenticationResult"]
        except KeyError:
            raise RefusedError(f"the pool asks for {answer.get('ChallengeName')}") from None
        return result

    async def _call(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.{action}"}
        answer = await InProcess(self.cloud).post("/", headers, json.dumps(request).encode())
        content = json.loads(answer.body or b"{}")
        if answer.status != HTTPStatus.OK:
            raise RefusedError(str(content.get("__type", answer.status)).rpartition("#")[2])
        found: dict[str, Any] = content
        return found


def fresh_password() -> str:
    """A password at random, of all kinds of characters that the pool asks for."""
    return f"Aa1!{secrets.token_urlsafe(32)}"
