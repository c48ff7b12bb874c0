"""Executions in mixed states, and a server that is killed again and again: all end as they should, and none twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PREFIX = "arn:aws:states:us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/states"
INVOKE = "arn:aws:states:::lambda:invoke.waitForTaskToken"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"
ENDINGS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
LIMIT = 240


def flow(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def token_state(**more: Any) -> dict[str, Any]:
    payload = {"token.$": "$$.Task.Token", "name.$": "$$.Execution.Name"}
    parameters = {"FunctionName": "token", "Payload": payload}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "TimeoutSeconds": 600, "End": True, **more}


RETRY = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 3}]
WAIT = {"Type": "Wait", "Seconds": 2, "End": True}
MACHINES = {
    "token": flow(T=token_state()),
    "wait": flow(W={"Type": "Wait", "SecondsPath": "$.seconds", "Next": "P"}, P={"Type": "Pass", "End": True}),
    "map": flow(
        M={
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "ItemProcessor": flow(W={"Type": "Wait", "Seconds": 1, "Next": "P"}, P={"Type": "Pass", "End": True}),
            "End": True,
        }
    ),
    "children": flow(
        M={
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "ItemProcessor": {
                **flow(W={"Type": "Wait", "Seconds": 1, "Next": "P"}, P={"Type": "Pass", "End": True}),
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            },
            "End": True,
        }
    ),
    "parallel": flow(
        P={
            "Type": "Parallel",
            "Branches": [flow(T=token_state()), flow(W=WAIT), flow(N={"Type": "Succeed"})],
            "End": True,
        }
    ),
    "retry": flow(
        T={
            "Type": "Task",
            "Resource": f"{FUNCTION}:flaky",
            "Parameters": {"retries.$": "$$.State.RetryCount"},
            "Retry": RETRY,
            "End": True,
        }
    ),
    "nested": flow(
        T={
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": f"{PREFIX}:stateMachine:wait", "Input": {"seconds": 2}},
            "ResultSelector": {"status.$": "$.Status", "output.$": "$.Output"},
            "End": True,
        }
    ),
}
SECONDS = {"seconds": 3, "items": [1, "two", None, 4, {"five": 5}]}


def expected_output(kind: str, name: str) -> Any:
    return {
        "token": {"answered": name},
        "wait": SECONDS,
        "map": SECONDS["items"],
        "children": SECONDS["items"],
        "parallel": [{"answered": name}, SECONDS, SECONDS],
        "retry": 2,
        "nested": {"status": "SUCCEEDED", "output": {"seconds": 2}},
    }[kind]


class LambdaApi:
    """Answers Invoke: `token` keeps the task token of each execution, `flaky` raises at its first two attempts."""

    def __init__(self) -> None:
        self.tokens: dict[str, list[str]] = {}
        self.url = ""

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1]) if length else 0)
                name = re.search(r"function%3A(\w+)", head)
                raised, answer = self._invoke(name[1] if name else "", json.loads(body))
                content = json.dumps(answer).encode()
                error = "X-Amz-Function-Error: Unhandled\r\n" if raised else ""
                writer.write(f"HTTP/1.1 200 OK\r\n{error}Content-Length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
        writer.close()

    def _invoke(self, function: str, event: Any) -> tuple[bool, Any]:
        if function == "token":
            self.tokens.setdefault(event["name"], []).append(event["token"])
            return False, None
        if event["retries"] < 2:
            return True, {"errorType": "Broken", "errorMessage": "not yet"}
        return False, event["retries"]


class RefusedError(Exception):
    """The API refused a request; the text is the type of the error."""


class Server:
    """`python -m asl serve --data`, which is killed and started again."""

    def __init__(self, folder: Path, lambda_url: str) -> None:
        self._folder = folder
        self._environment = {**os.environ, "LAMBDA_ENDPOINT": lambda_url}
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self._up = asyncio.Event()

    async def start(self) -> None:
        arguments = [sys.executable, "-m", "asl", "serve", "--port", "0", "--data", str(self._folder)]
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*arguments, env=self._environment, stdout=pipe)
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        self._port = int(line.rpartition(":")[2])
        self._up.set()

    async def kill(self) -> None:
        self._up.clear()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()

    async def call(self, operation: str, **request: Any) -> Any:
        """The answer of a call, which is made until it is answered."""
        while True:
            await self._up.wait()
            try:
                return await self._call_once(operation, request)
            except (OSError, asyncio.IncompleteReadError, IndexError):
                await asyncio.sleep(0.02)

    async def _call_once(self, operation: str, request: dict[str, Any]) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            body = json.dumps(request).encode()
            head = f"X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {len(body)}\r\nConnection: close"
            writer.write(f"POST / HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
            response = await reader.read()
        finally:
            writer.close()
        head_bytes, _, content = response.partition(b"\r\n\r\n")
        status = int(head_bytes.split()[1])
        answer = json.loads(content)
        if status >= 400:
            raise RefusedError(answer["__type"].rpartition("#")[2])
        return answer


class Drill:
    """Starts executions, answers their tokens, looks at their histories, and kills the server in between."""

    def __init__(self, server: Server, lambda_api: LambdaApi, count: int, chance: random.Random) -> None:
        kinds = list(MACHINES)
        self._server = server
        self._lambda_api = lambda_api
        self._chance = chance
        self._kinds = {f"{kinds[number % len(kinds)]}-{number}": kinds[number % len(kinds)] for number in range(count)}
        self._seen: dict[str, list[Any]] = {}
        self._last_kill = asyncio.Event()

    async def run(self, kills: int) -> None:
        for name, definition in MACHINES.items():
            await self._server.call("CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=ROLE)
        async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
            group.create_task(self._kill(kills))
            group.create_task(self._start_all())
            group.create_task(self._answer_all())
        await self._check()

    async def _kill(self, kills: int) -> None:
        for _ in range(kills):
            await asyncio.sleep(self._chance.uniform(0.05, 1.2))
            await self._look()
            await asyncio.sleep(self._chance.uniform(0, 0.05))
            await self._server.kill()
            await self._server.start()
        self._last_kill.set()

    async def _look(self) -> None:
        """Remember what is told of some executions: it has to stay true."""
        for name in self._chance.sample(sorted(self._kinds), 3):
            with contextlib.suppress(RefusedError):
                self._seen[name] = await self._history(name)

    async def _start_all(self) -> None:
        names = iter(sorted(self._kinds, key=lambda _: self._chance.random()))

        async def start_some() -> None:
            for name in names:
                machine = f"{PREFIX}:stateMachine:{self._kinds[name]}"
                # Ended by now, it was started by a request whose answer was lost.
                with contextlib.suppress(RefusedError):
                    await self._server.call(
                        "StartExecution", stateMachineArn=machine, name=name, input=json.dumps(SECONDS)
                    )

        await asyncio.gather(*(start_some() for _ in range(8)))

    async def _answer_all(self) -> None:
        """Answer half of the tokens as they come, the others when the server is killed no more."""
        waiting = {name for name, kind in self._kinds.items() if kind in ("token", "parallel")}
        early = set(self._chance.sample(sorted(waiting), len(waiting) // 2))
        while waiting:
            for name in sorted(early if not self._last_kill.is_set() else waiting):
                if name in waiting and name in self._lambda_api.tokens:
                    await self._answer(name)
                    waiting.discard(name)
            await asyncio.sleep(0.05)

    async def _answer(self, name: str) -> None:
        """Answer the token that was handed out last. It may be refused if the answer of an earlier call was lost."""
        token = self._lambda_api.tokens[name][-1]
        with contextlib.suppress(RefusedError):
            await self._server.call("SendTaskSuccess", taskToken=token, output=json.dumps({"answered": name}))

    async def _check(self) -> None:
        await self._until_all_ended()
        assert await self._server.stop() == 0
        await self._server.start()
        for name, kind in self._kinds.items():
            described = await self._server.call("DescribeExecution", executionArn=self._arn(name))
            assert described["status"] == "SUCCEEDED", (name, described)
            assert json.loads(described["output"]) == expected_output(kind, name), name
            self._check_history(name, kind, await self._history(name))
            if kind == "children":
                await self._check_map_run(name)
        for name, kind in self._kinds.items():
            if kind in ("token", "parallel"):
                assert len(set(self._lambda_api.tokens[name])) == 1, f"{name} was given more than one token"

    async def _until_all_ended(self) -> None:
        for kind in MACHINES:
            listing = {"stateMachineArn": f"{PREFIX}:stateMachine:{kind}", "statusFilter": "RUNNING", "maxResults": 1}
            while (await self._server.call("ListExecutions", **listing))["executions"]:  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.1)

    def _check_history(self, name: str, kind: str, events: list[Any]) -> None:
        assert [event["id"] for event in events] == list(range(1, len(events) + 1)), name
        assert all(0 <= event["previousEventId"] < event["id"] for event in events), name
        assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events), name
        types = Counter(event["type"] for event in events)
        assert sum(types[ending] for ending in ENDINGS) == 1, f"{name} ended more than once: {types}"
        seen = self._seen.get(name, [])
        assert events[: len(seen)] == seen, f"what was told of {name} is not true any more"
        if kind == "retry":
            assert (types["LambdaFunctionScheduled"], types["LambdaFunctionFailed"]) == (3, 2), name
        if kind == "wait":
            entered, left = (event["timestamp"] for event in events if event["type"].startswith("WaitState"))
            assert left - entered >= SECONDS["seconds"], name

    async def _check_map_run(self, name: str) -> None:
        [run] = (await self._server.call("ListMapRuns", executionArn=self._arn(name)))["mapRuns"]
        described = await self._server.call("DescribeMapRun", mapRunArn=run["mapRunArn"])
        assert (described["status"], described["itemCounts"]["succeeded"]) == ("SUCCEEDED", 5), name
        children = (await self._server.call("ListExecutions", mapRunArn=run["mapRunArn"]))["executions"]
        assert [child["status"] for child in children] == ["SUCCEEDED"] * 5, name

    async def _history(self, name: str) -> list[Any]:
        answer = await self._server.call("GetExecutionHistory", executionArn=self._arn(name), maxResults=1000)
        events: list[Any] = answer["events"]
        return events

    def _arn(self, name: str) -> str:
        return f"{PREFIX}:execution:{self._kinds[name]}:{name}"


async def drill(folder: Path, *, count: int, kills: int) -> None:
    seed = random.randrange(10_000)
    lambda_api = LambdaApi()
    async with lambda_api.serve():
        server = Server(folder, lambda_api.url)
        await server.start()
        try:
            await Drill(server, lambda_api, count, random.Random(seed)).run(kills)
        finally:
            await server.kill()


async def test_all_executions_end_once_though_the_server_is_killed_three_times(tmp_path: Path) -> None:
    await drill(tmp_path / "data", count=60, kills=3)


@pytest.mark.long
async def test_a_thousand_executions_end_once_though_the_server_is_killed_ten_times(tmp_path: Path) -> None:
    await drill(tmp_path / "data", count=1_000, kills=10)
