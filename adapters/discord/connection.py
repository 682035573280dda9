"""The live link to Discord: its gateway brings what people do, its API takes our posts."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import discord
import structlog
import yarl

from adapters.discord import commands
from adapters.discord.answer import Answers
from adapters.discord.directory import DiscordDirectory
from adapters.discord.faults import translated
from adapters.discord.link import Link
from adapters.discord.outbound import DiscordPlatform
from adapters.discord.quiet import hold_loggers
from bot.config import DiscordSettings
from bot.errors import Denied, PlatformError, Unreachable
from bot.ports import Directory, Handle, Platform

_log = structlog.get_logger(__name__)

_LONGEST_WAIT = 30.0
"""Seconds that discord.py may sleep on a rate limit; beyond that the outbox does the waiting."""


class DiscordConnection:
    """Implements `bot.ports.Connection` with one client per `serve`.

    `desk_roles` are, by server, the roles that an admin says open a desk to few.
    `patience` is how long the core may think before we ask Discord for time (it gives three seconds),
    `grace` how long answers under way may take when we leave.
    """

    def __init__(
        self,
        settings: DiscordSettings,
        desk_roles: Mapping[str, Collection[str]],
        *,
        patience: float = 2.0,
        grace: float = 10.0,
    ) -> None:
        self._settings = settings
        self._patience = patience
        self._grace = grace
        self._link = Link()
        self._platform = DiscordPlatform(self._link)
        self._directory = DiscordDirectory(self._link, desk_roles)

    @property
    def platform(self) -> Platform:
        """Posting."""
        return self._platform

    @property
    def directory(self) -> Directory:
        """Who can read what."""
        return self._directory

    @property
    def connected(self) -> bool:
        """Whether every shard stands and has said hello."""
        client = self._link.client
        return isinstance(client, _Client) and client.stands()

    def heard(self) -> float | None:
        """Seconds since the stalest shard last heard Discord's gateway; None while there is none."""
        client = self._link.client
        return client.heard() if isinstance(client, _Client) else None

    async def serve(self, handle: Handle) -> None:
        """Log in, and answer until the gateway ends for good."""
        hold_loggers()
        answers = Answers(handle, self._patience)
        try:
            async with _Client(answers.to) as client:
                discord.http.Route.BASE = self._settings.api_url.rstrip("/")
                await client.login(self._settings.token.get_secret_value())
                self._link.client = client
                await _compare(client)
                try:
                    await client.connect()
                finally:
                    await answers.finish(self._grace)
        except discord.LoginFailure as error:
            refused = Denied("Discord refuses the token")
            refused.code = "unauthorized"
            raise refused from error
        finally:
            self._link.client = None


async def _compare(client: discord.Client) -> None:
    """Say if the commands are not ours. They are changed by `metoo discord sync` and never by serving."""
    try:
        with translated():
            different = await commands.differences(client)
    except PlatformError as error:
        _log.warning("discord commands not compared", error=type(error).__name__)
        return
    if different:
        _log.warning("discord commands differ; metoo discord sync changes them")


class _Client(discord.AutoShardedClient):
    """Knows servers, channels and roles; keeps no message and no member."""

    def __init__(self, answer: Callable[[discord.Interaction[Any]], Awaitable[None]]) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=_LONGEST_WAIT,
        )
        self._answer = answer
        self._tried: set[int] = set()
        self._met: set[int] = set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Commands, presses and sent forms; see `Answers`."""
        if interaction.type is not discord.InteractionType.autocomplete:
            await self._answer(interaction)

    def stands(self) -> bool:
        """Whether every shard has a session and an open socket."""
        return len(self._met) == self.shard_count and not any(
            shard.is_closed() for shard in self.shards.values()
        )

    def heard(self) -> float | None:
        """Seconds since the stalest shard received anything, the gateway's heartbeats included."""
        # discord.py keeps the moment for itself, and acts on it only after a minute of silence
        sockets = [getattr(each._parent, "ws", None) for each in self.shards.values()]  # noqa: SLF001 - see above
        beats = [beat for each in sockets if (beat := getattr(each, "_keep_alive", None)) is not None]
        return max((time.perf_counter() - each._last_recv for each in beats), default=None)  # noqa: SLF001 - see above

    async def on_shard_connect(self, shard: int) -> None:
        """A new session stands; `on_ready` would come seconds later, when people may be acting."""
        self._met.add(shard)
        _log.info("connected", platform="discord")

    async def on_shard_resumed(self, _shard: int) -> None:
        """A session that broke goes on."""
        _log.info("connected", platform="discord")

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """A defect of ours: which event and which kind of error, and not what it was about."""
        error = sys.exc_info()[0]
        _log.error("discord event failed", kind=event_method, error=error.__name__ if error else "")

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Try once: discord.py would try for ever, one frame deeper each time; our supervisor waits better."""
        if shard_id in self._tried:
            raise Unreachable("Discord's gateway refuses us")
        self._tried.add(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)
