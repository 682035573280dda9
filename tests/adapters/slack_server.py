"""Slack on loopback: its Web API, files, sockets and response addresses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from aiohttp import web

from tests.adapters.slack_methods import (
    APP_TOKEN,
    ARGUMENTS,
    BOT_TOKEN,
    URL_USES,
    Json,
    Refused,
    Shown,
    Workspace,
)
from tests.adapters.slack_rules import check_aside


class Server(Workspace):
    """The addresses under which one workspace is served."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets: list[web.WebSocketResponse] = []
        self.holds: dict[str, tuple[int, float | None]] = {}
        self.odd: list[tuple[str, str]] = []
        self.before: Callable[[str], None] | None = None
        self.hooks_drop = 0
        self.deaf = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._requests: list[web.Request] = []
        self.on_frame: Callable[[Json], None] | None = None
        self.connected = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Serve."""
        self.clock.start()
        app = web.Application(client_max_size=10**7)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/hook/{token}", self._hook)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listening).start()

    async def stop(self) -> None:
        """Stop serving."""
        await self.clock.stop()
        for each in list(self.sockets):
            await each.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._listening.close()

    async def drop(self) -> None:
        """The newest socket breaks without a word."""
        self.connected.clear()
        transport = self._requests[-1].transport
        assert transport is not None
        transport.abort()

    async def hand_over(self) -> None:
        """Slack asks for a new socket, as it does every few hours."""
        self.connected.clear()
        await self.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    def hold(self, method: str, status: int, after: float | None) -> None:
        """The next call of one method fails."""
        self.holds[method] = (status, after)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append(method)
        if self.before is not None:
            self.before(method)
        if self.odd:
            kind, body = self.odd.pop(0)
            return web.Response(text=body, content_type=kind)
        failure = self.holds.pop(method, None) or (self.failures.pop(0) if self.failures else None)
        if failure:
            status, after = failure
            return web.Response(status=status, text="", headers=_retry(after))
        try:
            answer = {"ok": True, **self._answer(method, arguments, request)}
        except Refused as refused:
            answer = {"ok": False, "error": str(refused)}
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    def _answer(self, method: str, arguments: Json, request: web.Request) -> Json:
        if self.refusals.get(method):
            raise Refused(self.refusals[method].pop(0))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            raise Refused("invalid_auth")
        unknown = set(arguments) - ARGUMENTS[method] - {"token"}
        if unknown:
            self.violations.append(f"{method}: unknown arguments {sorted(unknown)}")
        answer: Json = getattr(self, "do_" + method.replace(".", "_"))(arguments)
        return answer

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        if self.hooks_drop:
            self.hooks_drop -= 1
            assert request.transport is not None
            request.transport.abort()
        user, uses = self.urls.get(request.match_info["token"], ("", URL_USES))
        if uses >= URL_USES:
            self.violations.append("a response address was used too often")
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self.urls[request.match_info["token"]] = (user, uses + 1)
        payload = await request.json()
        try:
            self.checked(check_aside, payload)
        except Refused:
            return web.json_response({"ok": False, "error": "invalid_blocks"}, status=400)
        self.shown(user).put_nowait(Shown("aside", payload=payload))
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self.files[request.match_info["file"]]
        file["content"] = await request.read()
        if len(file["content"]) != file["length"]:
            self.violations.append("a file is not as long as it was announced")
        return web.Response(text="OK")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.calls.append("socket")
        await self.gate.wait()
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        await ws.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(ws)
        self._requests.append(request)
        self.connected.set()
        async for message in ws:
            if message.type is web.WSMsgType.PING and not self.deaf:
                await ws.pong(message.data)
            if message.type is web.WSMsgType.TEXT and self.on_frame is not None:
                self.on_frame(json.loads(message.data))
        self.sockets.remove(ws)
        return ws


async def _arguments(request: web.Request) -> Json:
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        given |= await request.json()
    elif request.method == "POST":
        given |= dict(await request.post())
    for name in ("view", "blocks", "files"):
        if isinstance(given.get(name), str):
            given[name] = json.loads(given[name])
    return given


def _retry(after: float | None) -> Mapping[str, str]:
    return {} if after is None else {"Retry-After": f"{after:g}"}
