"""Functions of the callback plane whose process is killed in the middle of a call: nothing is lost, nothing twice.

The call goes through a proxy that hands it on and then keeps the answer, until Lambda kills the process for its time
limit. So the write is done, and nobody who is alive knows of it. Every other point at which they can be killed:
tests/unit/callbacks/test_crashes.py.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

from local.outputs import CALLBACKS
from local.vendors.settings import Behaviour
from tests.e2e.bench import Campaigns
from tests.e2e.test_webhooks import NEVER_SECONDS, Waiting, waiting
from tests.eventually import eventually

__all__ = ["waiting"]

TIME_LIMIT_SECONDS = 3
"""Less than the functions themselves wait for AWS."""


class Proxy(ThreadingHTTPServer):
    """Stands before the embedded AWS and keeps the answer of the first call of one operation."""

    daemon_threads = True

    def __init__(self, aws_url: str, operation: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.aws_url = aws_url
        self.operation = operation
        self.struck = threading.Event()
        self.over = threading.Event()
        self.http = urllib3.PoolManager(retries=False, timeout=60.0)

    def keeps(self, target: str) -> bool:
        """Whether the answer of this call is kept."""
        if self.struck.is_set() or not target.endswith(f".{self.operation}"):
            return False
        self.struck.set()
        return True


class Handler(BaseHTTPRequestHandler):
    """One connection of a function."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = self.server.http.request(
            "POST", f"{self.server.aws_url}{self.path}", body=body, headers=dict(self.headers)
        )
        if self.server.keeps(self.headers["x-amz-target"]):
            self.server.over.wait()
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() in ("content-type", "x-amzn-requestid", "x-amz-crc32"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def time_limit(campaigns: Campaigns, function: str) -> Iterator[None]:
    """Give a function little time within the block."""
    lambda_ = campaigns.deployment.aws.lambda_
    usual = lambda_.get_function_configuration(FunctionName=function)["Timeout"]
    lambda_.update_function_configuration(FunctionName=function, Timeout=TIME_LIMIT_SECONDS)
    try:
        yield
    finally:
        lambda_.update_function_configuration(FunctionName=function, Timeout=usual)


@contextmanager
def killed(campaigns: Campaigns, function: str, service: str, operation: str) -> Iterator[str]:
    """Have the function, which the block gets, killed after its first call of the operation, and see that it was."""
    proxy = Proxy(campaigns.deployment.aws.url, operation)
    serving = threading.Thread(target=proxy.serve_forever)
    serving.start()
    settings = {f"AWS_ENDPOINT_URL_{service}": proxy.url}
    try:
        with campaigns.settings_of(CALLBACKS, function, **settings) as name, time_limit(campaigns, name):
            yield name
            eventually(proxy.struck.is_set, f"{function} calls {operation}")
    finally:
        proxy.over.set()
        proxy.shutdown()
        serving.join()
        proxy.server_close()
        proxy.http.clear()


def test_a_webhook_whose_function_was_killed_is_recorded_once_when_it_comes_again(waiting: Waiting) -> None:
    pending = replace(waiting.genuine, id=f"msg_{uuid.uuid4().hex}", status="sending")
    with killed(waiting.campaigns, "Webhook", "DYNAMODB", "TransactWriteItems"):
        status, _ = pending.to(waiting.url)
        assert status >= 500
        assert pending.to(waiting.url)[0] == 202
    assert waiting.recorded == [pending.id]
    waiting.genuine.to(waiting.url)
    assert waiting.campaigns.end(waiting.arn) == "SUCCEEDED"
    assert sorted(waiting.recorded) == sorted([pending.id, waiting.genuine.id])


@pytest.fixture
def killed_at(request: pytest.FixtureRequest, campaigns: Campaigns) -> Iterator[None]:
    """The resume function is killed after this operation. To be asked for before the execution that it resumes."""
    with killed(campaigns, "Resume", *request.param):
        yield


@pytest.mark.parametrize("killed_at", [("DYNAMODB", "UpdateItem"), ("SFN", "SendTaskSuccess")], indirect=True, ids=str)
@pytest.mark.usefixtures("killed_at")
def test_an_execution_goes_on_though_the_function_that_resumes_it_was_killed(waiting: Waiting) -> None:
    assert waiting.genuine.to(waiting.url)[0] == 202
    assert waiting.campaigns.end(waiting.arn) == "SUCCEEDED"
    assert waiting.recorded == [waiting.genuine.id]


def test_a_hint_is_confirmed_once_though_the_function_that_asks_was_killed(campaigns: Campaigns) -> None:
    with killed(campaigns, "Confirm", "DYNAMODB", "TransactWriteItems"):
        wanted, arn = campaigns.request(Behaviour(step_seconds=0), vendor="mailchimp", subject=uuid.uuid4().hex)
        assert campaigns.end(arn) == "SUCCEEDED"
    [campaign] = campaigns.at_vendor(wanted.subject, "mailchimp")
    recorded = [delivery.id for delivery in campaigns.deliveries(campaign["id"], "mailchimp")]
    assert [event_id for event_id in recorded if event_id.startswith("confirmed:")] == ["confirmed:success"]


def test_a_wait_is_looked_after_though_the_function_that_sweeps_was_killed(campaigns: Campaigns) -> None:
    lambda_ = campaigns.deployment.aws.lambda_
    _, arn = campaigns.request(Behaviour(step_seconds=NEVER_SECONDS))
    eventually(lambda: "AwaitStatus" in campaigns.states(arn), "the execution waits")
    with killed(campaigns, "Sweep", "DYNAMODB", "Query") as name:
        first, second = (lambda_.invoke(FunctionName=name) for _ in range(2))
    assert first["FunctionError"]
    assert "FunctionError" not in second
    assert "waits" in json.loads(second["Payload"].read())
    campaigns.deployment.aws.stepfunctions.stop_execution(executionArn=arn)
