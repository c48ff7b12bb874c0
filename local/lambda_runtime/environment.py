"""An execution environment: the process that runs a function, one invocation at a time.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import asyncio
import datetime
import os
import shutil
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.lambda_runtime.function import Outcome, error_payload
from local.lambda_runtime.output import LogEvent, Output, Report, text_of
from local.lambda_runtime.processes import Process, Processes, Start
from local.lambda_runtime.runtime_api import RuntimeApi, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.lambda_runtime.function import Function, Invocation

INIT_SECONDS: Final = 120.0
"""AWS gives 10 seconds on machines of its own; a laptop may be busy."""
WORN_AFTER: Final = 100
"""Invocations after which a forked process has changed, and so holds by itself, much of the memory that it shared."""


class GoneError(Exception):
    """The process had ended before it got the invocation: another environment can take it."""


class InitError(Exception):
    """An environment that could not be initialized; `payload` is what its invocation is answered."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload)
        self.payload = payload


@dataclass(frozen=True, slots=True)
class Machine:
    """What all environments of a host share.

    `write_log` takes events for a stream of a function's log group. `variables` are those of every function.
    """

    runtime: Path
    scratch: Path
    processes: Processes
    variables: Mapping[str, str]
    write_log: Callable[[Function, str, list[LogEvent]], None]


