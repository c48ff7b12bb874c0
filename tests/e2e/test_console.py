"""The console as `baton up` serves it: signing in, and using the API with what that gives."""

import json
from typing import Any

import pytest

from local.deployment import Deployment
from local.home import Home
from tests.console_client import Browser, redirected

NOBODY = "/api/workflows/email-campaign/executions/nobody"


@pytest.fixture
def browser(home: Home, deployment: Deployment) -> Browser:
    """A browser at the console of the cloud that the tests share."""
    del deployment
    return Browser(home.require_state().console_port)


def stop(browser: Browser, token: str) -> tuple[int, Any]:
    """What becomes of stopping an execution that is not there."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Origin": browser.origin}
    answer = browser.ask("POST", f"{NOBODY}/stop", headers=headers, body=json.dumps({"reason": "to try"}))
    return answer.status, answer.json()


@pytest.mark.parametrize(("hint", "may_repair"), [(None, True), ("viewer", False)])
def test_who_signs_in_may_do_what_the_group_may(browser: Browser, hint: str | None, may_repair: bool) -> None:
    tokens = browser.tokens(login_hint=hint)
    for token in (
        tokens["access_token"],
        browser.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}).json()["access_token"],
    ):
        answer = browser.get("/api/workflows", Authorization=f"Bearer {token}")
        assert (answer.status, b'"email-campaign"' in answer.data) == (200, True), answer.data
        status, problem = stop(browser, token)
        assert status == (404 if may_repair else 403), problem


def test_who_has_not_signed_in_gets_pages_and_nothing_else(browser: Browser) -> None:
    assert browser.get("/api/workflows").status == 401
    assert browser.get("/config.json").json()["local"] is True


def test_a_code_is_good_for_who_asked_for_it_and_once(browser: Browser) -> None:
    code = browser.code()
    assert browser.token({"code": code, "code_verifier": "another" * 7}).json()["error"] == "invalid_grant"
    code = browser.code()
    assert browser.token({"code": code}).status == 200
    assert browser.token({"code": code}).json()["error"] == "invalid_grant"


def test_nobody_is_sent_to_another_site_or_served_under_another_name(browser: Browser) -> None:
    answer = browser.authorize(redirect_uri="http://attacker.example/signed-in")
    assert (answer.status, "Location" in answer.headers) == (400, False)
    assert browser.get("/config.json", Host=f"attacker.example:{browser.port}").status == 421
    assert browser.token({"code": "any"}, {"Origin": "http://attacker.example"}).status == 403
    assert redirected(browser.authorize(response_type="token"))["error"] == "unsupported_response_type"
