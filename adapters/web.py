"""The one web site of a running bot: health, and what others register on it."""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from bot.errors import Misconfigured

_log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Ready = Callable[[], Awaitable[Sequence[str]]]
"""Why people are not served, in a few words each; nothing where they are."""

Measured = Callable[[], Awaitable[bytes]]

LARGEST = 1024 * 1024
"""Bytes of a request body; more is refused."""

CLOSING = 1.5
"""Seconds for requests in flight when the site stops."""


class Site:
    """One aiohttp site. Register everything before it starts; port 0 takes any free one."""

    def __init__(self, host: str, port: int, ready: Ready | None = None) -> None:
        self._host = host
        self._port = port
        self._ready = ready
        self._app = web.Application(client_max_size=LARGEST)
        self._runner: web.AppRunner | None = None
        self.route("GET", "/livez", _alive)
        self.route("GET", "/readyz", self._readiness)

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Answer a method and path by a handler."""
        self._app.router.add_route(method, path, handler)

    def ready_when(self, ready: Ready) -> None:
        """Say what decides about /readyz."""
        self._ready = ready

    def measured_by(self, measured: Measured, kind: str) -> None:
        """Say what answers /metrics, and in which format."""

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(body=await measured(), headers={"Content-Type": kind})

        self.route("GET", "/metrics", answer)

    async def start(self) -> int:
        """Listen, and return the port. Raises Misconfigured where that cannot be."""
        self._runner = web.AppRunner(
            self._app, access_log=None, logger=_quiet(), handle_signals=False, shutdown_timeout=CLOSING
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.stop()
            raise Misconfigured(self._not_listening(error)) from error
        return self.port

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._runner is None or not self._runner.addresses:
            return self._port
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Finish the requests in flight and close."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _not_listening(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"Port {self._port} on {self._host} is taken; set METOO_WEB__PORT to another."
        return (
            f"Port {self._port} on {self._host} cannot be listened on ({type(error).__name__}); "
            "set METOO_WEB__HOST and METOO_WEB__PORT to what this machine has and you may use."
        )

    async def _readiness(self, _request: web.Request) -> web.Response:
        wrong = await self._ready() if self._ready else ()
        if not wrong:
            return web.Response(text="ready\n")
        return web.Response(status=503, text="".join(f"{each}\n" for each in ("not ready", *wrong)))


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n")


def _quiet() -> logging.Logger:
    logger = logging.getLogger("aiohttp.server.reduced")
    logger.setLevel(logging.WARNING)
    if _reduce not in logger.filters:
        logger.addFilter(_reduce)
    return logger


def _reduce(record: logging.LogRecord) -> bool:
    """Let aiohttp's own words, with addresses and requests, go no further: only which error it was is said."""
    error = record.exc_info[0] if record.exc_info else None
    _log.warning("web request failed", error=error.__name__ if error else "")
    return False
