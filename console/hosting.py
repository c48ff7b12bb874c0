"""How the console's pages are served, in CloudFront and on a laptop alike: headers, caching, which paths are files."""

from __future__ import annotations

import re
from typing import Final

ASSETS_CACHING: Final = "public, max-age=31536000, immutable"
"""The name of an asset holds a hash of its content, so it never changes."""
FRESH: Final = "no-cache"
"""To be kept, but asked for again before each use."""

FILES: Final = r"^/(assets|reports)/|^/[^/]*\.[^/]*$"
"""The paths that are files, a regular expression that means the same in JavaScript: all below `/assets/` and
`/reports/`, and what has a dot at the top. Every other path is a page of the single-page application: names of
executions may have dots, too."""
INDEX: Final = "/index.html"

STRICT_TRANSPORT_SECURITY_SECONDS: Final = 63_072_000
"""Two years. Never sent over plain HTTP (RFC 6797, 7.2), so a laptop does without."""

HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer says to a browser, beside the policy of what a page may load."""


_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
}


def content_security_policy(*connect: str) -> str:
    """What a page may load and where it may send anything: its own origin, and the origins in `connect`.

    https://www.w3.org/TR/CSP3/
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *connect)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


def is_file(path: str) -> bool:
    """Whether a path is that of a file; else it is a page, and gets `index.html`."""
    return re.search(FILES, path) is not None


def caching(path: str) -> str:
    """The `Cache-Control` of a file."""
    return ASSETS_CACHING if path.startswith("/assets/") else FRESH


def content_type(path: str) -> str:
    """The type of a file by its name, whatever the machine thinks of names."""
    return _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")
