"""MiniStack with the engine in it, as one ASGI application."""

from __future__ import annotations

import contextvars
import importlib
import sys
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from asl.engine import WallClock
from asl.integrations import LambdaEndpoint
from asl.service.service import Service
from asl.service.settings import Settings
from local.embedded_aws import ACCOUNT, REGION, WARM_PATH, function_variables, seams, step_functions
from local.embedded_aws.in_process import InProcess
from local.embedded_aws.persistence import Saver, keep_streams
from local.embedded_aws.refusals import with_refusals
from local.embedded_aws.s3_answers import with_s3_answers
from local.lambda_runtime.host import Host
from local.lambda_runtime.packages import Packages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.embedded_aws import Folders
    from local.lambda_runtime.function import Function
    from local.lambda_runtime.output import LogEvent

    Application = Callable[[Any, Any, Any], Awaitable[None]]

REPLACED: Final = "ministack.services.stepfunctions"


@dataclass(frozen=True)
class EmbeddedAws:
    """The application to serve, and what has to be closed when it is served no more."""

    application: Application
    service: Service
    host: Host
    saver: Saver


def assemble(endpoint: str, folders: Folders) -> EmbeddedAws:
    """MiniStack's application with the engine in the place of its Step Functions, and AWS's runtime for functions.

    Tasks and functions call AWS at `endpoint`. Call it once in a process, on the event loop that serves requests,
    before anything of MiniStack is imported: each of its services keeps what it imports.

    Raises:
        SeamError: MiniStack is not as it is expected to be.
        RuntimeError: too late: its Step Functions are in use.
    """
    if REPLACED in sys.modules:
        raise RuntimeError(f"{REPLACED} was imported before it could be replaced")
    module = ModuleType(REPLACED, "Step Functions on the engine.")
    sys.modules[REPLACED] = module
    vars(importlib.import_module("ministack.services"))["stepfunctions"] = module
    seams.check()

    from local.embedded_aws import cloudformation, http_apis, log_store, metric_store, status_events  # noqa: PLC0415 - imports what had to be replaced

    data = None if folders.state is None else folders.state / "executions"
    settings = Settings(account=ACCOUNT, region=REGION, aws_endpoint=endpoint, data=data)
    bus = status_events.DefaultBus(_in_scope)
    lambda_api = InProcess()
    service = Service(settings, WallClock(), LambdaEndpoint(lambda_api), status_changes=bus)
    functions = step_functions.StepFunctions(service, _scope)
    step_functions.provide(module, functions)
    cloudformation.install(functions)
    http_apis.install()
    log_store.install()
    metric_store.install()
    keep_streams()
    host, warm = _install_lambda(endpoint, folders)
    saver = Saver(keep=folders.state is not None)
    ministack = with_refusals(with_s3_answers(importlib.import_module("ministack.app").app))
    application = lambda_api.once_started(saver.around(_around(ministack, warm)))
    return EmbeddedAws(application, service, host, saver)


def _install_lambda(endpoint: str, folders: Folders) -> tuple[Host, Callable[[], None]]:
    from local.embedded_aws import asynchronous, lambda_functions, stream_records  # noqa: PLC0415 - see `application`
    from local.embedded_aws.log_writer import LogWriter  # noqa: PLC0415 - see `application`

    packages, logs = Packages(folders.packages), LogWriter(_in_scope)

    def write_log(function: Function, stream: str, events: list[LogEvent]) -> None:
        logs.write((function.account, function.region), function.log_group, stream, events)

    host = Host(packages.runtime(), folders.scratch, packages.notes, function_variables(endpoint), write_log)
    functions = lambda_functions.LambdaFunctions(host, packages, _scope, endpoint)
    lambda_functions.install(functions)
    stream_records.install()
    asynchronous.install(asynchronous.Asynchronous(endpoint, _scope))
    return host, functions.warm


def _around(app: Application, warm: Callable[[], None]) -> Application:
    """The application, which knows of each request whether its client is still there, and `WARM_PATH`."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == WARM_PATH and scope["method"] == "POST":
            threading.Thread(target=_in_scope, args=(ACCOUNT, REGION, warm), name="warm", daemon=True).start()
            await send({"type": "http.response.start", "status": 202, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        step_functions.client.set(receive)
        await app(scope, receive, send)

    return serve


def _scope() -> tuple[str, str]:
    """Account and region of the request that MiniStack is at work on."""
    from ministack.core.responses import get_account_id, get_region  # noqa: PLC0415 - see `application`

    return get_account_id(), get_region()


def _in_scope(account: str, region: str, call: Callable[[], None]) -> None:
    from ministack.core.responses import set_request_account_id, set_request_region  # noqa: PLC0415 - see `application`

    def scoped() -> None:
        set_request_account_id(account)
        set_request_region(region)
        call()

    contextvars.copy_context().run(scoped)
