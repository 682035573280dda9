"""The live link to Discord: its gateway brings what people do, its API takes our posts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import discord
import structlog

from adapters.discord import commands
from adapters.discord.answer import Answers
from adapters.discord.client import Client, refusal
from adapters.discord.directory import DiscordDirectory
from adapters.discord.faults import translated
from adapters.discord.link import Link
from adapters.discord.outbound import DiscordPlatform
from adapters.discord.quiet import hold_loggers
from bot.config import DiscordSettings
from bot.errors import PlatformError
from bot.model import Place
from bot.ports import Directory, Handle, Platform

_log = structlog.get_logger(__name__)


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
        grace: float = 4.0,
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
        return isinstance(client, Client) and client.stands()

    def heard(self) -> float | None:
        """Seconds since the stalest shard last heard Discord's gateway; None while there is none."""
        client = self._link.client
        return client.heard() if isinstance(client, Client) else None

    async def faults(self, desks: Sequence[Place], others: Sequence[Place]) -> list[str]:  # noqa: ARG002 - as they say
        """Nothing that the settings do not have."""
        return []

    async def serve(self, handle: Handle) -> None:
        """Log in, and answer until the gateway ends for good."""
        hold_loggers()
        answers = Answers(handle, self._patience)
        try:
            async with Client(self._settings, answers.to) as client:
                discord.http.Route.BASE = self._settings.api_url.rstrip("/")
                await client.login(self._settings.token.get_secret_value())
                self._link.client = client
                await _compare(client)
                try:
                    await client.connect()
                finally:
                    await answers.finish(self._grace)
        except discord.DiscordException as error:
            if (refused := refusal(error)) is not None:
                raise refused from error
            raise
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
