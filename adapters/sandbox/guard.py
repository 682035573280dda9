"""What keeps other web sites out of the sandbox, and what keeps its page from reaching out."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

ONCE = "/once/"
"""Pages that stand alone: each knows by a token of its own who may use it, and takes a browser's forms."""

_OURS = frozenset({"127.0.0.1", "localhost", "::1"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only our own page; every answer carries the headers above (see `with_headers`)."""
    if not _addressed_to_us(request):
        raise web.HTTPMisdirectedRequest(text="this is not the address of the sandbox")
    if request.path.startswith(ONCE):
        return await handler(request)
    if not _from_our_page(request):
        raise web.HTTPForbidden(text="only the sandbox's own page may ask this")
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON")
    return await handler(request)


async def with_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on an answer before it goes out, streams and errors included; one that has its own keeps it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _addressed_to_us(request: web.Request) -> bool:
    """A name that was rebound to loopback still says its own name in the Host header."""
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    return host in _OURS


def _from_our_page(request: web.Request) -> bool:
    """Browsers say where a request comes from; a program that is no browser may leave both headers out."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.path == "/" and request.method in {"GET", "HEAD"}:
        return True
    origin = request.headers.get("Origin")
    same = origin is None or origin == f"http://{request.headers.get('Host', '')}"
    return same and site in {"none", "same-origin"}
