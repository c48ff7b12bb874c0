"""What a browser does at the console of a local cloud, without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3

if TYPE_CHECKING:
    from collections.abc import Mapping

VERIFIER = secrets.token_urlsafe(48)


@dataclass(frozen=True)
class Browser:
    """Whoever asks the console at this port, by the name `localhost` where nothing else is said."""

    port: int

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def ask(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """An answer as it is; redirects are not followed."""
        headers = {"Host": f"localhost:{self.port}", **options.pop("headers", {})}
        url = f"http://127.0.0.1:{self.port}{path}"
        return urllib3.request(
            method, url, headers=headers, redirect=False, retries=False, timeout=60.0, preload_content=True, **options
        )

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self.ask("GET", path, headers=headers)

    def client(self) -> str:
        """The client id that the console names."""
        client: str = self.get("/config.json").json()["client_id"]
        return client

    def authorize(self, **changes: str | None) -> urllib3.BaseHTTPResponse:
        """Ask for a code, with some parameters changed, or left out (None)."""
        given = {
            "response_type": "code",
            "client_id": self.client(),
            "redirect_uri": f"{self.origin}/signed-in",
            "scope": "openid",
            "state": "a nonce",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return self.get("/oauth2/authorize?" + urlencode({name: text for name, text in given.items() if text}))

    def code(self, **changes: str | None) -> str:
        return redirected(self.authorize(**changes))["code"]

    def token(
        self, form: Mapping[str, str | None], headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Ask for tokens, with some fields changed, or left out (None)."""
        given = {
            "grant_type": "authorization_code",
            "client_id": self.client(),
            "redirect_uri": f"{self.origin}/signed-in",
            "code_verifier": VERIFIER,
            **form,
        }
        body = urlencode({name: text for name, text in given.items() if text is not None})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/oauth2/token", body=body, headers={**kind, **(headers or {})})

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        """The tokens of somebody who has just signed in."""
        tokens: dict[str, Any] = self.token({"code": self.code(**changes)}).json()
        return tokens


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def redirected(answer: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """The parameters of a redirect to the page."""
    assert answer.status == 302, answer.data
    url = urlsplit(answer.headers["Location"])
    assert url.path == "/signed-in"
    return dict(parse_qsl(url.query))


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; who signed it is not looked at."""
    _, claims, _ = token.split(".")
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return found
