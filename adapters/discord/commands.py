"""The command /metoo and *Report privately* on messages: registered with Discord where they are not yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands

from adapters.discord.faults import translated
from bot.config import DiscordSettings

NAME = "metoo"
Tree = app_commands.CommandTree[Any]
DESCRIPTION = "Open your private menu. Only you see it."
QUOTE = "Report privately"
"""What stands among the actions of a message."""


async def sync(settings: DiscordSettings, guild: int | None = None) -> bool:
    """Register both everywhere or in one server, if they are not what is registered. Whether they were not."""
    with translated():
        async with caller(settings) as client:
            tree = _tree(client, guild)
            if await _same(tree, guild):
                return False
            await tree.sync(guild=_server(guild))
            return True


async def offered(client: discord.Client) -> bool:
    """Whether exactly these are registered for every server."""
    return await _same(_tree(client, None), None)


async def _same(tree: Tree, guild: int | None) -> bool:
    # read as it came: discord.py 2.7.1 loses a command's contexts ([0] becomes none) in `fetch_commands`
    http, application = tree.client.http, tree.client.application_id or 0
    there: list[Any]
    if guild is None:
        there = list(await http.get_global_commands(application))
    else:
        there = list(await http.get_guild_commands(application, guild))
    wanted = [each.to_dict(tree) for each in tree.get_commands(guild=_server(guild))]
    everywhere = guild is None
    return {_traits(each, everywhere=everywhere) for each in there} == {
        _traits(each, everywhere=everywhere) for each in wanted
    }


@asynccontextmanager
async def caller(settings: DiscordSettings) -> AsyncIterator[discord.Client]:
    """A client that only asks and never listens, logged in as long as the block lasts."""
    discord.http.Route.BASE = settings.api_url.rstrip("/")
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(settings.token.get_secret_value())
        yield client


def _tree(client: discord.Client, guild: int | None) -> Tree:
    tree: Tree = app_commands.CommandTree(client)
    tree.add_command(_metoo(), guild=_server(guild))
    tree.add_command(_quote(), guild=_server(guild))
    return tree


def _metoo() -> app_commands.Command[Any, ..., None]:
    @app_commands.command(
        name=app_commands.locale_str(NAME), description=app_commands.locale_str(DESCRIPTION)
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def metoo(_: discord.Interaction[Any]) -> None:
        """Answered in `on_interaction`, with everything else."""

    return metoo


def _quote() -> app_commands.ContextMenu:
    @app_commands.context_menu(name=app_commands.locale_str(QUOTE))
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def quote(_: discord.Interaction[Any], message: discord.Message) -> None:
        """Answered in `on_interaction`, with everything else."""

    return quote


def _server(guild: int | None) -> discord.Object | None:
    return None if guild is None else discord.Object(guild)


def _traits(command: Any, *, everywhere: bool) -> tuple[object, ...]:
    """What makes it the same command; a server's own command has no contexts."""
    where = (
        tuple(sorted(command.get("contexts") or ())),
        tuple(sorted(command.get("integration_types") or ())),
    )
    said = (
        command.get("type", 1),
        command["name"],
        command.get("description") or "",
        not command.get("options"),
    )
    return (*said, *where) if everywhere else said
