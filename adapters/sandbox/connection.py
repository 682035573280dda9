"""The third platform: a workplace behind a web page on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from adapters.sandbox.api import Api
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.guard import guard, with_headers
from adapters.sandbox.stored import Rows
from adapters.sandbox.workplace import Workplace
from bot.ports import Directory, Handle, Platform

HOST = "127.0.0.1"
PORT = 8765
PRACTICE = "Practice only. Nothing here reaches anyone. The store and its key are thrown away when you stop."
_BODY_LIMIT = 2**20


class SandboxConnection:
    """Serves the page on 127.0.0.1 and passes on what people do there.

    `port` None means 8765; where a port is taken, the next free one is used. `rows` shows what is
    stored and `files` are searched byte by byte. `address` is empty until it listens; `opened` waits for that.
    """

    def __init__(
        self,
        clock: SandboxClock,
        rows: Rows,
        *,
        port: int | None = None,
        banner: str = PRACTICE,
        files: Sequence[Path] = (),
        workplace: Workplace | None = None,
    ) -> None:
        self._clock = clock
        self._rows = rows
        self._port = port
        self._banner = banner
        self._files = tuple(files)
        self._listening = asyncio.Event()
        self._mounted: tuple[web.RouteDef, ...] = ()
        self._tell: Callable[[str], None] | None = None
        self.workplace = workplace or Workplace(clock.now)
        self.address = ""

    @property
    def platform(self) -> Platform:
        """Posting into the workplace."""
        return self.workplace

    @property
    def directory(self) -> Directory:
        """What the workplace knows."""
        return self.workplace

    def mount(self, routes: Sequence[web.RouteDef], tell: Callable[[str], None]) -> None:
        """Answer these as well, and say at which address once it listens; before it serves."""
        self._mounted, self._tell = tuple(routes), tell

    async def opened(self) -> str:
        """Wait until it listens and return the address."""
        await self._listening.wait()
        return self.address

    async def serve(self, handle: Handle) -> None:
        """Listen until cancelled; answers in flight are finished first."""
        api = Api(
            self.workplace, self._clock, handle, rows=self._rows, paths=self._files, banner=self._banner
        )
        app = web.Application(middlewares=[guard], client_max_size=_BODY_LIMIT)
        app.add_routes(api.routes())
        app.add_routes(self._mounted)
        app.on_response_prepare.append(with_headers)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
        await runner.setup()
        try:
            bound = _bind(self._port)
            self._port = bound.getsockname()[1]
            await web.SockSite(runner, bound).start()
            self.address = f"http://{HOST}:{self._port}/"
            if self._tell is not None:
                self._tell(self.address)
            self._listening.set()
            await asyncio.Event().wait()
        finally:
            self._listening.clear()
            api.closing.set()
            await runner.cleanup()


def _bind(port: int | None) -> socket.socket:
    """That port, the usual one where none is given; where it is taken, one of the next, or any."""
    first = PORT if port is None else port
    for candidate in range(first, min(first + 10, 2**16)) if first else ():
        with suppress(OSError):
            return socket.create_server((HOST, candidate))
    return socket.create_server((HOST, 0))
