"""A process of its own that is Slack, and as much of Discord as takes answers.

It lists members, takes what is said beside posts, and presses when told: it reads an order a line (JSON) and
answers in a line. Everything it sends is signed when it is sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.adapters.slack_methods import Json
from tests.adapters.slack_wire import sign
from tests.bench.messages import Messages
from tests.bench.place import crowd
from tests.bench.taker import Taker

TEAM = "T00BENCH"
MEMBERS = 61_000


class Line(Messages):
    """One kept connection, on which one request is answered after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[int]

    def took(self, head: bytes) -> None:
        self._answer.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed"))

    async def post(self, head: str, body: bytes) -> int:
        """Send, and return the status."""
        self._answer = asyncio.get_running_loop().create_future()
        stamp = str(int(time.time()))
        signed = f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: {sign(stamp, body)}"
        self.transport.write(f"{head}\r\n{signed}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return await self._answer

    def close(self) -> None:
        self.transport.close()


def _press(person: str, order: Mapping[str, Any], number: int) -> bytes:
    """What Slack posts for a press on a message: most of it is the message."""
    action = {
        "type": "button",
        "action_id": f"1:{order['action']}",
        "block_id": "1",
        "value": order["ref"],
        "action_ts": "1",
    }
    text = {"type": "section", "text": {"type": "mrkdwn", "text": "Harassment at work: me too. " * 10}}
    payload: Json = {
        "type": "block_actions",
        "user": {"id": person, "username": "someone", "name": "someone", "team_id": TEAM},
        "api_app_id": "A1",
        "token": "made-up",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": False},
        "trigger_id": f"1.{number}",
        "team": {"id": TEAM, "domain": "example"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": "C1", "name": "solidarity"},
        "message": {"type": "message", "ts": "1.1", "bot_id": "B1", "text": "Me too", "blocks": [text, text]},
        "state": {"values": {}},
        "response_url": order["hook"],
        "actions": [action],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


async def _presses(order: Mapping[str, Any]) -> Json:
    """Everybody presses once, so many at a time; at one instant if each has a line of their own or waits for it."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Line, "127.0.0.1", order["port"]) for _ in range(order["in_flight"])]
    lines = [line for _, line in made]
    head = f"POST {order['path']} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded"
    turn = iter([_press(person, order, n) for n, person in enumerate(order["people"])])
    waits: list[float] = []
    statuses: list[int] = []
    began = time.perf_counter()

    async def one(line: Line) -> None:
        for body in turn:
            at = began if order["instant"] else time.perf_counter()
            statuses.append(await line.post(head, body))
            waits.append(time.perf_counter() - at)

    await asyncio.gather(*map(one, lines))
    seconds = time.perf_counter() - began
    for line in lines:
        line.close()
    return {"seconds": seconds, "waits": sorted(waits), "refused": sum(each != 200 for each in statuses)}


class Slack:
    """The few methods that are asked here, and the count of what was said beside posts."""

    def __init__(self) -> None:
        self.asides = 0

    async def api(self, request: web.Request) -> web.Response:
        if request.match_info["method"] == "users.list":
            people = [{"id": each, "team_id": TEAM} for each in crowd(MEMBERS)]
            return web.json_response({"ok": True, "members": people})
        return web.json_response({"ok": True, "team_id": TEAM, "url": "https://example.slack.com/"})

    async def hook(self, request: web.Request) -> web.Response:
        await request.read()
        self.asides += 1
        return web.Response(text="ok")


async def main() -> None:
    slack, discord = Slack(), Taker()
    await discord.start()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.api)
    app.router.add_post("/hook", slack.hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _say({"port": runner.addresses[0][1], "discord": discord.port})
    while order := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(order)
        counts = {"asides": {"asides": slack.asides}, "taken": {"taken": discord.taken}}
        _say(counts[asked] if isinstance(asked, str) else await _presses(asked))
    await runner.cleanup()


def _say(line: Json) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
