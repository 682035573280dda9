"""A stage on which people use the bot in a Slack of our own, over Socket Mode or signed HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from adapters.slack.connection import PATH, SlackConnection
from adapters.web import Site
from bot.config import SlackSettings
from bot.errors import PlatformError
from bot.model import Place, Workspace
from bot.ports import Handle
from tests.adapters import slack_hands as hands
from tests.adapters.slack_methods import APP_TOKEN, BOT, BOT_TOKEN, HANDED_OUT, Channel, Json, Shown
from tests.adapters.slack_rules import check_form, texts
from tests.adapters.slack_server import Server
from tests.adapters.slack_wire import SECRET, HttpWire, SocketWire, Wire, user_of
from tests.stage import Post, Screen

WAIT = 60.0
MOMENT = "One moment…"


class SlackStage:
    """Implements `tests.stage.Stage`."""

    def __init__(
        self,
        mode: str = "socket",
        *,
        patience: float = 2.0,
        settle: float = 0.0,
        server: Server | None = None,
    ) -> None:
        self.server = server or Server()
        self.workspace = Workspace("slack", self.server.team)
        self.site = Site("127.0.0.1", 0)
        self.ended: list[str] = []
        socket = mode == "socket"
        settings = SlackSettings(
            bot_token=SecretStr(BOT_TOKEN),
            app_token=SecretStr(APP_TOKEN if socket else ""),
            signing_secret=SecretStr("" if socket else SECRET),
            api_url=f"{self.server.url}/api/",
        )
        self.connection = SlackConnection(
            settings, [self.server.team], self.site.route, patience=patience, settle=settle, pauses=(0, 0)
        )
        self._socket = SocketWire(self.server) if socket else None
        self.http = HttpWire("", self.server.clock)
        self._serving: asyncio.Task[None] | None = None
        self._news: list[Json] = []
        self._last: tuple[str, Json] | None = None

    @property
    def wire(self) -> Wire:
        """How Slack reaches us."""
        return self._socket or self.http

    def be_patient(self) -> None:
        """Let nothing be late."""
        self.server.trigger_life = WAIT
        if self._socket:
            self._socket.patience = WAIT

    async def open(self, handle: Handle) -> None:
        """Start the server, then our connection, and wait until it is there and knows the members."""
        await self.server.start()
        self.http.address = f"http://127.0.0.1:{await self.site.start()}{PATH}"
        self._serving = asyncio.create_task(self._serve(handle))
        if self._socket:
            await asyncio.wait_for(self.server.connected.wait(), WAIT)
        await self._until(self._ready)

    async def close(self) -> None:
        """Stop everything; what broke Slack's rules comes out here."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        await self.site.stop()
        await self.server.stop()
        assert not self.server.violations, self.server.violations

    def add_person(self, user: str, *, guest: bool = False, bot: bool = False, admin: bool = False) -> None:
        """Somebody joins or changes; if we are connected already, Slack says so."""
        happened = "user_change" if user in self.server.people else "team_join"
        known = self.server.add_person(user, is_bot=bot, is_restricted=guest, is_admin=admin)
        if self._serving is not None:
            self._news.append({"type": happened, "user": known})

    def person(self, n: int) -> str:
        """Such as U0000007."""
        return f"U{n:07}"

    def channel(self, n: int) -> str:
        """Such as C0000007."""
        return f"C{n:07}"

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
        info = {
            "id": channel,
            "name": f"channel-{channel.lower()}",
            "is_private": private,
            "is_archived": False,
            "is_ext_shared": external,
            "is_member": bot,
            "shared_team_ids": [self.server.team],
        }
        before = self.server.channels.get(channel)
        inside = (*readers, BOT) if bot else readers
        self.server.channels[channel] = Channel(info, inside, before.messages if before else {})
        return Place(self.workspace, channel)

    def posts(self, channel: str) -> list[Post]:
        """Messages of a channel."""
        return [
            Post(ref, texts(sent), hands.labels(sent["blocks"]), hands.alt(sent["blocks"]), sent)
            for ref, sent in self.server.channels[channel].messages.items()
        ]

    async def delete_post(self, channel: str, ref: str) -> None:
        """An admin removes a message."""
        del self.server.channels[channel].messages[ref]

    async def command(self, user: str, text: str = "") -> Screen:
        """Type /metoo."""
        payload = {
            "command": "/metoo",
            "text": text,
            "team_id": self.server.team,
            "user_id": user,
            "channel_id": "C0ANYWHERE",
            "trigger_id": self.server.trigger(user),
            "response_url": self.server.response_url(user),
            "is_enterprise_install": "false",
        }
        return await self._act(user, "slash_commands", payload)

    async def press(self, user: str, screen: Screen, label: str) -> Screen:
        """Press a button on a private screen."""
        button = hands.button(screen.raw["blocks"], label)
        return await self._act(user, "interactive", self._pressing(user, screen.raw, button))

    async def choose(self, user: str, screen: Screen, label: str, value: str) -> Screen:
        """Pick from a list on a private screen."""
        action = hands.pick(screen.raw["blocks"], label, value)
        return await self._act(user, "interactive", self._pressing(user, screen.raw, action))

    async def submit(self, user: str, screen: Screen, values: Mapping[str, str | tuple[str, ...]]) -> Screen:
        """Fill in a form and send it, if Slack lets one send it."""
        state, missing = hands.fill(screen.raw["blocks"], values)
        if missing:
            return screen
        view = self._view(screen.raw) | {"state": {"values": state}}
        payload = self._from(user) | {"type": "view_submission", "view": view}
        return await self._act(user, "interactive", payload)

    async def press_post(self, user: str, channel: str, ref: str, label: str) -> Screen:
        """Press a button on a message."""
        sent = self.server.channels[channel].messages[ref]
        raw = {"blocks": sent["blocks"], "channel": channel, "ref": ref}
        return await self._act(
            user, "interactive", self._pressing(user, raw, hands.button(sent["blocks"], label))
        )

    async def quote(self, user: str, channel: str, author: str, text: str) -> Screen:
        """Choose *Report privately* among the actions of a message."""
        return await self._act(user, "interactive", self.shortcut(user, channel, author=author, text=text))

    def shortcut(self, user: str, channel: str, **about: Any) -> Json:
        """What Slack sends for it; `about` is what the message has besides."""
        at = f"1700000000.{next(self.server.numbers):06}"
        direct = channel.startswith("D")
        message = {"type": "message", "ts": at, "text": about.pop("text", "Some words.")}
        message |= {"user": about.pop("author")} if "author" in about else {}
        return self._from(user) | {
            "type": "message_action",
            "callback_id": "metoo_quote",
            "channel": {"id": channel, "name": "directmessage" if direct else "somewhere"},
            "message": message | about,
            "message_ts": at,
            "response_url": self.server.response_url(user),
        }

    async def say_anywhere(self, user: str) -> Screen:
        """Choose *Say me too privately* among the shortcuts that stand everywhere."""
        payload = self._from(user) | {"type": "shortcut", "callback_id": "metoo_say", "action_ts": "1700.1"}
        return await self._act(user, "interactive", payload)

    async def open_home(self, user: str, tab: str = "home") -> Screen:
        """Open the Home of the app."""
        await self._tell()
        self._look_away(user)
        await self.event({"type": "app_home_opened", "user": user, "channel": "D0HOME", "tab": tab})
        shown = await self.seen(user)
        return hands.screen(shown.view, shown.payload, [shown.payload["blocks"]])

    async def repeat_last(self) -> None:
        """The last interaction comes again, with a trigger of its own."""
        assert self._last is not None
        kind, payload = self._last
        user = payload.get("user_id") or payload["user"]["id"]
        if "trigger_id" in payload:
            payload = payload | {"trigger_id": self.server.trigger(user)}
        self._look_away(user)
        answer = await self._deliver(kind, payload)
        if answer and "view" in answer:
            self.server.put_view(payload["view"]["id"], user, answer["view"])
        await asyncio.wait_for(self.server.shown(user).get(), WAIT)

    def handed_out(self) -> tuple[str, ...]:
        """Triggers and response addresses."""
        return (
            HANDED_OUT,
            list(self.server.triggers)[-1],
            f"{self.server.url}/hook/{list(self.server.urls)[-1]}",
        )

    def fail(self, times: int, status: int = 500, retry_after: float | None = None) -> None:
        """Slack's API fails."""
        self.server.failures += [(status, retry_after)] * times

    # --- between a person and the wire ----------------------------------------------------------------------

    async def send(self, kind: str, payload: Json) -> Json | None:
        """Deliver any payload."""
        await self._tell()
        return await self.wire.send(kind, payload)

    async def offer(self, kind: str, payload: Json) -> None:
        """Deliver something that we may well not acknowledge."""
        await self.wire.offer(kind, payload)

    async def event(self, event: Json) -> None:
        """Deliver an event, and return once it is acknowledged."""
        payload = {"type": "event_callback", "team_id": self.server.team, "event": event}
        assert await self.wire.send("events_api", payload) is not None, "an event was not acknowledged"

    async def seen(self, user: str) -> Shown:
        """The next thing a person gets to see, "One moment…" and refusals included."""
        return await asyncio.wait_for(self.server.shown(user).get(), WAIT)

    async def _act(self, user: str, kind: str, payload: Json) -> Screen:
        self._look_away(user)
        answer = await self._deliver(kind, payload)
        if payload.get("type") == "view_submission":
            assert answer, "a form was closed or not answered"
            assert answer["response_action"] == "update", "a form is answered by another view"
            self.server.put_view(payload["view"]["id"], user, answer["view"])
        return await self._screen(user)

    async def _deliver(self, kind: str, payload: Json) -> Json | None:
        self._last = (kind, payload)
        answer = await self.send(kind, payload)
        if answer is None:
            self.server.violations.append(f"{kind} was not acknowledged in time")
        return answer

    async def _screen(self, user: str) -> Screen:
        while True:
            shown = await self.seen(user)
            if shown.kind == "refused" and shown.view:
                shown = Shown("view", shown.view, self.server.views[shown.view].payload)
            if shown.kind == "aside":
                return hands.aside(shown.payload)
            if shown.kind == "view" and shown.payload["title"]["text"] != MOMENT:
                return await self._whole(user, shown)

    async def _whole(self, user: str, shown: Shown) -> Screen:
        """A card with all its pages, turned one by one as a reader would."""
        view, pages = shown.payload, [shown.payload["blocks"]]
        while turn := hands.next_page(view["blocks"], len(pages) + 1):
            raw = {"view": shown.view, "blocks": view["blocks"]}
            await self._deliver("interactive", self._pressing(user, raw, turn))
            view = (await self.seen(user)).payload
            pages.append(view["blocks"])
        if any(block["type"] == "input" for block in view["blocks"]):
            check_form(view)
        return hands.screen(shown.view, view, pages)

    def _pressing(self, user: str, raw: Json, action: Json) -> Json:
        payload = self._from(user) | {"type": "block_actions", "actions": [action]}
        if "view" in raw:
            return payload | {"view": self._view(raw), "container": {"type": "view", "view_id": raw["view"]}}
        container = {"type": "message", "channel_id": raw["channel"], "message_ts": raw["ref"]}
        return payload | {
            "container": container | {"is_ephemeral": raw["ref"] == ""},
            "channel": {"id": raw["channel"], "name": "privategroup"},
            "response_url": self.server.response_url(user),
        }

    def _from(self, user: str) -> Json:
        return {
            "team": {"id": self.server.team, "domain": "example"},
            "user": user_of(self.server, user),
            "trigger_id": self.server.trigger(user),
            "is_enterprise_install": False,
        }

    def _view(self, raw: Json) -> Json:
        view = self.server.views[raw["view"]]
        about: dict[str, Any] = {"id": raw["view"], "hash": view.hash, "team_id": self.server.team}
        return {**view.payload, **about, "app_installed_team_id": self.server.team}

    def _look_away(self, user: str) -> None:
        queue = self.server.shown(user)
        while not queue.empty():
            queue.get_nowait()

    async def _tell(self) -> None:
        while self._news:
            await self.event(self._news.pop(0))

    async def _ready(self) -> bool:
        return await self.connection.directory.population(self.workspace) is not None

    async def _serve(self, handle: Handle) -> None:
        while True:
            try:
                await self.connection.serve(handle)
                self.ended.append("returned")
            except PlatformError as error:
                self.ended.append(str(error))
            await asyncio.sleep(0)

    async def _until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(WAIT):
            while not await condition():
                await asyncio.sleep(0.005)
