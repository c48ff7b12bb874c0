"""Lambda of the embedded AWS: Python functions run on AWS's runtime client, in whatever way they are invoked.

MiniStack keeps functions, versions, aliases, layers and event sources, and sends invocations through
`_execute_function_warm`, those of a WebSocket API's routes through a worker that it asks for. Both are replaced;
functions for other runtimes go on through MiniStack's own.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ministack.core import lambda_runtime
from ministack.core.lambda_runtime import execution_credentials
from ministack.services import lambda_svc

from local.embedded_aws import reachable
from local.lambda_runtime.function import Function, Invocation, error_payload, sorted_items
from local.lambda_runtime.host import BusyError
from local.lambda_runtime.packages import PackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from local.lambda_runtime.host import Host
    from local.lambda_runtime.packages import Packages

    Record = Mapping[str, Any]
    Result = dict[str, Any]

LOGGED: Final = "runtime"
"""Marks a result whose log is in CloudWatch Logs already."""
WARMED: Final = 2
DEFAULT_TIMEOUT: Final = 3
DEFAULT_MEMORY_MB: Final = 128


class LambdaFunctions:
    """What MiniStack calls where it ran functions itself."""

    def __init__(self, host: Host, packages: Packages, scope: Callable[[], tuple[str, str]], endpoint: str) -> None:
        self._host = host
        self._packages = packages
        self._scope = scope
        self._endpoint = endpoint
        self._others = lambda_svc._execute_function_warm  # noqa: SLF001 - the seam
        self._emit_logs = lambda_svc._emit_lambda_logs  # noqa: SLF001 - the seam
        self._invalidate = lambda_svc.invalidate_worker
        self._unpacked = lru_cache(64)(self._unpack)

    def execute(self, func: Record, event: Any, request_id: str) -> Result:
        """Run an invocation, as `_execute_function_warm` does: the result has the payload as `body`."""
        config, code = func.get("config") or func, func.get("code_zip")
        if not str(config.get("Runtime", "")).startswith("python") or not code:
            return self._others(func, event, request_id)  # type: ignore[no-any-return]
        try:
            function = self.function(config, code)
        except PackageError as error:
            return _result(error_payload("Runtime.InvalidPackage", str(error)), failed=True, log="")
        invocation = Invocation(
            request_id=request_id,
            arn=config["FunctionArn"],
            payload=json.dumps(event, ensure_ascii=False).encode(),
            trace_id=lambda_svc._xray_trace_id_for_invocation(config),  # noqa: SLF001 - the seam
        )
        try:
            outcome = self._host.invoke(function, invocation)
        except BusyError:
            return _throttled(function.name)
        return _result(outcome.payload, failed=outcome.failed, log=outcome.log)

    def function(self, config: Record, code: bytes) -> Function:
        """A function as it is configured, with its files unpacked.

        Raises:
            PackageError: its code or a layer can't be unpacked.
        """
        account, region = self._scope()
        name = config["FunctionName"]
        layers = [layer for each in config.get("Layers") or () if (layer := lambda_svc._resolve_layer_zip(each))]  # noqa: SLF001 - the seam
        variables = lambda_svc._runtime_env_vars(config)  # noqa: SLF001 - the seam
        return Function(
            account=account,
            region=region,
            name=name,
            version=config.get("Version", "$LATEST"),
            runtime=config["Runtime"],
            handler=config.get("Handler", ""),
            timeout=int(config.get("Timeout") or DEFAULT_TIMEOUT),
            memory_size=int(config.get("MemorySize") or DEFAULT_MEMORY_MB),
            task=self._unpacked((code,)),
            opt=self._unpacked(tuple(layers)) if layers else None,
            log_group=(config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}",
            environment=sorted_items({**reachable(variables, self._endpoint), **execution_credentials(config)}),
        )

    def worker(self, _name: str, config: Record, code: bytes, qualifier: str = "") -> RouteWorker:
        """What invokes a function for a route of a WebSocket API. `config` is of the version that is asked for."""
        del qualifier
        return RouteWorker(
            lambda event, request_id: self.execute({"config": config, "code_zip": code}, event, request_id)
        )

    def warm(self) -> None:
        """Initialize environments of two functions for each set of packages, ahead of the first invocation.

        What takes longest is done then: the first imports the libraries that all functions with these packages share,
        and the second is forked from a process that has imported them as well, as all others are from then on.
        """
        _share_layers()
        warmed: Counter[tuple[Path, Path | None]] = Counter()
        for name in sorted(lambda_svc._functions):  # noqa: SLF001 - the seam
            func = lambda_svc._functions.get(name)  # noqa: SLF001 - the seam
            if not func or not func.get("code_zip") or not str(func["config"].get("Runtime", "")).startswith("python"):
                continue
            try:
                function = self.function(func["config"], func["code_zip"])
            except PackageError:
                continue  # its invocations will say so
            packages = function.task, function.opt
            warmed[packages] += 1
            if warmed[packages] <= WARMED:
                self._host.warm(function)

    def emit_logs(self, func: Record, request_id: str, *rest: Any, log_source: str | None = None) -> None:
        """Write the log of an invocation, unless that is done."""
        if log_source != LOGGED:
            self._emit_logs(func, request_id, *rest, log_source=log_source)

    def invalidate(self, name: str, *rest: Any, **scope: Any) -> None:
        """A function was changed or deleted."""
        self._invalidate(name, *rest, **scope)
        self._host.forget(*self._scope(), name)

    def _unpack(self, archives: tuple[bytes, ...]) -> Path:
        return self._packages.unpacked(archives)


class RouteWorker:
    """A function as MiniStack invokes it for a route of a WebSocket API."""

    def __init__(self, execute: Callable[[Any, str], Result]) -> None:
        self._execute = execute

    def invoke(self, event: Any, request_id: str) -> Result:
        """Run an invocation. Where it fails, the client is told what API Gateway tells, and nothing of the error."""
        result = self._execute(event, request_id)
        if not result.get("error"):
            return {"status": "ok", "result": result["body"]}
        told = {
            "message": "Internal server error",
            "connectionId": event["requestContext"]["connectionId"],
            "requestId": request_id,
        }
        return {"status": "error", "error": json.dumps(told)}


def install(functions: LambdaFunctions) -> None:
    """Put the functions where MiniStack's were."""
    lambda_runtime.get_or_create_worker = functions.worker
    lambda_svc._execute_function_warm = functions.execute  # noqa: SLF001 - the seam
    lambda_svc._emit_lambda_logs = functions.emit_logs  # noqa: SLF001 - the seam
    lambda_svc.invalidate_worker = functions.invalidate


def _share_layers() -> None:
    """Have layers with the same content, as several stacks have them, hold it in memory once."""
    contents: dict[bytes, bytes] = {}
    for layer in lambda_svc._layers.all_values():  # noqa: SLF001 - the seam
        for version in layer["versions"]:
            if content := version.get("_zip_data"):
                version["_zip_data"] = contents.setdefault(content, content)


def _result(payload: bytes, *, failed: bool, log: str) -> Result:
    text = payload.decode("utf-8", "replace")
    try:
        body: Any = json.loads(text)
        raw = False
    except ValueError:
        body, raw = text, True
    result: Result = {"body": body, "raw_payload": raw, "log": log, "log_source": LOGGED}
    return {**result, "error": True, "function_error": "Unhandled"} if failed else result


def _throttled(name: str) -> Result:
    result: Result = lambda_svc._throttle_response(  # noqa: SLF001 - the seam
        "ConcurrentInvocationLimitExceeded", f"Rate Exceeded: all environments of {name} on this machine are busy"
    )
    return {**result, "log_source": LOGGED}