class Environment:
    """One environment. Start it, invoke it as often as `alive` says, kill it. It lives on the host's event loop."""

    def __init__(self, function: Function, machine: Machine) -> None:
        self.function = function
        self.idle_since = time.monotonic()
        self._machine = machine
        self._loop = asyncio.get_running_loop()
        self._api = RuntimeApi(self)
        self._output = Output()
        self._process: Process | None = None
        self._how: Start | None = None
        self._temporary = tempfile.mkdtemp(prefix="environment-", dir=machine.scratch)
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._result: asyncio.Future[tuple[bytes, bool]] | None = None
        self._init_duration: float | None = None
        self._memory_used: int | None = None
        self._ended = False
        self._invocations = 0
        today = datetime.datetime.now(datetime.UTC)
        self.log_stream = f"{today:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"

    @property
    def alive(self) -> bool:
        """Whether it can take another invocation."""
        return self._process is not None and not self._process.exited.done() and not self._ended

    @property
    def outdated(self) -> bool:
        """Whether another one would take less memory."""
        if self._process is None or self._how is None:
            return False
        worn = self._invocations >= WORN_AFTER and self._process.template is not None
        return worn or self._machine.processes.outdated(self._process, self._how)

    async def start(self) -> None:
        """Start the process and wait until the function is loaded.

        Raises:
            InitError: it could not be.
        """
        began = time.monotonic()
        address = self._api.start()
        self._output.add(f"INIT_START Runtime Version: {self.function.runtime.replace('python', 'python:')}.local")
        exited = await self._start_process(address)
        await _first_of(self._ready, exited, INIT_SECONDS)
        self._init_duration = (time.monotonic() - began) * 1000
        if not self._ready.done():
            reason = _exit_reason(exited.result()) if exited.done() else "Error: init timed out"
            self._output.add(reason)
            self._ready.set_exception(InitError(error_payload("Runtime.ExitError", reason)))
        self._ready.result()

    def fail(self, invocation: Invocation, payload: bytes) -> Outcome:
        """What an invocation is answered for which this environment was started, but could not be initialized."""
        self._output.add(f"START RequestId: {invocation.request_id} Version: {self.function.version}")
        return self._outcome(invocation, payload, self._init_duration or 0.0, status="error")

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation to its end. After a timeout or an exit the environment is not alive any more.

        Raises:
            GoneError: it was not any more, and nothing of the invocation has been done.
        """
        if self._process is None:
            raise GoneError
        exited = self._process.exited
        self._begin(invocation)
        self._invocations += 1
        self._result = self._loop.create_future()
        began = time.monotonic()
        self._api.offer(self._work(invocation))
        await _first_of(self._result, exited, self.function.timeout)
        duration = (time.monotonic() - began) * 1000
        self.idle_since = time.monotonic()
        if self._result.done():
            payload, failed = self._result.result()
            return self._outcome(invocation, payload, duration, status="error" if failed else None, failed=failed)
        if exited.done():
            if not self._api.handed_out:
                raise GoneError
            reason = f"RequestId: {invocation.request_id} {_exit_reason(exited.result())}"
            self._output.add(f"{reason}\nRuntime.ExitError")
            return self._outcome(invocation, error_payload("Runtime.ExitError", reason), duration, status="error")
        self._end_process()
        payload = self._timed_out(invocation)
        return self._outcome(invocation, payload, self.function.timeout * 1000.0, status="timeout")

    def kill(self) -> None:
        """End the process at once and remove what it leaves; all that it logged is written. Wait for `gone` then."""
        self._end_process()
        self._api.close()
        self._flush(self._output.taken())
        self._output.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    async def gone(self) -> None:
        """Wait until the connections of its process are closed, too."""
        await self._api.wait_closed()

    def _begin(self, invocation: Invocation) -> None:
        self._flush(self._output.taken())
        self._output.add(f"START RequestId: {invocation.request_id} Version: {self.function.version}")

    def _end_process(self) -> None:
        self._ended = True
        self._memory_used = self._peak_memory()
        if self._process is not None:
            self._process.kill()

    def on_next(self) -> None:
        """The runtime is ready for an invocation."""
        if not self._ready.done():
            self._ready.set_result(None)

    def on_result(self, payload: bytes, *, failed: bool) -> None:
        """The current invocation is done."""
        if self._result is not None and not self._result.done():
            self._result.set_result((payload, failed))

    def on_init_error(self, payload: bytes) -> None:
        """The function could not be loaded."""
        if not self._ready.done():
            self._ready.set_exception(InitError(payload))

    async def _start_process(self, address: str) -> asyncio.Future[int]:
        self._how = Start(
            function=self.function,
            variables=self._variables(address),
            text_pipe=self._output.text_pipe,
            frame_pipe=self._output.frame_pipe,
        )
        try:
            self._process = await self._machine.processes.start(self._how)
        finally:
            self._output.started()
        return self._process.exited

    def _variables(self, address: str) -> dict[str, str]:
        """The environment variables of the process.

        See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function, given = self.function, dict(self.function.environment)
        paths = [str(function.task), *_layer_paths(function.opt), given.pop("PYTHONPATH", "")]
        return {
            **self._machine.variables,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            **given,
            "_HANDLER": function.handler,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_REGION": function.region,
            "LAMBDA_RUNTIME_DIR": str(self._machine.runtime),
            "LAMBDA_TASK_ROOT": str(function.task),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "TMPDIR": self._temporary,
        }

    def _work(self, invocation: Invocation) -> Work:
        deadline = time.time() + self.function.timeout
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
        }
        if invocation.trace_id is not None:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
        return Work(invocation.request_id, headers, invocation.payload)

    def _timed_out(self, invocation: Invocation) -> bytes:
        text = f"Task timed out after {self.function.timeout}.00 seconds"
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._output.add(f"{now} {invocation.request_id} {text}\n")
        return error_payload("Sandbox.Timedout", f"RequestId: {invocation.request_id} Error: {text}")

    def _outcome(
        self, invocation: Invocation, payload: bytes, duration: float, *, status: str | None, failed: bool = True
    ) -> Outcome:
        self._output.add(f"END RequestId: {invocation.request_id}")
        report = Report(
            request_id=invocation.request_id,
            duration=duration,
            memory_size=self.function.memory_size,
            memory_used=self._peak_memory() or self._memory_used,
            init_duration=self._init_duration,
            status=status,
            trace_id=invocation.trace_id,
        )
        self._output.add(str(report))
        self._init_duration = None
        events = self._output.taken()
        self._flush(events)
        return Outcome(payload=payload, failed=failed, log=text_of(events))

    def _flush(self, events: list[LogEvent]) -> None:
        if events:
            self._machine.write_log(self.function, self.log_stream, events)

    def _peak_memory(self) -> int | None:
        """MB, where the system tells (Linux)."""
        if self._process is None:
            return None
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
        return None if peak is None else int(peak) // 1024


async def _first_of(one: asyncio.Future[Any], other: asyncio.Future[Any], seconds: float) -> None:
    await asyncio.wait((one, other), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def _layer_paths(opt: Path | None) -> list[str]:
    """Where Python finds what is in layers.

    See https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    """
    if opt is None:
        return []
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [str(opt / "python" / "lib" / python / "site-packages"), str(opt / "python")]


def _exit_reason(code: int) -> str:
    if code == 0:
        return "Error: Runtime exited without providing a reason"
    how = f"signal: {_signal_text(-code)}" if code < 0 else f"exit status {code}"
    return f"Error: Runtime exited with error: {how}"


def _signal_text(number: int) -> str:
    return {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}.get(number, str(number))
