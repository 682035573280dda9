"""Looks whether Discord is set up as it must be, and says in plain sentences what is not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import aiohttp
import discord

from adapters.discord import commands
from adapters.discord.directory import DiscordDirectory
from adapters.discord.faults import translated
from adapters.discord.link import Link, snowflake
from adapters.discord.opening import Opening, Verdict
from bot.config import DiscordSettings
from bot.errors import Denied, Gone, PlatformError
from bot.findings import Remark, skew
from bot.model import Place

TIMEOUT = aiohttp.ClientTimeout(total=10)

DeskRoles = Mapping[str, Collection[str]]

NO_TOKEN = (
    "Discord: there is no token. Set METOO_DISCORD__TOKEN to the one that Reset Token shows, under Bot."  # noqa: S105 - about a token
)

_SHARDS = (
    "Discord: discord.shards are numbers from 0 on, each once and each smaller than discord.shard_count, which is how"
    " many there are in all processes together."
)


def missing(settings: DiscordSettings) -> list[str]:
    """What cannot be as it is set; asks nobody."""
    if not settings.token.get_secret_value():
        return [NO_TOKEN]
    shards, count = settings.shards, settings.shard_count
    wrong = len(set(shards)) != len(shards) or any(each >= count for each in shards)
    return [_SHARDS] if wrong else []


async def check(
    settings: DiscordSettings, desk_roles: DeskRoles, desks: Sequence[Place], others: Sequence[Place] = ()
) -> list[str]:
    """What is wrong, or nothing. `desks` must be private, `others` only need our posts."""
    if unset := missing(settings):
        return unset
    try:
        with translated():
            async with commands.caller(settings) as client:
                found = await _wrong(client, desk_roles, desks, others)
    except Denied:
        found = ["the token was refused. Copy it again from the developer portal, under Bot."]
    except PlatformError as error:
        found = [f"nothing could be asked: {error}."]
    said = [type(each)(f"Discord: {_printable(each)}") for each in found]
    return said + await _clock(settings)


async def _wrong(
    client: discord.Client, desk_roles: DeskRoles, desks: Sequence[Place], others: Sequence[Place]
) -> list[str]:
    found = list(_application(client))
    places = [(place, True) for place in desks] + [(place, False) for place in others]
    servers = sorted({place.workspace.id for place, _ in places})
    away = await _away(client, servers)
    found += await _commands(client, [int(each) for each in servers if each not in away])
    found += [f"the bot is not in the server {server}. Invite it there." for server in away]
    link = Link()
    link.client = client
    directory = DiscordDirectory(link, desk_roles)
    for place, desk in places:
        if place.workspace.id not in away:
            found += await _place(directory, place, desk=desk)
    return found


def _application(client: discord.Client) -> Iterator[str]:
    known = client.application
    if known is None:
        return
    if known.interactions_endpoint_url:
        yield (
            "an Interactions Endpoint URL is set, so that commands and presses go there and never reach metoo. Empty it"
            " in the developer portal, under General Information."
        )
    if known.bot_public:
        yield Remark(
            "everybody can invite this bot. Switch Public Bot off in the developer portal, under Bot."
        )
    flags = known.flags
    if (
        flags.gateway_message_content
        or flags.gateway_message_content_limited
        or (flags.gateway_guild_members or flags.gateway_guild_members_limited)
    ):
        yield Remark(
            "the application may read more than metoo needs. Switch all Privileged Gateway Intents off, under Bot."
        )


async def _clock(settings: DiscordSettings) -> list[str]:
    """Whether our clock is right by the header of an answer; any answer has one."""
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(f"{settings.api_url.rstrip('/')}/gateway") as answer,
        ):
            return skew("Discord", answer.headers.get("Date", ""), datetime.now(UTC))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return []


async def _commands(client: discord.Client, servers: Sequence[int]) -> list[str]:
    """Whether people have exactly our commands: registered for all servers, or for each of these."""
    missing = await commands.differences(client)
    own = [each for each in servers if await commands.registered(client, each)]
    if not missing:
        return [
            f"the server {each} has commands of its own beside those of all servers, so that people see each twice."
            f" Run `metoo discord sync --guild {each} --remove`."
            for each in own
        ]
    if servers and own == list(servers):
        wrong = [each for each in own if await commands.differences(client, each)]
        return [
            f"the commands of the server {each} are not those of this version. Run `metoo discord sync --guild {each}`."
            for each in wrong
        ]
    return ["the commands are not registered as this version has them. Run `metoo discord sync`."]


async def _away(client: discord.Client, servers: Sequence[str]) -> list[str]:
    missing = []
    for server in servers:
        try:
            with translated():
                await client.fetch_guild(snowflake(server))
        except (Denied, Gone):
            missing.append(server)
    return missing


async def _place(directory: DiscordDirectory, place: Place, *, desk: bool) -> list[str]:
    try:
        facts = await directory.facts(place)
        openings = await directory.openings(place) if desk else []
    except (Denied, Gone):
        return [f"there is no channel {place.channel} in the server {place.workspace.id}."]
    name = f"the channel {facts.name} ({place.channel})"
    found = list(_opened(name, openings))
    if desk and not facts.private and all(each.private for each in openings):
        found.append(f"{name} is not private: it is an archived thread.")
    if not facts.bot:
        found.append(f"{name} cannot be used: the bot may not view it or not send messages there.")
    return found


def _opened(name: str, openings: Sequence[Opening]) -> Iterator[str]:
    for each in openings:
        role = f"the role {each.role.name} ({each.role.id})"
        listed = f'add "{each.role.id}" to desk_roles of this workspace in metoo.toml'
        match each.verdict:
            case Verdict.EVERYBODY if each.role.is_default():
                yield f"{name} is not private: everyone can read it."
            case Verdict.EVERYBODY:
                yield f"{name} is not private: {role} opens it, and more than half of the server has that role."
            case Verdict.UNKNOWN:
                yield (
                    f"{name} does not count as private: {role} opens it, and Discord does not say how many have "
                    f"that role. If nobody has it but the people who handle reports, {listed}; "
                    "else take the role out of the channel."
                )
            case Verdict.ADMINISTRATOR:
                yield (
                    f"{name} is read by everybody who has {role}: it has the permission Administrator. "
                    f"Reports are posted there all the same. If that is as it should be, {listed}."
                )


def _printable(words: str) -> str:
    """Names come from a server, and this goes to a terminal."""
    return "".join(each if each.isprintable() else "\ufffd" for each in words)
