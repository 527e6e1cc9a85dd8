"""Who may use the page: a browser on this machine that was given the session's token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

COOKIE: Final = "kubectl_smart_console"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""On every answer, refusals included."""
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def from_here(request: web.BaseRequest) -> bool:
    """Whether peer and Host are this machine: a name elsewhere that resolves to it is not."""
    try:
        peer = ip_address(request.remote or "")
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False
    return peer.is_loopback and host in _HERE


def same_origin(request: web.BaseRequest) -> bool:
    """Whether a page of this very server sent the request."""
    return request.headers.get("Origin") == f"http://{request.host}"


def same_token(given: str | None, token: str) -> bool:
    """Compare in constant time."""
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def refused(status: int, said: str) -> web.Response:
    """A sentence as plain text."""
    return web.Response(status=status, text=f"{said}\n")
