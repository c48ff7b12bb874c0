"""The built pages, and reports about workflows, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from console.hosting import INDEX, caching, content_type, is_file

if TYPE_CHECKING:
    from local.console import ConsoleFolders
    from local.console.messages import Application, Receive, Scope, Send

NOT_BUILT: Final = "The console is not built. `baton up` builds it, and says what to do where that fails.\n"
REPORTS: Final = "/reports/"


def files(folders: ConsoleFolders) -> Application:
    """The files; a path that is none of a file gets the page, which knows what to show there."""
    pages = StaticFiles(directory=folders.pages, check_dir=False)
    reports = StaticFiles(directory=folders.reports, check_dir=False)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if is_file(scope["path"]) else INDEX
        response = await _response(reports if path.startswith(REPORTS) else pages, path, scope)
        await response(scope, receive, send)

    return serve


async def _response(folder: StaticFiles, path: str, scope: Scope) -> Response:
    within = path.removeprefix(REPORTS).lstrip("/")
    if any(part.startswith(".") for part in within.split("/")):
        return PlainTextResponse("There is no such file.\n", 404)
    try:
        response = await folder.get_response(within, scope)
    except HTTPException as error:
        text = NOT_BUILT if path == INDEX and error.status_code == 404 else "There is no such file.\n"
        return PlainTextResponse(text, 503 if text is NOT_BUILT else error.status_code, error.headers)
    response.headers["Cache-Control"] = caching(path)
    response.headers["Content-Type"] = content_type(path)
    return response
