"""`python -m asl serve`: the endpoint on a socket."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 20


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "asl", "serve", *arguments]


@contextmanager
def serving(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        command("--port", "0", *options),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        listening = re.fullmatch(r"Step Functions API at http://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        assert listening is not None
        yield process, int(listening[1])
    finally:
        process.kill()
        process.communicate()


def ended(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(command(*arguments), env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False)


def call(port: int, operation: str, request: dict[str, object]) -> dict[str, object]:
    message = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        json.dumps(request).encode(),
        {"X-Amz-Target": f"AWSStepFunctions.{operation}"},
    )
    with urllib.request.urlopen(message, timeout=TIMEOUT) as response:
        answer: dict[str, object] = json.load(response)
    return answer


def raw(port: int, content: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        return received(connection)


def received(connection: socket.socket) -> bytes:
    content = b""
    while part := connection.recv(65536):
        content += part
    return content


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as (_, port):
        yield port


def test_it_serves_as_the_environment_says() -> None:
    with serving(AWS_ACCOUNT_ID="111122223333", AWS_DEFAULT_REGION="eu-west-1") as (_, port):
        answer = call(port, "CreateActivity", {"name": "work"})
        assert answer["activityArn"] == "arn:aws:states:eu-west-1:111122223333:activity:work"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_while_a_worker_polls(number: signal.Signals) -> None:
    with serving() as (process, port):
        arn = str(call(port, "CreateActivity", {"name": "work"})["activityArn"])
        body = json.dumps({"activityArn": arn}).encode()
        head = f"POST / HTTP/1.1\r\nX-Amz-Target: AWSStepFunctions.GetActivityTask\r\nContent-Length: {len(body)}"
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as poll:
            poll.sendall(head.encode() + b"\r\n\r\n" + body)
            call(port, "ListActivities", {})
            process.send_signal(number)
            assert received(poll).endswith(b"\r\n\r\n{}")
        assert process.wait(TIMEOUT) == 0
        assert process.communicate()[1] == ""


def test_the_log_is_json_lines_without_payloads_and_tokens() -> None:
    with serving("--log-level", "debug") as (process, port):
        arn = str(call(port, "CreateActivity", {"name": "work"})["activityArn"])
        state = {"Type": "Task", "Resource": arn, "End": True}
        definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})
        role = "arn:aws:iam::123456789012:role/states"
        created = call(port, "CreateStateMachine", {"name": "m", "definition": definition, "roleArn": role})
        started = {"stateMachineArn": created["stateMachineArn"], "input": '"my secret"'}
        call(port, "StartExecution", started)
        token = str(call(port, "GetActivityTask", {"activityArn": arn})["taskToken"])
        call(port, "SendTaskSuccess", {"taskToken": token, "output": '"another secret"'})
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=TIMEOUT)[1]
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"execution ended", "request answered"} <= {line["message"] for line in lines}
    assert {line["operation"] for line in lines if line["message"] == "request answered"} >= {"SendTaskSuccess"}
    assert "secret" not in log
    assert token not in log


def test_health_and_metrics_are_served_on_the_same_port(port: int) -> None:
    for path, told in (("/health", b'{"status":"ok"}'), ("/metrics", b"asl_open_task_tokens 0.0")):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT) as response:
            assert told in response.read()
        head = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method="HEAD")
        with urllib.request.urlopen(head, timeout=TIMEOUT) as response:
            assert (response.status, response.read()) == (200, b"")


def test_a_busy_port_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = ended("--port", str(port))
    assert done.returncode == 2
    assert done.stderr == (
        f"Port {port} of 127.0.0.1 is in use: stop what listens there, or choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--host", "192.0.2.1"], {}, "Cannot listen on 192.0.2.1, port 8083: "),
        ([], {"WAIT_TIME_SCALE": "fast"}, "WAIT_TIME_SCALE is 'fast': "),
        ([], {"SFN_MOCK_CONFIG": "/no/such/file"}, "Cannot read the mock configuration /no/such/file: "),
    ],
)
def test_what_cannot_be_served_is_told_without_a_traceback(
    arguments: list[str], environment: dict[str, str], told: str
) -> None:
    done = ended(*arguments, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_requests_on_one_connection_are_answered_in_order(port: int) -> None:
    requests = [
        b"POST / HTTP/1.1\r\nX-Amz-Target: AWSStepFunctions.ListActivities\r\nContent-Length: 2\r\n\r\n{}",
        b"HEAD / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    ]
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
        connection.sendall(b"".join(requests))
        answer = received(connection)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"400", b"400"]
    assert answer.endswith(b'with X-Amz-Target: AWSStepFunctions.<action>"}')


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: minus\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
        b"GET /any/path?x=%ff HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"DELETE / HTTP/1.0\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_refused_and_others_still_served(port: int, content: bytes) -> None:
    head, _, body = raw(port, content).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["__type"].startswith("com.amazon.coral.service#")
    assert call(port, "ListActivities", {}) == {"activities": []}
