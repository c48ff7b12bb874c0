"""What the console answers, to whom, and with which headers."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from console.hosting import ASSETS_CACHING, HEADERS, content_security_policy
from tests.unit.local.console.bench import INDEX, REPORT, SCRIPT, empty_console

if TYPE_CHECKING:
    from pathlib import Path

    from tests.console_client import Browser
    from tests.unit.local.test_embedded_aws import Cloud


@pytest.mark.parametrize(
    "path", ["/", "/signed-in", "/executions", "/executions/email-campaign/v1.2.3", "/index.html", "/live", "/a/b.html"]
)
def test_every_page_is_the_application(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status, answer.data.decode()) == (200, INDEX)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = browser.get(path, **{"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


def test_an_asset_may_be_kept_for_ever(browser: Browser) -> None:
    answer = browser.get("/assets/main-abc123.js")
    assert (answer.status, answer.data.decode()) == (200, SCRIPT)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == ASSETS_CACHING


def test_a_report_is_json(browser: Browser) -> None:
    answer = browser.get("/reports/greeting.lint.json")
    assert (answer.status, answer.data.decode()) == (200, REPORT)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/assets/",
        "/assets/../../outside.txt",
        "/assets/..%2f..%2foutside.txt",
        "/assets/%2e%2e/%2e%2e/outside.txt",
        "/reports/../../outside.txt",
        "/reports/%00.json",
        "/reports/" + "x" * 5000 + ".json",
        "/reports/gone.lint.json",
        "/favicon.ico",
        "/.hidden",
        "/%2ehidden",
    ],
)
def test_what_is_no_file_of_the_console_is_not_there(browser: Browser, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
    connection.request("GET", path, headers={"Host": f"localhost:{browser.port}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert (answer.status, b"not for anybody" in body) == (404, False)


@pytest.mark.parametrize("path", ["/", "/executions", "/assets/main-abc123.js", "/reports/greeting.lint.json"])
def test_files_are_only_read(browser: Browser, path: str) -> None:
    assert browser.ask("HEAD", path).status == 200
    for method in ("POST", "PUT", "DELETE"):
        answer = browser.ask(method, path)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_the_page_learns_where_to_sign_in(browser: Browser) -> None:
    answer = browser.get("/config.json")
    assert answer.headers["Cache-Control"] == "no-store"
    config = answer.json()
    assert config.pop("client_id")
    assert config == {
        "authorize_url": "/oauth2/authorize",
        "token_url": "/oauth2/token",
        "logout_url": "/logout",
        "local": True,
    }


@pytest.mark.parametrize(
    "path", ["/", "/config.json", "/assets/gone.js", "/api/executions", "/oauth2/authorize", "/reports/x.json"]
)
def test_every_answer_has_the_headers_that_cloudfront_adds(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    wanted = {**HEADERS, "Content-Security-Policy": content_security_policy()}
    assert {name: headers.get(name) for name in wanted} == wanted


def test_requests_are_passed_on_to_the_operations_api_as_they_are(browser: Browser) -> None:
    bearer = {"Authorization": f"Bearer {browser.tokens()['access_token']}"}
    answer = browser.ask(
        "POST",
        "/api/waits/a%20b/end?x=1&x=2",
        headers={**bearer, "Content-Type": "application/json"},
        body='{"reason": "ü"}',
    )
    assert answer.status == 200
    said = answer.json()
    assert (said["path"], said["query"], said["body"]) == ("/api/waits/a b/end", "x=1&x=2", '{"reason": "ü"}')


def test_the_operations_api_wants_a_token(browser: Browser) -> None:
    assert browser.get("/api/executions").status == 401


def test_no_answer_allows_another_origin_to_read_it(browser: Browser) -> None:
    bearer = {"Authorization": f"Bearer {browser.tokens()['access_token']}"}
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("GET", "/api/executions", bearer),
        ("OPTIONS", "/api/executions", {"Access-Control-Request-Method": "POST"}),
        ("GET", "/", {}),
        ("GET", "/config.json", {}),
    ]
    for method, path, headers in asked:
        answer = browser.ask(method, path, headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")], path


@pytest.mark.parametrize(
    "host",
    ["attacker.example:{port}", "localhost", "localhost:1", "127.0.0.1", "[::1]:{port}", "localhost:{port}.x", ""],
)
@pytest.mark.parametrize("path", ["/", "/config.json", "/api/executions", "/oauth2/authorize"])
def test_a_name_that_somebody_pointed_at_this_machine_gets_nothing(browser: Browser, host: str, path: str) -> None:
    answer = browser.get(path, Host=host.replace("{port}", str(browser.port)))
    assert answer.status == 421
    assert f"http://localhost:{browser.port}" in answer.data.decode()


def test_a_request_without_a_host_or_with_two_gets_nothing(browser: Browser) -> None:
    own = f"Host: localhost:{browser.port}\r\n"
    for hosts in ("", own + own, own + "Host: attacker.example\r\n"):
        with socket.create_connection(("127.0.0.1", browser.port), timeout=60) as connection:
            connection.sendall(f"GET /config.json HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
            status = connection.makefile("rb").readline()
        assert status.split()[1] in (b"400", b"421"), status


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_both_names_of_this_machine_are_an_origin_of_their_own(browser: Browser, name: str) -> None:
    host = f"{name}:{browser.port}"
    assert browser.get("/config.json", Host=host, Origin=f"http://{host}").status == 200
    other = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}[name]
    assert browser.get("/config.json", Host=host, Origin=f"http://{other}:{browser.port}").status == 403


@pytest.mark.parametrize("origin", ["http://attacker.example", "null", "https://localhost:{port}", "http://localhost"])
def test_pages_of_other_sites_can_not_use_it(browser: Browser, origin: str) -> None:
    foreign = {"Origin": origin.replace("{port}", str(browser.port))}
    code = browser.code()
    assert browser.token({"code": code}, foreign).status == 403
    for method, path in (("POST", "/api/executions"), ("OPTIONS", "/api/executions"), ("GET", "/config.json")):
        assert browser.ask(method, path, headers=foreign).status == 403
    assert browser.token({"code": code}).status == 200, "a page of another site has used up the code"


def live(browser: Browser, path: str = "/live?ticket=good", **options: Any) -> Any:
    return connect(f"ws://localhost:{browser.port}{path}", proxy=None, **options)


def test_a_web_socket_is_passed_on_to_the_api_that_is_deployed(browser: Browser) -> None:
    with live(browser, origin=browser.origin) as connection:
        connection.send('{"action": "ping"}')
        assert connection.recv(timeout=60) == 'heard {"action": "ping"}'


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        pytest.param("/live?ticket=bad", None, id="refused by the API"),
        pytest.param("/live?ticket=good", "http://attacker.example", id="a page of another site"),
        pytest.param("/elsewhere", None, id="another path"),
        pytest.param("/api/executions", None, id="no WebSocket API"),
    ],
)
def test_other_web_sockets_are_not_opened(browser: Browser, path: str, origin: str | None) -> None:
    options: dict[str, Any] = {"origin": origin} if origin else {}
    with pytest.raises(InvalidStatus) as refused, live(browser, path, **options):
        pass
    assert refused.value.response.status_code in (401, 403)


def test_what_is_not_deployed_or_built_is_told_with_what_to_do(tmp_path: Path) -> None:
    with empty_console(tmp_path) as (browser, _):
        for path in ("/config.json", "/api/executions"):
            answer = browser.get(path)
            assert (answer.status, "baton up" in answer.data.decode()) == (503, True)
        assert browser.get("/oauth2/authorize?client_id=x").json()["error"] == "temporarily_unavailable"
        (tmp_path / "dist" / "index.html").unlink()
        answer = browser.get("/executions")
        assert (answer.status, "baton up" in answer.data.decode()) == (503, True)


def test_the_socket_of_the_embedded_aws_is_as_it_was(console: tuple[Browser, Cloud]) -> None:
    _, cloud = console
    answer = urllib3.request("GET", f"{cloud.url}/config.json", retries=False, timeout=60.0)
    assert answer.status != 200
    assert "Content-Security-Policy" not in answer.headers
    assert json.loads(urllib3.request("GET", f"{cloud.url}/_ministack/health", timeout=60.0).data)
