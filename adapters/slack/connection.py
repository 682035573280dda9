"""The live link to Slack, over Socket Mode or signed HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from adapters.slack import lane
from adapters.slack.answers import PATIENCE, SETTLE, Answers
from adapters.slack.calls import TIMEOUT, ask, client
from adapters.slack.check import installed
from adapters.slack.directory import SlackDirectory
from adapters.slack.entrance import Socket, app
from adapters.slack.outbound import PAUSES, SlackPlatform
from adapters.slack.teams import OneTeam, Teams
from bot.config import SlackSettings
from bot.errors import Misconfigured, Unreachable
from bot.model import Place
from bot.ports import Directory, Handle, Platform

_log = structlog.get_logger(__name__)

PATH = "/slack/events"
"""Where Slack sends everything to, if it is not Socket Mode."""

HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = Callable[[str, str, HttpHandler], None]
"""How a handler is registered on the one web site: method, path, handler."""

CONNECTING = 15.0
"""Seconds for a new socket, a handover included, before the link counts as broken."""

LOOK = 0.25
"""Seconds between looks at the socket."""

FINISH = 4.0
"""Seconds for answers in flight when we stop."""


class SlackConnection:
    """Implements `bot.ports.Connection`: with an app token by Socket Mode, else by HTTP on `route`."""

    def __init__(
        self,
        settings: SlackSettings,
        named: Collection[str],
        route: Route | None = None,
        teams: Teams | None = None,
        *,
        patience: float = PATIENCE,
        settle: float = SETTLE,
        pauses: Collection[float] = PAUSES,
    ) -> None:
        self._app_token = settings.app_token.get_secret_value()
        self._secret = settings.signing_secret.get_secret_value()
        self._named = frozenset(named)
        self._settings = settings
        self._teams = teams or OneTeam(client(settings.bot_token.get_secret_value(), settings.api_url))
        self._web = self._teams.plain
        self._platform = SlackPlatform(self._teams, tuple(pauses), pictures=settings.pictures)
        self._directory = SlackDirectory(self._teams)
        self._patience, self._settle = patience, settle
        self._serving: tuple[Handle, AsyncApp, Answers] | None = None
        self._connected = False
        self._socket: Socket | None = None
        if not self._app_token:
            self._register(route)

    @property
    def platform(self) -> Platform:
        """Posting."""
        return self._platform

    @property
    def directory(self) -> Directory:
        """Channels and people."""
        return self._directory

    @property
    def connected(self) -> bool:
        """Whether the socket stands, or requests are answered."""
        return self._connected

    def heard(self) -> float | None:
        """Seconds since Slack last answered a ping on the socket; None over HTTP, where it only calls with events."""
        if self._socket is None:
            return None
        answered = self._socket.client.last_ping_pong_time
        return 0.0 if answered is None else max(time.time() - answered, 0.0)

    async def faults(self, desks: Sequence[Place], others: Sequence[Place]) -> list[str]:
        """What is wrong with the tokens of those who installed the app, and with their channels."""
        return await installed(self._teams, self._directory, self._settings, desks, others)

    async def serve(self, handle: Handle) -> None:
        """Answer events until the link breaks or the task is cancelled."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            self._web.session = session
            loading: asyncio.Task[None] | None = None
            try:
                await self._teams.greet()
                self._must_be_ours()
                loading = asyncio.create_task(self._teams.look_after())
                await self._link(handle)
            finally:
                self._web.session = None
                if loading is not None:
                    loading.cancel()
                    await asyncio.gather(loading, return_exceptions=True)

    def _must_be_ours(self) -> None:
        if self._named and not any(self._teams.of(each).team == each for each in self._named):
            _log.warning("token of another workspace", platform="slack")

    async def _link(self, handle: Handle) -> None:
        answers = Answers(self._teams, self._patience, self._settle)
        bolt = app(handle, answers, self._teams, self._web.base_url, self._secret)
        if self._app_token:
            await self._over_socket(bolt, answers)
        else:
            await self._over_http(handle, bolt, answers)

    async def _over_socket(self, bolt: AsyncApp, answers: Answers) -> None:
        opened = await ask(self._web.apps_connections_open(app_token=self._app_token))
        socket = Socket(bolt, self._app_token, self._web, answers)
        try:
            socket.client.wss_uri = str(opened.get("url"))
            await _connect(socket)
            self._socket = socket
            self._stands()
            await _until_broken(socket)
        finally:
            self._connected, self._socket = False, None
            socket.ignore()
            await answers.finish(FINISH)
            await socket.close()

    async def _over_http(self, handle: Handle, bolt: AsyncApp, answers: Answers) -> None:
        self._serving = handle, bolt, answers
        self._stands()
        try:
            await asyncio.Event().wait()
        finally:
            self._connected = False
            self._serving = None
            await answers.finish(FINISH)

    def _stands(self) -> None:
        self._connected = True
        _log.info("connected", platform="slack")

    def _register(self, route: Route | None) -> None:
        if route is None or not self._secret:
            # Without a secret everybody could compute the signature.
            raise Misconfigured("Slack needs an app token (Socket Mode) or a signing secret (HTTP).")
        self._verifier = SignatureVerifier(self._secret)
        route("POST", PATH, self._receive)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        if not _signed(self._verifier, request, content):
            return web.Response(status=401)
        if self._serving is None:
            return web.Response(status=503)
        handle, bolt, answers = self._serving
        if arrival := lane.press(content, self._teams):
            await answers.begin(handle, arrival)
            return web.Response()
        # Slack hanging up early must not stop what the person did.
        return await asyncio.shield(answers.start(_dispatch(bolt, request, content)))


async def _connect(socket: Socket) -> None:
    try:
        async with asyncio.timeout(CONNECTING):
            await socket.open()
    except TimeoutError:
        raise Unreachable("Slack's socket did not open") from None


async def _until_broken(socket: Socket) -> None:
    """Return when the socket is gone; Slack's own handovers to a new one may take a while."""
    clock = asyncio.get_running_loop().time
    seen = clock()
    while clock() - seen < CONNECTING:
        if await socket.client.is_connected():
            seen = clock()
        elif not socket.client.connect_operation_lock.locked():
            return
        await asyncio.sleep(LOOK)


def _signed(verifier: SignatureVerifier, request: web.Request, content: bytes) -> bool:
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and signature.isascii()):
        return False
    try:
        return verifier.is_valid(content, stamp, signature)
    except (UnicodeDecodeError, ValueError):
        return False


async def _dispatch(bolt: AsyncApp, request: web.Request, content: bytes) -> web.StreamResponse:
    try:
        headers: dict[str, str | Sequence[str]] = dict(request.headers.items())
        asked = AsyncBoltRequest(body=content.decode(), query=request.query_string, headers=headers)
        return await to_aiohttp_response(await bolt.async_dispatch(asked))
    except Exception as error:  # noqa: BLE001 - the entry point: a broken payload is answered, not logged
        _log.warning("slack request unreadable", error=type(error).__name__)
        return web.Response(status=400)
