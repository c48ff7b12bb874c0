"""The console as one ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from local.console.deployed import deployed_console
from local.console.gateway import NOT_DEPLOYED, pass_on, passes_on
from local.console.guard import guarded
from local.console.pages import files
from local.console.sign_in import OAuthError, SignIn, tell
from local.console.user_pool import UserPool

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.console import ConsoleFolders
    from local.console.messages import Application, Receive, Scope, Send


def console(cloud: Application, folders: ConsoleFolders, port: int) -> Application:
    """The console at `http://localhost:{port}`, whose APIs and user pool are those of `cloud`."""
    sign_in = SignIn(UserPool(cloud))
    own = Starlette(
        routes=[
            Route("/config.json", _config, methods=["GET"]),
            Route("/oauth2/authorize", sign_in.authorize, methods=["GET"]),
            Route("/oauth2/token", sign_in.token, methods=["POST"]),
            Route("/logout", sign_in.log_out, methods=["GET"]),
            Mount("/", files(folders)),
        ],
        exception_handlers={OAuthError: tell},
    )

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if passes_on(scope):
            await pass_on(cloud, scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await own(scope, receive, send)

    return guarded(serve, port)


def beside(cloud: Application, console: Application, port: int) -> Application:
    """`cloud`, and on connections to the socket of this port, the console."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and (scope.get("server") or ("", None))[1] == port:
            await console(scope, receive, send)
        else:
            await cloud(scope, receive, send)

    return serve


async def _config(_: Request) -> Response:
    deployed = deployed_console()
    if deployed is None:
        return PlainTextResponse(NOT_DEPLOYED, 503)
    content = {
        "client_id": deployed.client,
        "authorize_url": "/oauth2/authorize",
        "token_url": "/oauth2/token",
        "logout_url": "/logout",
        "local": True,
    }
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
