"""Who can read which channel, worked out from Discord's own answers at this moment.

Discord lists no members without a privileged intent, so a channel's readers are judged by roles and
overwrites. Everything is asked over REST: the gateway's memory may be seconds or an outage old.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import discord

from adapters.discord.faults import translated
from adapters.discord.link import Link, snowflake
from adapters.discord.opening import Opening, Verdict, bots, openings, reading_roles
from bot.errors import Gone
from bot.model import Facts, Place, Workspace

_MOST_ASKED = 25
"""More people than this with a right of their own are not asked about one by one."""


class DiscordDirectory:
    """Implements `bot.ports.Directory`. `desk_roles` are, by server, the roles an admin vouches for."""

    def __init__(self, link: Link, desk_roles: Mapping[str, Collection[str]]) -> None:
        self._link = link
        self._desk_roles = desk_roles

    async def facts(self, place: Place) -> Facts:
        """The state of a channel; a thread is as private as the channel it hangs in."""
        client = self._link.up()
        with translated():
            guild = await client.fetch_guild(snowflake(place.workspace.id), with_counts=True)
            channel, thread = await _channel(guild, snowflake(place.channel))
            ourselves = await guild.fetch_member(client.user.id if client.user else 0)
            ours = channel.permissions_for(ourselves)
            opened = await self._openings(guild, channel)
            private = all(each.private for each in opened)
            sends = ours.send_messages_in_threads if thread else ours.send_messages and _takes_posts(channel)
            return Facts(
                name=thread.name if thread else channel.name,
                private=private and not (thread and thread.archived),
                external=_followed(channel),
                bot=ours.view_channel and sends,
                readers=await _readers(guild, channel) if private else None,
                public=guild.default_role in reading_roles(guild, channel) and not _hidden(thread),
                unsure=_unsure(opened),
                openers=_openers(channel, opened) if private else (),
            )

    async def openings(self, place: Place) -> list[Opening]:
        """The roles that open a channel, and what each of them means for it."""
        client = self._link.up()
        with translated():
            guild = await client.fetch_guild(snowflake(place.workspace.id), with_counts=True)
            channel, _ = await _channel(guild, snowflake(place.channel))
            return await self._openings(guild, channel)

    async def can_read(self, place: Place, *people: str) -> bool:
        """Whether anybody's roles, rights of their own or powers open that channel to them."""
        if not people:
            return False
        client = self._link.up()
        with translated():
            guild = await client.fetch_guild(snowflake(place.workspace.id), with_counts=False)
            channel, _ = await _channel(guild, snowflake(place.channel))
            for person in people:
                if await _reads(guild, channel, person):
                    return True
            return False

    async def population(self, workspace: Workspace) -> int | None:
        """Members, without the bots that show themselves by a role of their own."""
        client = self._link.up()
        with translated():
            guild = await client.fetch_guild(snowflake(workspace.id), with_counts=True)
        if guild.approximate_member_count is None:
            return None
        return max(0, guild.approximate_member_count - bots(guild))

    async def _openings(self, guild: discord.Guild, channel: discord.abc.GuildChannel) -> list[Opening]:
        return await openings(guild, channel, self._desk_roles.get(str(guild.id), ()))


async def _channel(
    guild: discord.Guild, wanted: int
) -> tuple[discord.abc.GuildChannel, discord.Thread | None]:
    """The channel whose overwrites count, and the thread in it if that was meant."""
    listed = {each.id: each for each in await guild.fetch_channels()}
    if wanted in listed:
        return listed[wanted], None
    thread = await guild.fetch_channel(wanted)
    if not isinstance(thread, discord.Thread) or thread.parent_id not in listed:
        raise Gone("this channel is not in the server")
    return listed[thread.parent_id], thread


def _takes_posts(channel: discord.abc.GuildChannel) -> bool:
    """Whether messages stand in it: in a forum only its threads have some, and a category has only channels."""
    return isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel)


def _followed(channel: discord.abc.GuildChannel) -> bool:
    """Whether other servers can follow it, which get what somebody there publishes."""
    return isinstance(channel, discord.TextChannel) and channel.is_news()


def _unsure(opened: Sequence[Opening]) -> tuple[tuple[str, str], ...]:
    """The roles that an admin would have to vouch for, where no other keeps the channel from being private."""
    rest = [each for each in opened if not each.private]
    if any(each.verdict is not Verdict.UNKNOWN for each in rest):
        return ()
    return tuple((str(each.role.id), each.role.name) for each in rest)


def _openers(channel: discord.abc.GuildChannel, opened: Sequence[Opening]) -> tuple[str, ...]:
    """The names of the roles and members that open a channel."""
    members = [each for each in channel.overwrites if isinstance(each, discord.Member)]
    named = [each.display_name for each in members if channel.permissions_for(each).view_channel]
    return (*(each.role.name for each in opened), *named)


def _hidden(thread: discord.Thread | None) -> bool:
    """Whether a thread is open only to those who were asked into it."""
    return thread is not None and thread.is_private()


async def _reads(guild: discord.Guild, channel: discord.abc.GuildChannel, person: str) -> bool:
    member = await _member(guild, int(person)) if person.isascii() and person.isdigit() else None
    return member is not None and channel.permissions_for(member).view_channel


async def _member(guild: discord.Guild, who: int) -> discord.Member | None:
    try:
        return await guild.fetch_member(who)
    except discord.NotFound:
        return None


async def _readers(guild: discord.Guild, channel: discord.abc.GuildChannel) -> int | None:
    """How many people can read it, where only rights of single people open it; else nobody tells."""
    if reading_roles(guild, channel):
        return None
    named = {target.id for target in channel.overwrites if not isinstance(target, discord.Role)}
    if guild.owner_id is None or len(named) > _MOST_ASKED:
        return None
    members = [await _member(guild, who) for who in named | {guild.owner_id}]
    return sum(
        member is not None and not member.bot and channel.permissions_for(member).view_channel
        for member in members
    )
