"""Discord with people in it: implements `tests.stage.Stage` over loopback sockets and the real discord.py."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from adapters.discord import commands
from adapters.discord.connection import DiscordConnection
from bot.config import DiscordSettings
from bot.model import Place, Workspace
from bot.ports import Handle
from tests.adapters.discord_interactions import COMMAND, COMPONENT, EPHEMERAL, SENT_FORM, Interaction, Message
from tests.adapters.discord_screens import (
    Opened,
    Shown,
    card_of,
    card_screen,
    filled,
    find,
    form_screen,
    pages_said,
    paging,
    post_of,
    selects,
)
from tests.adapters.discord_server import HANDED_OUT, TOKEN, DiscordServer
from tests.adapters.discord_world import GUILD, MANAGE_SERVER, Payload, Person, World
from tests.stage import Post, Screen

WAIT = 60.0
"""Seconds until a test that hangs is given up; nothing is measured by it."""


class DiscordStage:
    """One server, one bot, and the people in it."""

    def __init__(self, *, patience: float = 2.0, grace: float = 10.0) -> None:
        self.workspace = Workspace("discord", GUILD)
        self.world = World()
        self.server = DiscordServer(self.world)
        self.desk_roles: list[str] = []
        self.patience = patience
        self.grace = grace
        self.connection: Any = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self, handle: Handle) -> None:
        if not self.server.url:
            self.server.registry.preset(commands.offered())
            await self.server.start()
        settings = DiscordSettings(token=SecretStr(TOKEN), api_url=self.server.url)
        roles = {GUILD: self.desk_roles}
        self.connection = DiscordConnection(settings, roles, patience=self.patience, grace=self.grace)
        await self.connect(handle)

    async def connect(self, handle: Handle) -> None:
        """Serve, until the gateway has told us everything."""
        self._serving = asyncio.create_task(self.connection.serve(handle))
        ready = asyncio.create_task(self.server.gateway.connected.wait())
        await asyncio.wait({self._serving, ready}, timeout=WAIT, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            self._serving.result()
            raise AssertionError("the connection ended before it was there")

    async def hang_up(self) -> None:
        """Stop our connection, as a restart does; the platform stays."""
        if self._serving is not None:
            self._serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving
            self._serving = None

    async def ended(self) -> BaseException | None:
        """Wait until `serve` ends by itself; what it raised."""
        assert self._serving is not None
        await asyncio.wait({self._serving}, timeout=WAIT)
        error = self._serving.exception()
        self._serving = None
        return error

    async def close(self) -> None:
        await self.hang_up()
        await self.server.stop()
        assert not self.server.violations, self.server.violations

    def add_person(self, user: str, *, guest: bool = False, bot: bool = False, admin: bool = False) -> None:
        self.world.add_person(Person(user, guest=guest, bot=bot, permissions=MANAGE_SERVER if admin else 0))

    def person(self, n: int) -> str:
        return str(200_000_000_000_000_000 + n)

    def channel(self, n: int) -> str:
        return str(300_000_000_000_000_000 + n)

    def add_channel(
        self,
        channel: str,
        *,
        private: bool = True,
        readers: tuple[str, ...] = (),
        external: bool = False,
        bot: bool = True,
    ) -> Place:
        """Discord shares no channel with another server: what outsiders can read is open to everyone."""
        self.world.add_channel(channel, private=private and not external, readers=readers, bot=bot)
        return Place(self.workspace, channel)

    def posts(self, channel: str) -> list[Post]:
        return [post_of(each) for each in self.server.posts.get(channel, [])]

    async def delete_post(self, channel: str, ref: str) -> None:
        self.server.posts[channel].remove(self._posted(channel, ref))

    async def command(self, user: str, text: str = "") -> Screen:
        """Discord's command has no options: nothing can be typed behind it."""
        data = {"id": "1", "name": "metoo", "type": 1}
        return await self._seen(user, await self.server.deliver(COMMAND, data, user, None))

    async def press(self, user: str, screen: Screen, label: str) -> Screen:
        shown = card_of(screen)
        page, button = find(shown, label)
        await self._turn(user, shown, page)
        data = {"component_type": 2, "custom_id": button["custom_id"]}
        return await self._press(user, shown.messages[page], data)

    async def choose(self, user: str, screen: Screen, label: str, value: str) -> Screen:
        shown = card_of(screen)
        for number, page in enumerate(shown.pages):
            for select in selects(page, label):
                for option in select["options"]:
                    if option["label"] == value:
                        await self._turn(user, shown, number)
                        data: Payload = {"component_type": 3, "custom_id": select["custom_id"]}
                        data["values"] = [option["value"]]
                        return await self._press(user, shown.messages[number], data)
        raise AssertionError(f"no {value} in {label}")

    async def quote(self, user: str, channel: str, author: str, text: str) -> Screen:
        """Choose *Report privately* among the actions of a message."""
        asked = await self.server.deliver(COMMAND, self.about(author, text), user, None, channel)
        return await self._seen(user, asked)

    async def name(self, user: str, target: str) -> Screen:
        """Choose *Report privately* among the actions of a person."""
        resolved = {"users": {target: self.world.user_payload(target)}, "members": {}}
        data = {"id": "3", "name": "Report privately", "type": 2, "target_id": target, "resolved": resolved}
        return await self._seen(user, await self.server.deliver(COMMAND, data, user, None))

    def about(self, author: str, text: str, **more: Any) -> Payload:
        """What Discord sends of the message that such a command is about."""
        known = self.world.new_id()
        message = {"id": known, "content": text, "author": self.world.user_payload(author), "embeds": []}
        resolved = {"messages": {known: message | {"mentions": []} | more}}
        return {"id": "2", "name": "Report privately", "type": 3, "target_id": known, "resolved": resolved}

    async def upload(self, user: str, screen: Screen, *contents: bytes, **attachments: Any) -> Screen:
        """Send a form with files in its one field for them; `attachments` change what Discord says of each."""
        made = [self.server.keep_upload(content) | attachments for content in contents]
        resolved = {"attachments": {each["id"]: each for each in made}}
        given = tuple(each["id"] for each in made)
        return await self.submit(user, screen, dict.fromkeys(screen.fields, given), resolved=resolved)

    def file_on(self, screen: Screen) -> tuple[str, bytes]:
        """The one file that a private screen brings along: its name and what is in it."""
        ((name, content),) = screen.raw.message.body["files"].items()
        return name, content

    async def submit(
        self, user: str, screen: Screen, values: Mapping[str, str | tuple[str, ...]], **more: Payload
    ) -> Screen:
        assert isinstance(screen.raw, Opened), "this is not a form"
        modal = screen.raw.modal
        assert set(values) <= set(screen.fields), f"{set(values)} are not fields of {screen.fields}"
        data = {
            "custom_id": modal["custom_id"],
            "components": [
                {"type": 18, "id": n, "component": filled(label["component"], values)}
                for n, label in enumerate(modal["components"], 1)
            ],
            **more,
        }
        return await self._seen(user, await self.server.deliver(SENT_FORM, data, user, screen.raw.source))

    async def press_post(self, user: str, channel: str, ref: str, label: str) -> Screen:
        message = self._posted(channel, ref)
        _, button = find(Shown((message.components,), (message,)), label)
        return await self._press(user, message, {"component_type": 2, "custom_id": button["custom_id"]})

    async def repeat_last(self) -> None:
        asked = self.server.interactions.last
        assert asked is not None, "nothing was done yet"
        asked.tried.clear()
        await self.server.gateway.send("INTERACTION_CREATE", asked.payload)
        await asyncio.wait_for(asked.tried.wait(), WAIT)

    def handed_out(self) -> tuple[str, ...]:
        """Tokens of interactions, and their ids, which are times."""
        last = self.server.interactions.last
        assert last is not None
        return HANDED_OUT, last.token, last.id

    def fail(self, times: int, status: int = 500, retry_after: float | None = None) -> None:
        self.server.failures += [(status, retry_after)] * times

    async def deferred(self) -> None:
        """Wait until an answer was put off."""
        await asyncio.wait_for(self.server.interactions.deferred.wait(), WAIT)
        self.server.interactions.deferred.clear()

    def dismiss(self, screen: Screen) -> None:
        """The person closes a private message; a form opened from it stays."""
        message = screen.raw.message if isinstance(screen.raw, Shown) else screen.raw.source
        assert message is not None
        message.gone = True

    def _posted(self, channel: str, ref: str) -> Message:
        return next(each for each in self.server.posts.get(channel, []) if each.id == ref)

    async def _press(self, user: str, message: Message, data: Payload) -> Screen:
        assert not message.gone, "this message was dismissed"
        return await self._seen(user, await self.server.deliver(COMPONENT, data, user, message))

    async def _seen(self, user: str, asked: Interaction) -> Screen:
        await asyncio.wait_for(asked.shown.wait(), WAIT)
        if asked.modal is not None:
            return form_screen(Opened(asked.modal, asked.source))
        assert asked.message is not None
        assert asked.message.flags & EPHEMERAL, "everybody sees this answer"
        return card_screen(await self._all_pages(user, asked))

    async def _all_pages(self, user: str, asked: Interaction) -> Shown:
        """Turn to the end of a long card, as somebody who reads it all."""
        message = asked.message
        assert message is not None
        pages, messages = [message.components], [message]
        while (further := paging(message.components, len(pages) + 1)) is not None:
            await self._show_page(user, message, further)
            pages.append(message.components)
            messages.append(message)
        while len(pages) < pages_said(pages[0]):
            await asyncio.wait_for(asked.followed.wait(), WAIT)
            asked.followed.clear()
            messages = [message, *asked.followups]
            pages = [each.components for each in messages]
        return Shown(tuple(pages), tuple(messages))

    async def _turn(self, user: str, shown: Shown, page: int) -> None:
        number = len(shown.pages)
        while number - 1 > page and shown.messages[page] is shown.message:
            number -= 1
            back = paging(shown.message.components, number)
            assert back is not None
            await self._show_page(user, shown.message, back)

    async def _show_page(self, user: str, message: Message, custom_id: str) -> None:
        data = {"component_type": 2, "custom_id": custom_id}
        asked = await self.server.deliver(COMPONENT, data, user, message)
        await asyncio.wait_for(asked.shown.wait(), WAIT)
