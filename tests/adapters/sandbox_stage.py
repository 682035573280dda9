"""The sandbox as a stage: people act through its real HTTP interface, as its page does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

from adapters.sandbox import render
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.connection import SandboxConnection
from adapters.sandbox.people import Person, person_id
from adapters.sandbox.stored import TableDump
from adapters.sandbox.workplace import WORKSPACE, Channel, Message, Workplace
from bot.model import Place, Standing
from bot.ports import Handle
from tests.adapters.sandbox_rules import check_form, check_post, check_screen, texts
from tests.stage import Post, Screen

Json = dict[str, Any]


class SandboxStage:
    """Implements `tests.stage.Stage`; an empty workplace, into which each test puts its people."""

    def __init__(self) -> None:
        clock = SandboxClock()
        self.workspace = WORKSPACE
        self.workplace = Workplace(clock.now, people=())
        self.workplace.channels.clear()
        self.connection = SandboxConnection(clock, _no_rows, port=0, workplace=self.workplace)
        self.asked: list[tuple[str, Json]] = []
        self._session: ClientSession | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self, handle: Handle) -> None:
        """Start it on a port of its own."""
        self._serving = asyncio.create_task(self.connection.serve(handle))
        address = await asyncio.wait_for(self.connection.opened(), 60)
        self._session = ClientSession(address)

    async def close(self) -> None:
        """Stop it, and look at every message once more."""
        for channel in self.workplace.channels.values():
            for message in channel.messages:
                if message.card:
                    check_post(render.post(message.card))
        if self._session:
            await self._session.close()
        if self._serving:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    def add_person(self, user: str, *, guest: bool = False, bot: bool = False, admin: bool = False) -> None:
        """Somebody joins."""
        standing = Standing.BOT if bot else Standing.GUEST if guest else Standing.MEMBER
        self.workplace.people[user] = Person(
            user, f"Name of {user}", "Testing", standing=standing, admin=admin
        )

    def person(self, n: int) -> str:
        """Such as person-007."""
        return person_id(n)

    def channel(self, n: int) -> str:
        """Such as channel-007."""
        return f"channel-{n:03d}"

    def add_channel(
        self,
        channel: str,
        *,
        private: bool = True,
        readers: tuple[str, ...] = (),
        external: bool = False,
        bot: bool = True,
    ) -> Place:
        """A channel exists, or is changed."""
        found = self.workplace.channels.setdefault(channel, Channel(channel))
        found.private, found.readers = private, frozenset(readers)
        found.external, found.bot = external, bot
        return Place(WORKSPACE, channel)

    def posts(self, channel: str) -> list[Post]:
        """Messages in a channel."""
        return [_post(each) for each in self.workplace.channels[channel].messages]

    async def delete_post(self, channel: str, ref: str) -> None:
        """A message goes."""
        self.workplace.delete(self.workplace.channels[channel], ref)

    async def command(self, user: str, text: str = "") -> Screen:
        """Type /metoo."""
        return await self._ask("/api/command", {"user": user, "text": text})

    async def press(self, user: str, screen: Screen, label: str) -> Screen:
        """Press a button on a private screen."""
        return await self._act(user, _labelled(screen.raw["buttons"], label), {})

    async def choose(self, user: str, screen: Screen, label: str, value: str) -> Screen:
        """Pick from a list on a private screen."""
        choice = _labelled(screen.raw["choices"], label)
        picked = _labelled(choice["options"], value)["value"]
        return await self._act(user, choice, {"choice": [picked]})

    async def submit(self, user: str, screen: Screen, values: Mapping[str, str | tuple[str, ...]]) -> Screen:
        """Fill in a form and send it; the page does not send one in which something needed is missing."""
        fields = screen.raw["fields"]
        assert set(values) <= {each["name"] for each in fields}
        filled = {each["name"]: _filled(values.get(each["name"], each["value"])) for each in fields}
        if any(each["required"] and not filled[each["name"]] for each in fields):
            return screen
        return await self._act(user, screen.raw, filled)

    async def press_post(self, user: str, channel: str, ref: str, label: str) -> Screen:
        """Press a button on a message."""
        post = next(each for each in self.posts(channel) if each.ref == ref)
        where = {"channel": channel, "post": ref}
        return await self._act(user, _labelled(post.payload["buttons"], label), {}, **where)

    async def quote(self, user: str, channel: str, author: str, text: str) -> Screen:
        """A colleague's message stands in a channel, and somebody reports it."""
        found = self.workplace.channels[channel]
        message = Message(f"quoted-{len(found.messages)}", self.workplace._now(), author=author, text=text)
        found.messages.append(message)
        return await self._ask("/api/report", {"user": user, "channel": channel, "post": message.ref})

    async def repeat_last(self) -> None:
        """The last request comes once more."""
        await self._send(*self.asked[-1])

    def handed_out(self) -> tuple[str, ...]:
        """The sandbox answers at once and hands out nothing."""
        return ()

    def fail(self, times: int, status: int = 500, retry_after: float | None = None) -> None:
        """The workplace refuses."""
        self.workplace.fail(times, status, retry_after)

    async def send(self, path: str, body: Json, **headers: str) -> tuple[int, Json]:
        """Any request, with its status and answer."""
        assert self._session is not None
        async with self._session.post(path, json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.ok else {}

    async def get(self, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        """Any page, with its status, bytes and headers."""
        assert self._session is not None
        async with self._session.get(path, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers

    async def _act(self, user: str, to: Json, values: Mapping[str, list[str]], **where: str) -> Screen:
        body = {"user": user, "action": to["action"], "ref": to["ref"], "values": values, **where}
        return await self._ask("/api/act", body)

    async def _ask(self, path: str, body: Json) -> Screen:
        self.asked.append((path, body))
        return _screen(await self._send(path, body))

    async def _send(self, path: str, body: Json) -> Json:
        status, answer = await self.send(path, body)
        assert status == 200, status
        return answer


async def _no_rows() -> tuple[TableDump, ...]:
    return ()


def _screen(raw: Json) -> Screen:
    if raw["kind"] == "form":
        check_form(raw)
        names = tuple(each["name"] for each in raw["fields"])
        before = {each["name"]: ",".join(_filled(each["value"])) for each in raw["fields"]}
        return Screen("form", texts(raw), fields=names, values=before, raw=raw)
    check_screen(raw)
    buttons = tuple(each["label"] for each in raw["buttons"])
    return Screen("card", texts(raw), buttons, tuple(each["label"] for each in raw["choices"]), raw=raw)


def _post(message: Message) -> Post:
    if message.card is None:
        return Post(message.ref, message.text)
    raw = render.post(message.card)
    alt = raw["image"]["alt"] if raw["image"] else ""
    return Post(message.ref, texts(raw), tuple(each["label"] for each in raw["buttons"]), alt, raw)


def _labelled(some: list[Json], label: str) -> Json:
    return next(each for each in some if each["label"] == label)


def _filled(value: str | tuple[str, ...] | list[str]) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return list(value)
