"""discord.py's client as we need it: no member and no message in memory, and no event that can break the link."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket

from adapters.discord import lane
from adapters.discord.callbacks import Callbacks
from adapters.discord.lane import Press
from bot.config import DiscordSettings
from bot.errors import Denied, Unreachable

_log = structlog.get_logger(__name__)

LINES = 256
"""Connections to Discord at a time. discord.py has no bound, and in a surge would take every file that we may open."""

_LONGEST_WAIT = 30.0
"""Seconds that discord.py may sleep on a rate limit; beyond that the outbox does the waiting."""

_REFUSED = {
    4004: "unauthorized",
    4010: "invalid_shard",
    4011: "sharding_required",
    4012: "invalid_api_version",
    4013: "invalid_intents",
    4014: "disallowed_intents",
}
"""What the gateway closes with where trying again changes nothing, and what the log then says as the reason."""

REASONS = tuple(_REFUSED.values())
"""All that the log can say; deploy/discord.md has what to do about each."""

_SESSION = {"READY", "RESUMED"}
"""Events without which there is no session: if one of them cannot be read, the link has to begin anew."""

Parse = Callable[[Any], None]


class Client(discord.AutoShardedClient):
    """Knows servers, channels and roles; keeps no message and no member."""

    def __init__(
        self,
        settings: DiscordSettings,
        answer: Callable[[discord.Interaction[Any] | Press], Awaitable[None]],
    ) -> None:
        super().__init__(
            connector=aiohttp.TCPConnector(limit=LINES),
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=_LONGEST_WAIT,
            **_shards(settings),
        )
        self._answer = answer
        self._tried: set[int] = set()
        self._met: set[int] = set()
        self._callbacks: Callbacks | None = None
        parsers: dict[str, Parse] = self._connection.parsers
        parsers["INTERACTION_CREATE"] = self._in_front_of(parsers["INTERACTION_CREATE"])
        for event, parse in parsers.items():
            parsers[event] = parse if event in _SESSION else _guarded(event, parse)

    async def setup_hook(self) -> None:
        """There are connections now, which answers to presses share."""
        self._callbacks = Callbacks(self.http.connector, discord.http.Route.BASE, self.http.user_agent)

    def _in_front_of(self, parse: Parse) -> Parse:
        """Take presses on posts, see `lane`, and leave everything else to discord.py."""

        def taken(data: Any) -> None:
            event = lane.read(data)
            if event is None or self._callbacks is None:
                parse(data)
                return
            press = Press(data, event, self._callbacks, self._connection)
            # `Answers` holds it; until it has begun, the loop does
            self.loop.create_task(self._pressed(press))

        return taken

    async def _pressed(self, press: Press) -> None:
        try:
            await self._answer(press)
        except Exception:  # noqa: BLE001 - a defect is said as discord.py says it of its own events
            await self.on_error("on_press")

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Commands, presses and sent forms; see `Answers`."""
        if interaction.type is not discord.InteractionType.autocomplete:
            await self._answer(interaction)

    def stands(self) -> bool:
        """Whether each of our shards has a session and an open socket."""
        ours: Sequence[int] = self.shard_ids or range(self.shard_count or 0)
        return (
            bool(ours)
            and self._met.issuperset(ours)
            and not any(shard.is_closed() for shard in self.shards.values())
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

    async def launch_shards(self) -> None:
        """Ask where the gateway is. discord.py does so only to count shards, and has a fixed address for all else."""
        count, address, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)
        self.shard_count = self.shard_count or count
        await super().launch_shards()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Try once: discord.py would try for ever, one frame deeper each time; our supervisor waits better."""
        if shard_id in self._tried:
            raise Unreachable("Discord's gateway refuses us")
        self._tried.add(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)


def _shards(settings: DiscordSettings) -> dict[str, Any]:
    """Which shards are ours; nothing where Discord says how many there are and all are ours."""
    ours = {"shard_ids": list(settings.shards)} if settings.shards else {}
    return ours | ({"shard_count": settings.shard_count} if settings.shard_count else {})


def refusal(error: discord.DiscordException) -> Denied | None:
    """The end of a link that trying again does not mend, with its reason; None for any other."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else 0
    if isinstance(error, discord.LoginFailure):
        code = 4004
    elif isinstance(error, discord.PrivilegedIntentsRequired):
        code = 4014
    if code not in _REFUSED:
        return None
    refused = Denied("Discord refuses the token" if code == 4004 else "Discord refuses this connection")  # noqa: PLR2004
    refused.code = _REFUSED[code]
    return refused


def _guarded(event: str, parse: Parse) -> Parse:
    """Leave out an event that discord.py cannot read: it would end the link, and what others do would be lost."""

    def guarded(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - whatever shape Discord's events get, the link has to stand
            _log.error("discord event unreadable", kind=event, error=type(error).__name__)

    return guarded
