"""Requests that are passed on to the APIs that are deployed, as CloudFront's behaviours do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse

from local.console.deployed import DeployedConsole, deployed_console
from local.embedded_aws import EXECUTE_API_PATH

if TYPE_CHECKING:
    from local.console.messages import Application, Receive, Scope, Send

API: Final = "/api/"
LIVE: Final = "/live"
NOT_DEPLOYED: Final = "Nothing is deployed yet. Run: baton up\n"


def passes_on(scope: Scope) -> bool:
    """Whether a request is for one of the APIs."""
    path: str = scope["path"]
    return path == LIVE if scope["type"] == "websocket" else path.startswith(API)


async def pass_on(cloud: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Have the API that is deployed answer."""
    deployed = deployed_console()
    api = _api(scope, deployed) if deployed else ""
    if api:
        before = f"{EXECUTE_API_PATH}/{api}"
        raw_path = before.encode() + (scope.get("raw_path") or scope["path"].encode())
        await cloud({**scope, "path": before + scope["path"], "raw_path": raw_path}, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013})
    else:
        await PlainTextResponse(NOT_DEPLOYED, 503)(scope, receive, send)


def _api(scope: Scope, deployed: DeployedConsole) -> str:
    return deployed.live_api if scope["type"] == "websocket" else deployed.operations_api
