"""Signing in on this machine: as OAuth 2.0 with PKCE says, with the tokens of the deployed user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.console.sign_in import CODE_SECONDS, MAX_CODES, OAuthError, SignIn
from local.console.user_pool import LocalUser
from tests.console_client import VERIFIER, Browser, challenge_of, claims_of, redirected

if TYPE_CHECKING:
    import urllib3


def problem(answer: urllib3.BaseHTTPResponse) -> tuple[int, str]:
    """The status and code of an error; it names what is wrong, and nobody stores it."""
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["error_description"]
    return answer.status, told["error"]


@pytest.mark.parametrize(("hint", "group"), [(None, "operators"), ("operator", "operators"), ("viewer", "viewers")])
def test_whoever_is_asked_for_is_signed_in_at_once(browser: Browser, hint: str | None, group: str) -> None:
    answer = browser.authorize(login_hint=hint)
    assert redirected(answer)["state"] == "a nonce"
    assert answer.headers["Cache-Control"] == "no-store"
    answer = browser.token({"code": redirected(answer)["code"]})
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] > 0
    claims = claims_of(tokens["access_token"])
    assert (claims["token_use"], claims["client_id"]) == ("access", browser.client())
    assert claims["cognito:groups"] == [group]
    answer = browser.get("/api/anything", Authorization=f"Bearer {tokens['access_token']}")
    assert (answer.status, answer.json()["claims"]["username"]) == (200, claims["username"])


def test_a_refresh_token_gets_fresh_tokens(browser: Browser) -> None:
    tokens = browser.tokens(login_hint="viewer")
    answer = browser.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    assert answer.status == 200
    assert claims_of(answer.json()["access_token"])["cognito:groups"] == ["viewers"]


def test_a_sign_in_leaves_earlier_ones_as_they_are(browser: Browser) -> None:
    first = browser.tokens()
    browser.tokens()
    assert browser.token({"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}).status == 200


@pytest.mark.parametrize("token", ["", "made-up", "a.b.c"])
def test_a_refresh_token_that_is_none_gets_nothing(browser: Browser, token: str) -> None:
    expected = "invalid_grant" if token else "invalid_request"
    assert problem(browser.token({"grant_type": "refresh_token", "refresh_token": token})) == (400, expected)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"redirect_uri": "http://attacker.example/signed-in"}, id="another host"),
        pytest.param({"redirect_uri": "http://localhost:1/signed-in"}, id="another port"),
        pytest.param({"redirect_uri": "{origin}/signed-in/../elsewhere"}, id="another path"),
        pytest.param({"redirect_uri": "{origin}/signed-in?x=1"}, id="a query"),
        pytest.param({"redirect_uri": "{origin}@attacker.example/signed-in"}, id="a user name"),
        pytest.param({"redirect_uri": None}, id="none"),
    ],
)
def test_the_browser_is_sent_to_no_other_address(browser: Browser, changes: dict[str, str | None]) -> None:
    text = changes["redirect_uri"]
    answer = browser.authorize(redirect_uri=text and text.replace("{origin}", browser.origin))
    assert problem(answer) == (400, "invalid_request")
    assert "Location" not in answer.headers


def test_a_client_that_is_not_known_is_sent_nowhere(browser: Browser) -> None:
    assert problem(browser.authorize(client_id="somebody-else")) == (400, "invalid_client")
    assert problem(browser.authorize(client_id=None)) == (400, "invalid_request")
    assert problem(browser.token({"client_id": "somebody-else", "code": browser.code()})) == (400, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"login_hint": "root"}, "access_denied"),
    ],
)
def test_the_page_is_told_what_is_wrong(browser: Browser, changes: dict[str, str | None], error: str) -> None:
    told = redirected(browser.authorize(**changes))
    assert told["error"] == error
    assert told["error_description"]
    assert told.get("state") == (None if "state" in changes else "a nonce")
    assert "code" not in told


def test_a_parameter_that_is_given_twice_is_refused(browser: Browser) -> None:
    path = f"/oauth2/authorize?client_id={browser.client()}&client_id=other"
    assert problem(browser.get(path)) == (400, "invalid_request")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.ask("POST", "/oauth2/token", body="grant_type=a&grant_type=b", headers=form)
    assert problem(answer) == (400, "invalid_request")


def test_a_code_is_good_for_one_use(browser: Browser) -> None:
    code = browser.code()
    assert browser.token({"code": code}).status == 200
    assert problem(browser.token({"code": code})) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({"code_verifier": "x" * 43}, "invalid_grant", id="another verifier"),
        pytest.param({"code_verifier": challenge_of(VERIFIER)}, "invalid_grant", id="the challenge for the verifier"),
        pytest.param({"code_verifier": "short"}, "invalid_grant", id="no verifier at all"),
        pytest.param({"code_verifier": "ü" * 43}, "invalid_grant", id="a verifier of other letters"),
        pytest.param({"code_verifier": None}, "invalid_request", id="none"),
        pytest.param({"redirect_uri": "http://localhost:1/signed-in"}, "invalid_grant", id="another address"),
        pytest.param({"redirect_uri": None}, "invalid_request", id="no address"),
    ],
)
def test_a_stolen_code_is_of_no_use_and_used_up(browser: Browser, form: dict[str, str | None], error: str) -> None:
    code = browser.code()
    assert problem(browser.token({**form, "code": code})) == (400, error)
    assert problem(browser.token({"code": code})) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": None, "code": "x"}, "invalid_request"),
        ({"grant_type": "password", "code": "x"}, "unsupported_grant_type"),
        ({"code": None}, "invalid_request"),
        ({"code": "made-up"}, "invalid_grant"),
    ],
)
def test_a_request_for_tokens_that_makes_no_sense_is_told(
    browser: Browser, form: dict[str, str | None], error: str
) -> None:
    assert problem(browser.token(form)) == (400, error)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b'{"grant_type": "authorization_code"}', "application/json", 400, id="JSON"),
        pytest.param(b"grant_type=%ff", "application/x-www-form-urlencoded", 400, id="no text"),
        pytest.param(b"\xff\xfe", "application/x-www-form-urlencoded", 400, id="no ASCII"),
        pytest.param(b"a" * 40_000, "application/x-www-form-urlencoded", 413, id="too long"),
    ],
)
def test_a_body_that_is_no_form_is_refused(browser: Browser, body: bytes, kind: str, status: int) -> None:
    answer = browser.ask("POST", "/oauth2/token", body=body, headers={"Content-Type": kind})
    assert problem(answer) == (status, "invalid_request")


def test_signing_out_leads_back_to_the_console_and_nowhere_else(browser: Browser) -> None:
    client = browser.client()
    answer = browser.get(f"/logout?client_id={client}&logout_uri={browser.origin}/")
    assert (answer.status, answer.headers["Location"]) == (302, f"{browser.origin}/")
    answer = browser.get(f"/logout?client_id={client}&logout_uri=http://attacker.example/")
    assert problem(answer) == (400, "invalid_request")
    assert "Location" not in answer.headers


class Asked(SignIn):
    """The endpoints without a cloud: what becomes of codes while time goes by."""

    def issue(self) -> str:
        given = {"response_type": "code", "state": "s", "code_challenge_method": "S256"}
        return self._issue({**given, "code_challenge": challenge_of(VERIFIER)}, "here")

    def redeem(self, code: str) -> LocalUser:
        return self._redeem({"code": code, "code_verifier": VERIFIER, "redirect_uri": "here"})


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def asked(now: list[float]) -> Asked:
    nobody: Any = None
    return Asked(nobody, clock=lambda: now[0])


def test_a_code_lasts_a_minute(asked: Asked, now: list[float]) -> None:
    early, late = asked.issue(), asked.issue()
    now[0] = CODE_SECONDS - 0.1
    assert asked.redeem(early) is LocalUser.OPERATOR
    now[0] = CODE_SECONDS
    with pytest.raises(OAuthError) as refused:
        asked.redeem(late)
    assert refused.value.code == "invalid_grant"


def test_sign_ins_that_never_end_take_no_room(asked: Asked) -> None:
    codes = [asked.issue() for _ in range(MAX_CODES + 1)]
    with pytest.raises(OAuthError):
        asked.redeem(codes[0])
    assert all(asked.redeem(code) for code in codes[1:])
