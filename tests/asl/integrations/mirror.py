"""An HTTP API that answers with what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Mirror(BaseHTTPRequestHandler):
    """Answers with the request; a path that ends in a number is answered with that status."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        seen = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
        last = self.path.partition("?")[0].rpartition("/")[2]
        self.send(int(last) if last.isdigit() else 200, json.dumps(seen).encode())

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Twice", "1")
        self.send_header("X-Twice", "2")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that the server looks for


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler] = Mirror) -> Iterator[str]:
    """The URL of a server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
