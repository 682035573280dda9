"""What the page may ask: who and what is here, /metoo, a press, a form, time, and what is stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.sandbox import render
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.stored import SHORTEST, Rows, search
from adapters.sandbox.workplace import WORKSPACE, Channel, Message, Workplace
from bot.errors import Unreachable
from bot.model import Actor, Card, Event, Place, Quoted, Reply, Standing, commanded
from bot.ports import Handle

LONGEST_MOVE = timedelta(days=35)
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_TICK = 0.2


class Api:
    """The routes of one workplace; `handle` is the core."""

    def __init__(
        self,
        workplace: Workplace,
        clock: SandboxClock,
        handle: Handle,
        *,
        rows: Rows,
        paths: Sequence[Path],
        banner: str,
    ) -> None:
        self._workplace = workplace
        self._clock = clock
        self._handle = handle
        self._rows = rows
        self._paths = paths
        self._banner = banner
        self._pictures: dict[str, bytes] = {}
        self.closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/", self._page),
            web.get("/page/{name}", self._page),
            web.get("/image/{name}", self._picture),
            web.get("/api/state", self._state),
            web.get("/api/live", self._live),
            web.get("/api/stored", self._stored),
            web.post("/api/command", self._command),
            web.post("/api/act", self._act),
            web.post("/api/report", self._report),
            web.post("/api/clock", self._move),
            web.post("/api/search", self._search),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        found = files("adapters.sandbox.page") / name
        suffix = Path(name).suffix
        if suffix not in _TYPES or not found.is_file():
            raise web.HTTPNotFound
        return web.Response(body=found.read_bytes(), content_type=_TYPES[suffix], charset="utf-8")

    async def _picture(self, request: web.Request) -> web.Response:
        png = self._pictures.get(request.path)
        if png is None:
            raise web.HTTPNotFound
        return web.Response(body=png, content_type="image/png")

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("as", "")
        people = self._workplace.people.values()
        seen = [each for each in self._workplace.channels.values() if self._workplace.reads(user, each)]
        return web.json_response(
            {
                "banner": self._banner,
                "people": [asdict(each) for each in people],
                "channels": [self._channel(each) for each in seen],
                **self._moment(),
            }
        )

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """A line whenever something changed, and the time while it is moved; a blank one now and then."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        with suppress(ConnectionResetError):  # the page was closed
            await self._tell(stream)
        return stream

    async def _tell(self, stream: web.StreamResponse) -> None:
        last, quiet = None, 0
        while not self.closing.is_set():
            moment = self._moment()
            key = (moment["version"], moment["moving"], moment["now"][:16])
            if key != last:
                await stream.write(f"data: {json.dumps(moment)}\n\n".encode())
                last, quiet = key, 0
            elif (quiet := quiet + 1) % 50 == 0:
                await stream.write(b": still here\n\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK):
                    await self.closing.wait()

    async def _stored(self, _request: web.Request) -> web.Response:
        tables = await self._rows()
        shape = [
            {"table": each.table, "columns": list(each.columns), "rows": [*map(list, each.rows)]}
            for each in tables
        ]
        return web.json_response({"tables": shape, "files": self._sizes()})

    async def _search(self, request: web.Request) -> web.Response:
        text = _text(await _body(request), "text").strip()
        if len(text) < SHORTEST:
            raise web.HTTPBadRequest(text=f"at least {SHORTEST} characters")
        tables = await self._rows()
        return web.json_response(asdict(await asyncio.to_thread(search, text, tables, self._paths)))

    async def _command(self, request: web.Request) -> web.Response:
        """Open the menu, or what one of the few known words stands for; other text goes no further than here."""
        self._must_be_ready()
        body = await _body(request)
        return await self._answer(Event(self._actor(body), commanded(_text(body, "text"))))

    async def _act(self, request: web.Request) -> web.Response:
        self._must_be_ready()
        body = await _body(request)
        place = self._pressed(body) if body.get("channel") else None
        event = Event(self._actor(body), _text(body, "action"), _text(body, "ref"), _values(body), place)
        return await self._answer(event)

    async def _report(self, request: web.Request) -> web.Response:
        """Report a colleague's message that stands where this person can read it."""
        self._must_be_ready()
        body = await _body(request)
        actor, channel = self._actor(body), self._workplace.channels.get(_text(body, "channel"))
        if channel is None or not self._workplace.reads(actor.user, channel):
            raise web.HTTPForbidden(text="there is no such channel")
        listed = {each.ref: each for each in self._workplace.messages(channel) if each.card is None}
        message = listed.get(_text(body, "post"))
        if message is None:
            raise web.HTTPConflict(text="that message is gone")
        quoted = Quoted(message.text, message.author)
        return await self._answer(Event(actor, "quote", quoted=quoted, place=Place(WORKSPACE, channel.id)))

    async def _move(self, request: web.Request) -> web.Response:
        self._must_be_ready()
        minutes = (await _body(request)).get("minutes")
        if not isinstance(minutes, int) or not 0 < minutes <= LONGEST_MOVE / timedelta(minutes=1):
            raise web.HTTPBadRequest(text="minutes: a number up to five weeks")
        await self._clock.move(timedelta(minutes=minutes))
        self._workplace.changed()
        with suppress(Unreachable):  # time has moved all the same, and is kept with the next change
            await self._workplace.keep()
        return web.json_response(self._moment())

    async def _answer(self, event: Event) -> web.Response:
        reply = await self._handle(event)
        self._workplace.changed()
        return web.json_response(self._reply(reply))

    def _must_be_ready(self) -> None:
        if self._workplace.preparing:
            raise web.HTTPConflict(text="the past of this workplace is still being prepared")

    def _reply(self, reply: Reply) -> dict[str, Any]:
        if isinstance(reply, Card):
            self._keep_picture(reply)
            return render.screens(reply)[0]
        return render.form(reply)

    def _actor(self, body: dict[str, Any]) -> Actor:
        user = _text(body, "user")
        standing = self._workplace.standing(user)
        if standing in {Standing.UNKNOWN, Standing.BOT}:
            raise web.HTTPForbidden(text="nobody here has that id")
        names = (self._workplace.people[user].name,)
        admin = self._workplace.manages(user)
        return Actor(WORKSPACE, user, _text(body, "locale") or "en", standing, names, admin=admin)

    def _pressed(self, body: dict[str, Any]) -> Place:
        """The channel of the pressed post, if that button stands there; who may press it, the core decides."""
        channel = self._workplace.channels.get(_text(body, "channel"))
        if channel is None:
            raise web.HTTPForbidden(text="there is no such channel")
        wanted = (_text(body, "post"), _text(body, "action"), _text(body, "ref"))
        if wanted not in [(each.ref, *address) for each in channel.messages for address in _addresses(each)]:
            raise web.HTTPConflict(text="that post has changed")
        return Place(WORKSPACE, channel.id)

    def _channel(self, channel: Channel) -> dict[str, Any]:
        return {
            "id": channel.id,
            "purpose": channel.purpose,
            "private": channel.private,
            "readers": sum(self._workplace.reads(each, channel) for each in self._workplace.people),
            "posts": [self._message(each) for each in self._workplace.messages(channel)],
        }

    def _message(self, message: Message) -> dict[str, Any]:
        if message.card:
            self._keep_picture(message.card)
        card = render.post(message.card) if message.card else None
        at = message.at.isoformat()
        return {"ref": message.ref, "at": at, "author": message.author, "text": message.text, "card": card}

    def _keep_picture(self, card: Card) -> None:
        if card.image:
            self._pictures[render.image_path(card.image)] = card.image.png

    def _moment(self) -> dict[str, Any]:
        now, target = self._clock.now(), self._clock.moving_to
        preparing = self._workplace.preparing
        return {
            "version": self._workplace.version,
            "now": now.isoformat(),
            "week": f"{now:%G-W%V}",
            "moving": target.isoformat() if target else None,
            "preparing": asdict(preparing) if preparing else None,
        }

    def _sizes(self) -> list[dict[str, Any]]:
        return [{"name": each.name, "size": each.stat().st_size} for each in self._paths if each.is_file()]


def _addresses(message: Message) -> list[tuple[str, str]]:
    if message.card is None:
        return []
    buttons = [each.to for each in message.card.buttons]
    choices = [each.to for each in message.card.choices]
    return [(each.action, each.ref) for each in (*buttons, *choices)]


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text="that is not JSON") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="send a JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise web.HTTPBadRequest(text=f"{name}: text")
    return value


def _values(body: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    given = body.get("values", {})
    if not isinstance(given, dict) or not all(isinstance(each, list) for each in given.values()):
        raise web.HTTPBadRequest(text="values: lists of texts by name")
    if not all(isinstance(each, str) for listed in given.values() for each in listed):
        raise web.HTTPBadRequest(text="values: lists of texts by name")
    return {str(name): tuple(each) for name, each in given.items()}
