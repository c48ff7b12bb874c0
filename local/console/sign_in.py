"""Signing in on this machine: an OAuth 2.0 authorization server that asks for no password.

The page does exactly what it does on AWS: authorization code with PKCE, then refresh tokens. The tokens are those of
the deployed user pool.

RFC 6749 (OAuth 2.0), RFC 7636 (PKCE); https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from local.console.deployed import DeployedConsole, deployed_console
from local.console.user_pool import LocalUser, RefusedError, UserPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request

CODE_SECONDS: Final = 60.0
MAX_CODES: Final = 100
"""Of sign-ins that have begun and not ended; the oldest is dropped for one more."""
MAX_FORM_BYTES: Final = 32 * 1024
SCOPE: Final = "openid"
SIGNED_IN: Final = "/signed-in"
SIGNED_OUT: Final = "/"
_NEVER_STORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthError(Exception):
    """An error of OAuth 2.0: its code and, for whoever reads it, what is wrong."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status

    @property
    def parameters(self) -> dict[str, str]:
        """As members of a JSON object, or as parameters of a redirect."""
        return {"error": self.code, "error_description": self.description}


@dataclass(frozen=True)
class _Code:
    """What a code was given for."""

    user: LocalUser
    redirect_uri: str
    challenge: str
    expires: float


@dataclass
class SignIn:
    """The endpoints. `clock` counts seconds."""

    pool: UserPool
    clock: Callable[[], float] = time.monotonic
    _codes: dict[str, _Code] = field(default_factory=dict)

    async def authorize(self, request: Request) -> Response:
        """`GET /oauth2/authorize`: back to the page at once, with a code, or with what is wrong.

        Raises:
            OAuthError: the client or the address is not the console's, so the browser is sent nowhere
                (RFC 6749, 4.1.2.1).
        """
        given = _parameters(request.query_params.multi_items())
        _known_client(given)
        redirect_uri = _own_address(request, given, "redirect_uri", SIGNED_IN)
        try:
            answer = {"code": self._issue(given, redirect_uri)}
        except OAuthError as error:
            answer = error.parameters
        if "state" in given:
            answer["state"] = given["state"]
        return RedirectResponse(f"{redirect_uri}?{urlencode(answer)}", 302, _NEVER_STORED)

    async def token(self, request: Request) -> Response:
        """`POST /oauth2/token`: tokens for a code or for a refresh token.

        Raises:
            OAuthError: there are none for this.
        """
        given = await _form(request)
        deployed = _known_client(given)
        match _required(given, "grant_type"):
            case "authorization_code":
                return _answer(_tokens(await self._sign_in(deployed, self._redeem(given))))
            case "refresh_token":
                return _answer(_tokens(await self._refresh(deployed, given)))
        raise OAuthError("unsupported_grant_type", "grant_type has to be authorization_code or refresh_token")

    async def log_out(self, request: Request) -> Response:
        """`GET /logout`: back to the page. There is no session here to be ended.

        Raises:
            OAuthError: the client or the address is not the console's.
        """
        given = _parameters(request.query_params.multi_items())
        _known_client(given)
        return RedirectResponse(_own_address(request, given, "logout_uri", SIGNED_OUT), 302, _NEVER_STORED)

    def _issue(self, given: Mapping[str, str], redirect_uri: str) -> str:
        if given.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type has to be code")
        if not given.get("state"):
            raise OAuthError("invalid_request", "state is missing")
        if given.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "code_challenge_method has to be S256")
        challenge = given.get("code_challenge", "")
        if not _CHALLENGE.fullmatch(challenge):
            raise OAuthError("invalid_request", "code_challenge has to be a SHA-256 in base64url without padding")
        if given.get("scope", SCOPE) != SCOPE:
            raise OAuthError("invalid_scope", f"scope has to be {SCOPE}")
        try:
            user = LocalUser(given.get("login_hint", LocalUser.OPERATOR))
        except ValueError:
            raise OAuthError("access_denied", f"login_hint has to be one of {', '.join(LocalUser)}") from None
        now = self.clock()
        kept = [(code, of) for code, of in self._codes.items() if of.expires > now][-(MAX_CODES - 1) :]
        fresh = secrets.token_urlsafe(32)
        self._codes = {**dict(kept), fresh: _Code(user, redirect_uri, challenge, now + CODE_SECONDS)}
        return fresh

    def _redeem(self, given: Mapping[str, str]) -> LocalUser:
        """Who a code was given to. Whatever comes of it, it is used up."""
        code = self._codes.pop(_required(given, "code"), None)
        verifier, redirect_uri = _required(given, "code_verifier"), _required(given, "redirect_uri")
        if code is None or code.expires <= self.clock():
            raise OAuthError("invalid_grant", "the code is unknown, used or expired")
        if redirect_uri != code.redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri is not the one that the code was sent to")
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(_challenge_of(verifier), code.challenge):
            raise OAuthError("invalid_grant", "code_verifier does not fit the code_challenge")
        return code.user

    async def _sign_in(self, deployed: DeployedConsole, user: LocalUser) -> dict[str, Any]:
        try:
            return await self.pool.sign_in(deployed, user)
        except RefusedError as error:
            raise OAuthError("server_error", f"the user pool refused {user} ({error}); run: baton up", 500) from None

    async def _refresh(self, deployed: DeployedConsole, given: Mapping[str, str]) -> dict[str, Any]:
        try:
            return await self.pool.refresh(deployed, _required(given, "refresh_token"))
        except RefusedError:
            raise OAuthError("invalid_grant", "the refresh token is unknown, expired or revoked") from None


async def tell(_: Request, error: Exception) -> Response:
    """An `OAuthError` as an answer; the exception handler for it."""
    if not isinstance(error, OAuthError):
        raise error
    return _answer(error.parameters, error.status)


def _own_address(request: Request, given: Mapping[str, str], name: str, path: str) -> str:
    """The address that is given, if it is this path of the console by the name that the browser used.

    Which names the console has was checked before.
    """
    wanted = f"http://{request.headers['host']}{path}"
    if given.get(name) != wanted:
        raise OAuthError("invalid_request", f"{name} has to be {wanted}")
    return wanted


def _known_client(given: Mapping[str, str]) -> DeployedConsole:
    deployed = deployed_console()
    if deployed is None:
        raise OAuthError("temporarily_unavailable", "nothing is deployed yet; run: baton up", 503)
    if _required(given, "client_id") != deployed.client:
        raise OAuthError("invalid_client", "client_id is not that of /config.json")
    return deployed


def _required(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise OAuthError("invalid_request", f"{name} is missing")
    return given[name]


def _parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each at most once (RFC 6749, 3.1)."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise OAuthError("invalid_request", f"{name} is given more than once")
        given[name] = value
    return given


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "the body has to be application/x-www-form-urlencoded")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise OAuthError("invalid_request", f"the body is larger than {MAX_FORM_BYTES} bytes", 413)
    try:
        return _parameters(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:
        raise OAuthError("invalid_request", "the body is no form in UTF-8") from None


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _tokens(found: Mapping[str, Any]) -> dict[str, Any]:
    names = {"access_token": "AccessToken", "id_token": "IdToken", "refresh_token": "RefreshToken"}
    tokens = {name: found[theirs] for name, theirs in names.items() if found.get(theirs)}
    return {**tokens, "token_type": "Bearer", "expires_in": found["ExpiresIn"]}


def _answer(content: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(dict(content), status, _NEVER_STORED)
