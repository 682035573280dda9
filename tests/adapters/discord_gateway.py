"""Discord's gateway on a loopback socket: hello, identify, events in order to the shard that has the server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters.discord_world import APPLICATION, BOT, GUILD, Payload, World

GUILDS_ONLY = 1


class Gateway:
    """Holds the shard of our server. `connected` is set while its client has heard everything so far.

    `shards` are all that identified, as (number, of how many).
    """

    def __init__(self, world: World, token: str, violations: list[str]) -> None:
        self._world = world
        self._token = token
        self._violations = violations
        self._events: list[str] = []
        self._socket: web.WebSocketResponse | None = None
        self.address = ""
        self.connected = asyncio.Event()
        self.refuse = 0
        self.identified = 0
        self.resumed = 0
        self.shards: list[tuple[int, int]] = []
        self.shard_count = 1
        self.ended = 0

    async def listen(self, request: web.Request) -> web.StreamResponse:
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self._say(socket, {"op": 10, "d": {"heartbeat_interval": 41250}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._hear(socket, json.loads(message.data))
        if self._socket is socket:
            self._socket = None
            self.connected.clear()
        return socket

    async def send(self, event: str, data: Any) -> None:
        """Send an event now, or on resume if the link is broken."""
        line = json.dumps({"op": 0, "t": event, "s": len(self._events) + 1, "d": data})
        self._events.append(line)
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(line)

    async def drop(self, code: int = 4000) -> None:
        """Break the link; 4000 lets the client resume, 1000 and some others do not."""
        self.connected.clear()
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close(code=code)

    async def invalidate(self, *, resumable: bool) -> None:
        """Tell the client that its session is no more, as Discord does now and then."""
        assert self._socket is not None
        self.connected.clear()
        await self._say(self._socket, {"op": 9, "d": resumable})

    async def ask_to_reconnect(self) -> None:
        """Ask the client to come again, as before a restart of Discord's."""
        assert self._socket is not None
        self.connected.clear()
        await self._say(self._socket, {"op": 7, "d": None})

    async def _hear(self, socket: web.WebSocketResponse, said: Payload) -> None:
        match said["op"]:
            case 1:
                await self._say(socket, {"op": 11})
            case 2:
                await self._identify(socket, said["d"])
            case 6:
                await self._resume(socket, said["d"])

    async def _identify(self, socket: web.WebSocketResponse, asked: Payload) -> None:
        number, count = asked.get("shard") or (0, 1)
        if self.ended or asked["token"] != self._token:
            await socket.close(code=self.ended or 4004)
            return
        if number >= count:
            await socket.close(code=4010)
            return
        if asked["intents"] != GUILDS_ONLY:
            self._violations.append(f"intents {asked['intents']} were asked for")
        self.identified += 1
        self.shards.append((number, count))
        if (int(GUILD) >> 22) % count != number:
            ready = self._ready(number, count) | {"guilds": []}
            await self._say(socket, {"op": 0, "t": "READY", "s": 1, "d": ready})
            return
        self._events.clear()
        self._socket = socket
        await self.send("READY", self._ready(number, count))
        await self.send("GUILD_CREATE", self._world.gateway_guild())
        self.connected.set()

    async def _resume(self, socket: web.WebSocketResponse, asked: Payload) -> None:
        self.resumed += 1
        self._socket = socket
        for line in self._events[asked["seq"] :]:
            await socket.send_str(line)
        await self.send("RESUMED", {})
        self.connected.set()

    def _ready(self, number: int, count: int) -> Payload:
        return {
            "v": 10,
            "user": self._world.user_payload(BOT),
            "guilds": [{"id": GUILD, "unavailable": True}],
            "session_id": "session",
            "resume_gateway_url": self.address,
            "application": {"id": APPLICATION, "flags": 0},
            "shard": [number, count],
        }

    async def _say(self, socket: web.WebSocketResponse, said: Payload) -> None:
        await socket.send_str(json.dumps(said))
